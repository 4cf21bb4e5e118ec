"""A finished run as a check run. Pure; ``check_run_observer.py`` publishes it.

While a run goes on it is told by ``check_run_progress.py``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from gaterunner.github.checks import OUTPUT_BYTES, TITLE_CHARACTERS, CheckOutput, CheckState, Conclusion
from gaterunner.model import Mode, Report, Trouble, Verdict
from gaterunner.reporters.annotations import MOST_ANNOTATIONS, count_placed
from gaterunner.reporters.json import encode_report
from gaterunner.reporters.markdown import render_pages
from gaterunner.reporters.markdown_overview import standing_of
from gaterunner.reporters.markdown_text import clean, shorten

_SHORT_SHA = 12
_MARK = re.compile(r"<!-- gaterunner report ([0-9a-f]{64}) -->", re.ASCII)
_CONCLUSIONS: dict[Verdict, Conclusion] = {
    Verdict.PASS: "success",
    Verdict.FAIL: "failure",
    Verdict.ERROR: "failure",
}


def conclusion_of(report: Report) -> Conclusion | None:
    """How the check ends; None while it stays in progress because the run is pending.

    Neutral, which satisfies a required check, is given only when the law was read and asks for shadow mode: a run that
    never got that far fails.
    """
    troubles = {problem.trouble for problem in report.problems}
    if Trouble.INTERRUPTED in troubles:
        return "cancelled"
    if troubles & {Trouble.USAGE, Trouble.WORKFLOW_FILE} or report.workflow is None:
        return "failure"
    if report.mode is Mode.SHADOW:
        return "neutral"
    return None if report.verdict is Verdict.PENDING else _CONCLUSIONS[report.verdict]


def is_tried_again(report: Report) -> bool:
    """Whether a re-evaluation leaves its check in progress, as the next one may get the answer that this one lacked.

    One of a day's many looks that meets a network in a bad mood must not end what only a person can start again.
    """
    return report.verdict is Verdict.ERROR and not report.problems and report.taken_over is not None


def render_completed(
    report: Report,
    *,
    completed_at: str,
    notes: Sequence[str] = (),
    superseded_by: str | None = None,
    run_url: str | None = None,
) -> CheckState:
    """The check of a finished run; in progress still where the verdict is pending, or was looked for again in vain.

    ``completed_at`` is ISO 8601 UTC.

    ``superseded_by`` is the commit that the branch is at by now, ``run_url`` the page of the run.
    """
    placed = count_placed(report)
    if placed > MOST_ANNOTATIONS:
        notes = (
            *notes,
            f"{placed - MOST_ANNOTATIONS:,} more findings are not annotated; the JSON report has them all.",
        )
    conclusion = None if is_tried_again(report) else conclusion_of(report)
    mark = mark_of(report) if conclusion is None else ""
    pages = render_pages(report, limit_bytes=OUTPUT_BYTES - len(mark), notes=notes, run_url=run_url)
    output = CheckOutput(
        title=title_of(report, superseded_by=superseded_by), summary=f"{mark}{pages.summary}", text=pages.text
    )
    if conclusion is None:
        return CheckState(status="in_progress", output=output)
    return CheckState(status="completed", conclusion=conclusion, completed_at=completed_at, output=output)


def mark_of(report: Report) -> str:
    """What a pending check starts with: the sha256 of the report that a re-evaluation may go on with.

    No gate ever had the token that writes a check, so what it names is what gaterunner wrote. A reader does not see it,
    and nothing of a report can look like it: all of that is escaped, and stands further down.
    """
    digest = report.taken_over.report if report.taken_over else hashlib.sha256(encode_report(report)).hexdigest()
    return f"<!-- gaterunner report {digest} -->\n\n"


def marked_report(summary: str) -> str | None:
    """The sha256 that the summary of a pending check starts with; None where there is none."""
    found = _MARK.match(summary)
    return found[1] if found else None


def title_of(report: Report, *, superseded_by: str | None = None) -> str:
    """The verdict in one line of plain text, as long as GitHub takes one: what a pull request shows without a click."""
    sentence = _verdict_sentence(report)
    standing = standing_of(report)
    if standing:
        sentence = f"{sentence} {standing}."
    if superseded_by is not None:
        sentence = f"Superseded by {superseded_by[:_SHORT_SHA]}: {sentence}"
    return shorten(clean(sentence), TITLE_CHARACTERS)


def _verdict_sentence(report: Report) -> str:
    sentence = clean(report.sentence)
    troubles = {problem.trouble for problem in report.problems}
    if Trouble.WORKFLOW_FILE in troubles and "workflow file" not in sentence:
        sentence = f"Error in the workflow file: {sentence}"
    elif Trouble.USAGE in troubles and "usage" not in sentence.lower():
        sentence = f"Wrong usage: {sentence}"
    elif report.verdict is Verdict.ERROR and not _says_why(sentence, troubles):
        sentence = f"Could not evaluate: {sentence}"
    if conclusion_of(report) == "neutral":
        return f"Shadow mode, would be {report.verdict}: {sentence}"
    return sentence


def _says_why(sentence: str, troubles: set[Trouble]) -> bool:
    told = troubles & {Trouble.WORKFLOW_FILE, Trouble.USAGE, Trouble.INTERRUPTED}
    return bool(told) or "could not evaluate" in sentence.lower()
