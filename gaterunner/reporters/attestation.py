"""An in-toto Statement v1 about the bytes of a JSON report, with the test-result predicate.

https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md fixes the predicate's fields. What the
verdict is bound to stands in one more, ``gaterunner``, as that framework lets a producer add. Nothing is signed here:
a signature that means something comes from the identity of the workflow, see docs/attestation.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Literal, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from gaterunner.model import (
    ChangeSummary,
    DecisionLog,
    GateResult,
    Mode,
    Outcome,
    PolicyResult,
    Report,
    Skip,
    ToolInfo,
    Verdict,
    WorkflowInfo,
)
from gaterunner.reporters.ranking import ranked_findings
from gaterunner.sealing import seal
from gaterunner.verdict import exit_code

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
SUBJECT = "gaterunner-report.json"

_EXPLAINED = (Skip.NOT_APPLICABLE, Skip.NOT_SELECTED)
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_DIGEST = re.compile(r"(?:.*@)?sha256:([0-9a-f]{64})")
_Written = TypeVar("_Written", bound=Struct)


class Descriptor(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """in-toto's ResourceDescriptor: something by its digest."""

    name: str
    uri: str | UnsetType = UNSET
    digest: dict[str, str]
    annotations: dict[str, str | bool] | UnsetType = UNSET


class Judged(Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one gate or policy."""

    name: str
    outcome: Outcome
    cached: bool | UnsetType = UNSET
    image_digest: str | UnsetType = UNSET


class Waived(Struct, frozen=True, kw_only=True, rename="camel"):
    """A finding that was let through: by whom and why."""

    rule: str
    path: str | None
    fingerprint: str | None
    by: str
    because: str | None


class Binding(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the verdict is, and what it is bound to. ``reservations`` say why a pass is not a plain one."""

    verdict: Verdict
    exit_code: int
    mode: Mode
    scope: str
    partial: bool
    started: str
    duration_s: float
    reservations: tuple[str, ...]
    tool: dict[str, str | None]
    change: dict[str, str | int | bool | None] | None
    workflow: dict[str, str | bool | None] | None
    gates: tuple[Judged, ...]
    policies: tuple[Judged, ...]
    waivers: tuple[Waived, ...]
    decision_log: dict[str, str | int] | None


class Predicate(Struct, frozen=True, kw_only=True, rename="camel"):
    """The test-result predicate, v0.1. Tests are named ``gate/unit`` and ``policy/no-secret-changes``."""

    result: Literal["PASSED", "WARNED", "FAILED"]
    configuration: tuple[Descriptor, ...]
    url: str | UnsetType = UNSET
    passed_tests: tuple[str, ...]
    warned_tests: tuple[str, ...]
    failed_tests: tuple[str, ...]
    gaterunner: Binding


class Statement(Struct, frozen=True, kw_only=True, rename="camel"):
    """in-toto's Statement, v1."""

    type: str = field(name="_type")
    subject: tuple[Descriptor, ...]
    predicate_type: str
    predicate: Predicate


def statement(data: bytes, report: Report) -> bytes:
    """The statement about ``data``, the bytes of the JSON report that ``report`` was read from or written to."""
    return _encode(
        Statement(
            type=STATEMENT_TYPE,
            subject=(Descriptor(name=SUBJECT, digest={"sha256": sha256(data).hexdigest()}),),
            predicate_type=PREDICATE_TYPE,
            predicate=predicate_of(seal(report, str)),
        )
    )


def predicate(report: Report) -> bytes:
    """The predicate alone, for a signer that makes the statement itself, such as GitHub's attest action."""
    return _encode(predicate_of(seal(report, str)))


def predicate_of(report: Report) -> Predicate:
    """What a report attests.

    ``PASSED`` is a pass without any reservation, ``WARNED`` one with some. Whatever is neither is ``FAILED``: in-toto
    has no word for a verdict that could not be reached.
    """
    passed, warned, failed = [], [], []
    for name, result in _results(report):
        if not _counts(result):
            warned += [name] if result.outcome not in (Outcome.PASSED, Outcome.SKIPPED) else []
        elif result.outcome is Outcome.WAIVED or (isinstance(result, GateResult) and result.flaky):
            warned.append(name)
        elif result.outcome is Outcome.PASSED:
            passed.append(name)
        elif result.outcome is not Outcome.SKIPPED or result.skip not in _EXPLAINED:
            failed.append(name)
    reservations = tuple(_reservations(report, warned))
    held: Literal["PASSED", "WARNED"] = "WARNED" if reservations else "PASSED"
    return Predicate(
        result=held if report.verdict is Verdict.PASS else "FAILED",
        configuration=tuple(_configuration(report)),
        url=report.run_url or UNSET,
        passed_tests=tuple(passed),
        warned_tests=tuple(warned),
        failed_tests=tuple(failed),
        gaterunner=_binding(report, reservations),
    )


def _encode(written: _Written) -> bytes:
    return msgspec.json.format(msgspec.json.encode(written), indent=2) + b"\n"


def _results(report: Report) -> Iterator[tuple[str, GateResult | PolicyResult]]:
    yield from ((f"gate/{gate.name}", gate) for gate in report.gates)
    yield from ((f"policy/{policy.name}", policy) for policy in report.policies)


def _counts(result: GateResult | PolicyResult) -> bool:
    return not (isinstance(result, GateResult) and result.advisory)


def _reservations(report: Report, warned: list[str]) -> Iterator[str]:
    """Why a pass is not the pass of the whole law over commits that anybody can look up."""
    if report.mode is Mode.SHADOW:
        yield "shadow mode: nothing is blocked"
    if report.scope != "gates+policies":
        yield f"only the {report.scope} were judged"
    if report.partial or report.part:
        yield "only some of the gates were run"
    if report.change is None or report.change.dirty:
        yield "changes that are not committed were judged"
    if report.workflow is None or report.workflow.source != "base":
        yield "the workflow file is not the base commit's"
    if warned:
        yield f"passed with exceptions: {', '.join(warned)}"


def _configuration(report: Report) -> Iterator[Descriptor]:
    workflow, change = report.workflow, report.change
    if workflow:
        annotations: dict[str, str | bool] = {
            "source": workflow.source,
            "changedByBranch": workflow.changed_by_branch,
        }
        if workflow.commit:
            annotations["commit"] = workflow.commit
        repository = change.repository if change and _REPOSITORY.fullmatch(change.repository or "") else None
        inside = repository and workflow.commit
        yield Descriptor(
            name=workflow.path,
            uri=f"git+{_server(report)}/{repository}@{workflow.commit}#{quote(workflow.path)}" if inside else UNSET,
            digest={"sha256": workflow.sha256},
            annotations=annotations,
        )
    image = _DIGEST.fullmatch(report.tool.image_digest or "")
    if image:
        yield Descriptor(name="gaterunner image", digest={"sha256": image[1]})


def _server(report: Report) -> str:
    """GitHub's address, from the page of the run where it is another than github.com."""
    found = re.match(r"https://[\w.:-]+(?=/)", report.run_url or "", re.ASCII)
    return found[0] if found else "https://github.com"


def _binding(report: Report, reservations: tuple[str, ...]) -> Binding:
    return Binding(
        verdict=report.verdict,
        exit_code=exit_code(report),
        mode=report.mode,
        scope=report.scope,
        partial=report.partial,
        started=report.started,
        duration_s=report.duration_s,
        reservations=reservations,
        tool=_tool(report.tool),
        change=_change(report.change) if report.change else None,
        workflow=_workflow(report.workflow) if report.workflow else None,
        gates=tuple(
            Judged(name=gate.name, outcome=gate.outcome, cached=gate.cached, image_digest=gate.image_digest or UNSET)
            for gate in report.gates
        ),
        policies=tuple(Judged(name=policy.name, outcome=policy.outcome) for policy in report.policies),
        waivers=tuple(
            Waived(
                rule=finding.rule,
                path=finding.path,
                fingerprint=finding.fingerprint,
                by=finding.waived_by,
                because=finding.waived_because,
            )
            for finding in (told.finding for told in ranked_findings(report))
            if finding.waived_by
        ),
        decision_log=_decision_log(report.decision_log) if report.decision_log else None,
    )


def _decision_log(log: DecisionLog) -> dict[str, str | int]:
    return {"path": log.path, "entries": log.entries, "head": log.head}


def _tool(tool: ToolInfo) -> dict[str, str | None]:
    return {"version": tool.version, "imageDigest": tool.image_digest}


def _change(change: ChangeSummary) -> dict[str, str | int | bool | None]:
    return {
        "repository": change.repository,
        "pullRequest": change.pull_request,
        "event": change.event,
        "base": change.base,
        "head": change.head,
        "merge": change.merge,
        "branch": change.branch,
        "target": change.target,
        "dirty": change.dirty,
        "commits": change.commits,
        "files": change.files,
        "insertions": change.insertions,
        "deletions": change.deletions,
    }


def _workflow(workflow: WorkflowInfo) -> dict[str, str | bool | None]:
    return {
        "path": workflow.path,
        "sha256": workflow.sha256,
        "source": workflow.source,
        "commit": workflow.commit,
        "changedByBranch": workflow.changed_by_branch,
    }
