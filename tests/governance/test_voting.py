"""How a panel answers, rule by rule."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

from gaterunner.governance.types import Criterion, Facts, Fallbacks, Tally, Veto
from gaterunner.governance.voting import decide, score_of
from tests.governance.panels import NOTHING, panel, question

A_B = {"a": {"x": 5, "y": 0}, "b": {"x": 0, "y": 5}}
SIZE = Criterion(name="size", text="", fact="lines", bound="at-most", steps=((Fraction(200), 5), (Fraction(900), 2)))


def told(tally: Tally) -> tuple[str, str | None, str]:
    return tally.outcome, tally.option, tally.by


def test_the_option_with_more_than_the_majority_wins() -> None:
    tally = decide(panel(("One", 2, {"x": 1}), ("Two", 1, {"y": 1})), question(A_B), NOTHING)

    assert told(tally) == ("decided", "a", "vote")
    assert tally.votes_for == (("a", Fraction(2)), ("b", Fraction(1)))
    assert tally.explanation == (
        "3 of 3 votes were cast; the quorum of 1/2 asks for 1.50 (3/2).",
        "Votes: `a` 2, `b` 1; to win takes more than 1/2 of the 3 cast, which is more than 1.50 (3/2).",
        "On average over the votes cast, `a` is rated 1.67 points higher than `b`.",
        "What spoke for `a`: x (+3.33).",
        "What spoke against `a`: y (-1.67).",
        "`a` is chosen by vote.",
    )


def test_a_member_rates_by_its_weights_exactly() -> None:
    tally = decide(
        panel(("One", 1, {"x": 2, "y": 1})), question({"a": {"x": 5, "y": 1}, "b": {"x": 3, "y": 4}}), NOTHING
    )

    assert tally.ballots[0].means == (("a", Fraction(11, 3)), ("b", Fraction(10, 3)))


def test_what_is_not_known_of_every_option_is_not_counted() -> None:
    asked = question({"a": {"x": 1, "y": 5}, "b": {"x": 2}})

    tally = decide(panel(("One", 1, {"x": 1, "y": 100}), ("Two", 1, {"y": 1})), asked, NOTHING)

    assert told(tally) == ("decided", "b", "vote")
    assert tally.ballots[1].abstains == "nothing that it weighs is known of every option"
    assert tally.explanation[:2] == (
        "y is not counted: it has no score for `b`.",
        "Two (1 vote) abstains: nothing that it weighs is known of every option.",
    )


def test_who_abstains_lowers_the_quorum() -> None:
    members = (("One", 1, {"x": 1}), ("Two", 2, {"y": 1}))

    tally = decide(panel(*members), question({"a": {"x": 1}, "b": {"x": 2}}), NOTHING)

    assert told(tally) == ("escalated", None, "no-quorum: escalate")
    assert tally.explanation[-1] == "Too few votes were cast, so a person has to decide."


def test_who_rates_two_alike_splits_its_votes() -> None:
    tally = decide(
        panel(("One", 3, {"x": 1}), ("Two", 1, {"y": 1})),
        question({"a": {"x": 4, "y": 1}, "b": {"x": 4, "y": 0}}),
        NOTHING,
    )

    assert tally.votes_for == (("a", Fraction(5, 2)), ("b", Fraction(3, 2)))
    assert told(tally) == ("decided", "a", "vote")
    assert tally.explanation[0] == "One (3 votes) rates `a` and `b` alike at 4 and splits its votes between them."


def test_only_the_criteria_of_the_question_count() -> None:
    tally = decide(panel(("One", 1, {"x": 1, "y": 9})), question(A_B, criteria=("x",)), NOTHING)

    assert told(tally) == ("decided", "a", "vote")
    assert [option.scores for option in tally.options] == [(("x", 5, "declared"),), (("x", 0, "declared"),)]


class TestScores:
    def test_come_from_what_is_declared_before_any_fact(self) -> None:
        asked = question({"a": {"size": 1}, "b": {}, "c": {}}, facts={"b": {"lines": "200"}})

        tally = decide(
            panel(("One", 1, {"size": 1}), criteria=(SIZE,)), asked, Facts(known=(("lines", Fraction(500)),))
        )

        assert [option.scores[0][1:] for option in tally.options] == [(1, "declared"), (5, "fact"), (2, "fact")]

    @pytest.mark.parametrize(("lines", "score"), [("0", 5), ("200", 5), ("200.5", 2), ("900", 2), ("901", 0)])
    def test_follow_the_first_step_that_holds(self, lines: str, score: int) -> None:
        assert score_of(SIZE, Fraction(lines)) == score

    def test_may_also_grow_with_the_value(self) -> None:
        criterion = Criterion(
            name="c", text="", fact="coverage", bound="at-least", steps=((Fraction(90), 5), (Fraction(50), 2))
        )

        assert [score_of(criterion, Fraction(value)) for value in (100, 90, 89, 50, 49)] == [5, 5, 2, 2, 0]


class TestVetoes:
    VETO = (Veto(role="Security", criterion="safe", below=2),)
    MEMBERS = (("Security", 1, {"safe": 1}), ("Sales", 9, {"x": 1}))

    def test_put_an_option_out_whatever_the_votes(self) -> None:
        asked = question({"a": {"x": 5, "safe": 1}, "b": {"x": 0, "safe": 2}}, default="a")

        tally = decide(panel(*self.MEMBERS, vetoes=self.VETO), asked, NOTHING)

        assert told(tally) == ("decided", "b", "vote")
        assert tally.options[0].vetoed_by == ("Security",)
        assert tally.votes_for == (("b", Fraction(10)),)
        assert tally.explanation[0] == "`a` is out: Security vetoes what scores below 2 for safe, and it has 1."

    def test_hold_also_where_the_question_does_not_count_the_criterion(self) -> None:
        asked = question({"a": {"x": 5, "safe": 0}, "b": {"x": 0}}, criteria=("x",))

        assert told(decide(panel(*self.MEMBERS, vetoes=self.VETO), asked, NOTHING)) == ("decided", "b", "vote")

    def test_ask_for_a_person_when_nothing_is_left(self) -> None:
        asked = question({"a": {"x": 5, "safe": 1}, "b": {"x": 0, "safe": 0}}, default="a")

        tally = decide(panel(*self.MEMBERS, vetoes=self.VETO), asked, NOTHING)

        assert told(tally) == ("escalated", None, "all-vetoed: escalate")
        assert {ballot.abstains for ballot in tally.ballots} == {"no option is left"}

    def test_ask_for_a_person_when_nobody_can_tell(self) -> None:
        asked = question({"a": {"x": 5, "safe": 5}, "b": {"x": 0}}, default="a")

        tally = decide(panel(*self.MEMBERS, vetoes=self.VETO), asked, NOTHING)

        assert told(tally) == ("escalated", None, "veto-unknown: escalate")
        assert tally.explanation[-2:] == (
            "Security has a veto on safe, and `b` has no score for it.",
            "Nobody can say that it is not vetoed, so a person has to decide.",
        )

    def test_keep_the_default_from_being_taken(self) -> None:
        members = (*self.MEMBERS, ("Two", 10, {"y": 1}))
        asked = question(
            {"a": {"x": 5, "y": 5, "safe": 5}, "b": {"x": 4, "y": 6, "safe": 5}, "c": {"x": 5, "y": 5, "safe": 0}},
            default="c",
        )

        tally = decide(panel(*members, vetoes=self.VETO, quorum="1/1", majority="2/3"), asked, NOTHING)

        assert told(tally) == ("escalated", None, "no-majority: escalate")
        assert tally.explanation[-1] == (
            "No option has that many, and the default `c` is vetoed, so a person has to decide."
        )


class TestATie:
    MEMBERS = (("One", 1, {"x": 1}), ("Two", 1, {"y": 1}))

    def test_is_broken_by_the_chair(self) -> None:
        tally = decide(panel(*self.MEMBERS, chair={"x": 1, "y": 2}), question(A_B, default="a"), NOTHING)

        assert told(tally) == ("decided", "b", "tie: chair")
        assert tally.chair is not None
        assert tally.chair.votes == 0
        assert tally.explanation[-1] == (
            "Half of the votes stand against the other half, so the chair decides. "
            "Strategy rates `b` highest (`a` 1.67 (5/3), `b` 3.33 (10/3)): `b` is chosen."
        )

    def test_is_broken_between_the_two_alone(self) -> None:
        asked = question({"a": {"x": 5, "y": 0, "z": 1}, "b": {"x": 0, "y": 5, "z": 0}, "c": {"x": 1, "y": 1, "z": 5}})

        tally = decide(panel(*self.MEMBERS, chair={"z": 1}), asked, NOTHING)

        assert told(tally) == ("decided", "a", "tie: chair")

    def test_goes_to_the_default_where_the_chair_cannot_tell_either(self) -> None:
        tally = decide(panel(*self.MEMBERS, chair={"x": 1, "y": 1}), question(A_B, default="b"), NOTHING)

        assert told(tally) == ("default", "b", "tie: default")
        assert tally.explanation[-1] == (
            "Half of the votes stand against the other half, so the chair decides. Strategy rates `a` and `b` alike "
            "(`a` 2.50 (5/2), `b` 2.50 (5/2)), so the question's default `b` is taken."
        )

    def test_goes_to_a_person_where_there_is_no_default_either(self) -> None:
        tally = decide(panel(*self.MEMBERS, chair={"x": 1, "y": 1}), question(A_B), NOTHING)

        assert told(tally) == ("escalated", None, "tie: escalate")
        assert "and the question has no default, so a person has to decide." in tally.explanation[-1]

    @pytest.mark.parametrize(
        ("rule", "expected"),
        [("default", ("default", "b", "tie: default")), ("escalate", ("escalated", None, "tie: escalate"))],
    )
    def test_goes_as_the_panel_says(self, rule: str, expected: tuple[str, str | None, str]) -> None:
        fallbacks = Fallbacks(tie=rule)  # type: ignore[arg-type]  # both are of the closed list

        assert told(decide(panel(*self.MEMBERS, fallbacks=fallbacks), question(A_B, default="b"), NOTHING)) == expected

    def test_is_no_majority_where_more_than_half_is_asked(self) -> None:
        tally = decide(panel(*self.MEMBERS, chair={"x": 1}, majority="2/3"), question(A_B, default="b"), NOTHING)

        assert told(tally) == ("default", "b", "no-majority: default")

    def test_of_three_is_no_majority(self) -> None:
        members = (*self.MEMBERS, ("Three", 1, {"z": 1}))
        asked = question({name: {"x": 0, "y": 0, "z": 0, own: 5} for name, own in (("a", "x"), ("b", "y"), ("c", "z"))})

        assert told(decide(panel(*members, chair={"x": 1}), asked, NOTHING)) == (
            "escalated",
            None,
            "no-majority: escalate",
        )


def test_the_chair_can_be_asked_without_a_majority() -> None:
    members = (("One", 2, {"x": 1}), ("Two", 2, {"y": 1}), ("Three", 1, {"z": 1}))
    asked = question({name: {"x": 0, "y": 0, "z": 0, own: 5} for name, own in (("a", "x"), ("b", "y"), ("c", "z"))})

    tally = decide(panel(*members, chair={"z": 1}, fallbacks=Fallbacks(no_majority="chair")), asked, NOTHING)

    assert told(tally) == ("decided", "c", "no-majority: chair")


def test_a_chair_without_a_say_leaves_it_to_the_default() -> None:
    members = (("One", 1, {"x": 1}), ("Two", 1, {"y": 1}))

    tally = decide(panel(*members, chair={"z": 1}), question(A_B, default="a"), NOTHING)

    assert told(tally) == ("default", "a", "tie: default")
    assert "Strategy has no say: nothing that it weighs is known of every option" in tally.explanation[-1]


def test_a_criterion_that_the_panel_does_not_have_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="the panel has no criterion 'z'"):
        decide(panel(("One", 1, {"x": 1})), question(A_B, criteria=("z",)), NOTHING)


def test_the_largest_panel_that_can_be_is_worked_out_at_once() -> None:
    """A log may hold a hundred of them, and a branch writes it."""
    names = [f"c{number:02d}" for number in range(100)]
    members = [(f"Role {one}", 1, {name: (one * at) % 9 + 1 for at, name in enumerate(names)}) for one in range(100)]
    asked = question({"a": dict.fromkeys(names, 5), "b": {name: at % 5 for at, name in enumerate(names)}})
    voters = panel(*members)

    began = time.process_time()
    tally = decide(voters, asked, NOTHING)

    assert told(tally) == ("decided", "a", "vote")
    assert time.process_time() - began < 0.4  # 0.05 s; adding up each member's weights anew for each criterion, 0.6 s
