"""How many tests a change adds, removes and edits, by what its files say in every language that can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from gaterunner.model import FileChange
from gaterunner.policies.context import RepositoryReader
from gaterunner.weakening.languages import read_tests
from gaterunner.weakening.paths import Rank, extension, rank
from gaterunner.weakening.sides import Sides, both_sides
from gaterunner.weakening.types import Test, UnparsedError


class EditedTests(Struct, frozen=True, kw_only=True):
    """Tests as functions of files of tests. ``unread`` are files that nobody here can read: they may hold others."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    unread: tuple[str, ...] = ()


def edited_tests(files: Sequence[FileChange], repository: RepositoryReader) -> EditedTests:
    """Counts over the whole change: a test that moved, whole, is none of the three.

    Raises ``EvaluationError`` when a blob cannot be had.
    """
    gone: Counter[tuple[str, str]] = Counter()
    born: Counter[tuple[str, str]] = Counter()
    changed = 0
    unread: list[str] = []
    for sides in both_sides(files, repository, wanted=_is_test, same_kind=_same_language):
        sheets = _sheets(sides)
        if sheets is None:
            unread.append(sides.path)
            continue
        old, new = (_by_name(tests, data) for tests, data in zip(sheets, (sides.old, sides.new), strict=True))
        changed += sum(old[name] != new[name] for name in old.keys() & new.keys())
        gone.update((_bare(name), old[name]) for name in old.keys() - new.keys())
        born.update((_bare(name), new[name]) for name in new.keys() - old.keys())
    moved = gone & born
    return EditedTests(
        added=(born - moved).total(), removed=(gone - moved).total(), changed=changed, unread=tuple(unread)
    )


def _is_test(path: str) -> bool:
    return rank(path) is not Rank.NONE


def _same_language(old: str, new: str) -> bool:
    return extension(old) == extension(new)


def _sheets(sides: Sides) -> tuple[Sequence[Test], Sequence[Test]] | None:
    if sides.old_too_large or sides.new_too_large:
        return None
    try:
        sheets = read_tests(sides)
    except UnparsedError:
        return None
    return None if sheets is None else (sheets[0].tests, sheets[1].tests)


def _by_name(tests: Sequence[Test], data: bytes | None) -> dict[str, str]:
    """The source of each test without its indentation; those of one name together."""
    lines = (data or b"").decode("utf-8", "replace").splitlines()
    found: dict[str, str] = {}
    for test in tests:
        body = "\n".join(line.strip() for line in lines[test.line - 1 : test.end])
        found[test.name] = f"{found[test.name]}\0{body}" if test.name in found else body
    return found


def _bare(name: str) -> str:
    return name.rpartition(".")[2]
