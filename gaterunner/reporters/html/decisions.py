"""What the panel decided: a row for each question, with the reasons to unfold."""

from __future__ import annotations

from gaterunner.model import Decision, Report
from gaterunner.reporters.decision_words import HEADERS, answer_words, entry_words, votes_words
from gaterunner.reporters.html.markup import Html, element, join, prose, text
from gaterunner.reporters.html.words import code, heading, left_out

_MAX_ROWS = 100
_MAX_REASONS = 60
_WIDTH = 600


def decisions_section(report: Report) -> Html | None:
    """Nothing where nothing was decided."""
    if not report.decisions:
        return None
    shown = report.decisions[:_MAX_ROWS]
    head = element("tr", *(element("th", words, scope="col") for words in HEADERS))
    return element(
        "section",
        heading("Decisions", len(report.decisions)),
        element("table", element("thead", head), element("tbody", join([_row(each) for each in shown]))),
        join([_why(each) for each in shown]),
        left_out(len(report.decisions) - len(shown)),
        id="decisions",
    )


def _row(decision: Decision) -> Html:
    question = element("span", code(decision.question), " ", text(decision.text, limit=_WIDTH))
    cells = (answer_words(decision), decision.by, votes_words(decision), entry_words(decision))
    told = (element("td", text(words, limit=_WIDTH), dir="auto") for words in cells)
    return element("tr", element("td", question, dir="auto"), *told)


def _why(decision: Decision) -> Html:
    reasons = [element("li", prose(each, limit=_WIDTH), dir="auto") for each in decision.explanation[:_MAX_REASONS]]
    title = element("summary", "Why: ", code(decision.question))
    facts = element("p", "Entry ", code(decision.hash), ", panel ", code(decision.panel), class_="told")
    return element("details", title, element("ul", join(reasons)), facts)
