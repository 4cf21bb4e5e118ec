"""Puts the results of a run into a ``Report`` that is safe to hand to any reporter."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from gaterunner.contract.phases import phase_of
from gaterunner.failures import failures_of, index_of
from gaterunner.model import (
    Change,
    ChangeSummary,
    Finding,
    GateResult,
    Mode,
    Part,
    PolicyResult,
    Problem,
    Report,
    Skip,
    TakenOver,
    ToolInfo,
)
from gaterunner.sealing import seal
from gaterunner.verdict import Scope, decide, describe

if TYPE_CHECKING:  # with the whole grammar behind it
    from gaterunner.config.law import Law
    from gaterunner.numbers.measuring import Measured


class Results(Struct, frozen=True, kw_only=True):
    """What a run has gathered by its end; parts that were never reached are None or empty.

    ``cut`` says that a gate was run as one of its shards, which leaves the others out. ``plan``, ``taken_over``,
    ``repository``, ``pull_request`` and ``run_url`` are those of the report. ``measured`` is what the change tells in
    numbers, None where nothing is counted.
    """

    scope: Scope
    change: Change | None = None
    law: Law | None = None
    part: Part | None = None
    plan: str | None = None
    taken_over: TakenOver | None = None
    cut: bool = False
    repository: str | None = None
    pull_request: int | None = None
    run_url: str | None = None
    gates: tuple[GateResult, ...] = ()
    policies: tuple[PolicyResult, ...] = ()
    problems: tuple[Problem, ...] = ()
    measured: Measured | None = None


def build_report(
    results: Results, *, started: str, duration_s: float, tool: ToolInfo, redact: Callable[[str], str]
) -> Report:
    """The report of a run. Every text in it is redacted, and bytes that are not UTF-8 are escaped as ``\\xNN``."""
    gates, policies, problems = results.gates, results.policies, results.problems
    verdict = decide(gates, policies, scope=results.scope, problems=problems)
    decided = next((policy.decided for policy in policies if not isinstance(policy.decided, UnsetType)), None)
    report = Report(
        verdict=verdict,
        sentence=describe(verdict, gates, policies, scope=results.scope, problems=problems),
        mode=results.law.workflow.mode if results.law else Mode.ENFORCE,
        scope=results.scope,
        part=results.part,
        plan=results.plan,
        taken_over=results.taken_over,
        partial=results.cut or any(gate.skip is Skip.NOT_SELECTED for gate in gates),
        started=started,
        duration_s=round(duration_s, 3),
        tool=tool,
        change=_summarize(results, results.change) if results.change else None,
        workflow=results.law.info if results.law else None,
        gates=gates,
        policies=tuple(replace(policy, decided=UNSET) for policy in policies),
        problems=problems,
        run_url=results.run_url,
        decisions=decided.decisions if decided else (),
        decision_log=decided.log if decided else None,
    )
    if results.measured is not None:
        from gaterunner.numbers.measuring import numbers_of, telemetry_of

        numbers = numbers_of(results.measured, report)
        report = replace(report, numbers=numbers, telemetry=telemetry_of(numbers))
    sealed = seal(report, redact)
    named = replace(
        sealed,
        gates=tuple(replace(gate, findings=_named(gate.findings)) for gate in sealed.gates),
        policies=tuple(replace(policy, findings=_named(policy.findings)) for policy in sealed.policies),
    )
    return replace(named, failures=index_of(failures_of(named)))


def _named(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Each finding once, with a fingerprint; one that its rule did not give is of rule, path and message."""
    return tuple(
        dict.fromkeys(
            replace(finding, fingerprint=finding.fingerprint or _fingerprint(finding)) for finding in findings
        )
    )


def _fingerprint(finding: Finding) -> str:
    text = "\0".join((finding.rule, finding.path or "", finding.message))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _summarize(results: Results, change: Change) -> ChangeSummary:
    law = results.law
    return ChangeSummary(
        event=change.event,
        repository=results.repository,
        pull_request=results.pull_request,
        base=change.base,
        head=change.head,
        merge=change.merge,
        branch=change.branch,
        target=change.target,
        phase=phase.name if law and (phase := phase_of(law.workflow, change.branch)) else None,
        dirty=change.dirty,
        commits=len(change.commits),
        files=len(change.files),
        insertions=change.insertions,
        deletions=change.deletions,
        notes=change.notes,
    )
