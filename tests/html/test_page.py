"""What the page tells, read as text; what a browser makes of it is in ``test_browser``."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import html5lib
import pytest
from msgspec.structs import replace

from gaterunner.model import FailureIndex, Repetition, Report
from gaterunner.policies.listing import not_applicable
from gaterunner.reporters.html import render_html
from gaterunner.reporters.html.findings import ROOM, show
from gaterunner.reporters.json import decode_report, encode_report
from tests.html.attacks import hostile_report, strange_report
from tests.html.samples import (
    full_report,
    interrupted_report,
    large_report,
    pending_report,
    workflow_error_report,
)
from tests.reporters.reports import failing_report, finding, gate, policy, proven_report, report

REPORTS = {
    made.__name__.removesuffix("_report"): made
    for made in (
        full_report,
        hostile_report,
        strange_report,
        pending_report,
        interrupted_report,
        workflow_error_report,
        failing_report,
        proven_report,
        report,
    )
}
_VOID = {"meta", "link", "input", "br"}
# Every tag and attribute that the page uses. What is not here can only come from a report.
_TAGS = frozenset(
    re.findall(
        r"\S+",
        """html head meta title link style script body figure figcaption table thead tbody tr th
        td i a svg symbol circle path rect line g use text div span button
        main header h1 h2 h3 p code dl dt dd nav ul ol li section details summary pre b bdi time form label input
        fieldset legend select option dialog kbd footer""",
    )
)
_ATTRIBUTES = frozenset(
    re.findall(
        r"\S+",
        """lang class charset http-equiv content name rel href id hidden type aria-hidden aria-label aria-keyshortcuts
        role viewbox d cx cy r rx x y x1 x2 y1 y2 width height text-anchor dir datetime tabindex open start value
        checked placeholder autocomplete scope colspan data-source data-severity data-standing data-name method""",
    )
)


class Tree(HTMLParser):
    """Checks that tags are balanced while it reads; keeps what the page says and which ids and links it has."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self.feed(page.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.scripts.append(data)
        else:
            self.words.append(data)


def said(given: Report) -> str:
    """The words of the page, with single spaces."""
    return " ".join(" ".join(Tree(render_html(given)).words).split())


@pytest.fixture(params=REPORTS)
def each(request: pytest.FixtureRequest) -> Report:
    """Each kind of report."""
    made: Report = REPORTS[request.param]()
    return made


def test_the_same_report_gives_the_same_bytes(each: Report) -> None:
    assert render_html(each) == render_html(each)


def test_the_page_is_the_same_from_the_json_report() -> None:
    given = full_report()

    assert render_html(decode_report(encode_report(given))) == render_html(given)


def test_the_page_is_html_without_a_fault(each: Report) -> None:
    parser = html5lib.HTMLParser()
    parser.parse(render_html(each))

    assert parser.errors == []


def test_the_page_holds_only_what_we_put_into_it(each: Report) -> None:
    tree = Tree(render_html(each))

    assert tree.tags <= _TAGS
    assert tree.attributes <= _ATTRIBUTES
    assert len(tree.scripts) == 2


def test_ids_are_unique_and_links_lead_somewhere(each: Report) -> None:
    tree = Tree(render_html(each))

    assert len(tree.ids) == len(set(tree.ids))
    within = {link.removeprefix("#") for link in tree.links if link.startswith("#")}
    assert within <= set(tree.ids)


def test_links_lead_out_only_to_the_run() -> None:
    out = [link for link in Tree(render_html(full_report())).links if not link.startswith("#")]

    assert out[0].startswith("data:image/svg+xml,")
    assert out[1:] == ["https://github.com/acme/dashboard/actions/runs/812"]
    assert Tree(render_html(hostile_report())).links[-1].startswith("#")


def test_only_our_own_style_and_script_are_allowed() -> None:
    page = render_html(hostile_report()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    allowed = policy[1].replace("&#x27;", "'").split("; ")

    assert allowed[0] == "default-src 'none'"
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (source,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in allowed
    assert "unsafe" not in policy[1]
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_the_first_screen_tells_the_verdict_and_what_was_judged() -> None:
    words = said(full_report())

    minus = "\N{MINUS SIGN}"
    assert words.startswith("Fail · feat/dashboard-hardening · gaterunner Skip to the verdict gaterunner")
    assert (
        "acme/dashboard pull request #42 feat/dashboard-hardening → into main Verdict: Fail "
        "unit, guardrails failed; integration unproven. Commits 12 in aaaaaaa..bbbbbbb "
        f"Diff 35 files, +6,503 {minus}46 Phase dashboard-hardening Took 8 min 32 s "
        "Started 15 Jan 2026, 12:00:00 UTC Run Log of the run "
        "Gates 3 of 8 passed build passed lint passed unit failed"
    ) in words
    assert "Policies 2 of 4 passed guardrails failed no-secret-changes waived" in words


def test_what_was_left_out_is_counted_apart() -> None:
    report = full_report()
    idle = not_applicable("cutovers", "there are none", expected="")
    assert "Policies 2 of 4 passed, 1 left out " in said(replace(report, policies=(*report.policies, idle)))


def test_the_index_of_failures_stands_first() -> None:
    words = said(full_report())

    assert words.index("To fix 6") < words.index("Gates 8")
    assert (
        "The same failures in 3 runs in a row, since 14 Jan 2026, 09:00:00 UTC . Stop trying, and ask a person."
        in words
    )
    assert "1 new, 1 that the base has too." in words
    assert "gaterunner run --gate integration" in words
    assert "and 2 more, which are below and in the JSON report" in words
    assert (
        '<a href="#finding-2">tests.test_pipeline.test_stale: False is not true</a>'
        in render_html(full_report()).decode()
    )


def test_two_equal_runs_are_told_without_advice() -> None:
    index = full_report().failures
    words = said(
        replace(full_report(), failures=replace(index, repeated=Repetition(runs=2, since="2026-01-14T09:00:00Z")))
    )

    assert "The same failures in 2 runs in a row, since 14 Jan 2026, 09:00:00 UTC ." in words
    assert "Stop trying" not in words


def test_a_gate_tells_how_it_ran() -> None:
    words = said(full_report())

    for told in (
        "exit code 1: 2 of 120 tests failed, coverage 83.3%, of changed lines 91.6%",
        "python -m pytest --junit-xml results.xml",
        "passed on attempt 2 of 3; flaky: app.test_cart failed before",
        "failed after 1 min 30 s: 1 of 120 tests failed, log .git/gaterunner/logs/04.log",
        "db: postgres:16 (sha256:abababababab), ready after 2.1 s",
        "python:3.13-slim (sha256:0123456789ab)",
        "not reached: gate unit failed",
        "The last 2 lines of its output",
        "2 failed, 117 passed in 3.1s",
    ):
        assert told in words


def test_a_policy_tells_what_it_observed_and_how_to_let_it_through() -> None:
    words = said(full_report())

    assert "Observed 4 changed files, of which 1 bears on what the branch is judged by" in words
    assert "Expected nothing that the branch is judged by changes without approval" in words
    assert "gaterunner explain guardrails/gate-removed" in words
    assert "an approving review of this head, by somebody who may write and did not work on the branch" in words


def test_guardrail_changes_and_waivers_have_sections_of_their_own() -> None:
    words = said(full_report())

    assert "Changes to its own guardrails 1" in words
    assert "Waivers 1" in words
    assert "waived by @maintainer: published by the vendor for tests" in words
    assert "Changes to its own guardrails" not in said(report())
    assert "Waivers" not in said(report())


def test_findings_show_the_lines_they_point_at() -> None:
    page = render_html(full_report()).decode()

    assert '<ol start="40" class="code"><li>def is_stale' in page
    assert '<li class="hit">    if limit is None:</li>' in page
    assert page.count('class="hit"') == 1


def test_what_is_beyond_the_bound_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    given = large_report(2_025)

    assert show(given, most=20).left == 2_005
    monkeypatch.setattr(show, "__kwdefaults__", {"most": 20, "room": ROOM})
    words = said(given)

    assert "Findings 2,025" in words
    assert "2,005 more are in the JSON report." in words


def test_long_output_leaves_room_for_the_rest_of_the_page() -> None:
    tail = tuple("x" * 1_000 for _ in range(1_000))
    page = render_html(report(gates=tuple(gate(f"gate-{number}", log_tail=tail) for number in range(200))))

    assert len(page) < 10_000_000
    assert page.count(b'class="row passed"') == 200


def test_huge_findings_leave_room_for_the_rest_of_the_page() -> None:
    shown = show(large_report(100), room=20_000)

    assert 5 < len(shown.rows) < 40
    assert sum(map(len, shown.rows)) <= 20_000
    assert (len(shown.told), shown.left) == (len(shown.rows), 100 - len(shown.rows))


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (pending_report(), "Pending"),
        (interrupted_report(), "Interrupted"),
        (workflow_error_report(), "Error"),
        (report(), "Pass"),
    ],
)
def test_the_headline_is_the_verdict(given: Report, word: str) -> None:
    assert said(given).startswith(f"{word} ·")


def test_errors_of_the_workflow_file_come_with_their_place_and_fix() -> None:
    words = said(workflow_error_report())

    assert ".gaterunner.yml:2:3 unknown key gatez How to fix did you mean gates ?" in words


def test_what_qualifies_a_verdict_is_said() -> None:
    words = said(proven_report())

    assert "part 2 of 5" in words
    assert "Part 2 of 5: gates only; policies are evaluated when the parts are collected" in words


def test_a_verdict_is_bound_to_what_was_judged() -> None:
    words = said(full_report())

    for bound in ("a" * 40, "b" * 40, "c" * 64, "d" * 40, "from the base commit", "1.0.0", "gaterunner.report/1"):
        assert bound in words


def test_a_report_of_another_workflow_file_says_so_in_its_commands() -> None:
    given = full_report()
    assert given.workflow is not None
    words = said(replace(given, workflow=replace(given.workflow, path="ci/my gates.yml")))

    assert "gaterunner run --gate unit --config 'ci/my gates.yml'" in words


def test_findings_that_are_equal_are_all_shown() -> None:
    twice = finding("the same", fingerprint="x")
    given = report(gates=(gate("a", findings=(twice,)), gate("b", findings=(twice,))), policies=(policy(),))

    assert said(given).count("the same") == 2


def test_an_empty_index_leaves_no_heading() -> None:
    assert "To fix" not in said(replace(full_report(), failures=FailureIndex()))
