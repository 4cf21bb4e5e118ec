"""Several results of one gate become one: of its shards, or of the parts of a fan-out that each ran it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.evidence.types import UNCOVERED_RULE, BaselineEvidence
from gaterunner.gates.command import judge_whole
from gaterunner.gates.wording import became, some, tests
from gaterunner.model import Finding, GateResult, Outcome, Severity, Skip, TestCase, TestCounts
from gaterunner.plan import PlannedGate

_GRAVEST = (
    Outcome.FAILED,
    Outcome.UNPROVEN,
    Outcome.ERRORED,
    Outcome.SKIPPED,
    Outcome.PENDING,
    Outcome.WAIVED,
    Outcome.PASSED,
)
_State = Literal["passed", "failed", "skipped"]
_STRONGEST: tuple[_State, ...] = ("failed", "passed", "skipped")
_WEAKEST: tuple[_State, ...] = ("failed", "skipped", "passed")
_CUT_HELP = "let the command run only its own share: GATERUNNER_SHARD_INDEX of GATERUNNER_SHARD_TOTAL"
_SAME_HELP = "find out what differs between the machines; the graver result counts"


class Brought(Struct, frozen=True, kw_only=True):
    """One result of a gate, and the part that brought it (``part 2 of 5``)."""

    by: str
    result: GateResult


def merge_copies(planned: PlannedGate, copies: Sequence[Brought]) -> GateResult:
    """The gravest of the results that several machines came to; a gate that one did not reach was still run by others.

    ``copies`` holds at least one. A finding tells when they disagree.
    """
    reached = [each for each in copies if each.result.skip is not Skip.NOT_REACHED] or copies
    worst = min(reached, key=lambda each: _GRAVEST.index(each.result.outcome))
    # One that came to no results says nothing of tests, and is the worst already.
    cases, unlike = _weakest([worst.result.cases, *(each.result.cases for each in reached if worst.result.cases)])
    found = []
    if len({each.result.outcome for each in reached}) > 1:
        found.append(", ".join(f"{each.result.outcome} in {each.by}" for each in reached))
    if unlike:
        found.append(f"has {tests(len(unlike))} that did not do as well on every machine: {some(unlike)}")
    findings = tuple(
        Finding(
            rule="parts-disagree",
            severity=Severity.WARNING,
            message=f"gate `{planned.gate.name}` {told}",
            help=_SAME_HELP,
        )
        for told in found
    )
    result = replace(worst.result, cases=cases, findings=(*worst.result.findings, *findings))
    if any(each.result.outcome is not worst.result.outcome for each in reached):
        result = replace(result, reason=f"in {worst.by}: {worst.result.reason}")
    return _of_plan(planned, result)


def _weakest(copies: Sequence[Sequence[TestCase]]) -> tuple[tuple[TestCase, ...], list[str]]:
    """Each test as it did worst, and the ids of those that did not do the same on all machines that tell of it.

    A test that was retried, or left out, on one of them has not plainly passed.
    """
    first = copies[0]
    if all(cases == first for cases in copies):
        return tuple(first), []
    together = {case.id: case for cases in reversed(copies) for case in cases}
    unlike: dict[str, None] = {}
    for case in (case for cases in copies for case in cases):
        other = together[case.id]
        if (case.state, case.flaky) != (other.state, other.flaky):
            unlike[case.id] = None
            state = min(case.state, other.state, key=_WEAKEST.index)
            together[case.id] = TestCase(id=case.id, state=state, flaky=case.flaky or other.flaky)
    return tuple(together.values()), list(unlike)


def merge_shards(
    planned: PlannedGate, shards: Mapping[int, GateResult], baseline: BaselineEvidence | None = None
) -> GateResult:
    """The result of a gate from all its shards, by number from 1: the gravest outcome, and all tests together.

    What no shard can be held to is judged here: the least number of tests, and the base's tests in ``baseline``.
    Seconds are the sum over all shards.
    """
    total = planned.gate.shards
    results = [shards[number] for number in range(1, total + 1)]
    worst = min(results, key=lambda result: _GRAVEST.index(result.outcome))
    counts, cases, findings = _tests(shards)
    merged = replace(
        worst,
        reason=_reason(shards, total),
        started=min((result.started for result in results if result.started), default=None),
        duration_s=round(sum(result.duration_s for result in results), 3),
        attempts=max(result.attempts for result in results),
        flaky=worst.outcome is Outcome.PASSED and any(result.flaky for result in results),
        cached=False,
        proof=None,
        image_digest=_only(result.image_digest for result in results),
        services=next((result.services for result in results if result.services), ()),
        tests=counts,
        cases=cases,
        coverage=None,  # lines that several shards cover cannot be told from their numbers
        # Nor can it be told of a line that one shard left out that all of them did.
        findings=(
            *(finding for result in results for finding in result.findings if finding.rule != UNCOVERED_RULE),
            *findings,
        ),
    )
    return judge_whole(planned.gate, _of_plan(planned, merged), baseline)


def _of_plan(planned: PlannedGate, result: GateResult) -> GateResult:
    """The result with what the plan says of its gate, whatever a report says; without logs, which lie elsewhere."""
    return replace(
        result,
        name=planned.gate.name,
        kind=planned.gate.kind,
        command=planned.command or None,
        advisory=planned.gate.advisory,
        log=None,
        tries=tuple(replace(attempt, log=None) for attempt in result.tries),
        services=tuple(replace(use, log=None) for use in result.services),
    )


def _reason(shards: Mapping[int, GateResult], total: int) -> str:
    good = (Outcome.PASSED, Outcome.WAIVED)
    wrong = [
        f"shard {number} of {total} {_told(shards[number])}"
        for number in range(1, total + 1)
        if shards[number].outcome not in good
    ]
    if wrong:
        return some(wrong, "; ")
    cached = sum(result.cached for result in shards.values())
    return f"{total} of {total} shards passed" + (f", {cached} of them cached" if cached else "")


def _told(result: GateResult) -> str:
    if result.outcome is Outcome.SKIPPED:
        return f"was {result.reason}" if result.skip is Skip.NOT_REACHED else f"was skipped: {result.reason}"
    return f"{became(result.outcome)}: {result.reason}"


def _only(values: Iterable[str | None]) -> str | None:
    found = set(values)
    return found.pop() if len(found) == 1 else None


# --- tests of all shards ---------------------------------------------------------------------------------------------


def _tests(shards: Mapping[int, GateResult]) -> tuple[TestCounts | None, tuple[TestCase, ...], tuple[Finding, ...]]:
    """Counts, cases and what is odd about them. A test that several shards tell of is one test."""
    told = [result.tests for _, result in sorted(shards.items()) if result.tests is not None]
    if not told:
        return None, (), ()
    states: dict[str, dict[int, _State]] = {}
    for number, result in sorted(shards.items()):
        for case in result.cases:
            states.setdefault(case.id, {})[number] = case.state
    flaky = {case.id for result in shards.values() for case in result.cases if case.flaky}
    cases = tuple(
        TestCase(id=id, state=min(seen.values(), key=_STRONGEST.index), flaky=id in flaky)
        for id, seen in states.items()
    )
    summed = TestCounts(
        total=sum(counts.total for counts in told),
        passed=sum(counts.passed for counts in told),
        failed=sum(counts.failed for counts in told),
        skipped=sum(counts.skipped for counts in told),
        flaky=sum(counts.flaky for counts in told),
    )
    repeated = any(len(seen) > 1 for seen in states.values())
    return (_counted(cases, flaky=summed.flaky) if repeated else summed), cases, _oddities(states)


def _counted(cases: Sequence[TestCase], *, flaky: int) -> TestCounts:
    def of(state: _State) -> int:
        return sum(case.state == state for case in cases)

    return TestCounts(
        total=len(cases), passed=of("passed"), failed=of("failed"), skipped=of("skipped"), flaky=min(flaky, len(cases))
    )


def _oddities(states: Mapping[str, Mapping[int, _State]]) -> tuple[Finding, ...]:
    executed = {
        id: {number: state for number, state in seen.items() if state != "skipped"} for id, seen in states.items()
    }
    contrary = [id for id, seen in executed.items() if len(set(seen.values())) > 1]
    twice = [id for id, seen in executed.items() if len(seen) > 1]
    never = [id for id, seen in executed.items() if not seen and len(states[id]) > 1]
    rows: tuple[tuple[str, Severity, list[str], str], ...] = (
        ("shards-contradict", Severity.ERROR, contrary, "passed in one shard and failed in another"),
        ("test-in-several-shards", Severity.WARNING, twice, "executed by more than one shard"),
        ("test-in-no-shard", Severity.NOTICE, never, "told by several shards and executed by none"),
    )
    return tuple(
        Finding(rule=rule, severity=severity, message=f"{tests(len(ids))} {what}: {some(ids)}", help=_CUT_HELP)
        for rule, severity, ids, what in rows
        if ids
    )
