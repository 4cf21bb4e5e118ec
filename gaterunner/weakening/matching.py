"""Which new test an old one became: by its name, by what it does, or by most of what it does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from msgspec import Struct

from gaterunner.weakening.bodies import Shape
from gaterunner.weakening.types import Test

_MOST_COMPARED = 5_000  # bodies of one file with each other, so that judging stays linear

_Item = TypeVar("_Item")


class Matched(Struct, frozen=True):
    """Pairs of old and new tests, the old ones without a new one, and the new ones without an old one."""

    pairs: tuple[tuple[Test, Test], ...]
    gone: tuple[Test, ...]
    born: tuple[Test, ...]


def within(old: Sequence[Test], new: Sequence[Test], old_lines: Sequence[str], new_lines: Sequence[str]) -> Matched:
    """Matches the tests of one file before and after."""
    pairs: list[tuple[Test, Test]] = []
    gone, born = list(old), list(new)
    for key in (_name, _digest, _bare):
        gone, born = pair_by(gone, born, key, pairs)
    if gone and born and len(gone) * len(born) <= _MOST_COMPARED:
        gone, born = _by_likeness(gone, born, pairs, old_lines, new_lines)
    return Matched(tuple(pairs), *unmatched(gone, born))


def unmatched(gone: Iterable[Test], born: Iterable[Test]) -> tuple[tuple[Test, ...], tuple[Test, ...]]:
    """Both counted: they are kept until the end, and nothing may hold on to the syntax of all files of a change."""
    return tuple(test.counted() for test in gone), tuple(test.counted() for test in born)


def pair_by(
    old: Iterable[_Item],
    new: Iterable[_Item],
    key: Callable[[_Item], Hashable | None],
    pairs: list[tuple[_Item, _Item]],
) -> tuple[list[_Item], list[_Item]]:
    """Adds to ``pairs`` what has the same key, first with first, and returns the rest; a key of None pairs nothing."""
    waiting: defaultdict[Hashable, list[_Item]] = defaultdict(list)
    rest: list[_Item] = []
    for item in new:
        found = key(item)
        waiting[found].append(item) if found is not None else rest.append(item)
    for items in waiting.values():
        items.reverse()
    left: list[_Item] = []
    for item in old:
        found = key(item)
        if found is not None and waiting.get(found):
            pairs.append((item, waiting[found].pop()))
        else:
            left.append(item)
    return left, [*rest, *(item for items in waiting.values() for item in reversed(items))]


def _name(test: Test) -> str:
    return test.name


def _bare(test: Test) -> str:
    return test.bare


def _digest(test: Test) -> str | None:
    return test.digest or None


def _by_likeness(
    gone: list[Test],
    born: list[Test],
    pairs: list[tuple[Test, Test]],
    old_lines: Sequence[str],
    new_lines: Sequence[str],
) -> tuple[list[Test], list[Test]]:
    shapes = [Shape(new_lines[test.line - 1 : test.end]) for test in born]
    taken: set[int] = set()
    left = []
    for test in gone:
        mine = Shape(old_lines[test.line - 1 : test.end])
        likeness = [(mine.likeness(other), -number) for number, other in enumerate(shapes) if number not in taken]
        best, number = max(likeness, default=(0.0, 0))
        if best > 0:
            taken.add(-number)
            pairs.append((test, born[-number]))
        else:
            left.append(test)
    return left, [test for number, test in enumerate(born) if number not in taken]
