"""A logged decision as a page in the form of MADR 4 (adr.github.io/madr), for people. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from gaterunner.governance.entries import Entry, LoggedOption
from gaterunner.governance.fractions import rounded, shown
from gaterunner.governance.types import Ballot, OptionScore, Tally
from gaterunner.reporters.markdown_text import clean, code, inline

_NAME = re.compile(r"[^a-z0-9]+")
_STATUS = {"decided": "accepted", "default": "accepted", "escalated": "proposed"}


def page_name(entry: Entry) -> str:
    """``0003-hardening-refactor.md``: the entry's number from 1, its phase and its question."""
    words = _NAME.sub("-", f"{entry.body.phase}-{entry.body.question.id}".lower()).strip("-")
    return f"{entry.body.index + 1:04d}-{words}.md"


def page(entry: Entry) -> str:
    """The whole page. Its text comes from the log alone, so that the same entry gives the same page."""
    return "\n".join(_lines(entry)) + "\n"


def _lines(entry: Entry) -> Iterator[str]:
    body, tally = entry.body, entry.body.tally
    voters = f"declared votes of {', '.join(member.role for member in body.panel.members)}"  # nobody was asked
    yield from ("---", f"status: {_STATUS[tally.outcome]}", f"date: {entry.recorded[:10]}")
    yield from (f"decision-makers: {msgspec.json.encode(clean(voters)).decode()}", "---", "")
    yield from (f"# {inline(body.question.text)}", "")
    yield from ("## Context and Problem Statement", "")
    yield from (f"Question {code(body.question.id)} of the phase {code(body.phase)}, put to the panel.", "")
    yield from ("## Decision Drivers", "")
    counted = sorted({name for option in tally.options for name, _, _ in option.scores})
    yield from (*(f"* {inline(name)}" for name in counted), "")
    yield from ("## Considered Options", "")
    yield from (*(f"* {_titled(option)}" for option in body.question.options), "")
    yield from ("## Decision Outcome", "", _outcome(tally), "")
    yield from (*(f"* {inline(sentence)}" for sentence in tally.explanation), "")
    yield from ("### Confirmation", "")
    yield from ("`gaterunner decisions replay` works the answer out again and compares every byte.", "")
    yield from ("## Pros and Cons of the Options", "")
    for option in tally.options:
        text = next(each.text for each in body.question.options if each.id == option.option)
        yield from (f"### {inline(option.option)}", "", inline(text), "", *_scores(option), "")
    yield from ("## More Information", "", *_votes(tally), "")
    yield from (
        f"* Decision {code(body.decision_id)}, entry {body.index + 1} of the log, hash {code(entry.hash)}",
        f"* Spec sha256 {code(body.spec)}",
        f"* Panel sha256 {code(body.panel_sha256)}",
        f"* Recorded {entry.recorded}",
        *(f"* Measured: {inline(name)} {shown(value)}" for name, value in body.facts.known),
        *(f"* Not measured: {inline(name)} ({inline(why)})" for name, why in body.facts.missing),
    )


def _titled(option: LoggedOption) -> str:
    return f"{inline(option.id)}: {inline(option.text)}"


def _outcome(tally: Tally) -> str:
    if tally.option is None:
        return f"No option was chosen ({inline(tally.by)}): a person has to decide."
    return f'Chosen option: "{inline(tally.option)}" ({inline(tally.by)}), because'


def _scores(option: OptionScore) -> Iterator[str]:
    for name, score, origin in option.scores:
        told = "has no score for" if score is None else f"scores {score} for"
        yield f"* {told} {inline(name)}{' (from a fact)' if origin == 'fact' else ''}"
    for role in option.vetoed_by:
        yield f"* vetoed by {inline(role)}"


def _votes(tally: Tally) -> Iterator[str]:
    options = [option.option for option in tally.options]
    yield f"| Member | Votes | {' | '.join(map(inline, options))} | Votes for |"
    yield f"|---|--:|{'--:|' * len(options)}---|"
    for ballot in (*tally.ballots, *([tally.chair] if tally.chair else [])):
        yield _row(ballot, options)
    votes = dict(tally.votes_for)
    told = [shown(votes[option]) if option in votes else "vetoed" for option in options]
    yield f"| | {tally.votes_cast} | {' | '.join(told)} | |"


def _row(ballot: Ballot, options: Sequence[str]) -> str:
    means = dict(ballot.means)
    rated = " | ".join(rounded(means[option]) if option in means else "" for option in options)
    choice = "abstains" if ballot.abstains is not None else ", ".join(map(inline, ballot.choices))
    return f"| {inline(ballot.role)} | {ballot.votes or 'chair'} | {rated} | {choice} |"
