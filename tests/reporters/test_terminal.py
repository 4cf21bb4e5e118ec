"""The final report on a terminal: what a person sees, and what can never reach the terminal."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gaterunner.failures import failures_of, index_of
from gaterunner.model import (
    Attempt,
    FailureIndex,
    Mode,
    Outcome,
    Part,
    Problem,
    Proof,
    Repetition,
    Report,
    ServiceUse,
    Severity,
    Trouble,
    Verdict,
    WorkflowInfo,
)
from gaterunner.reporters.terminal import render_text
from gaterunner.reporters.terminal_style import ASCII
from gaterunner.reporters.terminal_text import columns
from tests.reporters.reports import failing_report, finding, gate, policy, proven_report, report, summary

_COLORS = re.compile(r"\x1b\[[0-9;]*m")


def test_a_failing_run_reads_like_this() -> None:
    assert (
        render_text(failing_report())
        == """\
✗ FAIL  unit, no-secret-changes failed; integration unproven.

✗ unit  gate failed after 4 min 06 s
    the command ended with exit code 1

    tests/test_filters.py:41  test_window: assert 3 == 4 [test-failure]
    tests/test_banner.py:7  test_banner: stale after 15 min [test-failure]

    Reproduce   python -m pytest --junit-xml results.xml
    Run again   gaterunner run --gate unit
    Ended       exit code 1
    Log         .git/gaterunner/logs/unit.log
    Output, last 2 lines
    │ FAILED tests/test_filters.py::test_window - assert 3 == 4
    │ 2 failed, 117 passed in 3.1s

✗ no-secret-changes  policy failed
    1 secret was added
    Observed  1 secret in 12 commits
    Expected  no commit adds a secret or touches a file that holds one

    config/staging.env:3  AWS access key [aws-access-key] in 1a2b3c4d1a
      → Revoke the key, then remove it from the history: git rebase -i, not a commit on top.

    Look again  gaterunner check
    Explained   gaterunner explain aws-access-key

? integration  gate unproven after 1.0 s
    no test was executed
    Reproduce   make integration
    Run again   gaterunner run --gate integration
    Ended       exit code 0

Gates and policies
  ✓ build              passed           12 s  make build
  ✗ unit               failed     4 min 06 s  120 tests, 2 failed, 1 flaky, python -m pytest --ju...
  ? integration        unproven        1.0 s  make integration
  {dash} smoke              skipped                not reached: unit failed
  ✓ no-merge-to-main   passed                 as it should be
  ✗ no-secret-changes  failed                 1 secret was added

Notes
  ! 1 test passed only on retry.

Run
  Branch         feat/dashboard-hardening → main (phase dashboard-hardening)
  Commits        12 commits, aaaaaaaaaa..bbbbbbbbbb
  Diff           35 files (+6,503 / {minus}46)
  Duration       4 h 06 min
  Status         fail: the branch may not go further
  Quality gates  1 passed, 1 failed, 1 unproven, 1 skipped
  Policies       1 passed, 1 failed
  Workflow       .gaterunner.yml, from the base, sha256 cccccccccccc
""".replace("{dash}", "\N{EN DASH}").replace("{minus}", "\N{MINUS SIGN}")
    )


def test_a_passing_run_is_short() -> None:
    assert (
        render_text(report(), symbols=ASCII)
        == """\
+ PASS  1 gate passed.

Gates
  + unit  passed          1.0 s

Run
  Branch         feat/dashboard-hardening -> main (phase dashboard-hardening)
  Commits        12 commits, aaaaaaaaaa..bbbbbbbbbb
  Diff           35 files (+6,503 / -46)
  Duration       4 h 06 min
  Status         pass: the branch may go further
  Quality gates  1 passed
  Workflow       .gaterunner.yml, from the base, sha256 cccccccccccc
"""
    )


def test_a_part_with_a_flaky_and_a_cached_gate_reads_like_this() -> None:
    assert (
        render_text(proven_report())
        == """\
✓ PASS  2 gates passed (1 cached, 1 flaky).
  Part 2 of 5: gates only; policies are evaluated when the parts are collected (gaterunner collect).
  It was given lint, unit=2/4.

✓ unit  gate passed (flaky) after 6.0 s
    passed on attempt 2 of 3; flaky: app.test_cart failed before
    Reproduce   pytest
    Run again   gaterunner run --gate unit
    Image       python:3.13-slim (sha256:0123456789ab)
    Service     db: postgres:16 (sha256:abababababab), ready after 2.1 s
    Coverage    83.3%, of changed lines 91.6%
    Ended       exit code 0
    Attempt 1   failed after 3.1 s: 1 of 120 tests failed
                log .git/gaterunner/logs/02-unit.log
    Attempt 2   passed after 2.9 s
                log .git/gaterunner/logs/02-unit.attempt-2.log

Gates
  ✓ lint  passed                 cached: passed on 1a2b3c4d at 2026-01-15 12:00 UTC, report 9f8e7d6c
  ✓ unit  passed          6.0 s  passed on attempt 2 of 3; flaky: app.test_cart failed before, 12...

Notes
  ! 1 test passed only on retry.
  ! 1 gate is flaky, passed only after a failed attempt: unit.
  ! 1 gate was not run again: passed before with identical inputs (cached). --fresh runs everything.

Run
  Branch         feat/dashboard-hardening → main (phase dashboard-hardening)
  Commits        12 commits, aaaaaaaaaa..bbbbbbbbbb
  Diff           35 files (+6,503 / {minus}46)
  Duration       4 h 06 min
  Status         pass: of this part; all parts together decide
  Quality gates  2 passed (1 cached, 1 flaky)
  Workflow       .gaterunner.yml, from the base, sha256 cccccccccccc
""".replace("{minus}", "\N{MINUS SIGN}")
    )


def test_only_gates_is_said_where_it_is_no_part() -> None:
    assert "! Only the gates were run; no policy was evaluated." in render_text(report(scope="gates"))


def test_a_gate_that_failed_in_every_attempt_names_all_their_logs() -> None:
    tries = tuple(
        Attempt(number=number, outcome=Outcome.FAILED, reason="exit code 1", log=f"logs/{number}.log", duration_s=1.0)
        for number in (1, 2)
    )
    text = render_text(report(gates=(gate(outcome=Outcome.FAILED, attempts=2, tries=tries, log="logs/2.log"),)))
    assert (
        "    Attempt 1   failed after 1.0 s: exit code 1\n                log logs/1.log\n"
        "    Attempt 2   failed after 1.0 s: exit code 1\n                log logs/2.log\n"
    ) in text
    assert text.count("logs/2.log") == 1


def test_what_a_flaky_or_cached_gate_says_for_itself_is_not_needed() -> None:
    proof = Proof(report="9f" * 32, commit="1a" * 20, started="2026-01-15T12:00:00Z", key="e" * 64)
    text = render_text(report(gates=(gate("a", flaky=True, attempts=2), gate("b", cached=True, proof=proof))))
    assert "flaky: passed on attempt 2" in text
    assert "cached: run on commit 1a1a1a1a1a1a of 2026-01-15T12:00:00Z, report" in text


def test_a_gate_that_ran_in_shards_says_so() -> None:
    text = render_text(report(gates=(gate(reason="4 of 4 shards passed", command="pytest"),)))
    assert "  4 of 4 shards passed, pytest\n" in text


def test_the_log_of_a_service_is_named() -> None:
    services = tuple(ServiceUse(name=f"s{number}", image="redis:7", log=f"logs/s{number}.log") for number in range(9))
    text = render_text(report(gates=(gate(outcome=Outcome.FAILED, services=services),)))
    assert "    Service     s0: redis:7\n                log logs/s0.log\n" in text
    assert "                and 1 more service\n" in text


def test_problems_of_the_workflow_file_come_with_their_position() -> None:
    problem = Problem(
        trouble=Trouble.WORKFLOW_FILE,
        message="unknown key `gate`, did you mean `gates`?",
        path=".gaterunner.yml",
        line=2,
        column=3,
        help="See gaterunner schema.",
    )
    text = render_text(
        report(verdict=Verdict.ERROR, sentence="1 error.", problems=(problem,), gates=(), change=None, workflow=None)
    )
    assert "  .gaterunner.yml:2:3: unknown key `gate`, did you mean `gates`?\n    → See gaterunner schema.\n" in text
    assert "Status    error: could not be evaluated" in text


def test_what_a_reader_must_know_about_the_run_is_noted() -> None:
    text = render_text(
        report(
            mode=Mode.SHADOW,
            scope="policies",
            partial=True,
            change=summary(dirty=True, branch=None, notes=("The shallow clone was deepened.",)),
            workflow=WorkflowInfo(path=".gaterunner.yml", sha256="c" * 64, source="head", changed_by_branch=True),
        )
    )
    for note in (
        "Shadow mode: the verdict is the true one, but the check is concluded as neutral.",
        "Only the policies were evaluated; no gate was run.",
        "A partial run: --gate left gates or shards out",
        "The work tree was dirty: uncommitted changes were judged too",
        ".gaterunner.yml is the branch's own: the base holds none yet (first adoption).",
        "This branch changes its own guardrail .gaterunner.yml: its version is the one applied and needs approval.",
        "The shallow clone was deepened.",
        "detached HEAD",
        "and uncommitted changes",
    ):
        assert note in " ".join(text.split())


def test_a_partial_run_that_passed_does_not_say_that_the_branch_may_go_further() -> None:
    text = render_text(report(partial=True))
    assert "Status         pass: of what --gate selected; a run without it decides" in text
    assert "may go further" not in text


def test_an_advisory_failure_is_told_apart() -> None:
    text = render_text(report(gates=(gate(), gate("docs", Outcome.FAILED, reason="broken link", advisory=True))))
    assert "Advisory: told, but no part of the verdict\n\n✗ docs  gate failed after 1.0 s\n    broken link\n" in text
    assert text.startswith("✓ PASS")


def test_waived_findings_are_shown_with_who_waived_them() -> None:
    waived = policy("no-secret-changes", Outcome.WAIVED, findings=(finding("a key", waived_by="reviewer"),))
    text = render_text(report(policies=(waived,)))
    assert "~ no-secret-changes  policy waived" in text
    assert "a key [a-rule] waived by reviewer" in text


def test_warnings_follow_errors_and_are_called_so() -> None:
    findings = (finding("less", severity=Severity.WARNING), finding("more"))
    text = render_text(report(gates=(gate(outcome=Outcome.FAILED, findings=findings),)))
    assert text.index("more [a-rule]") < text.index("warning: less [a-rule]")


def test_a_fix_that_many_findings_share_is_told_once() -> None:
    findings = tuple(finding(path=f"m/{number}.sql", line=1, help="Add a new migration.") for number in range(5))
    text = render_text(report(policies=(policy(outcome=Outcome.FAILED, findings=findings),)))
    assert text.count("Add a new migration.") == 1


# --- bounds ----------------------------------------------------------------------------------------------------------


def test_findings_that_say_the_same_of_many_files_stand_together() -> None:
    alike = tuple(finding("guarded", path=f"deploy/{number}.yml", help="take it back") for number in range(7))
    text = render_text(report(verdict=Verdict.FAIL, policies=(policy(outcome=Outcome.FAILED, findings=alike),)))
    assert "    deploy/0.yml  guarded [a-rule]\n      the same in deploy/1.yml, deploy/2.yml, deploy/3.yml," in text
    assert "and 2 more files\n      → take it back" in text


def test_where_room_is_short_every_rule_is_told_once_before_any_is_told_twice() -> None:
    many = tuple(finding(f"number {number}", path="a.py", line=number + 1) for number in range(30))
    last = finding("a test is gone", rule="guardrails/test-deleted", path="tests/test_a.py")
    warned = finding("a warning", rule="b-rule", severity=Severity.WARNING)
    failed = policy(outcome=Outcome.FAILED, findings=(*many, last, warned))
    text = render_text(report(verdict=Verdict.FAIL, policies=(failed,)), limit_findings=5)
    assert "number 3 " in text
    assert "number 4 " not in text
    assert "a test is gone" in text
    assert "a warning" not in text
    assert "and 27 more" in text


def _to_waive(**fields: Any) -> str:
    found = finding("gone", rule="migration-drop-table", path="m/0042.sql", line=3, content="c" * 40, **fields)
    return render_text(report(verdict=Verdict.FAIL, policies=(policy(outcome=Outcome.FAILED, findings=(found,)),)))


def test_how_a_finding_is_let_through_can_be_copied() -> None:
    assert f"""\
    Look again  gaterunner check
    Explained   gaterunner explain migration-drop-table
    Waiver      an approving review of this head, with the line
                  waive migration-drop-table m/0042.sql: WHY
                or an entry in .gaterunner/waivers.yml on main
                  - {{rule: migration-drop-table, path: m/0042.sql,
                     content: {"c" * 40}, reason: WHY, by: WHO,
                     expires: YYYY-MM-DD}}
""" in _to_waive()


def test_where_an_approval_is_enough_it_says_so() -> None:
    assert """\
    Waiver      an approving review of this head, by somebody who may write and did not work on the
                branch
""" in _to_waive(approvable=True)


def test_what_is_not_committed_cannot_be_waived() -> None:
    found = finding("gone", content="c" * 40)
    failed = report(change=summary(dirty=True), policies=(policy(outcome=Outcome.FAILED, findings=(found,)),))
    assert "    Waiver      commit first: a waiver names what is committed\n" in render_text(failed)


def test_a_gate_that_simply_passed_is_told_for_what_it_found_alone() -> None:
    noticed = gate("rehearsal", command="make x", findings=(finding("a new table", severity=Severity.NOTICE),))
    text = render_text(report(gates=(noticed,)))
    assert "notice: a new table" in text
    assert "Reproduce" not in text


def test_a_policy_that_passed_compares_nothing() -> None:
    passed = policy(observed="this", expected="that", findings=(finding("looked", severity=Severity.NOTICE),))
    text = render_text(report(policies=(passed,)))
    assert "Observed" not in text
    assert "\n\n\n" not in text


def test_five_thousand_findings_are_cut_with_a_pointer_to_all_of_them() -> None:
    many = tuple(finding(f"number {number}", path="a.py", line=number + 1) for number in range(5_000))
    failing = report(verdict=Verdict.FAIL, gates=(gate(outcome=Outcome.FAILED, findings=many),))
    text = render_text(failing, limit_findings=50, report_file="out/report.json")
    assert "and 4,950 more: see out/report.json" in text
    assert text.count("\n") < 100
    assert "write all of it with --report FILE" in render_text(failing)


def test_the_size_is_bounded_whatever_the_report_holds() -> None:
    long = "x " * 200_000
    findings = tuple(finding(long, path="p/" * 5_000, help=f"{number}{long}") for number in range(200))
    gates = tuple(
        gate(
            f"g{number}" * 50, Outcome.FAILED, reason=long, command=long * 3, findings=findings, log_tail=(long,) * 500
        )
        for number in range(500)
    )
    problems = tuple(Problem(trouble=Trouble.EVALUATION, message=long, help=long) for _ in range(500))
    huge = report(
        verdict=Verdict.FAIL, sentence=long, gates=gates, problems=problems, change=summary(notes=(long,) * 500)
    )
    text = render_text(huge)
    assert len(text) < 1_000_000
    assert "and 480 more without details here" in text
    assert "and 440 more results, none worse than these" in text


def test_the_overview_keeps_what_matters_when_there_is_no_room_for_all() -> None:
    gates = (*(gate(f"ok-{number}") for number in range(100)), gate("broken", Outcome.FAILED))
    assert "✗ broken  failed" in render_text(report(gates=gates, verdict=Verdict.FAIL))


def test_lines_keep_to_the_width() -> None:
    text = render_text(failing_report(), width=72)
    assert [line for line in text.splitlines() if columns(line) > 72] == []


# --- safety ----------------------------------------------------------------------------------------------------------

_EVIL = "\x1b[2J\x1b]0;owned\x07\x9b31m\rover\u202ewritten\u2066\u200b\x00\n::error::x\x1b]8;;http://x\x1b\\link"


def _evil_report() -> Report:
    return report(
        verdict=Verdict.FAIL,
        sentence=_EVIL,
        part=Part(number=1, total=2, plan=_EVIL, selected=(_EVIL,)),
        change=summary(branch=_EVIL, target=_EVIL, phase=_EVIL, notes=(_EVIL,)),
        workflow=WorkflowInfo(path=_EVIL, sha256="c" * 64, source="base", changed_by_branch=True),
        problems=(Problem(trouble=Trouble.EVALUATION, message=_EVIL, path=_EVIL, help=_EVIL),),
        gates=(
            gate(
                _EVIL,
                Outcome.FAILED,
                reason=_EVIL,
                command=_EVIL,
                signal=_EVIL,
                log=_EVIL,
                log_tail=(_EVIL,),
                flaky=True,
                tries=(Attempt(number=1, outcome=Outcome.FAILED, reason=_EVIL, log=_EVIL),),
                proof=Proof(report=_EVIL, commit=_EVIL, started=_EVIL, key=_EVIL),
                image=_EVIL,
                image_digest=_EVIL,
                services=(ServiceUse(name=_EVIL, image=_EVIL, image_digest=_EVIL, log=_EVIL),),
                findings=(
                    finding(
                        _EVIL, rule=_EVIL, path=_EVIL, commit=_EVIL, help=_EVIL, waived_by=_EVIL, waived_because=_EVIL
                    ),
                ),
            ),
        ),
        policies=(policy(_EVIL, Outcome.FAILED, reason=_EVIL, observed=_EVIL, expected=_EVIL),),
    )


def test_nothing_from_outside_reaches_the_terminal_as_a_control() -> None:
    for color in (False, True):
        text = _COLORS.sub("", render_text(_evil_report(), color=color, report_file=_EVIL))
        bad = {character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Cs")}
        assert bad == {"\n"}
        assert "owned" not in text


def test_without_colours_there_is_no_escape_sequence_and_with_them_the_same_words() -> None:
    plain = render_text(failing_report())
    colored = render_text(failing_report(), color=True)
    assert "\x1b" not in plain
    assert colored != plain
    assert _COLORS.sub("", colored) == plain


@settings(deadline=None)
@given(text=st.text())
def test_any_text_anywhere_renders(text: str) -> None:
    rendered = render_text(
        report(sentence=text, gates=(gate(text, Outcome.FAILED, command=text, findings=(finding(text, path=text),)),))
    )
    assert rendered.endswith("\n")
    rendered.encode()


# --- for readers that are programs ---


def indexed(told: Report) -> str:
    return render_text(replace(told, failures=index_of(failures_of(told), told.failures.repeated)), index=True)


def test_the_index_of_failures_comes_last_with_a_line_each() -> None:
    place = {"path": "tests/test_a.py", "line": 3, "help": "mend add", "rule": "test-failed"}
    told = report(
        verdict=Verdict.FAIL,
        gates=(
            gate(
                "unit",
                Outcome.FAILED,
                findings=(
                    finding("test_add: 3 is not 4", **place, standing="new"),
                    finding("test_sub: 1 is not 0", **place, standing="known"),
                ),
            ),
            gate("lint", Outcome.FAILED, reason="exit code 1"),
        ),
    )
    assert indexed(told).split("\n\n")[-1].splitlines() == [
        "3 failures",
        "  tests/test_a.py:3  [test-failed] test_add: 3 is not 4  (unit, new)",
        "  tests/test_a.py:3  [test-failed] test_sub: 1 is not 0  (unit, the base has it too)",
        "    reproduce: gaterunner run --gate unit",
        "    fix: mend add",
        "  [failed] exit code 1  (lint)",
        "    reproduce: gaterunner run --gate lint",
    ]


def test_a_pass_has_no_index() -> None:
    assert indexed(report()) == render_text(report())


def test_the_index_is_bounded() -> None:
    many = tuple(finding(f"wrong {number}", path="a.py", line=number + 1) for number in range(900))
    text = indexed(report(verdict=Verdict.FAIL, gates=(gate("unit", Outcome.FAILED, findings=many),)))
    assert "  and 850 more: write all of it with --report FILE" in text.splitlines()[-2:]


def test_nothing_in_the_index_reaches_a_terminal() -> None:
    nasty = finding("\x1b]0;owned\x07\u202emsg", path="\x1b[2Ja.py", line=1, help="\x1b[31m", rule="\x9b31m")
    text = indexed(report(verdict=Verdict.FAIL, gates=(gate("u\x1b[0m", Outcome.FAILED, findings=(nasty,)),)))
    assert not any(character in text for character in ("\x1b", "\x07", "\x9b", "\u202e"))


@pytest.mark.parametrize("index", [True, False])
def test_going_round_in_circles_is_told_from_the_third_time_on(index: bool) -> None:
    red = report(verdict=Verdict.FAIL, gates=(gate("unit", Outcome.FAILED, reason="exit code 1"),))
    for runs, told in ((2, False), (3, True), (4, True)):
        repeated = FailureIndex(
            shown=index_of(failures_of(red)).shown, repeated=Repetition(runs=runs, since="2026-01-01T00:00:00Z")
        )
        text = render_text(replace(red, failures=repeated), index=index)
        words = f"STOP: the same failures {runs} times in a row, since 2026-01-01T00:00:00Z."
        assert (words in text) is told
        assert ("ask a person" in text) is told
