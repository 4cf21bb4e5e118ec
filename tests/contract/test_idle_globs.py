"""Globs of a spec that match nothing: what is told is what looking at each path would tell."""

from __future__ import annotations

import random

from msgspec.structs import replace

from gaterunner.contract.reading import read_spec
from gaterunner.contract.scope import idle_globs
from gaterunner.contract.types import Touchpoints
from gaterunner.globs import Globs
from tests.contract.contracts import PATH, spec

NAMES = ["a", "b", "ab", "a-b", "a.b", "a0", "é"]
SEGMENTS = [*NAMES, "*", "?", "a*", "*.b", "[ab]"]


def test_those_are_told_that_match_no_path_at_all() -> None:
    chance = random.Random(7)  # noqa: S311  the same cases every time
    held = read_spec(spec().encode(), PATH)
    for _ in range(300):
        globs = tuple("/".join(chance.choices(SEGMENTS, k=chance.randint(1, 3))) for _ in range(4))
        paths = ["/".join(chance.choices(NAMES, k=chance.randint(1, 4))) for _ in range(10)]
        asked = replace(held, touchpoints=Touchpoints(allow=globs), non_goals=())

        told = [glob for _, glob, _ in idle_globs(asked, paths)]

        assert told == [glob for glob in globs if not any(map(Globs((glob,)).matches, paths))], (globs, paths)


def test_a_glob_finds_a_file_of_either_spelling_of_unicode() -> None:
    held = replace(
        read_spec(spec().encode(), PATH), touchpoints=Touchpoints(allow=("caf\u00e9/*", "tea/*")), non_goals=()
    )

    assert [glob for _, glob, _ in idle_globs(held, ["cafe\u0301/menu.py"])] == ["tea/*"]
