"""How a command is judged."""

from __future__ import annotations

import msgspec
import pytest

from gaterunner.config.types import CoverageRules, Gate, Position, TestRules
from gaterunner.evidence.types import CoverageEvidence, TestEvidence
from gaterunner.executors.base import Execution
from gaterunner.gates.command import judge
from gaterunner.gates.wording import duration
from gaterunner.model import CoverageCounts, Finding, GateResult, Outcome, Severity, TestCounts
from gaterunner.plan import PlannedGate

EXITED = Execution(ended="exited", exit_code=0, started="2025-01-01T00:00:00.000Z", duration_s=1.5)
FAILURE = Finding(rule="test-failed", severity=Severity.ERROR, message="test_a: no", path="a.py", line=3)


def planned(*tests: str, advisory: bool = False) -> PlannedGate:
    gate = Gate(name="unit", position=Position(1, 1), tests=tests, advisory=advisory)
    return PlannedGate(gate=gate, command="make unit", why="Makefile target `unit`")


def execution(**changes: object) -> Execution:
    return msgspec.structs.replace(EXITED, **changes)


def evidence(
    *, passed: int = 0, failed: int = 0, skipped: int = 0, flaky: int = 0, files: tuple[str, ...] = ("r.xml",)
) -> TestEvidence:
    total = passed + failed + skipped
    counts = TestCounts(total=total, passed=passed, failed=failed, skipped=skipped, flaky=flaky)
    return TestEvidence(patterns=("r.xml",), files=files, counts=counts, failures=(FAILURE,) * min(failed, 1))


UNREADABLE = TestEvidence(patterns=("r.xml",), files=("r.xml",), unreadable=("r.xml ends too early",))


def told(result: GateResult) -> tuple[Outcome, str]:
    return result.outcome, result.reason


@pytest.mark.parametrize(
    ("seen", "outcome", "reason"),
    [
        (execution(), "passed", "exit code 0"),
        (execution(exit_code=2), "failed", "exit code 2"),
        (execution(ended="signalled", exit_code=None, signal="SIGSEGV"), "failed", "ended by SIGSEGV"),
        (
            execution(ended="signalled", exit_code=None, signal="SIGKILL"),
            "failed",
            "ended by SIGKILL; if nobody killed it, the machine was out of memory",
        ),
        (
            execution(ended="timed-out", exit_code=None),
            "failed",
            "timed out after 30m; if it needs longer, raise `timeout:` on this gate",
        ),
        (execution(ended="interrupted", exit_code=None), "errored", "interrupted before it ended"),
        (execution(ended="not-started", exit_code=None, error="no bash"), "errored", "no bash"),
        (
            execution(exit_code=127, tail=("bash: line 1: mypi: command not found",)),
            "errored",
            "exit code 127: a command was not found (bash: line 1: mypi: command not found)",
        ),
        (
            execution(exit_code=126),
            "errored",
            "exit code 126: a command could not be executed; install it where the gate runs, or correct `run:`",
        ),
        (execution(exit_code=None), "errored", "the command ended without an exit code"),
        (
            execution(ended="out-of-memory", exit_code=None),
            "failed",
            "out of memory: it used all that `resources: memory` allows; raise it, or use less",
        ),
        (execution(ended="lost", exit_code=None, error="the engine went away"), "errored", "the engine went away"),
    ],
)
def test_a_command_is_judged_by_how_it_ended(seen: Execution, outcome: str, reason: str) -> None:
    assert told(judge(planned(), seen, None)) == (outcome, reason)


@pytest.mark.parametrize(
    ("found", "outcome", "reason"),
    [
        (evidence(passed=3), "passed", "exit code 0, 3 tests passed"),
        (evidence(passed=3, skipped=1, flaky=2), "passed", "exit code 0, 3 tests passed (1 skipped, 2 flaky)"),
        (evidence(), "unproven", "no test was executed: r.xml holds none"),
        (evidence(skipped=2), "unproven", "no test was executed: all 2 were skipped"),
        (
            evidence(passed=1, failed=1),
            "failed",
            "1 of 2 tests failed by the result files, although the exit code is 0",
        ),
        (
            evidence(files=()),
            "unproven",
            "no result file was written: nothing matches `tests: r.xml`; correct it, or make the command write one",
        ),
        (
            TestEvidence(patterns=("r.xml",), stale=("r.xml",)),
            "unproven",
            "no result file was written by this run; not counted, since older: r.xml",
        ),
        (
            TestEvidence(patterns=("r.xml",), files=("a.xml",), unreadable=("r.xml: is a device",)),
            "unproven",
            "a result file could not be read: r.xml: is a device",
        ),
        (None, "unproven", "the result files named by `tests:` were not collected"),
    ],
)
def test_success_needs_tests_that_passed(found: TestEvidence | None, outcome: str, reason: str) -> None:
    assert told(judge(planned("r.xml"), EXITED, found)) == (outcome, reason)


@pytest.mark.parametrize(
    ("code", "found", "reason"),
    [
        (1, evidence(passed=2, failed=1), "exit code 1: 1 of 3 tests failed"),
        (1, evidence(passed=3), "exit code 1, although none of 3 tests failed"),
        (1, evidence(files=()), "exit code 1, and no test result was written"),
        (5, evidence(), "exit code 5, and no test was executed"),
        (1, UNREADABLE, "exit code 1"),
        (127, evidence(failed=1), "exit code 127: 1 of 1 test failed"),
    ],
)
def test_failure_says_whether_tests_agree(code: int, found: TestEvidence, reason: str) -> None:
    assert told(judge(planned("r.xml"), execution(exit_code=code), found)) == (Outcome.FAILED, reason)


def test_failed_tests_are_findings_and_everything_else_is_passed_on() -> None:
    seen = execution(exit_code=1, tail=("last line",))
    result = judge(planned("r.xml", advisory=True), seen, evidence(failed=1), log="/logs/unit.log")
    assert result.findings == (FAILURE,)
    assert result.tests == TestCounts(total=1, failed=1)
    assert (result.command, result.log, result.log_tail) == ("make unit", "/logs/unit.log", ("last line",))
    assert result.advisory
    assert result.duration_s == 1.5


def test_processes_left_behind_are_noticed() -> None:
    [finding] = judge(planned(), execution(left_behind=2), None).findings
    assert (finding.rule, finding.severity) == ("process-left-behind", Severity.NOTICE)
    assert (
        finding.message == "2 processes outlived the command and were ended; stop what the gate starts, or wait for it"
    )


def test_what_the_executor_notes_is_passed_on() -> None:
    result = judge(planned(), execution(notes=("the image was pulled",), image_digest="sha256:1"), None)
    [finding] = result.findings
    assert (finding.rule, finding.severity, finding.message) == (
        "execution-note",
        Severity.NOTICE,
        "the image was pulled",
    )
    assert result.image_digest == "sha256:1"


def test_fewer_tests_than_the_minimum_prove_nothing() -> None:
    gate = Gate(name="unit", position=Position(1, 1), tests=("r.xml",), test_rules=TestRules(minimum=3))
    enough = PlannedGate(gate=gate, command="make unit", why="")
    assert told(judge(enough, EXITED, evidence(passed=3))) == ("passed", "exit code 0, 3 tests passed")
    assert told(judge(enough, EXITED, evidence(passed=2, skipped=5))) == (
        "unproven",
        "2 tests executed (5 skipped), expected at least 3 (`tests: minimum`)",
    )


def test_contradictory_results_prove_nothing() -> None:
    contradiction = "a is told as passed in a.xml and as failed in b.xml"
    found = msgspec.structs.replace(evidence(failed=1), contradictions=(contradiction,))
    result = judge(planned("r.xml"), EXITED, found)
    assert told(result) == ("unproven", f"the result files contradict each other: {contradiction}")
    assert [(finding.rule, finding.message) for finding in result.findings] == [
        ("test-failed", "test_a: no"),
        ("result-contradicted", contradiction),
    ]


def test_a_failure_beside_a_contradiction_is_a_failure() -> None:
    found = msgspec.structs.replace(evidence(failed=2), contradictions=("a is told twice",))
    assert judge(planned("r.xml"), EXITED, found).outcome is Outcome.FAILED


def test_copies_of_result_files_are_told() -> None:
    found = msgspec.structs.replace(evidence(passed=1), copies=("b.xml is a copy of a.xml and was counted once",))
    result = judge(planned("r.xml"), EXITED, found)
    assert result.outcome is Outcome.PASSED
    assert [(finding.rule, finding.severity) for finding in result.findings] == [("result-repeated", Severity.NOTICE)]


# --- coverage ---


def covered(minimum: float | None = None, changed: float | None = None) -> PlannedGate:
    rules = CoverageRules(files=("c.xml",), minimum=minimum, changed_minimum=changed)
    return PlannedGate(gate=Gate(name="unit", position=Position(1, 1), coverage=rules), command="make", why="")


def lines(covered: int, total: int, changed_covered: int = 0, changed: int = 0) -> CoverageEvidence:
    counts = CoverageCounts(lines=total, covered=covered, changed_lines=changed, changed_covered=changed_covered)
    return CoverageEvidence(patterns=("c.xml",), files=("c.xml",), counts=counts)


NOTHING = CoverageEvidence(patterns=("c.xml",))
NO_FILE = "no coverage file was written: nothing matches `coverage: c.xml`; correct it, or make the command write one"
BELOW_BOTH = (
    "50% of lines covered (1 of 2), expected at least 80% (`coverage: minimum`); "
    "0% of changed lines covered (0 of 3), expected at least 90.5% (`coverage: changed`)"
)
ELSEWHERE = (
    "the coverage names no line of a file in the repository, only /usr/lib/x.py; write paths relative to the repository"
)


@pytest.mark.parametrize(
    ("gate", "found", "outcome", "reason"),
    [
        (covered(), lines(4, 5), "passed", "exit code 0, 80% of lines covered"),
        (covered(80), lines(4, 5), "passed", "exit code 0, 80% of lines covered"),
        (covered(80, 90), lines(4, 5, 9, 10), "passed", "exit code 0, 80% of lines covered, 9 of 10 changed"),
        (
            covered(80, 90),
            lines(4, 5),
            "passed",
            "exit code 0, 80% of lines covered, no changed line can be executed",
        ),
        (
            covered(80),
            lines(79_999, 100_000),
            "failed",
            "79.99% of lines covered (79999 of 100000), expected at least 80% (`coverage: minimum`)",
        ),
        (
            covered(80, 90.5),
            lines(1, 2, 0, 3),
            "failed",
            BELOW_BOTH,
        ),
        (
            covered(),
            NOTHING,
            "unproven",
            NO_FILE,
        ),
        (
            covered(),
            msgspec.structs.replace(NOTHING, stale=("c.xml",)),
            "unproven",
            "no coverage file was written by this run; not counted, since older: c.xml",
        ),
        (
            covered(),
            msgspec.structs.replace(NOTHING, unreadable=("c.xml: is torn",)),
            "unproven",
            "a coverage file could not be read: c.xml: is torn",
        ),
        (
            covered(),
            msgspec.structs.replace(lines(0, 0), unplaced=("/usr/lib/x.py",)),
            "unproven",
            ELSEWHERE,
        ),
        (covered(), None, "unproven", "the files named by `coverage:` were not collected"),
    ],
)
def test_coverage_is_held_to_its_minimums(
    gate: PlannedGate, found: CoverageEvidence | None, outcome: str, reason: str
) -> None:
    result = judge(gate, EXITED, None, coverage=found)
    assert told(result) == (outcome, reason)
    assert result.coverage == (found.counts if found is not None else None)


def test_coverage_of_a_command_that_failed_is_only_told() -> None:
    result = judge(covered(80), execution(exit_code=1), None, coverage=lines(1, 2))
    assert told(result) == ("failed", "exit code 1")
    assert result.coverage == CoverageCounts(lines=2, covered=1)


@pytest.mark.parametrize(("seconds", "text"), [(1800, "30m"), (7200, "2h"), (90, "90s"), (0.5, "0.5s"), (0, "0s")])
def test_durations_read_like_the_workflow_file(seconds: float, text: str) -> None:
    assert duration(seconds) == text
