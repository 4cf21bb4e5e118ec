"""Why a panel answered as it did, in plain sentences. Pure: the same tally is always told in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from gaterunner.contract.types import Question
from gaterunner.governance.fractions import rounded, shown
from gaterunner.governance.types import Ballot, Member, Panel, Tally

_NAMED = 4

_OBSTACLES = {
    "tie": "Half of the votes stand against the other half",
    "no-majority": "No option has that many",
    "no-quorum": "Too few votes were cast",
    "all-vetoed": "Every option is vetoed",
}


def explain(
    panel: Panel, question: Question, tally: Tally, *, usable: Sequence[str], blind: Sequence[tuple[str, str, str]]
) -> tuple[str, ...]:
    """The sentences from the options to the answer.

    ``usable`` are the criteria that were counted, ``blind`` the vetoes that nobody could tell of: role, criterion,
    option.
    """
    return (
        *_vetoes(panel, tally),
        *_left_out(tally, usable),
        *_turnout(panel, tally),
        *_votes(panel, tally),
        *_grounds(panel, tally, usable),
        *_blind(blind),
        *_settlement(panel, question, tally),
    )


def _vetoes(panel: Panel, tally: Tally) -> Iterator[str]:
    scores = {each.option: {name: score for name, score, _ in each.scores} for each in tally.options}
    for each in tally.options:
        for veto in panel.vetoes:
            score = scores[each.option].get(veto.criterion)
            if score is not None and score < veto.below:
                yield (
                    f"`{each.option}` is out: {veto.role} vetoes what scores below {veto.below} for {veto.criterion}, "
                    f"and it has {score}."
                )


def _left_out(tally: Tally, usable: Sequence[str]) -> Iterator[str]:
    standing = [each for each in tally.options if not each.vetoed_by]
    names = {name for each in standing for name, _, _ in each.scores}
    without = {
        name: [each.option for each in standing if (name, None, "unknown") in each.scores]
        for name in sorted(names - set(usable))
    }
    for name, options in without.items():
        if options:
            yield f"{name} is not counted: it has no score for {_listed(options)}."


def _turnout(panel: Panel, tally: Tally) -> Iterator[str]:
    if not tally.votes_for:
        return
    for ballot in tally.ballots:
        if ballot.abstains is not None:
            yield f"{ballot.role} ({_count(ballot.votes)}) abstains: {ballot.abstains}."
        elif len(ballot.choices) > 1:
            mean = shown(dict(ballot.means)[ballot.choices[0]])
            yield (
                f"{ballot.role} ({_count(ballot.votes)}) rates {_listed(ballot.choices)} alike at {mean} "
                "and splits its votes between them."
            )
    needed = shown(panel.quorum * tally.votes_total)
    yield (
        f"{tally.votes_cast} of {_count(tally.votes_total)} were cast; "
        f"the quorum of {shown(panel.quorum)} asks for {needed}."
    )


def _votes(panel: Panel, tally: Tally) -> Iterator[str]:
    if not tally.votes_cast:
        return
    ranked = sorted(tally.votes_for, key=lambda pair: (-pair[1], pair[0]))
    told = ", ".join(f"`{option}` {shown(votes)}" for option, votes in ranked)
    needed = shown(panel.majority * tally.votes_cast)
    yield (
        f"Votes: {told}; to win takes more than {shown(panel.majority)} of the {tally.votes_cast} cast, "
        f"which is more than {needed}."
    )


def _grounds(panel: Panel, tally: Tally, usable: Sequence[str]) -> Iterator[str]:
    """Which criteria set the winner apart from the next best, in points of the mean of all votes cast."""
    ranked = sorted(tally.votes_for, key=lambda pair: (-pair[1], pair[0]))
    if tally.option is None or tally.by != "vote" or len(ranked) < 2:  # noqa: PLR2004 - there is no other one
        return
    winner, other = tally.option, next(option for option, _ in ranked if option != tally.option)
    points = _points(panel, tally, usable, winner=winner, other=other)
    total = sum(points.values())
    if total:
        yield (
            f"On average over the votes cast, `{winner}` is rated {rounded(abs(total))} points "
            f"{'higher' if total > 0 else 'lower'} than `{other}`."
        )
    for better, word in ((True, "for"), (False, "against")):
        found = sorted(
            ((name, each) for name, each in points.items() if (each > 0) == better and each != 0),
            key=lambda pair: (-abs(pair[1]), pair[0]),
        )[:_NAMED]
        if found:
            told = ", ".join(f"{name} ({'+' if each > 0 else ''}{rounded(each)})" for name, each in found)
            yield f"What spoke {word} `{winner}`: {told}."


def _points(panel: Panel, tally: Tally, usable: Sequence[str], *, winner: str, other: str) -> Mapping[str, Fraction]:
    scores = {each.option: {name: score for name, score, _ in each.scores} for each in tally.options}
    voting = {ballot.role for ballot in tally.ballots if ballot.abstains is None}
    shares = _shares([member for member in panel.members if member.role in voting], usable)
    return {
        name: shares[name] * ((scores[winner][name] or 0) - (scores[other][name] or 0)) / tally.votes_cast
        for name in usable
    }


def _shares(members: Iterable[Member], usable: Sequence[str]) -> Mapping[str, Fraction]:
    """How many votes each criterion stands for: a member's are shared out as it weighs what counts."""
    shares = dict.fromkeys(usable, Fraction(0))
    for member in members:
        weights = [(name, weight) for name, weight in member.weights if name in shares]
        total = sum(weight for _, weight in weights)
        for name, weight in weights:
            shares[name] += Fraction(member.votes * weight, total)
    return shares


def _blind(blind: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    for role, criterion, option in blind:
        yield f"{role} has a veto on {criterion}, and `{option}` has no score for it."


def _settlement(panel: Panel, question: Question, tally: Tally) -> Iterator[str]:
    reason, _, rule = tally.by.partition(": ")
    if reason == "vote":
        yield f"`{tally.option}` is chosen by vote."
        return
    if reason == "veto-unknown":
        yield "Nobody can say that it is not vetoed, so a person has to decide."
        return
    obstacle = _OBSTACLES[reason]
    if tally.chair is not None:
        obstacle += f", so the chair decides. {_chair(tally.chair)}"
    if rule == "chair":
        yield f"{obstacle}: `{tally.option}` is chosen."
    elif rule == "default":
        yield f"{obstacle}, so the question's default `{tally.option}` is taken."
    else:
        declared = getattr(panel.fallbacks, reason.replace("-", "_"))
        without = "" if declared == "escalate" else _no_default(question)
        yield f"{obstacle}{without}, so a person has to decide."


def _chair(chair: Ballot) -> str:
    if chair.abstains is not None:
        return f"{chair.role} has no say: {chair.abstains}"
    means = ", ".join(f"`{option}` {shown(mean)}" for option, mean in chair.means)
    if len(chair.choices) > 1:
        return f"{chair.role} rates {_listed(chair.choices)} alike ({means})"
    return f"{chair.role} rates `{chair.choices[0]}` highest ({means})"


def _no_default(question: Question) -> str:
    if question.default is None:
        return ", and the question has no default"
    return f", and the default `{question.default}` is vetoed"


def _listed(options: Sequence[str]) -> str:
    quoted = [f"`{option}`" for option in options]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _count(votes: int) -> str:
    return f"{votes} vote{'' if votes == 1 else 's'}"
