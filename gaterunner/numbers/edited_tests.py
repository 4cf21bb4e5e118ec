"""How many tests a change adds, removes and edits, by what its files say in every language that can be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from gaterunner.model import FileChange
from gaterunner.policies.context import RepositoryReader
from gaterunner.weakening.languages import read_tests
from gaterunner.weakening.matching import pair_by, within
from gaterunner.weakening.pairs import is_off
from gaterunner.weakening.paths import Rank, extension, rank
from gaterunner.weakening.sides import Sides, both_sides
from gaterunner.weakening.types import Sheet, Test, UnparsedError


class EditedTests(Struct, frozen=True, kw_only=True):
    """Tests as functions of files of tests. ``unread`` are files that nobody here can read: they may hold others."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    unread: tuple[str, ...] = ()


class _Placed(Struct, frozen=True):
    path: str
    test: Test
    source: str


def edited_tests(files: Sequence[FileChange], repository: RepositoryReader) -> EditedTests:
    """Counts over the whole change. A test that has another name now is edited; one that moved, whole, is nothing.

    Which test became which is told as the policies tell it that judge tests, so that the report does not contradict
    itself. Raises ``EvaluationError`` when a blob cannot be had.
    """
    counting = _Counting()
    for sides in both_sides(files, repository, wanted=_is_test, same_kind=_same_kind):
        counting.look(sides)
    return counting.counted()


class _Counting:
    """Looks at one file after the other; what has no counterpart within its file is looked for in all others."""

    def __init__(self) -> None:
        self._unread: list[str] = []
        self._changed = 0
        self._gone: list[_Placed] = []
        self._born: list[_Placed] = []
        self._gone_before = 0

    def look(self, sides: Sides) -> None:
        """Takes in both sides of one file."""
        sheets = _sheets(sides)
        if sheets is None:
            self._unread.append(sides.path)
            return
        old, new = sheets
        before, after = _lines(sides.old), _lines(sides.new)
        matched = within(old.tests, new.tests, before, after)
        self._changed += sum(_source(one, before) != _source(other, after) for one, other in matched.pairs)
        # A class that stands for what it inherits, and now has tests of its own, is not gone.
        gone = [test for test in matched.gone if not (test.inherits and test.name in new.functions)]
        # One that never ran becomes no other: whoever takes its place is a new test.
        self._gone_before += sum(map(is_off, gone))
        self._gone += [_Placed(sides.old_path, test, _source(test, before)) for test in gone if not is_off(test)]
        self._born += [_Placed(sides.path, test, _source(test, after)) for test in matched.born]

    def counted(self) -> EditedTests:
        """The sums; call it last."""
        pairs: list[tuple[_Placed, _Placed]] = []
        gone, born = self._matched(_sure(self._gone), _sure(self._born), pairs)
        left, born = self._matched(_unsure(self._gone), [*born, *_unsure(self._born)], pairs)
        return EditedTests(
            added=len(born),
            removed=len(gone) + len(left) + self._gone_before,
            changed=self._changed + sum(one.source != other.source for one, other in pairs),
            unread=tuple(self._unread),
        )

    @staticmethod
    def _matched(
        gone: list[_Placed], born: list[_Placed], pairs: list[tuple[_Placed, _Placed]]
    ) -> tuple[list[_Placed], list[_Placed]]:
        keys: tuple[Callable[[_Placed], str | None], ...] = (
            lambda each: each.test.digest or None,
            lambda each: each.test.name,
            lambda each: each.test.bare,
        )
        for key in keys:
            gone, born = pair_by(gone, born, key, pairs)
        return gone, born


def _sure(placed: Sequence[_Placed]) -> list[_Placed]:
    return [each for each in placed if rank(each.path) is Rank.COLLECTED]


def _unsure(placed: Sequence[_Placed]) -> list[_Placed]:
    return [each for each in placed if rank(each.path) is not Rank.COLLECTED]


def _is_test(path: str) -> bool:
    return rank(path) is not Rank.NONE


def _same_kind(old: str, new: str) -> bool:
    # What moves to where no runner looks for it is gone.
    return extension(old) == extension(new) and rank(new) >= rank(old)


def _sheets(sides: Sides) -> tuple[Sheet, Sheet] | None:
    if sides.old_too_large or sides.new_too_large:
        return None
    try:
        return read_tests(sides)
    except UnparsedError:
        return None


def _lines(data: bytes | None) -> list[str]:
    # By line feeds alone, as readers count: form feeds and Unicode's separators end no line of a source.
    return (data or b"").decode("utf-8", "replace").split("\n")


def _source(test: Test, lines: Sequence[str]) -> str:
    """Without its indentation."""
    return "\n".join(line.strip() for line in lines[test.line - 1 : test.end])
