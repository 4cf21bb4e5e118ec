"""A run as a check run, within every limit that GitHub has."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings

from gaterunner.github.checks import CheckState
from gaterunner.model import Mode, Outcome, PolicyResult, Problem, Severity, Trouble, Verdict
from gaterunner.reporters.annotations import annotations_of, count_placed
from gaterunner.reporters.check_run import Progress, RunningGate, conclusion_of, render_completed, render_progress
from tests.fake_github.rules import refusals
from tests.github.samples import finding, gate, report
from tests.reporters.test_markdown_text import REPEATABLE, anything

AT = "2026-01-15T12:01:00Z"


def problem(trouble: Trouble, message: str = "it went wrong") -> Problem:
    return Problem(trouble=trouble, message=message)


@pytest.mark.parametrize(
    ("trouble", "conclusion"),
    [
        (Trouble.USAGE, "failure"),
        (Trouble.WORKFLOW_FILE, "failure"),
        (Trouble.EVALUATION, "failure"),
        (Trouble.INTERRUPTED, "cancelled"),
    ],
)
def test_what_kept_a_run_from_being_judged_is_never_a_success(trouble: Trouble, conclusion: str) -> None:
    told = report(Verdict.ERROR, problems=(problem(trouble),))
    assert conclusion_of(told) == conclusion


@pytest.mark.parametrize("trouble", [Trouble.USAGE, Trouble.WORKFLOW_FILE, Trouble.EVALUATION])
def test_shadow_mode_counts_only_once_the_law_was_read(trouble: Trouble) -> None:
    told = report(Verdict.ERROR, problems=(problem(trouble),), mode=Mode.SHADOW, law=False)
    assert conclusion_of(told) == "failure"


@pytest.mark.parametrize("verdict", list(Verdict))
def test_shadow_mode_is_neutral_whatever_the_verdict(verdict: Verdict) -> None:
    assert conclusion_of(report(verdict, mode=Mode.SHADOW)) == "neutral"


def test_a_pass_without_any_law_is_not_a_success() -> None:
    assert conclusion_of(report(Verdict.PASS, law=False)) == "failure"


@pytest.mark.parametrize(
    ("told", "title"),
    [
        (report(Verdict.PASS, sentence="2 gates passed."), "2 gates passed."),
        (report(Verdict.ERROR, sentence="git is missing."), "Could not evaluate: git is missing."),
        (report(Verdict.ERROR, sentence="Could not evaluate unit."), "Could not evaluate unit."),
        (
            report(Verdict.ERROR, sentence="No gates.", problems=(problem(Trouble.WORKFLOW_FILE),)),
            "Error in the workflow file: No gates.",
        ),
        (
            report(Verdict.ERROR, sentence="No such ref.", problems=(problem(Trouble.USAGE),)),
            "Wrong usage: No such ref.",
        ),
        (
            report(Verdict.ERROR, sentence="Interrupted early.", problems=(problem(Trouble.INTERRUPTED),)),
            "Interrupted early.",
        ),
        (report(Verdict.FAIL, sentence="a\x1b[0m\nb\u202e" + "x" * 400), "a[0m b" + "x" * 248 + "…"),
    ],
)
def test_the_title_is_the_sentence_of_the_verdict(told, title: str) -> None:  # type: ignore[no-untyped-def]  # a Report
    assert render_completed(told, completed_at=AT).output.title == title


def test_progress_shows_who_runs_and_who_waits() -> None:
    state = render_progress(
        Progress(
            planned=("build", "unit", "smoke"),
            running=(RunningGate("unit", "2025-06-15T12:03:07Z"),),
            gates=(gate("build"),),
            policies=(PolicyResult(name="no-merge-to-main", outcome=Outcome.FAILED, reason="HEAD is main"),),
        )
    )
    assert state.status == "in_progress"
    assert state.output.title == "Running unit (1 of 3 gates done)"
    assert "| `build` | ✅ passed |" in state.output.summary
    assert "| `unit` | 🏃 running since 12:03:07 UTC |" in state.output.summary
    assert "| `smoke` | waits |" in state.output.summary
    assert "| `no-merge-to-main` | ❌ failed | HEAD is main |" in state.output.summary


@pytest.mark.parametrize(
    ("names", "title"),
    [
        ((), "Running (0 of 0 gates done)"),
        (("a",), "Running a (0 of 0 gates done)"),
        (("a", "b"), "Running a and b (0 of 0 gates done)"),
        (("a", "b", "c"), "Running a, b and c (0 of 0 gates done)"),
        (("a", "b", "c", "d", "e"), "Running a, b, c and 2 more (0 of 0 gates done)"),
    ],
)
def test_the_title_names_a_few_of_the_gates_that_run_at_once(names: tuple[str, ...], title: str) -> None:
    running = tuple(RunningGate(name, AT) for name in names)
    assert render_progress(Progress(running=running)).output.title == title


def test_an_annotation_tells_rule_message_and_fix() -> None:
    found = finding("expected 3", line=4, end_line=6, help="add one", severity=Severity.WARNING)
    (remark,) = annotations_of(report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=(found,))))
    assert (remark.path, remark.start_line, remark.end_line) == ("app.py", 4, 6)
    assert (remark.annotation_level, remark.title) == ("warning", "unit: tests")
    assert remark.message == "expected 3\nHow to fix: add one"


def test_a_finding_without_a_place_is_told_in_the_summary_only() -> None:
    told = report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=(finding("no test ran", path=None),)))
    assert annotations_of(told) == ()
    assert "no test ran" in render_completed(told, completed_at=AT).output.summary


def test_lines_that_cannot_be_are_put_right() -> None:
    wrong = (finding(line=0), finding(line=9, end_line=2), finding(line=None))
    told = report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=wrong))
    assert {(each.start_line, each.end_line) for each in annotations_of(told)} == {(1, 1), (9, 9)}


def test_changed_files_are_annotated_first() -> None:
    found = (finding(path="a.py"), finding(path="z.py"))
    told = report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found))
    assert [each.path for each in annotations_of(told, changed=frozenset({"z.py"}))] == ["z.py", "a.py"]


def test_a_waived_finding_is_only_a_notice() -> None:
    told = report(Verdict.PASS, gate("unit", Outcome.WAIVED, findings=(finding("known", waived_by="a maintainer"),)))
    (remark,) = annotations_of(told)
    assert (remark.annotation_level, remark.message) == ("notice", "known\nWaived by a maintainer.")


def test_no_more_than_a_thousand_are_annotated() -> None:
    told = report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=tuple(finding(line=n + 1) for n in range(1_500))))
    assert len(annotations_of(told)) == 1_000
    assert count_placed(told) == 1_500


def body(state: CheckState) -> dict[str, object]:
    built: dict[str, object] = msgspec.to_builtins(state)
    return built


@settings(REPEATABLE, max_examples=100)
@given(anything, anything)
def test_github_takes_whatever_a_branch_writes(one: str, two: str) -> None:
    found = finding(one, rule=two, path=two or "x", help=one)
    told = report(Verdict.FAIL, gate(one, Outcome.FAILED, findings=(found,), log_tail=(one, two)), sentence=two)
    sent = msgspec.to_builtins(render_completed(told, completed_at=AT, notes=(one,)))
    sent["output"]["annotations"] = msgspec.to_builtins(annotations_of(told))
    assert refusals(sent, creating=False) == []
    progress = render_progress(Progress(planned=(one, two), running=(RunningGate(two, AT),), gates=(gate(one),)))
    assert refusals(body(progress), creating=False) == []


def test_github_takes_the_longest_of_everything() -> None:
    long = "☂" * 100_000
    found = tuple(finding(long, rule=long, help=long) for _ in range(50))
    told = report(Verdict.FAIL, gate(long, Outcome.FAILED, findings=found), sentence=long)
    sent = msgspec.to_builtins(render_completed(told, completed_at=AT, notes=(long,)))
    sent["output"]["annotations"] = msgspec.to_builtins(annotations_of(told))
    assert refusals(sent, creating=False) == []
    many = tuple(gate(f"{long}{number}") for number in range(500))
    progress = Progress(planned=tuple(each.name for each in many), running=(RunningGate(long, AT),) * 9, gates=many)
    assert refusals(body(render_progress(progress)), creating=False) == []
