"""What `.gaterunner/panel.yml` may say, as types: they decode it and give its JSON Schema."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gaterunner.config.option_types import Name, text_of
from gaterunner.config.problems import Fault
from gaterunner.governance.types import MAX_SCORE, Fallback

MOST_VOTES = 100
MOST_WEIGHT = 100
MOST_MEMBERS = 100
MOST_CRITERIA = 100
MOST_STEPS = 20
_LONGEST_ROLE = 60
_LONGEST_TEXT = 5000

ROLE_PATTERN = r"^\S(.{0,58}\S)?$(?!\n)"
SHARE_PATTERN = r"^[1-9][0-9]{0,3}/[1-9][0-9]{0,3}$(?!\n)"
_SHARE = re.compile(SHARE_PATTERN)


def _role_fault(text: str) -> Fault | None:
    sound = bool(text) and text == text.strip() and len(text) <= _LONGEST_ROLE and text.isprintable()
    return None if sound and "`" not in text else Fault(f"a role of at most {_LONGEST_ROLE} characters")


def _share_fault(text: str) -> Fault | None:
    return (
        None if _SHARE.match(text) else Fault("a fraction such as `2/3`", "a fraction is exact, decimals are rounded")
    )


def _text_fault(text: str) -> Fault | None:
    return None if text.strip() and len(text) <= _LONGEST_TEXT else Fault("text that says something")


Role = Annotated[str, text_of(ROLE_PATTERN, _role_fault, "a role, such as `Security`")]
Share = Annotated[str, text_of(SHARE_PATTERN, _share_fault, "a fraction such as `2/3`")]
Text = Annotated[str, text_of(r"\S", _text_fault, "text")]
Score = Annotated[int, Meta(ge=0, le=MAX_SCORE)]
Bound = Annotated[str | float, Meta(extra={"source_text": True, "expected": "a number"})]
Weights = Annotated[
    dict[Name, Annotated[int, Meta(ge=0, le=MOST_WEIGHT)]],
    Meta(
        max_length=MOST_CRITERIA,
        description="How much each criterion counts; one that is left out does not.",
        extra={"expected": "a map of criteria with their weights"},
    ),
]


class StepOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """From which value of a fact on a score is given. One of the two bounds."""

    score: Score
    at_most: Annotated[Bound | UnsetType, Meta(description="The score of values up to this one.")] = UNSET
    at_least: Annotated[Bound | UnsetType, Meta(description="The score of values from this one on.")] = UNSET


class CriterionOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that options are scored by."""

    name: Name
    text: Annotated[Text, Meta(description="What 5 means, and what 0 means, for people.")]
    fact: Annotated[Name | UnsetType, Meta(description="What is measured, for options that declare no score.")] = UNSET
    steps: Annotated[
        Annotated[tuple[StepOptions, ...], Meta(min_length=1, max_length=MOST_STEPS)] | UnsetType,
        Meta(
            description="From the best score to the worst; a value that fits none of them scores 0.",
            extra={"expected": "a list of steps such as `{at-most: 200, score: 5}`"},
        ),
    ] = UNSET


class MemberOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One voter."""

    role: Role
    votes: Annotated[int, Meta(ge=1, le=MOST_VOTES, description="How many votes it has.")]
    weights: Weights
    text: Annotated[Text | UnsetType, Meta(description="Whom it speaks for, and why it weighs so.")] = UNSET


class ChairOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who breaks ties and has no vote."""

    role: Role
    weights: Weights
    text: Annotated[Text | UnsetType, Meta(description="Whom it speaks for, and why it weighs so.")] = UNSET


class VetoOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which options a member puts out."""

    role: Role
    criterion: Name
    below: Annotated[int, Meta(ge=1, le=MAX_SCORE, description="A lower score than this puts an option out.")]


class FallbackOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What happens where the vote does not settle it."""

    tie: Annotated[
        Fallback | UnsetType, Meta(description="Half against half: `chair` where the panel has one, else `default`.")
    ] = UNSET
    no_majority: Fallback = "default"
    no_quorum: Fallback = "escalate"
    all_vetoed: Literal["escalate"] = "escalate"


class PanelOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file's one map. Each key is decoded by itself; ``REQUIRED`` says which are needed."""

    quorum: Annotated[Share, Meta(description="The share of all votes that must be cast.")]
    majority: Annotated[Share, Meta(description="The share of the votes cast that the winner must exceed.")]
    criteria: Annotated[tuple[CriterionOptions, ...], Meta(min_length=1, max_length=MOST_CRITERIA)]
    members: Annotated[tuple[MemberOptions, ...], Meta(min_length=1, max_length=MOST_MEMBERS)]
    chair: ChairOptions | UnsetType = UNSET
    vetoes: Annotated[tuple[VetoOptions, ...], Meta(max_length=MOST_CRITERIA)] = ()
    fallbacks: FallbackOptions = FallbackOptions()


REQUIRED = ("quorum", "majority", "criteria", "members")
