"""Both sides of what a change touches: which old file became which new one, and what they hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from gaterunner.model import FileChange
from gaterunner.policies.context import RepositoryReader

MAX_BYTES = 2 << 20
_FILE_MODES = ("100644", "100755")


class Sides(Struct, frozen=True, kw_only=True):
    """A file before and after. A side is None where there is no regular file; ``too_large`` where it was not read.

    ``old_path`` differs from ``path`` where a file moved. ``path`` is the old one where the file is gone.
    """

    path: str
    old_path: str
    old: bytes | None = None
    new: bytes | None = None
    old_too_large: bool = False
    new_too_large: bool = False

    @property
    def was(self) -> bool:
        """True when there was a file."""
        return self.old is not None or self.old_too_large

    @property
    def is_there(self) -> bool:
        """True when there is a file now."""
        return self.new is not None or self.new_too_large


class _Pair(Struct, frozen=True):
    path: str
    old_path: str
    old_blob: str | None
    new_blob: str | None


def both_sides(
    files: Sequence[FileChange],
    repository: RepositoryReader,
    *,
    wanted: Callable[[str], bool],
    same_kind: Callable[[str, str], bool],
) -> Iterator[Sides]:
    """The wanted files in the order of the change. Raises ``EvaluationError`` when a blob cannot be had.

    A deleted and an added file are one that moved where ``same_kind`` says so of their paths, and their content or,
    when only one of each bears it, their name is the same. One that moved as it was is left out.
    """
    pairs = [pair for pair in _pairs(files, same_kind) if wanted(pair.path) or wanted(pair.old_path)]
    ids = [id for pair in pairs for id in (pair.old_blob, pair.new_blob) if id is not None]
    contents = repository.blobs(ids, max_bytes=MAX_BYTES) if ids else iter(())
    for pair in pairs:
        old = next(contents) if pair.old_blob is not None else None
        new = next(contents) if pair.new_blob is not None else None
        yield Sides(
            path=pair.path,
            old_path=pair.old_path,
            old=old.data if old is not None else None,
            new=new.data if new is not None else None,
            old_too_large=old is not None and old.data is None,
            new_too_large=new is not None and new.data is None,
        )


def _pairs(files: Sequence[FileChange], same_kind: Callable[[str, str], bool]) -> list[_Pair]:
    rows = [_Pair(file.path, file.path, _old(file), _new(file)) for file in files]
    gone = [row for row in rows if row.new_blob is None and row.old_blob is not None]
    born = [row for row in rows if row.old_blob is None and row.new_blob is not None]
    moves = _same_content(gone, born, same_kind)
    moves |= _same_name(
        [row for row in gone if row.path not in moves],
        [row for row in born if row.path not in moves.values()],
        same_kind,
    )
    came_from = {new: old for old, new in moves.items()}
    old_blobs = {row.path: row.old_blob for row in gone}
    joined = []
    for row in rows:
        if row.path in moves and row.new_blob is None:
            continue
        origin = came_from.get(row.path) if row.old_blob is None else None
        pair = _Pair(row.path, origin, old_blobs[origin], row.new_blob) if origin is not None else row
        if pair.old_blob != pair.new_blob:
            joined.append(pair)
    return joined


def _old(file: FileChange) -> str | None:
    return file.old_blob if file.old_mode in _FILE_MODES else None


def _new(file: FileChange) -> str | None:
    return file.new_blob if file.new_mode in _FILE_MODES else None


def _same_content(gone: list[_Pair], born: list[_Pair], same_kind: Callable[[str, str], bool]) -> dict[str, str]:
    places: defaultdict[str | None, list[str]] = defaultdict(list)
    for row in reversed(born):
        places[row.new_blob].append(row.path)
    moves = {}
    for row in gone:
        candidates = places.get(row.old_blob)
        if candidates and same_kind(row.path, candidates[-1]):
            moves[row.path] = candidates.pop()
    return moves


def _same_name(gone: list[_Pair], born: list[_Pair], same_kind: Callable[[str, str], bool]) -> dict[str, str]:
    old = Counter(_name(row.path) for row in gone)
    new = Counter(_name(row.path) for row in born)
    places = {_name(row.path): row.path for row in born}
    return {
        row.path: places[name]
        for row in gone
        if old[name := _name(row.path)] == new[name] == 1 and same_kind(row.path, places[name])
    }


def _name(path: str) -> str:
    return path.rpartition("/")[2]
