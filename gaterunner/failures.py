"""The index of failures: what decides the verdict, a line each, with the command that shows it again. Pure."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from gaterunner.config.types import DEFAULT_PATH
from gaterunner.model import (
    RED,
    Failure,
    FailureIndex,
    Finding,
    GateResult,
    PolicyResult,
    Problem,
    Repetition,
    Report,
    Severity,
    Trouble,
)
from gaterunner.policies import POLICIES

MOST_SHOWN = 50
STOP_AFTER = 3
"""Whoever got the same failures so many times in a row will not mend them by one more attempt."""

_MOST_CHARACTERS = 300
_Result = GateResult | PolicyResult

_NUMBER = re.compile(r"\d+")


def failures_of(report: Report) -> tuple[Failure, ...]:
    """Everything that keeps the report from being a pass: problems, then what failed, is unproven, or errored.

    A gate or policy is told by its findings that block, new ones first, and by its reason where it has none.
    """
    law = law_option(report)
    results: list[_Result] = [*(gate for gate in report.gates if not gate.advisory), *report.policies]
    deciding = [each for outcome in RED for each in results if each.outcome is outcome]
    return (
        *(_of_problem(problem) for problem in report.problems),
        *(failure for result in deciding for failure in _of_result(result, law)),
    )


def index_of(failures: Sequence[Failure], repeated: Repetition | None = None) -> FailureIndex:
    """At most ``MOST_SHOWN`` of them, yet at least one of each gate and policy as long as there is room."""
    if len(failures) <= MOST_SHOWN:
        return FailureIndex(shown=tuple(failures), repeated=repeated)
    seen: set[str] = set()
    further: list[tuple[bool, int]] = []
    for number, failure in enumerate(failures):
        further.append((failure.source in seen, number))
        seen.add(failure.source)
    kept = sorted(number for _, number in sorted(further)[:MOST_SHOWN])
    return FailureIndex(
        shown=tuple(failures[number] for number in kept), left_out=len(failures) - MOST_SHOWN, repeated=repeated
    )


def signature_of(failures: Iterable[Failure]) -> str:
    """The same for the same failures, whatever lines they moved to; a hash, as messages may be long.

    Numbers in the reason of a gate without findings (times, counts) make no difference.
    """
    told = {
        (each.source, each.rule, each.fingerprint or f"{each.path}\0{_NUMBER.sub('#', each.message)}")
        for each in failures
    }
    return hashlib.sha256("\n".join("\0".join(each) for each in sorted(told)).encode()).hexdigest()


def stop_words(repeated: Repetition | None) -> str | None:
    """What somebody who goes round in circles is told, in two sentences; None for everybody else."""
    if repeated is None or repeated.runs < STOP_AFTER:
        return None
    return (
        f"STOP: the same failures {repeated.runs} times in a row, since {repeated.since}. "
        "Another attempt of the same kind will not help: ask a person."
    )


def looked_at_again(policy: PolicyResult) -> str:
    """The command that evaluates a policy once more: one that judges what gates showed needs them to run."""
    kind = POLICIES.get(policy.name)
    return "gaterunner run" if kind is not None and kind.stage == "after" else "gaterunner check"


def law_option(report: Report) -> str:
    """What a command line needs besides to apply the same workflow file; empty for the usual one."""
    if report.workflow is None or report.workflow.path == DEFAULT_PATH:
        return ""
    return f" --config {shlex.quote(report.workflow.path)}"


def _of_problem(problem: Problem) -> Failure:
    again = "gaterunner validate" if problem.trouble is Trouble.WORKFLOW_FILE else None
    return Failure(
        source="",
        rule=problem.trouble.value,
        message=_line(problem.message),
        path=problem.path,
        line=problem.line,
        reproduce=again,
        help=_line(problem.help) if problem.help else None,
    )


def _of_result(result: _Result, law: str) -> Iterator[Failure]:
    again = (
        f"gaterunner run --gate {shlex.quote(result.name)}{law}"
        if isinstance(result, GateResult)
        else f"{looked_at_again(result)}{law}"
    )
    blocking = [each for each in result.findings if each.severity is Severity.ERROR and each.waived_by is None]
    if not blocking:
        yield Failure(
            source=result.name, rule=result.outcome.value, message=_line(result.reason), reproduce=again, help=None
        )
    for finding in sorted(blocking, key=lambda each: each.standing == "known"):
        yield _of_finding(result.name, finding, again)


def _of_finding(source: str, finding: Finding, again: str) -> Failure:
    return Failure(
        source=source,
        rule=finding.rule,
        message=_line(finding.message),
        path=finding.path,
        line=finding.line,
        reproduce=again,
        help=_line(finding.help) if finding.help else f"see gaterunner explain {finding.rule}",
        fingerprint=finding.fingerprint,
        standing=finding.standing,
    )


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_CHARACTERS else f"{line[: _MOST_CHARACTERS - 1]}…"
