"""What holds of every vote, whatever the panel and the question."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gaterunner.contract.types import Option, Question
from gaterunner.governance.canonical import canonical_bytes, plain
from gaterunner.governance.types import Criterion, Facts, Fallbacks, Panel, Veto
from gaterunner.governance.voting import decide
from tests.governance.panels import panel, question

NAMES = ("cost", "risk", "speed", "truth")
OPTIONS = ("a", "b", "c", "d")
SHARES = ("1/2", "3/5", "2/3", "3/4")
FALLBACKS = st.sampled_from(["escalate", "default", "chair"])
SOME = settings(max_examples=100, deadline=None)

weights = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 5), min_size=1)


@st.composite
def panels(draw: Any) -> Panel:
    members = draw(st.lists(st.tuples(st.integers(1, 3), weights), min_size=1, max_size=7))
    vetoes = draw(
        st.lists(st.tuples(st.integers(0, len(members) - 1), st.sampled_from(NAMES), st.integers(1, 3)), max_size=2)
    )
    tie, majority, quorum = draw(FALLBACKS), draw(FALLBACKS), draw(FALLBACKS)
    return panel(
        *((f"Role {number}", votes, weighed) for number, (votes, weighed) in enumerate(members)),
        chair=draw(weights),
        vetoes=tuple(Veto(role=f"Role {who}", criterion=name, below=below) for who, name, below in vetoes),
        quorum=draw(st.sampled_from(["1/3", *SHARES])),
        majority=draw(st.sampled_from(SHARES)),
        # `panel_rules` refuses a panel whose chair decides without a majority, and not in a tie.
        fallbacks=Fallbacks(tie="chair" if majority == "chair" else tie, no_majority=majority, no_quorum=quorum),
        criteria=tuple(Criterion(name=name, text=name) for name in NAMES),
    )


@st.composite
def questions(draw: Any) -> Question:
    names = OPTIONS[: draw(st.integers(2, 4))]
    full = st.fixed_dictionaries({name: st.integers(0, 5) for name in NAMES})
    some = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 5))
    scores = draw(
        st.one_of(st.fixed_dictionaries(dict.fromkeys(names, full)), st.fixed_dictionaries(dict.fromkeys(names, some)))
    )
    return question(scores, default=draw(st.sampled_from([None, *names])))


@SOME
@given(panels(), questions(), st.data())
def test_no_better_score_makes_an_option_lose_that_was_chosen(voters: Panel, asked: Question, data: Any) -> None:
    before = decide(voters, asked, Facts())
    assume(before.outcome == "decided")
    winner = next(option for option in asked.options if option.id == before.option)
    raisable = [(name, score) for name, score in winner.scores if score < 5]
    assume(raisable)
    name, score = data.draw(st.sampled_from(raisable))
    better = data.draw(st.integers(score + 1, 5))

    after = decide(voters, _with(asked, winner, {**dict(winner.scores), name: better}), Facts())

    assert (after.outcome, after.option) == ("decided", before.option)


@SOME
@given(panels(), questions(), st.randoms(use_true_random=False))
def test_no_order_of_a_file_changes_a_byte_of_the_answer(voters: Panel, asked: Question, chance: random.Random) -> None:
    options = tuple(
        replace(option, scores=tuple(chance.sample(option.scores, len(option.scores))))
        for option in chance.sample(asked.options, len(asked.options))
    )

    assert decide(voters, replace(asked, options=options), Facts()) == decide(voters, asked, Facts())


@SOME
@given(panels(), questions())
def test_the_books_balance(voters: Panel, asked: Question) -> None:
    tally = decide(voters, asked, Facts())

    assert sum((votes for _, votes in tally.votes_for), Fraction(0)) == tally.votes_cast
    assert tally.votes_cast + sum(ballot.votes for ballot in tally.ballots if ballot.abstains) == tally.votes_total
    assert (tally.option is None) == (tally.outcome == "escalated")
    vetoed = {option.option for option in tally.options if option.vetoed_by}
    assert tally.option not in vetoed
    assert all(0 <= mean <= 5 for ballot in tally.ballots for _, mean in ballot.means)
    assert tally.explanation
    canonical_bytes(plain(tally))


@SOME
@given(panels(), questions())
def test_more_votes_for_everybody_alike_change_nothing(voters: Panel, asked: Question) -> None:
    doubled = replace(voters, members=tuple(replace(member, votes=2 * member.votes) for member in voters.members))
    one, other = decide(voters, asked, Facts()), decide(doubled, asked, Facts())

    assert (one.outcome, one.option, one.by) == (other.outcome, other.option, other.by)


@SOME
@given(panels(), questions())
def test_a_fact_that_is_the_same_for_all_options_moves_no_vote_between_them(voters: Panel, asked: Question) -> None:
    """It can bring a member to vote that had nothing to go by, and changes whom nobody prefers."""
    measured = Criterion(name="size", text="", fact="lines", bound="at-most", steps=((Fraction(9), 3),))
    weighing = replace(
        voters,
        criteria=(*voters.criteria, measured),
        members=tuple(replace(member, weights=(*member.weights, ("size", 4))) for member in voters.members),
        vetoes=(),
    )
    small, large = (decide(weighing, asked, Facts(known=(("lines", Fraction(lines)),))) for lines in (1, 99))

    assert (small.outcome, small.option, small.votes_for) == (large.outcome, large.option, large.votes_for)


def _with(asked: Question, changed: Option, scores: dict[str, int]) -> Question:
    return replace(
        asked,
        options=tuple(
            replace(option, scores=tuple(scores.items())) if option is changed else option for option in asked.options
        ),
    )
