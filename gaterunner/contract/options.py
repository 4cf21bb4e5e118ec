"""What the front matter of a spec may say, as types: they decode it and give its JSON Schema."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from gaterunner.config import checks
from gaterunner.config.option_types import Name, Names, text_of
from gaterunner.config.problems import Fault
from gaterunner.contract.exact import DECIMAL
from gaterunner.globs import Globs
from gaterunner.governance.types import MAX_SCORE

_LONGEST_LINE = 300
_LONGEST_TEXT = 20_000
_MOST = 500
_MOST_STARS = 12
_MOST_STARS_OF_A_SEGMENT = 4
LEAST_LETTERS = 3
"""How many letters and digits a pattern must hold to say which test proves something."""

# The patterns are read by Python and by editors, whose dialect (ECMA-262, with its flag `u`) refuses a backslash before
# what needs none. What is not printable, as far as editors have to know; `isprintable` decides.
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
_NOBODY = frozenset({"todo", "tbd", "none", "nobody", "n/a", "team", "unknown", "owner", "?", "-"})


def _in_any_case(text: str) -> str:
    return "".join(f"[{char.upper()}{char}]" if char.isalpha() else f"[{char}]" for char in text)


_NOBODYS = "|".join(map(_in_any_case, sorted(_NOBODY)))
_A_LINE = rf"(?=\S)[^{_UNSEEN}]*[^\s{_UNSEEN}]"
SAYING_PATTERN = r"^(?=\s*\S)[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]*$"
LINE_PATTERN = rf"^{_A_LINE}$(?!\n)"
OWNER_PATTERN = (
    rf"^(?:(?!@)(?![<>. ]*(?:{_NOBODYS})?[<>. ]*$)(?!.*\[{_in_any_case('bot')}\]){_A_LINE}"
    r"|@[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)$(?!\n)"
)
_NO_STEP = "|".join(map(_in_any_case, ("later", "n/a", "na", "nothing", "none", "tbd", "todo", "?")))
_EMPTY_STEP = rf"[\s.-]*(?:{_NO_STEP})?[\s.-]*$"
STEP_PATTERN = rf"^(?!{_EMPTY_STEP}){SAYING_PATTERN.removeprefix('^')}"
SCOPE_PATTERN = rf"^(?=\S)(?![!/~])(?!(.*/)?\.\.(/|$))(?!.*//)[^{_UNSEEN}\\]*[^\s\\{_UNSEEN}]$(?!\n)"
TEST_PATTERN = rf"^(?!!){_A_LINE}$(?!\n)"
NEVER_PATTERN = rf"^[^\s\x22'`{_UNSEEN}]+$(?!\n)"
_DATA_NAME = rf"[^\s.\x22'`\[\]{_UNSEEN}]+"
DATA_PATTERN = rf"^{_DATA_NAME}(\.{_DATA_NAME}){{0,3}}$(?!\n)"
_DATA = re.compile(DATA_PATTERN)
_TEAM = re.compile(r"@[^/\s]+/\S+\Z")
_LOGIN = re.compile(r"@[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\Z")

A_SCOPE = "a relative pattern without `..`, such as `src/**/*.py`"
A_TEST = "a test's id, in which `*` and `?` stand for any characters"
A_PERSON = "a person: a name, an address or `@login`"


def _is_a_line(text: str) -> bool:
    return bool(text.strip()) and text == text.strip() and len(text) <= _LONGEST_LINE and text.isprintable()


def line_fault(text: str) -> Fault | None:
    """Text for people on one line."""
    return None if _is_a_line(text) else Fault(f"text on one line of at most {_LONGEST_LINE} characters")


def text_fault(text: str) -> Fault | None:
    """Text for people, of any number of lines."""
    return None if text.strip() and len(text) <= _LONGEST_TEXT else Fault("text that says something")


def step_fault(text: str) -> Fault | None:
    """What somebody does to go back."""
    return Fault("a step that somebody can take") if re.match(_EMPTY_STEP, text) else text_fault(text)


def owner_fault(text: str) -> Fault | None:
    """Who answers for the spec."""
    if _TEAM.match(text) or "[bot]" in text.casefold():
        return Fault(A_PERSON, "a team or a bot cannot be asked what was meant; name the person who answers for it")
    sound = _is_a_line(text) and text.casefold().strip("<>. ") not in {*_NOBODY, ""}
    return None if sound and (not text.startswith("@") or _LOGIN.match(text)) else Fault(A_PERSON)


def scope_fault(text: str) -> Fault | None:
    """A glob that says where something is."""
    if text.startswith("!"):
        return Fault("a pattern without `!`", "what is left out stands under `forbid` or among the non-goals")
    if checks.paths_fault(text) or not _is_a_line(text) or "\\" in text:
        return Fault(A_SCOPE)
    stars = [re.sub(r"\*+", "*", segment).count("*") for segment in text.split("/")]
    if sum(stars) > _MOST_STARS or max(stars) > _MOST_STARS_OF_A_SEGMENT:
        return Fault(f"a pattern with at most {_MOST_STARS_OF_A_SEGMENT} wildcards in a name and {_MOST_STARS} in all")
    try:
        Globs((text,))
    except ValueError:
        return Fault(A_SCOPE)
    return None


def test_fault(text: str) -> Fault | None:
    """A pattern over test ids."""
    if text.startswith("!"):
        return Fault(A_TEST, "a pattern cannot take away; name the tests that are meant")
    return None if _is_a_line(text) else Fault(A_TEST)


def data_fault(text: str) -> Fault | None:
    """A table, a column or a field."""
    if _DATA.match(text) and len(text) <= _LONGEST_LINE and text.isprintable():
        return None
    return Fault("a name such as `orders` or `orders.total`, without quotes")


def never_fault(text: str) -> Fault | None:
    """A name of any kind."""
    if _is_a_line(text) and not re.search(r"[\s\"'`]", text):
        return None
    return Fault("a name such as `password_hash`, without blanks and quotes")


Line = Annotated[str, text_of(LINE_PATTERN, line_fault, "text on one line", longest=_LONGEST_LINE)]
Text = Annotated[str, text_of(SAYING_PATTERN, text_fault, "text", longest=_LONGEST_TEXT)]
Step = Annotated[str, text_of(STEP_PATTERN, step_fault, "text", longest=_LONGEST_TEXT)]
Owner = Annotated[str, text_of(OWNER_PATTERN, owner_fault, A_PERSON, longest=_LONGEST_LINE)]
Scope = Annotated[str, text_of(SCOPE_PATTERN, scope_fault, A_SCOPE, longest=_LONGEST_LINE)]
TestGlob = Annotated[str, text_of(TEST_PATTERN, test_fault, A_TEST, longest=_LONGEST_LINE)]
DataName = Annotated[
    str, text_of(DATA_PATTERN, data_fault, "a name such as `orders` or `orders.total`", longest=_LONGEST_LINE)
]
NeverName = Annotated[str, text_of(NEVER_PATTERN, never_fault, "a name such as `password_hash`", longest=_LONGEST_LINE)]

Scopes = Annotated[
    Scope | Annotated[tuple[Scope, ...], Meta(max_length=_MOST)],
    Meta(extra={"expected": "a pattern or a list of patterns"}),
]
SomeScopes = Annotated[
    Scope | Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=_MOST)],
    Meta(extra={"expected": "a pattern or a list of patterns"}),
]
DataNames = Annotated[
    DataName | Annotated[tuple[DataName, ...], Meta(max_length=_MOST)],
    Meta(extra={"expected": "a name or a list of names"}),
]
NeverNames = Annotated[
    NeverName | Annotated[tuple[NeverName, ...], Meta(max_length=_MOST)],
    Meta(extra={"expected": "a name or a list of names"}),
]


class TestOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tests of one gate."""

    __test__ = False  # pytest takes every class named Test… for a test case

    gate: Annotated[Name, Meta(description="The gate whose tests are meant.")]
    test: Annotated[TestGlob, Meta(description="The tests' ids; `*` and `?` stand for any characters.")]


Tests = Annotated[
    TestGlob | TestOptions | Annotated[tuple[TestGlob | TestOptions, ...], Meta(min_length=1, max_length=_MOST)],
    Meta(extra={"expected": "a test's id, a map with `gate` and `test`, or a list of them"}),
]


class ObjectiveOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that the change is to achieve."""

    id: Name
    text: Annotated[Text, Meta(description="What is achieved, for people.")]
    tests: Annotated[Tests, Meta(description="The tests that prove it: all of them run and pass.")]


class NonGoalOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that the change leaves alone."""

    text: Annotated[Text, Meta(description="What is left alone, for people.")]
    paths: Annotated[Scopes, Meta(description="Where that is; the change touches none of it.")] = ()


class TouchpointOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which paths the change may touch."""

    allow: Annotated[SomeScopes, Meta(description="What the change may touch.")]
    create: Annotated[Scopes, Meta(description="What it may make as well, where nothing is yet.")] = ()
    forbid: Annotated[Scopes, Meta(description="What it may not touch, whatever is allowed.")] = ()


class DataOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which data the change's code may use. A key that is left out says nothing; an empty list allows nothing."""

    read: Annotated[DataNames | UnsetType, Meta(description="Tables or columns that may be read.")] = UNSET
    write: Annotated[DataNames | UnsetType, Meta(description="Tables or columns that may be written and read.")] = UNSET
    log: Annotated[DataNames | UnsetType, Meta(description="Fields that may be logged.")] = UNSET
    never: Annotated[NeverNames, Meta(description="Names that added code never holds.")] = ()


class BudgetOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most that the change may be."""

    files: Annotated[int, Meta(ge=1, le=1_000_000)] | UnsetType = UNSET
    lines: Annotated[Annotated[int, Meta(ge=1, le=100_000_000)] | UnsetType, Meta(description="Added and removed.")] = (
        UNSET
    )
    commits: Annotated[int, Meta(ge=1, le=1_000_000)] | UnsetType = UNSET


class TestDutyOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What is asked of tests besides the objectives."""

    __test__ = False

    add: Annotated[int, Meta(ge=0, le=100_000, description="How many new tests at least.")] = 0
    must_pass: Annotated[Tests | UnsetType, Meta(description="Tests that have to run and to pass.")] = UNSET
    may_remove: Annotated[Tests | UnsetType, Meta(description="Tests that may go.")] = UNSET


class RollbackOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to go back."""

    steps: Annotated[
        Step | Annotated[tuple[Step, ...], Meta(min_length=1, max_length=100)],
        Meta(description="What people do.", extra={"expected": "a step or a list of steps"}),
    ]
    gates: Annotated[Names, Meta(description="Gates that pass on the old code; all where none is named.")] = ()


class OptionOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer to a question."""

    id: Name
    text: Annotated[Text, Meta(description="What would be done, for people.")]
    scores: Annotated[
        dict[Name, Annotated[int, Meta(ge=0, le=MAX_SCORE)]], Meta(max_length=100, description="Score by criterion.")
    ] = {}
    facts: Annotated[
        dict[
            Name,
            Annotated[
                str | float,
                Meta(extra={"source_text": True, "expected": "a number"}, extra_json_schema={"pattern": DECIMAL}),
            ],
        ],
        Meta(max_length=100, description="What is known of this answer, by the fact's name."),
    ] = {}


class QuestionOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One trade-off for the panel."""

    id: Name
    text: Annotated[Text, Meta(description="The question, for people.")]
    options: Annotated[tuple[OptionOptions, ...], Meta(min_length=2, max_length=20, description="The answers.")]
    criteria: Annotated[
        Names, Meta(description="The criteria that count; all of the panel's where none is named.")
    ] = ()
    default: Annotated[Name | UnsetType, Meta(description="The answer where the panel's rules fall back on one.")] = (
        UNSET
    )


class SpecOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The front matter. Each key is decoded by itself, so ``REQUIRED`` and not the type says which are needed."""

    id: Annotated[Name | UnsetType, Meta(description="The phase's name.")] = UNSET
    owner: Annotated[Owner | UnsetType, Meta(description="The person who answers for it, not who writes the code.")] = (
        UNSET
    )
    title: Annotated[Line, Meta(description="A headline, for people.")] = ""
    objectives: Annotated[tuple[ObjectiveOptions, ...], Meta(min_length=1, max_length=_MOST)] | UnsetType = UNSET
    non_goals: Annotated[tuple[NonGoalOptions, ...], Meta(max_length=_MOST)] = ()
    touchpoints: TouchpointOptions | UnsetType = UNSET
    data: DataOptions | UnsetType = UNSET
    budget: BudgetOptions | UnsetType = UNSET
    tests: TestDutyOptions | UnsetType = UNSET
    flags: Annotated[Names, Meta(description="The feature flags that the change stands behind.")] = ()
    rollback: RollbackOptions | UnsetType = UNSET
    cutovers: Annotated[Names, Meta(description="The declared cutovers that the change moves.")] = ()
    questions: Annotated[tuple[QuestionOptions, ...], Meta(max_length=100)] = ()


REQUIRED = ("id", "owner", "objectives", "touchpoints")
KEYS: tuple[str, ...] = SpecOptions.__struct_encode_fields__
