"""What the panel decided, as rows of a Markdown table with the reasons behind."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.model import Report
from gaterunner.reporters.decision_words import HEADERS, answer_words, entry_words, votes_words
from gaterunner.reporters.markdown_text import code, inline
from gaterunner.reporters.markdown_words import HARD_BREAK

DECISIONS_HEADER = f"| {' | '.join(HEADERS)} |\n|---|---|---|---|--:|\n"
_WIDTH = 300


def decision_rows(report: Report) -> Iterator[str]:
    """A row for each decision that counts."""
    for each in report.decisions:
        question = f"{code(each.question)} {inline(each.text, limit=_WIDTH)}"
        cells = (answer_words(each), each.by, votes_words(each), entry_words(each))
        yield f"| {question} | {' | '.join(inline(words, limit=_WIDTH) for words in cells)} |\n"


def decision_reasons(report: Report) -> Iterator[str]:
    """Why each of them came out so."""
    for each in report.decisions:
        told = HARD_BREAK.join(inline(sentence, limit=_WIDTH) for sentence in each.explanation)
        yield f"- {code(each.question)}: {told}\n"
