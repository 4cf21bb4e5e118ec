"""What `.gaterunner/panel.yml` may say, and what is told of one that says something else."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import yaml

from gaterunner.config.types import PANEL_PATH
from gaterunner.errors import WorkflowFileError
from gaterunner.governance.held import default_panel, default_panel_text
from gaterunner.governance.reading import read_panel
from gaterunner.governance.types import Fallbacks, Panel, Veto

SOUND = """\
panel:
  quorum: 2/3
  majority: 1/2
  criteria:
    - {name: risk, text: Less is better.}
    - name: size
      text: Smaller is better.
      fact: lines
      steps: [{at-most: 200, score: 5}, {at-most: 999.5, score: 2}]
  members:
    - {role: Security, votes: 2, weights: {risk: 3, size: 0}, text: Guards.}
    - {role: QA, votes: 1, weights: {size: 1, risk: 1}}
  chair: {role: Strategy, weights: {risk: 1}}
  vetoes: [{role: Security, criterion: risk, below: 2}]
"""


def read(text: str) -> Panel:
    return read_panel(text.encode(), PANEL_PATH)


def told(text: str) -> list[str]:
    with pytest.raises(WorkflowFileError) as caught:
        read(text)
    assert {problem.path for problem in caught.value.problems} == {PANEL_PATH}
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in caught.value.problems]


def but(old: str, new: str) -> str:
    """The sound panel with something else in one place."""
    assert old in SOUND
    return SOUND.replace(old, new, 1)


def test_a_panel_is_read_in_the_order_of_names() -> None:
    panel = read(SOUND)

    assert [(member.role, member.votes, member.weights) for member in panel.members] == [
        ("QA", 1, (("risk", 1), ("size", 1))),
        ("Security", 2, (("risk", 3),)),
    ]
    assert (panel.quorum, panel.majority) == (Fraction(2, 3), Fraction(1, 2))
    assert [criterion.name for criterion in panel.criteria] == ["risk", "size"]
    assert panel.criteria[1].steps == ((Fraction(200), 5), (Fraction(1999, 2), 2))
    assert panel.vetoes == (Veto(role="Security", criterion="risk", below=2),)
    assert panel.fallbacks == Fallbacks()
    assert panel.chair is not None
    assert panel.chair.role == "Strategy"


def test_two_spellings_are_one_panel() -> None:
    again = yaml.safe_load(SOUND)
    again["panel"]["members"].reverse()
    again["panel"]["criteria"].reverse()
    again["panel"]["quorum"] = "4/6"
    again["panel"]["members"][1]["text"] = "Guards, and says so."
    again["panel"]["fallbacks"] = {"tie": "chair"}

    assert read(yaml.safe_dump(again)).sha256 == read(SOUND).sha256


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("votes: 2", "votes: 3"),
        ("risk: 3", "risk: 4"),
        ("quorum: 2/3", "quorum: 3/5"),
        ("below: 2", "below: 3"),
        ("at-most: 200", "at-most: 201"),
        ("role: QA", "role: Quality"),
        ("role: Strategy, weights: {risk: 1}", "role: Strategy, weights: {risk: 1, size: 1}"),
    ],
)
def test_whatever_decides_makes_another_panel(old: str, new: str) -> None:
    assert read(but(old, new)).sha256 != read(SOUND).sha256


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "{risk: 3, size: 0}",
            "{risk: 0, size: 0}",
            "11:7: all weights of `Security` are zero, so it can rate nothing",
        ),
        (
            "role: QA",
            "role: security",
            "12:7: the member `security` is a second one, first in line 11",
        ),
        (
            "role: QA",
            "role: S\u0435curity",
            "12:7: the member `S\u0435curity` is a second one, first in line 11",
        ),
        (
            "name: size",
            "name: risk",
            "6:7: the criterion `risk` is a second one, first in line 5",
        ),
        ("{role: Strategy,", "{role: Strategy, votes: 1,", "13:27: the chair has no vote"),
        ("role: Strategy", "role: QA", "13:10: the chair `QA` is also a member, and the chair has no vote"),
        (
            "quorum: 2/3",
            "quorum: 4/3",
            "2:11: `quorum` is above the whole: more votes than there are would have to be cast",
        ),
        ("majority: 1/2", "majority: 1/3", "3:13: `majority` lies below 1/2, so two options could win"),
        ("majority: 1/2", "majority: 3/3", "3:13: `majority` is the whole or more, which no option can exceed"),
        (
            "majority: 1/2",
            "majority: 0.5",
            "3:13: `majority` of the panel: found the number `0.5`, expected a fraction such as `2/3`",
        ),
        (
            "{size: 1, risk: 1}",
            "{siez: 1}",
            "12:38: `weights` of `QA`: the panel has no criterion `siez`; did you mean `size`?",
        ),
        (
            "role: Security, criterion",
            "role: Securty, criterion",
            "14:12: a veto of `Securty`, which is no member of the panel; did you mean `Security`?",
        ),
        (
            "role: Security, criterion",
            "role: Strategy, criterion",
            "14:12: a veto of `Strategy`, which is no member of the panel",
        ),
        (
            "criterion: risk",
            "criterion: rsik",
            "14:12: a veto on `rsik`, which is no criterion of the panel; did you mean `risk`?",
        ),
        (
            "below: 2}]",
            "below: 2}, {role: Security, criterion: risk, below: 3}]",
            "14:57: `Security` has a second veto on `risk`, first in line 14",
        ),
        (
            "below: 2",
            "below: 6",
            "14:53: `below` of a veto: found the number `6`, expected a whole number of at least 1 and of at most 5",
        ),
        (
            "at-most: 999.5, score: 2",
            "at-most: 999.5, score: 6",
            (
                "9:65: `score` of an item of `steps` of a criterion: found the number `6`, "
                "expected a whole number of at least 0 and of at most 5"
            ),
        ),
        ("at-most: 999.5", "at-most: 100", "9:14: `steps` of the criterion `size` are not in order"),
        ("score: 2", "score: 5", "9:14: `steps` of the criterion `size` are not in order"),
        (
            "at-most: 999.5",
            "at-least: 999.5",
            "9:14: `steps` of the criterion `size` have both `at-most` and `at-least`",
        ),
        (
            "at-most: 999.5, ",
            "",
            "9:14: a step of the criterion `size` needs one of `at-most` and `at-least`",
        ),
        ("at-most: 999.5", "at-most: 1e9", "9:14: `steps` of the criterion `size`: a bound is no plain decimal number"),
        (
            "fact: lines",
            "fact: lins",
            "8:13: `fact` of the criterion `size`: nothing measures `lins`; did you mean `lines`?",
        ),
        ("      fact: lines\n", "", "6:7: the criterion `size` has `steps` and lacks `fact`"),
        (
            "votes: 2",
            "votes: 0",
            (
                "11:31: `votes` of a member: found the number `0`, "
                "expected a whole number of at least 1 and of at most 100"
            ),
        ),
        (
            "risk: 3",
            "risk: 101",
            (
                "11:50: `risk` in `weights` of a member: found the number `101`, "
                "expected a whole number of at least 0 and of at most 100"
            ),
        ),
        (
            "  chair: {role: Strategy, weights: {risk: 1}}\n",
            "  fallbacks: {tie: chair}\n",
            "13:20: `tie` falls back on the chair, and the panel has none",
        ),
        (
            "  vetoes:",
            "  fallbacks: {tie: default, no-majority: chair}\n  vetoes:",
            "14:42: the chair decides where there is no majority, and not where there is a tie",
        ),
        (
            "  vetoes:",
            "  fallbacks: {all-vetoed: default}\n  vetoes:",
            "14:27: `all-vetoed` of the fallbacks: found `default`, expected `escalate`",
        ),
        (
            "  vetoes:",
            "  fallback: {tie: default}\n  vetoes:",
            (
                "14:3: unknown key `fallback` in the panel, expected `quorum`, `majority`, `criteria`, `members`, "
                "`chair`, `vetoes` or `fallbacks`; did you mean `fallbacks`?"
            ),
        ),
        ("  majority: 1/2\n", "", "2:3: the panel lacks the key `majority`"),
        ("panel:", "pannel:", "1:1: the key `panel` is missing"),
    ],
)
def test_a_mistake_is_told_where_it_is(old: str, new: str, message: str) -> None:
    assert message in told(but(old, new))


def test_a_panel_without_a_chair_takes_the_default_in_a_tie() -> None:
    panel = read(but("  chair: {role: Strategy, weights: {risk: 1}}\n", ""))

    assert (panel.chair, panel.fallbacks.tie) == (None, "default")


def test_every_mistake_is_told_at_once() -> None:
    wrong = but("votes: 2", "votes: x").replace("majority: 1/2", "majority: 1/4").replace("below: 2", "below: 9")

    assert [line.partition(":")[0] for line in told(wrong)] == ["3", "11", "14"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1:1: the file is empty, expected a map with the key `panel`"),
        ("# nothing\n", "1:1: the file is empty, expected a map with the key `panel`"),
        ("- a\n", "1:1: found a list, expected a map with the key `panel`"),
        ("panel: 1\n", "1:8: `panel`: found the number `1`, expected a map"),
        ("panel: {members: {}}\n", "1:18: `members` of the panel: found a map, expected a list"),
        ("panel: {members: []}\n", "1:18: `members` of the panel is an empty list, expected at least one item"),
        ("panel: {criteria: [x]}\n", "1:20: an item of `criteria`: found `x`, expected a map"),
        ("panel: {chair: x}\n", "1:16: `chair` of the panel: found `x`, expected a map"),
        ("panel: {fallbacks: x}\n", "1:20: `fallbacks` of the panel: found `x`, expected a map"),
        ("panel: {quorum: 1/2, quorum: 1/2}\n", "1:22: the key `quorum` stands here a second time, first in line 1"),
        (
            "panel: {vetoes: [" + "{}," * 101 + "]}\n",
            "1:17: `vetoes` of the panel holds 101 items, expected at most 100",
        ),
    ],
)
def test_what_is_no_panel_is_told(text: str, message: str) -> None:
    assert message in told(text)


def test_any_order_of_the_file_gives_the_same_panel() -> None:
    chance, sound = random.Random(7), yaml.safe_load(SOUND)  # noqa: S311 - mixes a list
    for _ in range(20):
        parts = {
            key: chance.sample(part, len(part)) if isinstance(part, list) else part
            for key, part in sound["panel"].items()
        }
        # Steps have an order that means something.
        mixed = {"panel": dict(chance.sample(list(parts.items()), len(parts)))}
        assert read(yaml.safe_dump(mixed, sort_keys=False)) == read(SOUND)


class TestTheOneThatShips:
    ROLES = (
        "CRO",
        "CTO",
        "Compliance",
        "Customer Success",
        "Data",
        "Design",
        "Finance",
        "Ops",
        "Product",
        "QA",
        "SRE",
        "Security",
    )

    def test_has_the_twelve_voters_of_the_article_and_strategy_as_the_chair(self) -> None:
        panel = default_panel()

        assert tuple(member.role for member in panel.members) == self.ROLES
        assert panel.chair is not None
        assert panel.chair.role == "Strategy"

    def test_gives_no_member_a_majority_and_no_criterion_to_nobody(self) -> None:
        panel = default_panel()
        total = sum(member.votes for member in panel.members)
        weighed = {name for member in panel.members for name, _ in member.weights}

        assert all(2 * member.votes < total for member in panel.members)
        assert weighed == {criterion.name for criterion in panel.criteria}

    def test_says_of_each_member_and_criterion_what_it_is_for(self) -> None:
        panel = default_panel()

        assert all(part.text for part in (*panel.members, *panel.criteria, panel.chair) if part is not None)

    def test_can_be_taken_as_a_beginning(self) -> None:
        assert read_panel(default_panel_text(), PANEL_PATH) == default_panel()
