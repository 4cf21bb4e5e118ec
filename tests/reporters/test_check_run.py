"""A run as a check run, within every limit that GitHub has."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings

from gaterunner.github.checks import CheckState
from gaterunner.model import Hunk, Mode, Outcome, PolicyResult, Problem, Severity, Trouble, Verdict
from gaterunner.reporters.annotations import annotations_of, count_placed
from gaterunner.reporters.check_run import conclusion_of, render_completed
from gaterunner.reporters.check_run_progress import Progress, RunningGate, Step, render_progress
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


def steps(*names: str) -> tuple[Step, ...]:
    """Each waits for the one before it."""
    return tuple(Step(name, names[number - 1 : number] if number else ()) for number, name in enumerate(names))


def test_progress_shows_who_runs_since_when_and_what_comes_next() -> None:
    state = render_progress(
        Progress(
            planned=(*steps("build", "unit", "smoke"), Step("deploy", ("smoke", "build"))),
            running=(RunningGate("unit", "2025-06-15T12:03:07Z"),),
            gates=(gate("build", duration_s=4.2),),
            policies=(PolicyResult(name="no-merge-to-main", outcome=Outcome.FAILED, reason="HEAD is main"),),
        ),
        at="2025-06-15T12:03:09Z",
    )
    assert state.status == "in_progress"
    assert state.output.title == "Running unit (1 of 4 gates done, not passed: no-merge-to-main)"
    assert state.output.summary == (
        "**Running:** `unit` since 12:03:07 UTC\n\n"
        "**Next:** `smoke`\n\n"
        "| Gate | State | Duration | Tests | Why |\n|---|---|---:|---|---|\n"
        "| `build` | ✅ passed | 4.2 s |  | build was run |\n"
        "| `unit` | 🏃 running since 12:03:07 UTC | | | |\n"
        "| `smoke` | waits for `unit` | | | |\n"
        "| `deploy` | waits for `smoke` | | | |\n"
        "\n| Policy | Outcome | Why |\n|---|---|---|\n"
        "| `no-merge-to-main` | ❌ failed | HEAD is main |\n"
        "\n_As of 12:03:09 UTC. What runs is shown again every few seconds, in a long run every few minutes._\n"
    )


def test_a_gate_that_failed_is_told_while_others_run() -> None:
    progress = Progress(
        planned=steps("lint", "style", "unit"),
        running=(RunningGate("unit", AT),),
        gates=(gate("lint", Outcome.FAILED), gate("style", Outcome.FAILED, advisory=True)),
        policies=(PolicyResult(name="migrations", outcome=Outcome.UNPROVEN, reason="?"),),
    )
    title = "Running unit (2 of 3 gates done, not passed: lint and migrations)"
    assert render_progress(progress, at=AT).output.title == title


@pytest.mark.parametrize(
    ("planned", "running", "ended", "following"),
    [
        (steps("a", "b"), (), (), ("a",)),
        (steps("a", "b", "c"), ("a",), (), ("b",)),
        ((Step("a"), Step("b"), Step("c")), ("a",), (), ("b", "c")),
        ((Step("a"), Step("b", ("a", "x")), Step("x", ("b",))), ("a",), (), ("b",)),
        (steps("a", "b"), ("b",), ("a",), ()),
    ],
)
def test_what_comes_next_waits_for_nothing_but_what_runs(
    planned: tuple[Step, ...], running: tuple[str, ...], ended: tuple[str, ...], following: tuple[str, ...]
) -> None:
    progress = Progress(
        planned=planned,
        running=tuple(RunningGate(name, AT) for name in running),
        gates=tuple(gate(name) for name in ended),
    )
    assert progress.upcoming() == following


def test_between_the_last_gate_and_the_verdict_that_is_said() -> None:
    summary = render_progress(Progress(planned=steps("a"), gates=(gate("a"),)), at=AT).output.summary
    assert summary.startswith("All gates have ended; the verdict follows.\n")


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
    assert render_progress(Progress(running=running), at=AT).output.title == title


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


def test_changed_lines_are_annotated_before_changed_files_and_those_before_the_rest() -> None:
    found = (
        finding("elsewhere", path="a.py", line=1),
        finding("in the file", path="m.py", line=1),
        finding("below the lines", path="m.py", line=14),
        finding("above the lines", path="m.py", line=9),
        finding("on a line", path="m.py", line=13, severity=Severity.NOTICE),
        finding("over the lines", path="m.py", line=2, end_line=10),
        finding("gone", path="z.py", line=5),
    )
    told = report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found))
    lines = {"m.py": (Hunk(3, 1, 3, 0), Hunk(10, 2, 10, 4)), "z.py": (Hunk(5, 3, 4, 0),)}
    annotations = annotations_of(told, changed=frozenset({"m.py", "z.py"}), lines=lines)
    assert [each.message for each in annotations] == [
        "over the lines",
        "on a line",
        "in the file",
        "above the lines",
        "below the lines",
        "gone",
        "elsewhere",
    ]


def test_what_is_on_a_changed_line_is_not_crowded_out() -> None:
    many = tuple(finding(path="a.py", line=number + 1) for number in range(1_500))
    told = report(
        Verdict.FAIL,
        gate("unit", Outcome.FAILED, findings=many),
        gate("style", Outcome.FAILED, advisory=True, findings=(finding("here", path="z.py", line=7),)),
    )
    first = annotations_of(told, changed=frozenset({"z.py"}), lines={"z.py": (Hunk(7, 0, 7, 1),)})[0]
    assert first.message == "here"


def test_a_new_failure_is_told_apart_from_one_that_the_base_has() -> None:
    found = (finding("old", path="a.py", standing="known"), finding("fresh", path="b.py", standing="new"))
    told = report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found), sentence="unit failed.")
    assert [(each.message, each.title) for each in annotations_of(told)] == [
        ("fresh", "unit: tests (new)"),
        ("old", "unit: tests (the base has it too)"),
    ]
    output = render_completed(told, completed_at=AT).output
    assert output.title == "unit failed. 1 new, 1 that the base has too."
    assert "### 2 failures: 1 new, 1 that the base has too\n" in output.summary
    assert "- `b.py:3` fresh (tests) — **new**\n- `a.py:3` old (tests) — the base has it too" in output.summary


def test_new_failures_are_counted_beyond_those_that_are_shown() -> None:
    found = tuple(finding(f"{n}", line=n + 1, standing="new" if n % 3 else "known") for n in range(3_000))
    output = render_completed(
        report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found)), completed_at=AT
    ).output
    assert output.title == "The verdict is fail. 2,000 new, 1,000 that the base has too."
    assert "### 3,000 failures: 2,000 new, 1,000 that the base has too\n" in output.summary
    assert "> 2,000 more findings are not annotated; the JSON report has them all." in output.summary


def test_a_newer_push_stands_in_the_title() -> None:
    told = report(Verdict.FAIL, sentence="unit failed.")
    output = render_completed(told, completed_at=AT, superseded_by="c3" * 20).output
    assert output.title == "Superseded by c3c3c3c3c3c3: unit failed."


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
    planned = (Step(one), Step(two, (one,)), Step(f"{two}{one}", (one, two)))
    progress = render_progress(Progress(planned=planned, running=(RunningGate(two, AT),), gates=(gate(one),)), at=AT)
    assert refusals(body(progress), creating=False) == []


def test_a_long_message_ends_with_a_pointer_to_all_of_it() -> None:
    told = report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=(finding("☂" * 100_000),)))
    (remark,) = annotations_of(told)
    assert remark.message.endswith("☂…\n(cut here: the JSON report of the run has all of it)")
    assert len(remark.message.encode()) <= 64 * 1024


def test_the_summary_leads_to_the_run_where_its_page_is_known() -> None:
    url = "https://github.com/octo/example/actions/runs/77"
    output = render_completed(report(Verdict.PASS), completed_at=AT, run_url=url).output
    assert output.summary.endswith(f"\n[The run]({url}) has the whole log.\n")
    assert "[The run]" not in render_completed(report(Verdict.PASS), completed_at=AT).output.summary


def test_github_takes_the_longest_of_everything() -> None:
    long = "☂" * 100_000
    found = tuple(finding(long, rule=long, help=long) for _ in range(50))
    told = report(Verdict.FAIL, gate(long, Outcome.FAILED, findings=found), sentence=long)
    sent = msgspec.to_builtins(render_completed(told, completed_at=AT, notes=(long,)))
    sent["output"]["annotations"] = msgspec.to_builtins(annotations_of(told))
    assert refusals(sent, creating=False) == []
    many = tuple(gate(f"{long}{number}") for number in range(500))
    planned = (*(Step(each.name, (long,) * 9) for each in many), Step(long, (long, long)))
    progress = Progress(planned=planned, running=(RunningGate(long, AT),) * 9, gates=many)
    assert refusals(body(render_progress(progress, at=AT)), creating=False) == []
