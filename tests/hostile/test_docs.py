"""The page about the corpus tells of the cases that there are.

`python -m tests.hostile --write` brings it up to date.
"""

from __future__ import annotations

from collections import Counter

from tests.hostile.__main__ import PAGE, misses
from tests.hostile.case_file import read_sides


def test_the_figures_are_of_these_cases() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text().splitlines()]
    told = {row[0]: (int(row[1]), int(row[4]), int(row[5])) for row in rows if len(row) == 7 and row[1].isdigit()}
    attacks = [side for side in read_sides() if side.is_attack]
    known = Counter(side.area for side in attacks if side.known)
    there = {area: (number, known[area], number) for area, number in Counter(side.area for side in attacks).items()}

    assert told == {**there, "all": (len(attacks), known.total(), len(attacks))}


def test_every_documented_miss_is_told() -> None:
    assert misses([side for side in read_sides() if side.known]) in PAGE.read_text()
