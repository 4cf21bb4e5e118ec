"""Every case under ``tests/hostile/cases``: the attack is caught, and its honest twin is left alone.

`make hostile` runs the same cases and prints a table. README.md in this folder describes the format.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.case_file import Side, read_sides
from tests.hostile.corpus import describe, differences, judge, why_not


def _marks(side: Side) -> list[pytest.MarkDecorator]:
    return [pytest.mark.docker] if "docker" in side.needs else []


@pytest.mark.parametrize("side", [pytest.param(side, id=side.id, marks=_marks(side)) for side in read_sides()])
def test_case(side: Side, tmp_path: Path, compiled_rules: Path) -> None:
    if reason := why_not(side):
        pytest.skip(reason)
    ran = judge(side, tmp_path, compiled_rules)
    found = differences(side, ran)
    if side.known and found:
        pytest.xfail(f"documented: {side.known}")
    assert not found, "\n".join([side.title, *found, describe(ran)])
    assert not side.known, "it holds now: take `known` out of the case, and what the documentation says about it"
