"""Workflow commands are ours alone: what a gate prints is never one."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaterunner.model import Mode, Outcome, Problem, Severity, Trouble, Verdict
from gaterunner.reporters.workflow_commands import Fence, annotation_commands, command, disarm, verdict_command
from tests.github.samples import finding, gate, report
from tests.reporters.test_markdown_text import REPEATABLE

printed = st.one_of(st.text(":#[] \r\n\tab%", max_size=60), st.text(max_size=40))


def commands_in(log: str) -> list[str]:
    """What the runner would obey: it trims a line and looks for ``::`` at its start, or for ``##[`` anywhere."""
    lines = re.split(r"\r\n|\r|\n", log)
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


def test_a_command_is_escaped_as_the_runner_reads_it() -> None:
    assert command("error", "100% wrong\r\nsee below", file="a,b:c.py", line=3, title=None) == (
        "::error file=a%2Cb%3Ac.py,line=3::100%25 wrong%0D%0Asee below"
    )
    assert command("notice", "no place") == "::notice::no place"


def test_a_message_is_cut_before_github_cuts_it() -> None:
    assert len(command("error", "x" * 10_000)) == len("::error::") + 4_096


def test_findings_become_commands_with_their_place() -> None:
    told = report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=(finding("expected 3", end_line=5),)))
    assert list(annotation_commands(told)) == ["::error title=unit%3A tests,file=app.py,line=3,endLine=5::expected 3"]


def test_at_most_ten_of_each_kind_are_shown_the_worst_first() -> None:
    found = tuple(
        finding(f"{severity} {number}", severity=severity, line=number + 1)
        for severity in (Severity.NOTICE, Severity.WARNING, Severity.ERROR)
        for number in range(15)
    )
    lines = list(annotation_commands(report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found))))
    kinds = [line.split(" ")[0] for line in lines]
    assert kinds == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"] * 10


def test_a_pass_needs_no_annotation() -> None:
    assert verdict_command(report(Verdict.PASS, gate("unit"))) is None


def test_the_verdict_is_told_with_what_to_do_about_problems_that_have_no_place() -> None:
    problem = Problem(trouble=Trouble.EVALUATION, message="no remote", help="fetch it first")
    told = report(Verdict.ERROR, problems=(problem,), sentence="Could not evaluate: no remote.")
    assert verdict_command(told) == (
        "::error title=gaterunner%3A error::Could not evaluate: no remote.%0AHow to fix: fetch it first"
    )


def test_in_shadow_mode_the_verdict_is_a_warning() -> None:
    told = report(Verdict.FAIL, mode=Mode.SHADOW, sentence="unit failed.")
    assert verdict_command(told) == "::warning title=gaterunner%3A fail::unit failed."


@REPEATABLE
@given(printed)
def test_one_command_is_always_one_line(text: str) -> None:
    line = command("error", text, file=text, title=text)
    assert "\n" not in line
    assert "\r" not in line
    assert line.count("::") >= 2
    properties = line.removeprefix("::error ").split("::")[0] if text else ""
    assert properties.count(",") == (1 if text else 0)


@REPEATABLE
@given(printed)
def test_nothing_printed_survives_as_a_command(text: str) -> None:
    assert commands_in(disarm(text)) == []


@REPEATABLE
@given(st.lists(printed, max_size=6))
def test_the_fence_holds_however_the_output_is_cut(pieces: list[str]) -> None:
    log = io.StringIO()
    with Fence(log, make_token=lambda: "t0ken") as fence:
        for piece in pieces:
            fence.write(piece)
    assert commands_in(log.getvalue()) == ["::stop-commands::t0ken", "::t0ken::"]


def test_inside_the_fence_a_reader_still_sees_what_was_printed() -> None:
    log = io.StringIO()
    with Fence(log, make_token=lambda: "t0ken") as fence:
        fence.write("ok\n  ::set-output name=x::y\n##[error]no")
    assert log.getvalue() == "::stop-commands::t0ken\nok\n  \\::set-output name=x::y\n## [error]no\n::t0ken::\n"


def test_every_fence_has_a_token_of_its_own() -> None:
    log = io.StringIO()
    for _ in range(2):
        with Fence(log) as fence:
            fence.write("line\n")
    tokens = re.findall(r"::stop-commands::([0-9a-f]{32})\n", log.getvalue())
    assert len(set(tokens)) == 2


def write_and_crash(around: Fence) -> None:
    with around as fence:
        fence.write("half a line")
        raise ZeroDivisionError


def test_the_fence_is_closed_when_a_gate_crashes() -> None:
    log = io.StringIO()
    with pytest.raises(ZeroDivisionError):
        write_and_crash(Fence(log, make_token=lambda: "t0ken"))
    assert log.getvalue().endswith("half a line\n::t0ken::\n")
