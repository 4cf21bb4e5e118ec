"""Reports of parts, as `gaterunner run --part … --report FILE` writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gaterunner.config.types import Gate
from gaterunner.fanout.collecting import Expected
from gaterunner.fanout.parts import selector_of, split
from gaterunner.model import (
    ChangeSummary,
    Event,
    GateResult,
    Outcome,
    Part,
    Problem,
    Report,
    Skip,
    TestCase,
    TestCounts,
    ToolInfo,
    Verdict,
    WorkflowInfo,
)
from gaterunner.plan import PlannedGate, make_plan
from gaterunner.plan.digest import plan_digest
from gaterunner.reporters.json import encode_report
from tests.plan.test_plan import EMPTY, change, workflow

HEAD = "b" * 40
LAW = "5" * 64
VERSION = "1.0.0"


def expected_of(plan: Sequence[PlannedGate]) -> Expected:
    return Expected(digest=plan_digest(LAW, HEAD, plan), head=HEAD, base="a" * 40, law_sha256=LAW, version=VERSION)


def plan_of(*gates: Gate, touched: Sequence[str] = (), selected: Sequence[str] = ()) -> tuple[PlannedGate, ...]:
    return make_plan(workflow(*gates), change(*touched), EMPTY, None, selected=selected)


def passed(planned: PlannedGate, *, tests: Mapping[str, str] | None = None) -> GateResult:
    result = GateResult(
        name=planned.gate.name,
        kind="command",
        outcome=Outcome.PASSED,
        reason="exit code 0",
        command=planned.command,
        exit_code=0,
        started="2026-01-01T00:00:00.000Z",
        duration_s=2.0,
        attempts=1,
        executor="local",
        log=".git/gaterunner/logs/1/01-unit.log",
    )
    return result if tests is None else with_tests(result, tests)


def with_tests(result: GateResult, tests: Mapping[str, str]) -> GateResult:
    cases = tuple(TestCase(id=id, state=state) for id, state in tests.items())  # type: ignore[arg-type] # a test's own literals
    states = list(tests.values())
    counts = TestCounts(
        total=len(cases),
        passed=states.count("passed"),
        failed=states.count("failed"),
        skipped=states.count("skipped"),
    )
    return replace(result, tests=counts, cases=cases)


def failed(planned: PlannedGate, reason: str = "exit code 1") -> GateResult:
    return replace(passed(planned), outcome=Outcome.FAILED, reason=reason, exit_code=1)


def not_run(planned: PlannedGate, skip: Skip, reason: str) -> GateResult:
    return GateResult(name=planned.gate.name, kind="command", outcome=Outcome.SKIPPED, reason=reason, skip=skip)


def summary(*, head: str = HEAD, dirty: bool = False, notes: tuple[str, ...] = ()) -> ChangeSummary:
    return ChangeSummary(
        event=Event.LOCAL,
        base="a" * 40,
        head=head,
        merge=None,
        branch="feat/x",
        target="main",
        phase=None,
        dirty=dirty,
        commits=1,
        files=1,
        insertions=1,
        deletions=0,
        notes=notes,
    )


def report_of(
    plan: Sequence[PlannedGate],
    part: Part,
    results: Mapping[str, GateResult],
    *,
    notes: tuple[str, ...] = (),
    problems: tuple[Problem, ...] = (),
) -> Report:
    """What one machine writes that was given ``part``; gates without an own result have passed."""
    selected = [each for each in plan if each.skip is None]
    return Report(
        verdict=Verdict.PASS,
        sentence="",
        scope="gates",
        partial=True,
        part=part,
        started="2026-01-01T00:00:00Z",
        duration_s=2.0,
        tool=ToolInfo(version=VERSION),
        change=summary(notes=notes),
        workflow=WorkflowInfo(path=".gaterunner.yml", sha256=LAW, source="base", changed_by_branch=False),
        gates=tuple(
            results.get(each.gate.name, passed(each))
            if each in selected
            else not_run(each, each.skip or Skip.NOT_SELECTED, each.skip_reason)
            for each in plan
        ),
        problems=problems,
    )


class FanOut:
    """A plan in parts and what each machine reports; ``results`` are by part and gate."""

    def __init__(self, *gates: Gate, limit: int = 8, touched: Sequence[str] = ()) -> None:
        self.gates = gates
        self.touched = touched
        self.plan = plan_of(*gates, touched=touched)
        self.parts = split(self.plan, None, limit)
        self.expected = expected_of(self.plan)

    def planned(self, number: int) -> dict[str, PlannedGate]:
        """What part ``number`` plans for itself, by name."""
        plan = plan_of(*self.gates, touched=self.touched, selected=self.parts[number - 1].gates)
        return {each.gate.name: each for each in plan}

    def report(
        self,
        number: int,
        results: Mapping[str, GateResult] | None = None,
        *,
        notes: tuple[str, ...] = (),
        problems: tuple[Problem, ...] = (),
    ) -> Report:
        plan = tuple(self.planned(number).values())
        selected = tuple(selector_of(each) for each in plan if each.skip is None)
        part = Part(number=number, total=len(self.parts), plan=self.expected.digest, selected=selected)
        return report_of(plan, part, results or {}, notes=notes, problems=problems)

    def files(self, reports: Mapping[int, Report | bytes] | None = None) -> list[tuple[str, bytes]]:
        """All parts as files, ``part-1.json`` and on; ``reports`` replaces some."""
        given = reports or {}
        found = []
        for number in range(1, len(self.parts) + 1):
            report = given.get(number, self.report(number))
            found.append((f"part-{number}.json", report if isinstance(report, bytes) else encode_report(report)))
        return found
