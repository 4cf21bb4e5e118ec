"""A panel's answer for a terminal: what was scored, how each member voted, and why it came out so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from gaterunner.governance.fractions import rounded, shown
from gaterunner.governance.types import Ballot, Tally
from gaterunner.model import Outcome
from gaterunner.reporters.terminal_style import Style
from gaterunner.reporters.terminal_text import clean, columns, pad, wrap

if TYPE_CHECKING:
    from gaterunner.governance.asking import Answer

_GAP = "  "
_MARKS = {"declared": "", "fact": "*", "unknown": ""}
_AS = {"decided": Outcome.PASSED, "default": Outcome.WAIVED, "escalated": Outcome.FAILED}


def render_answer(answer: Answer, *, style: Style, width: int) -> str:
    """Question, answer, scores, votes, reasons and facts, from top to bottom."""
    question, tally = answer.question, answer.tally
    lines = [
        *wrap(style.paint(clean(question.text), "bold"), width),
        *wrap(f"question {clean(question.id)} of phase {clean(answer.phase)}, {clean(answer.spec.path)}", width),
        "",
        f"{style.mark(_AS[tally.outcome])} {style.paint(_answer(tally), 'bold')}",
        *(
            line
            for option in sorted(question.options, key=lambda option: option.id)
            for line in _option(option.id, option.text, width)
        ),
        "",
        *_scores(tally, style),
        "",
        *_members(tally, style),
        "",
        *(line for sentence in tally.explanation for line in wrap(clean(sentence), width, indent="  ", first="- ")),
        "",
        *_facts(answer, width),
        f"panel {tally_source(answer)}, sha256 {answer.panel.sha256}",
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def tally_source(answer: Answer) -> str:
    """Which panel it was, in words."""
    return {
        "base": "of the target branch",
        "head": "of this branch, which has to be approved",
        "default": "that ships with gaterunner",
    }[answer.panel_source]


def _answer(tally: Tally) -> str:
    if tally.option is None:
        return f"a person has to decide ({tally.by})"
    return f"{clean(tally.option)} ({tally.by})"


def _option(name: str, text: str, width: int) -> list[str]:
    return wrap(clean(text), width, indent="    ", first=f"  {clean(name)}: ")


def _scores(tally: Tally, style: Style) -> list[str]:
    names = sorted({name for option in tally.options for name, _, _ in option.scores})
    cells = {
        option.option: {
            name: "-" if score is None else f"{score}{_MARKS[origin]}" for name, score, origin in option.scores
        }
        for option in tally.options
    }
    rows = [[name, *(cells[option.option].get(name, "-") for option in tally.options)] for name in names]
    table = _table(["criterion", *(clean(option.option) for option in tally.options)], rows, style)
    return [*table, "* from a fact"] if any("*" in cell for row in rows for cell in row[1:]) else table


def _members(tally: Tally, style: Style) -> list[str]:
    options = [option.option for option in tally.options]
    chair = [tally.chair] if tally.chair is not None else []
    rows = [_member(ballot, options) for ballot in (*tally.ballots, *chair)]
    votes = dict(tally.votes_for)
    rows.append(["", str(tally.votes_cast), *(_votes(votes, option) for option in options), ""])
    return _table(["member", "votes", *map(clean, options), "votes for"], rows, style)


def _member(ballot: Ballot, options: Sequence[str]) -> list[str]:
    means = dict(ballot.means)
    rated = [rounded(means[option]) if option in means else "-" for option in options]
    choice = "abstains" if ballot.abstains is not None else ", ".join(map(clean, ballot.choices))
    return [clean(ballot.role), str(ballot.votes) if ballot.votes else "chair", *rated, choice]


def _votes(votes: Mapping[str, Fraction], option: str) -> str:
    return f"{shown(votes[option])}" if option in votes else "vetoed"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> list[str]:
    widths = [max(columns(row[number]) for row in (head, *rows)) for number in range(len(head))]

    def line(row: Sequence[str]) -> str:
        return _GAP.join(pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()

    return [style.paint(line(head), "dim"), *map(line, rows)]


def _facts(answer: Answer, width: int) -> list[str]:
    known = ", ".join(f"{name} {shown(value)}" for name, value in answer.facts.known)
    lines = wrap(f"facts: {known}", width, indent="  ") if known else []
    reasons: dict[str, list[str]] = {}
    for name, why in answer.facts.missing:
        reasons.setdefault(why, []).append(name)
    for why, names in reasons.items():
        lines += wrap(f"not measured: {', '.join(names)} ({clean(why)})", width, indent="  ")
    return lines
