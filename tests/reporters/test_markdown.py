"""The report as a page on GitHub."""

from __future__ import annotations

import re

from hypothesis import given, settings
from markdown_it import MarkdownIt
from msgspec.structs import replace

from gaterunner.model import (
    Attempt,
    Excerpt,
    FailureIndex,
    Finding,
    GateResult,
    Mode,
    Outcome,
    Part,
    PolicyResult,
    Problem,
    Proof,
    Repetition,
    ServiceUse,
    Severity,
    Skip,
    TestCounts,
    Trouble,
    Verdict,
)
from gaterunner.reporters.markdown import render_markdown, render_pages
from gaterunner.reporters.markdown_text import size
from tests.github.samples import BASE, HEAD, OTHER, change_summary, finding, gate, report
from tests.reporters.reports import proven_report
from tests.reporters.test_markdown_text import REPEATABLE, anything

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def page(*arguments, limit: int = 65_535, notes: tuple[str, ...] = (), **options) -> str:  # type: ignore[no-untyped-def]  # as report()
    return render_markdown(report(*arguments, **options), limit_bytes=limit, notes=notes)


def test_why_a_policy_is_unproven_stands_beside_what_it_observed() -> None:
    policy = PolicyResult(
        name="no-merge-to-main", outcome=Outcome.UNPROVEN, reason="nothing could be asked", observed="push of 2 commits"
    )
    assert "| push of 2 commits |  | nothing could be asked |" in page(Verdict.FAIL, policies=(policy,))


def test_a_gate_without_any_test_has_no_share_that_passed() -> None:
    none = TestCounts(total=0, passed=0, failed=0, skipped=0, flaky=0)
    assert "| none | unit was run |" in page(Verdict.FAIL, gate("unit", Outcome.UNPROVEN, tests=none))


def test_the_page_reads_from_verdict_to_details() -> None:
    secrets = PolicyResult(
        name="no-secret-changes",
        outcome=Outcome.PASSED,
        reason="",
        observed="0 secrets in 2 commits",
        expected="no secret",
    )
    unit = gate(
        "unit",
        Outcome.FAILED,
        command="make unit",
        duration_s=65.0,
        tests=TestCounts(total=4, passed=2, failed=1, skipped=1, flaky=1),
        findings=(finding("expected 3, got 2", help="look at `add`"),),
        log_tail=("E  assert 2 == 3", "1 failed"),
    )
    smoke = gate("smoke", Outcome.SKIPPED, skip=Skip.NOT_REACHED)
    assert page(
        Verdict.FAIL, gate("build", duration_s=1.25), unit, smoke, policies=(secrets,), sentence="unit failed."
    ) == (
        "## ❌ unit failed.\n\n"
        "> 1 test passed only on retry.\n\n"
        "### 1 failure\n\n"
        "**unit**, to reproduce: `gaterunner run --gate unit`\n\n"
        "- `app.py:3` expected 3, got 2 (tests)\\\n"
        "  _How to fix:_ look at \\`add\\`\n\n\n"
        "| Run | |\n|---|---|\n"
        "| Verdict | ❌ fail |\n"
        "| Branch | `feat/x` → `main` |\n"
        "| Commits | 2 |\n"
        "| Diff | 1 file, +10 -4 |\n"
        "| Quality gates | 1 of 3 passed, 1 failed, 1 skipped |\n"
        "| Policies | 1 of 1 passed |\n"
        "| Duration | 1 min 15 s |\n\n"
        "### Gates\n\n"
        "| Gate | Outcome | Duration | Tests | Why |\n|---|---|---:|---|---|\n"
        "| `build` | ✅ passed | 1.2 s |  | build was run |\n"
        "| `unit` | ❌ failed | 1 min 05 s | 2 of 4 passed, 1 failed, 1 skipped, 1 flaky | unit was run |\n\n"
        "### Policies\n\n"
        "| Policy | Outcome | Observed | Expected | Why |\n|---|---|---|---|---|\n"
        "| `no-secret-changes` | ✅ passed | 0 secrets in 2 commits | no secret |  |\n\n"
        "### Skipped\n\n"
        "- `smoke`: smoke was run\n\n"
        "### The end of the logs\n\n`unit`, which ran `make unit`\n\n"
        "```text\nE  assert 2 == 3\n1 failed\n```\n\n"
        f"Bound to: gaterunner 1\\.0.0 · head `{HEAD}` · base `{BASE}` · merge `{OTHER}` · "
        f"`.gaterunner.yml` from the base commit · sha256 `{'d' * 64}`\n"
    )


def test_what_decides_comes_before_what_does_not() -> None:
    lint = gate("lint", Outcome.FAILED, advisory=True, findings=(finding("a matter of taste"),))
    unit = gate("unit", Outcome.FAILED, findings=(finding("warned", severity=Severity.WARNING), finding("broken")))
    text = page(Verdict.FAIL, lint, unit)
    places = [text.index(words) for words in ("1 failure", "broken", "warned", "### Also found", "a matter of taste")]
    assert places == sorted(places)
    assert "❌ failed (advisory)" in text
    assert "| Quality gates | 0 of 1 passed, 1 failed |" in text


def test_a_waived_finding_is_shown_with_who_waived_it() -> None:
    text = page(
        Verdict.PASS,
        gate("unit", Outcome.WAIVED, findings=(finding("known", waived_by="a maintainer", waived_because="a sample"),)),
    )
    assert "### Let through by a waiver\n\n| Policy | What | By | Why |\n" in text
    assert "| `unit` | `app.py:3` known | a maintainer | a sample |\n" in text
    assert "### Also found" not in text


def test_how_a_policy_is_let_through_on_purpose_can_be_copied() -> None:
    gone = finding("gone", rule="migration-drop-table", path="m/0042.sql", content="c" * 40)
    shown = finding("other", rule="guardrails/gate-removed", path="Makefile", content="c" * 40, approvable=True)
    text = page(
        Verdict.FAIL,
        gate("unit"),
        policies=(
            PolicyResult(name="migrations", outcome=Outcome.FAILED, reason="", findings=(gone,)),
            PolicyResult(name="guardrails", outcome=Outcome.FAILED, reason="", findings=(shown,)),
        ),
    )
    assert (
        "### To let through on purpose\n\n"
        "- `migrations`: an approving review of this head, with\n\n"
        "```text\nwaive migration-drop-table m/0042.sql: WHY\n```\n\n"
        "or an entry in `.gaterunner/waivers.yml` on `main`\n\n"
        f"```text\n- {{rule: migration-drop-table, path: m/0042.sql, content: {'c' * 40}, reason: WHY, "
        "by: WHO,\n   expires: YYYY-MM-DD}\n```\n\n"
        "- `guardrails`: an approving review of this head, by somebody who may write and did not work on the branch\n"
    ) in text


def test_problems_stand_with_their_place_and_fix() -> None:
    problem = Problem(
        trouble=Trouble.WORKFLOW_FILE,
        message="unknown key",
        path=".gaterunner.yml",
        line=3,
        column=5,
        help="did you mean gates?",
    )
    assert "- `.gaterunner.yml:3:5` unknown key _How to fix:_ did you mean gates?\n" in page(
        Verdict.ERROR, problems=(problem,)
    )


def test_everything_unusual_about_a_run_is_said() -> None:
    base = report(Verdict.FAIL, mode=Mode.SHADOW, partial=True, scope="policies")
    assert base.workflow is not None
    dirty = replace(change_summary(), dirty=True, notes=("The clone is shallow.",))
    told = replace(base, change=dirty, workflow=replace(base.workflow, changed_by_branch=True))
    text = render_markdown(told, limit_bytes=65_535, notes=("A newer push exists.",))
    for words in (
        "> A newer push exists.",
        "> Shadow mode: the verdict is the true one, but the check is concluded as neutral.",
        "> Only the policies were evaluated; no gate was run.",
        "> A partial run: --gate left gates or shards out, so this is not the verdict of the whole workflow.",
        "> This branch changes its own guardrail .gaterunner.yml: its version was not applied and needs approval.",
        "> The work tree was dirty: uncommitted changes were judged too, and no commit holds what was judged.",
        "> The clone is shallow.",
    ):
        assert words in text
    adopted = replace(base, workflow=replace(base.workflow, source="head"))
    assert "> .gaterunner.yml is the branch's own: the base holds none yet (first adoption)." in render_markdown(
        adopted, limit_bytes=65_535
    )
    outside = replace(base, workflow=replace(base.workflow, source="file"))
    assert "is the operator's own workflow file, read as it lies, not from the base" in render_markdown(
        outside, limit_bytes=65_535
    )


def test_a_pass_that_is_not_a_plain_one_says_so() -> None:
    text = render_markdown(proven_report(), limit_bytes=65_535)
    for words in (
        (
            "> Part 2 of 5: gates only; policies are evaluated when the parts are collected (gaterunner collect). "
            "It was given lint, unit=2/4.\n"
        ),
        "> 1 gate is flaky, passed only after a failed attempt: unit.\n",
        "> 1 gate was not run again: passed before with identical inputs (cached). --fresh runs everything.\n",
        "| Quality gates | 2 of 2 passed (1 cached, 1 flaky) |\n",
        "| `lint` | ✅ passed (cached) |  |  | cached: passed on 1a2b3c4d at 2026-01-15 12:00 UTC, report 9f8e7d6c |\n",
        "| `unit` | ✅ passed (flaky ⚠️) | 6.0 s | 120 of 120 passed, 1 flaky, coverage 83.3%, of changed lines 91.6% |",
        (
            "### Attempts\n\n- `unit`: ✅ passed (flaky ⚠️)\n"
            "  - attempt 1 failed after 3.1 s: 1 of 120 tests failed; log `.git/gaterunner/logs/02-unit.log`\n"
            "  - attempt 2 passed after 2.9 s; log `.git/gaterunner/logs/02-unit.attempt-2.log`\n"
        ),
        f"| `lint` | `{'1a2b3c4d' * 5}` | 2026-01-15T12:00:00Z | `{'9f8e7d6c' * 8}` |\n",
        (
            f"| `unit` | `python:3.13-slim` | `python@sha256:{'0123456789abcdef' * 4}` "
            "| db: postgres:16 (sha256:abababababab), ready after 2.1 s |\n"
        ),
    ):
        assert words in text


def test_gates_without_policies_are_no_part() -> None:
    assert "> Only the gates were run; no policy was evaluated." in page(scope="gates")


def test_what_was_skipped_is_told_by_reason() -> None:
    untouched = [gate(name, Outcome.SKIPPED, skip=Skip.NOT_APPLICABLE) for name in ("docs", "site")]
    gates = [replace(each, reason="none of its paths is touched") for each in untouched]
    asked = PolicyResult(name="migrations", outcome=Outcome.SKIPPED, reason="no migration", skip=Skip.NOT_APPLICABLE)
    text = page(Verdict.PASS, gate("unit"), *gates, policies=(asked,))
    assert "### Skipped\n\n- `docs`, `site`: none of its paths is touched\n- `migrations`: no migration\n" in text
    assert "| `docs` |" not in text


def test_changes_of_the_guardrails_have_a_section_of_their_own() -> None:
    found = (
        finding("the gate unit is gone", rule="guardrails/gate-removed", path=".gaterunner.yml", line=4),
        finding(
            "a gate is added", rule="guardrails/gate-added", path=".gaterunner.yml", line=9, severity=Severity.NOTICE
        ),
        finding("an owner is gone", rule="guardrails/code-owners", path="CODEOWNERS", waived_by="a maintainer"),
    )
    guardrails = PolicyResult(name="guardrails", outcome=Outcome.FAILED, reason="", findings=found)
    text = page(Verdict.FAIL, gate("unit"), policies=(guardrails,))
    assert (
        "### Changes to its own guardrails\n\n| Where | What changes | |\n|---|---|---|\n"
        "| `.gaterunner.yml:4` | the gate unit is gone | **needs approval** |\n"
        "| `.gaterunner.yml:9` | a gate is added | shown |\n"
        "| `CODEOWNERS:3` | an owner is gone | let through by a maintainer |\n"
    ) in text
    assert "### Also found" not in text


def test_many_changes_of_the_guardrails_go_on_in_the_details() -> None:
    found = tuple(
        finding(f"change {number}", path=f"{number:02}.yml", severity=Severity.NOTICE) for number in range(40)
    )
    guardrails = PolicyResult(name="guardrails", outcome=Outcome.PASSED, reason="", findings=found)
    pages = render_pages(report(Verdict.PASS, gate("unit"), policies=(guardrails,)), limit_bytes=65_535)
    assert "and 25 more, in the details" in pages.summary
    assert "### Further changes to its own guardrails" in pages.text
    assert all(f"change {number} |" in pages.summary + pages.text for number in range(40))


def test_the_same_failures_again_and_again_ask_for_a_person() -> None:
    again = FailureIndex(repeated=Repetition(runs=3, since="2026-01-15T12:00:00Z"))
    told = report(Verdict.FAIL, gate("unit", Outcome.FAILED), failures=again)
    assert "> STOP: the same failures 3 times in a row" in render_markdown(told, limit_bytes=65_535)


def test_the_fix_that_failures_share_is_told_once() -> None:
    found = tuple(finding(f"number {number}", line=number, help="run make fmt") for number in range(3))
    assert page(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found)).count("run make fmt") == 1


def test_failures_beyond_the_index_are_counted_and_told_in_full_below() -> None:
    found = tuple(finding(f"number {number}", line=number + 1) for number in range(70))
    pages = render_pages(report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found)), limit_bytes=65_535)
    assert "### 70 failures\n" in pages.summary
    assert "and 20 more, which the JSON report has\n" in pages.summary
    assert pages.text.startswith("### Findings in full\n")
    assert all(f"number {number} " in pages.summary + pages.text for number in range(70))
    assert "number 49 " not in pages.text


def test_a_finding_is_shown_with_the_lines_around_it() -> None:
    lines = Excerpt(start=9, lines=("def add(a, b):", "    return a - b", "```"))
    found = finding("wrong", excerpt=lines, help="add them")
    pages = render_pages(report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=(found,))), limit_bytes=65_535)
    assert ("How to fix" in pages.summary, "How to fix" in pages.text) == (True, False)
    text = pages.text
    assert "````text\n 9 | def add(a, b):\n10 |     return a - b\n11 | ```\n````\n" in text


def test_a_long_first_page_goes_on_at_the_top_of_the_second_with_its_header() -> None:
    many = [replace(gate(f"gate-{number:03}"), reason="r" * 250) for number in range(400)]
    pages = render_pages(report(Verdict.PASS, *many), limit_bytes=65_535)
    assert pages.summary.endswith("_Continued in the details below: GitHub shows no more in one piece._\n")
    assert pages.text.startswith("| Gate | Outcome | Duration | Tests | Why |\n|---|---|---:|---|---|\n| `gate-")
    shown = re.findall(r"gate-\d{3}` \|", pages.summary + pages.text)
    assert shown == [f"gate-{number:03}` |" for number in range(len(shown))]
    assert max(size(pages.summary), size(pages.text)) <= 65_535


def test_only_what_fits_on_neither_page_is_cut_with_a_pointer_to_all_of_it() -> None:
    many = [replace(gate(f"gate-{number:04}"), reason="☂" * 250) for number in range(900)]
    url = "https://github.com/octo/example/actions/runs/77"
    pages = render_pages(report(Verdict.PASS, *many), limit_bytes=65_535, run_url=url)
    assert max(size(pages.summary), size(pages.text)) <= 65_535
    assert f"The JSON report of [the run]({url}) has all of it._\n\nBound to: " in pages.text
    hostile = render_pages(report(Verdict.PASS, *many), limit_bytes=65_535, run_url="javascript:alert(1)")
    assert "The JSON report of the run has all of it." in hostile.text


def test_a_run_without_a_change_still_has_a_page() -> None:
    assert page(Verdict.ERROR, change=None, law=False).startswith("## ⚠️ The verdict is error.")


def test_a_page_keeps_to_its_bytes_and_says_that_it_was_cut() -> None:
    many = tuple(finding(f"☂ number {number}" * 20) for number in range(2_000))
    for limit in (1_000, 65_535, 1_000_000):
        text = page(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=many), limit=limit)
        assert size(text) <= limit
        assert text.startswith("## ❌")
    assert "This report was cut here" in page(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=many), limit=65_535)


@settings(REPEATABLE, max_examples=100)
@given(anything, anything, anything)
def test_no_text_of_a_report_becomes_markup(one: str, two: str, three: str) -> None:
    found = Finding(
        rule=one,
        severity=Severity.ERROR,
        message=two,
        path=three,
        line=1,
        help=one,
        commit=two,
        waived_by=three,
        waived_because=two,
        excerpt=Excerpt(start=1, lines=(one, two)),
        standing="new",
    )
    told = GateResult(
        name=one,
        kind="command",
        outcome=Outcome.FAILED,
        reason=two,
        command=three,
        log_tail=(one, two, three),
        attempts=2,
        tries=(Attempt(number=1, outcome=Outcome.FAILED, reason=one, log=two),),
        flaky=True,
        proof=Proof(report=one, commit=two, started=three, key=one),
        image=one,
        image_digest=two,
        services=(ServiceUse(name=one, image=two, image_digest=three, log=one),),
        findings=(found, replace(found, waived_by=None)),
    )
    policy = PolicyResult(name=two, outcome=Outcome.FAILED, reason=three, observed=one, expected=two)
    guardrails = PolicyResult(name="guardrails", outcome=Outcome.FAILED, reason=one, findings=(found,))
    left_out = gate(two, Outcome.SKIPPED)
    problem = Problem(trouble=Trouble.USAGE, message=three, path=one, help=two)
    change = replace(change_summary(), branch=one, target=two, phase=three, notes=(one, two))
    text = page(
        Verdict.FAIL,
        told,
        replace(left_out, reason=three),
        policies=(policy, guardrails),
        problems=(problem,),
        change=change,
        sentence=three,
        part=Part(number=1, total=2, plan=one, selected=(one, two)),
        notes=(one,),
        limit=500_000,
    )
    tokens = [child for token in MARKDOWN.parse(text) for child in (token, *(token.children or ()))]
    assert not {token.type for token in tokens} & {
        "html_inline",
        "html_block",
        "link_open",
        "image",
        "code_block",
        "hr",
    }
    assert sum(token.type == "fence" for token in tokens) in (2, 3)  # nobody waives it where the name is empty
    assert sum(token.type == "table_open" for token in tokens) in (6, 7)
    seen = "".join(token.content for token in tokens if token.type in ("text", "text_special"))
    assert not re.search(r"@\w|#\d|://|www\.", seen)
