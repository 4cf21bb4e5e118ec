"""What editors accept by the JSON Schema, and what the reader accepts, are the same but for a few known reasons."""

from __future__ import annotations

import copy
import json
import random
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from gaterunner.contract.reading import read_spec
from gaterunner.contract.schema import spec_schema
from gaterunner.errors import WorkflowFileError

SCHEMA = Draft202012Validator(spec_schema())
OPTIONS = [{"id": "a", "text": "A", "facts": {"n": 1}, "scores": {"r": 1}}, {"id": "b", "text": "B"}]
SPEC = {
    "id": "filters",
    "owner": "Me",
    "title": "Filters",
    "objectives": [{"id": "a", "text": "A", "tests": ["tests.test_a", {"gate": "unit", "test": "tests.test_b"}]}],
    "non-goals": [{"text": "B", "paths": "lib/**"}],
    "touchpoints": {"allow": ["app/**"], "create": "docs/a.md", "forbid": "app/x/**"},
    "data": {"read": ["orders"], "write": "orders.state", "log": [], "never": ["password"]},
    "budget": {"files": 1, "lines": 2, "commits": 3},
    "tests": {"add": 1, "must-pass": "tests.test_c", "may-remove": ["tests.test_d"]},
    "flags": "new",
    "rollback": {"steps": ["Turn it off."], "gates": "unit"},
    "cutovers": ["orders"],
    "questions": [{"id": "q", "text": "Q", "options": OPTIONS, "criteria": ["r"], "default": "b"}],
}
SPACES = ["", " ", "\n", "\t", " a", "a ", "a\n", "a\nb", "a\tb", "\u00a0a", "\u3000", "a\u2028b", "\u202ea", "a\u200b"]
NAMES = [
    "abc",
    "a b",
    "x" * 64,
    "x" * 65,
    "x" * 300,
    "x" * 301,
    "x" * 20_001,
    "\u00e9t\u00e9",
    "a:b",
    "name",
    "-",
    "\x7f",
]
PEOPLE = ["TODO", "None.", "<team>", "@me", "@me-", "@me/you", "me[BOT]", "Me <me@example.invalid>", "?"]
GLOBS = [
    "*",
    "a*",
    "!a",
    "/a",
    "~a",
    "./a",
    "../a",
    "a/..",
    "a..b",
    "a//b",
    "a/",
    "[a",
    "{a,b",
    "a\\b",
    "*a" * 9,
    "**/" * 13,
]
DATA = ["a.b.c.d", "a.b.c.d.e", ".a", "a.", "a'b", 'a"b', "a`b", "a[b]", "null", "1.5"]
OTHERS: list[Any] = [None, True, 0, -1, 5, 6, 1.0, 1.5, 10**6, 10**9, 10**18, 1e30, [], {}, [None], [[]], ["abc"] * 501]
# What no schema of this dialect can say, or not so that a person could read it.
UNTOLD = (
    r"names no test",
    r"is none of its options",
    r"is allowed here",
    r"stands (here a second time|under)",
    r"may be removed, and are needed",
    r"at most 4 wildcards",
    r"found the number `-?\d+\.0`, expected a whole number",
    r"the fact `n` .* expected a decimal number",
    r"^\d+ more errors? (is|are) not listed$",
)


def places(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    return [path, *(place for key, value in children for place in places(value, (*path, key)))]


PLACES = [place for place in places(SPEC) if place]


def changed(place: tuple[str | int, ...], value: object) -> Any:
    spec: Any = copy.deepcopy(SPEC)
    node = spec
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    return spec


def without(place: tuple[str | int, ...]) -> Any:
    spec: Any = copy.deepcopy(SPEC)
    node = spec
    for key in place[:-1]:
        node = node[key]
    del node[place[-1]]
    return spec


def complaints(spec: Any) -> list[str]:
    try:
        read_spec(json.dumps(spec).encode(), "specs/filters.yml")
    except WorkflowFileError as error:
        return [problem.message for problem in error.problems]
    return []


def compare(spec: Any) -> None:
    told, fits = complaints(spec), SCHEMA.is_valid(spec)
    if fits:
        assert [message for message in told if not any(re.search(reason, message) for reason in UNTOLD)] == []
    else:
        assert told != []
    assert all(message.count("\n") == 0 for message in told)


def test_both_take_the_whole_spec() -> None:
    assert (complaints(SPEC), SCHEMA.is_valid(SPEC)) == ([], True)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: "/".join(map(str, place)))
def test_both_say_the_same_of_a_value(place: tuple[str | int, ...]) -> None:
    chance = random.Random("/".join(map(str, place)))  # noqa: S311 - which values are tried where, the same each time
    for value in chance.sample((*SPACES, *NAMES, *PEOPLE, *GLOBS, *DATA, *OTHERS), 30):
        compare(changed(place, value))
    compare(changed((*place[:-1], "else"), 1) if isinstance(place[-1], str) else SPEC)
    compare(without(place))
