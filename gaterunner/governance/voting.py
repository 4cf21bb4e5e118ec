"""How a panel answers a question. Pure, and in integers and exact fractions alone.

The rules, in the order in which they apply (docs/panel.md says why each is as it is):

1. An option's score for a criterion is what the option declares, else what a fact gives.
2. A veto puts an option out whose score lies below its bound. Where a criterion counts, has a veto and an option has no
   score for it, nobody can say that the option is not vetoed: a person decides.
3. A criterion counts where every option that is left has a score: options are compared by the same things only.
4. A member rates an option by the mean of its scores, weighted as it weighs the criteria, and votes for the highest.
   It splits its votes evenly where several are highest, and abstains where nothing counts that it weighs.
5. Without the quorum there is no vote. An option wins that has more than the majority of the votes cast.
6. Half against half is a tie. That, and no majority, no quorum and nothing left, go as the panel's fallbacks say.

That is monotone: of an option that the vote or the chair chose, no better score can make it lose. Two things are the
price of it: votes are split and not withheld, and a tie is half against half, not any two that lead together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.contract.types import Option, Question
from gaterunner.governance.explaining import explain
from gaterunner.governance.types import (
    Ballot,
    Chair,
    Criterion,
    Facts,
    Fallback,
    Member,
    OptionScore,
    Panel,
    Tally,
)

HALF = Fraction(1, 2)
_Origin = Literal["declared", "fact", "unknown"]
_Reason = Literal["tie", "no-majority", "no-quorum", "all-vetoed"]
_Means = tuple[tuple[str, Fraction], ...]


class _Settled(Struct, frozen=True):
    """What became of the vote; ``chair`` is how it rates the options, where it was asked."""

    outcome: Literal["decided", "default", "escalated"]
    option: str | None
    by: str
    chair: Ballot | None = None


def decide(panel: Panel, question: Question, facts: Facts) -> Tally:
    """The panel's answer with everything that led to it; the same for the same input, on every machine.

    The question has to fit the panel (``fitting.py`` tells where it does not): a criterion that the panel does not
    have raises ``ValueError``.
    """
    counting = criteria_of(panel, question)
    scores = tuple(_scored(panel, counting, option, facts) for option in sorted(question.options, key=_id))
    standing = tuple(each for each in scores if not each.vetoed_by)
    usable = _usable(counting, standing)
    ballots = tuple(_ballot(member.role, member, standing, usable, votes=member.votes) for member in panel.members)
    votes = _votes(standing, ballots)
    cast = sum(ballot.votes for ballot in ballots if ballot.abstains is None)
    total = sum(member.votes for member in panel.members)
    blind = unseen_vetoes(panel, counting, scores)
    settled = (
        _Settled("escalated", None, "veto-unknown: escalate")
        if blind
        else _settle(panel, question, standing, usable, votes, cast=cast, total=total)
    )
    tally = Tally(
        question=question.id,
        outcome=settled.outcome,
        option=settled.option,
        by=settled.by,
        options=scores,
        ballots=ballots,
        votes_for=votes,
        votes_cast=cast,
        votes_total=total,
        chair=settled.chair,
    )
    return replace(tally, explanation=explain(panel, question, tally, usable=usable, blind=blind))


def criteria_of(panel: Panel, question: Question) -> tuple[str, ...]:
    """The names of the criteria that count for a question, in their order: those it names, else all of the panel's."""
    return tuple(sorted(set(question.criteria) or {criterion.name for criterion in panel.criteria}))


def unseen_vetoes(
    panel: Panel, counting: Sequence[str], scores: Iterable[OptionScore]
) -> tuple[tuple[str, str, str], ...]:
    """Role, criterion and option of each veto that nobody can tell of: the criterion counts and has no score."""
    return tuple(
        sorted(
            {
                (veto.role, veto.criterion, each.option)
                for veto in panel.vetoes
                if veto.criterion in counting
                for each in scores
                if dict(_known(each)).get(veto.criterion) is None and not each.vetoed_by
            }
        )
    )


def score_of(criterion: Criterion, value: Fraction) -> int:
    """The score that a fact's value gives: that of the first step whose bound holds, 0 where none does."""
    for bound, score in criterion.steps:
        if (value <= bound) if criterion.bound == "at-most" else (value >= bound):
            return score
    return 0


def _id(option: Option) -> str:
    return option.id


def _scored(panel: Panel, counting: Sequence[str], option: Option, facts: Facts) -> OptionScore:
    vetoed = {veto.criterion for veto in panel.vetoes}
    measured = {**dict(facts.known), **dict(option.facts)}
    found = {
        criterion.name: _score(criterion, dict(option.scores), measured)
        for criterion in panel.criteria
        if criterion.name in counting or criterion.name in vetoed
    }
    if unknown := [name for name in counting if name not in found]:
        raise ValueError(f"the panel has no criterion {unknown[0]!r}")
    kept = tuple((name, *found[name]) for name in sorted(found) if name in counting or found[name][0] is not None)
    values = {name: score for name, score, _ in kept}
    by = {
        veto.role for veto in panel.vetoes if (score := values.get(veto.criterion)) is not None and score < veto.below
    }
    return OptionScore(option=option.id, scores=kept, vetoed_by=tuple(sorted(by)))


def _score(
    criterion: Criterion, declared: Mapping[str, int], measured: Mapping[str, Fraction]
) -> tuple[int | None, _Origin]:
    if criterion.name in declared:
        return declared[criterion.name], "declared"
    if criterion.fact is not None and criterion.fact in measured:
        return score_of(criterion, measured[criterion.fact]), "fact"
    return None, "unknown"


def _known(option: OptionScore) -> Iterator[tuple[str, int]]:
    for name, score, _ in option.scores:
        if score is not None:
            yield name, score


def _usable(counting: Sequence[str], standing: Sequence[OptionScore]) -> tuple[str, ...]:
    known = [{name for name, _ in _known(each)} for each in standing]
    return tuple(name for name in counting if all(name in names for names in known))


def _ballot(
    role: str, voter: Member | Chair, standing: Sequence[OptionScore], usable: Sequence[str], *, votes: int
) -> Ballot:
    weights = {name: weight for name, weight in voter.weights if name in usable and weight > 0}
    if not standing:
        return Ballot(role=role, votes=votes, means=(), abstains="no option is left")
    if not weights:
        return Ballot(role=role, votes=votes, means=(), abstains="nothing that it weighs is known of every option")
    means = tuple((each.option, _mean(dict(_known(each)), weights)) for each in standing)
    highest = max(mean for _, mean in means)
    return Ballot(
        role=role, votes=votes, means=means, choices=tuple(option for option, mean in means if mean == highest)
    )


def _mean(scores: Mapping[str, int], weights: Mapping[str, int]) -> Fraction:
    return Fraction(sum(weight * scores[name] for name, weight in weights.items()), sum(weights.values()))


def _votes(standing: Sequence[OptionScore], ballots: Sequence[Ballot]) -> _Means:
    votes = {each.option: Fraction(0) for each in standing}
    for ballot in ballots:
        for choice in ballot.choices:
            votes[choice] += Fraction(ballot.votes, len(ballot.choices))
    return tuple(votes.items())


def _settle(
    panel: Panel,
    question: Question,
    standing: Sequence[OptionScore],
    usable: Sequence[str],
    votes: _Means,
    *,
    cast: int,
    total: int,
) -> _Settled:
    reason = _obstacle(panel, votes, cast=cast, total=total)
    if reason is None:
        return _Settled("decided", max(votes, key=lambda pair: pair[1])[0], "vote")
    rule: Fallback = getattr(panel.fallbacks, reason.replace("-", "_"))
    chair = None
    if rule == "chair" and panel.chair is not None:
        chair = _ballot(panel.chair.role, panel.chair, _before_the_chair(reason, standing, votes), usable, votes=0)
        if len(chair.choices) == 1:
            return _Settled("decided", chair.choices[0], f"{reason}: chair", chair)
    if rule != "escalate" and question.default in {each.option for each in standing}:
        return _Settled("default", question.default, f"{reason}: default", chair)
    return _Settled("escalated", None, f"{reason}: escalate", chair)


def _before_the_chair(reason: _Reason, standing: Sequence[OptionScore], votes: _Means) -> Sequence[OptionScore]:
    """In a tie the two that lead, and else whatever is left."""
    if reason != "tie":
        return standing
    most = max(count for _, count in votes)
    tied = {option for option, count in votes if count == most}
    return [each for each in standing if each.option in tied]


def _obstacle(panel: Panel, votes: _Means, *, cast: int, total: int) -> _Reason | None:
    """What keeps the vote from settling the question; None where an option has won."""
    if not votes:
        return "all-vetoed"
    if not cast or cast < panel.quorum * total:
        return "no-quorum"
    most = max(count for _, count in votes)
    if most > panel.majority * cast:
        return None
    halves = sum(count == HALF * cast for _, count in votes)
    return "tie" if panel.majority == HALF and halves == 2 else "no-majority"  # noqa: PLR2004 - two halves
