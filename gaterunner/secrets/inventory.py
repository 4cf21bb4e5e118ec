"""What the records of a range say has to be read: ids and paths only, no content. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import chain, groupby

from msgspec import Struct

from gaterunner.model import BlobRecord
from gaterunner.secrets.ci import is_ci_file
from gaterunner.secrets.contents import Content, Look
from gaterunner.secrets.filenames import candidates, is_template
from gaterunner.secrets.links import SYMLINK

SUBMODULE = "160000"
MANY = 2_000
"""How many new contents are searched whole, whatever stands in them. Of a longer history only the edits are."""


class Place(Struct, frozen=True):
    """Where something was brought in: ``status`` is A, M, D or T as git prints it, ``blob`` zeros for a deletion."""

    commit: str
    path: str
    status: str
    blob: str


class Row(Struct, frozen=True):
    """One record of a file; ``known`` is what its path held before, in the parents and before the range."""

    place: Place
    known: tuple[Content, ...]
    is_moved: bool


class Touch(Struct, frozen=True):
    """One record of a file that is, or was, called like one that holds secrets. ``origin``: where it was moved from."""

    place: Place
    mode: str
    parents: tuple[Content, ...]
    origin: str | None = None

    @property
    def content(self) -> Content:
        """What it holds now, under the name that says what it is."""
        return self.place.blob, self.origin or self.place.path


class Inventory:
    """All records of a range, sorted by what has to be done about them."""

    def __init__(self, records: Iterable[BlobRecord], ignores: Callable[[str], bool]) -> None:
        self.rows: list[Row] = []
        self.ci_files: list[Row] = []
        self.touched: list[Touch] = []
        self.submodules: list[Place] = []
        self.links: list[Place] = []
        self.deleted: dict[str, tuple[Content, ...]] = {}
        self.paths: set[str] = set()
        self.commits = 0
        self.ignored = 0
        self._ignores = ignores
        self._before: dict[str, tuple[Content, ...]] = {}
        self._names: dict[str, str] = {}
        for commit, group in groupby(records, key=lambda record: record.commit):
            self.commits += 1
            self._add_commit(commit, tuple(group))

    def to_scan(self) -> Iterator[Content]:
        """Every blob that is new in its commit, with a path that it has there."""
        return ((row.place.blob, row.place.path) for row in self.rows if not row.is_moved)

    def edits(self, whole: Container[str]) -> dict[str, str]:
        """Blobs with the one that each was edited from, where it was in one commit of the range only.

        Those in ``whole`` are left out. Empty as long as the range is small enough to be searched whole.
        """
        counts = Counter(row.place.blob for row in self.rows if not row.is_moved)
        if len(counts) <= MANY:
            return {}
        return {
            row.place.blob: row.known[0][0]
            for row in self.rows
            if row.place.status == "M" and row.known and counts[row.place.blob] == 1 and row.place.blob not in whole
        }

    def to_look(self) -> Iterator[tuple[Look, Content]]:
        """Every blob that has to be looked at for something else."""
        for touch in self.touched:
            for content in (touch.content, *touch.parents):
                if not _is_nothing(content[0]):
                    yield Look.FILE, content
        for row in self.ci_files:
            for content in chain([(row.place.blob, row.place.path)], row.known, self.deleted[row.place.commit]):
                if is_ci_file(content[1]):
                    yield Look.CI, content
        for place in self.links:
            yield Look.LINK, (place.blob, place.path)

    def _add_commit(self, commit: str, records: tuple[BlobRecord, ...]) -> None:
        deleted = tuple(
            content
            for record in records
            if _is_nothing(record.blob)
            for content in self._contents(record.parent_blobs, record.path)
        )
        self.deleted[commit] = deleted
        origins = dict(deleted)
        for record in records:
            blob = self._same(record.blob)
            place = Place(commit, self._same(record.path), record.status[-1], blob)
            self.paths.add(place.path)
            parents = self._contents(record.parent_blobs, place.path)
            before = self._before.setdefault(place.path, parents)
            if self._ignores(place.path):
                self.ignored += 1
            elif record.mode == SUBMODULE:
                self.submodules.append(place)
            else:
                self._touch(record, place, parents, origins.get(blob))
                if not _is_nothing(blob):
                    is_moved = blob in origins or any(blob == known for known, _ in parents)
                    known = parents if parents == before else parents + before
                    self._add(Row(place, known, is_moved), record.mode)

    def _add(self, row: Row, mode: str) -> None:
        self.rows.append(row)
        if mode == SYMLINK:
            self.links.append(row.place)
        elif is_ci_file(row.place.path):
            self.ci_files.append(row)

    def _touch(self, record: BlobRecord, place: Place, parents: tuple[Content, ...], origin: str | None) -> None:
        if candidates(place.path):
            origin = origin if origin and candidates(origin) else None
        elif origin is None or not candidates(origin) or is_template(place.path):
            return
        self.touched.append(Touch(place, record.mode, parents, origin))

    def _contents(self, blobs: Iterable[str], path: str) -> tuple[Content, ...]:
        return tuple((self._same(blob), path) for blob in blobs if not _is_nothing(blob))

    def _same(self, text: str) -> str:
        # One object per id and path instead of one per mention: a third of the memory on a long history.
        return self._names.setdefault(text, text)


def _is_nothing(blob: str) -> bool:
    return not blob.strip("0")
