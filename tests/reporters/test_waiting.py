"""A gate that waits tells, in every form that a person reads, since when, until when, when to come back, and why."""

from __future__ import annotations

from gaterunner.model import Outcome, Verdict, Waiting
from gaterunner.reporters.check_run import render_completed
from gaterunner.reporters.html.page import render_html
from gaterunner.reporters.markdown import render_pages
from gaterunner.reporters.terminal import render_text
from tests.reporters.reports import gate, report

WAITING = Waiting(
    since="2025-06-16T09:00:00Z",
    until="2025-06-17T09:00:00Z",
    next_evaluation="2025-06-17T09:10:00Z",
    told=("1,200 spans so far, at least 1 needed", "1 issue | ignored <b>"),
)
PENDING = report(
    verdict=Verdict.PENDING,
    sentence="Pending: soak still waits; next evaluation 2025-06-17T09:10:00Z.",
    gates=(gate(), gate("soak", Outcome.PENDING, kind="sentry-clean", reason="clean so far", waiting=WAITING)),
)


def test_in_a_terminal() -> None:
    text = render_text(PENDING)
    assert "    Since       2025-06-16T09:00:00Z\n    Until       2025-06-17T09:00:00Z\n" in text
    assert "    Next look   2025-06-17T09:10:00Z\n    So far      1,200 spans so far, at least 1 needed;" in text
    assert "… soak  pending         1.0 s  clean so far" in text


def test_in_markdown_and_in_the_check_which_stays_in_progress() -> None:
    times = "2025-06-16T09:00:00Z | 2025-06-17T09:00:00Z | 2025-06-17T09:10:00Z"
    told = "1,200 spans so far, at least 1 needed; 1 issue &#124; ignored &lt;b&gt;"
    assert f"| `soak` | {times} | {told} |" in render_pages(PENDING, limit_bytes=60_000).summary
    check = render_completed(PENDING, completed_at="2025-06-16T10:00:00Z")
    assert (check.status, check.conclusion, check.completed_at) == ("in_progress", None, None)
    assert check.output is not None
    assert check.output.title == "Pending: soak still waits; next evaluation 2025-06-17T09:10:00Z."
    assert "### Waiting" in check.output.summary


def test_on_the_page() -> None:
    page = render_html(PENDING).decode()
    for text in ("2025-06-16T09:00:00Z", "2025-06-17T09:10:00Z", "1 issue | ignored &lt;b&gt;"):
        assert text in page


def test_a_pass_that_executed_nothing_says_what_it_rests_on() -> None:
    clean = report(gates=(gate("soak", kind="sentry-clean", reason="no new issue; 80 spans"),))
    assert "soak  passed          1.0 s  no new issue; 80 spans" in render_text(clean)
    assert "no new issue; 80 spans" in render_html(clean).decode()
