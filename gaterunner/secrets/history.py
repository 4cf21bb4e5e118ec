"""The range rule: which secrets does this range of commits bring in? Pure over the readers it is given.

Every new blob is scanned once, and a match counts when its key is in none of that record's parent blobs. So what one
commit adds and the next removes is found, and so is content that only a merge commit holds; what was merged in from
the target is not in the range. Compared with parent blobs alone, two honest acts would look new, so a record is also
compared with the files that its commit deletes (a move, with or without an edit) and with what its path held before
the range began (a deletion that is taken back).

Two passes: the records first (ids and paths only), then contents, one at a time and none kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.model import BlobRecord
from gaterunner.policies.context import Blob, RepositoryReader, SecretMatch, SecretScanner
from gaterunner.secrets.filenames import FileKind, candidates, kind_of
from gaterunner.secrets.reading import PartlyReadError

MAX_BLOB_BYTES = 50 * 1024 * 1024
"""Contents above this are not read, and said to be: memory stays bounded."""

SUBMODULE = "160000"
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


_Content = tuple[str, str]  # a blob's id, and a path that says how to read it


class Place(Struct, frozen=True):
    """Where something was brought in; ``status`` is A, M, D or T as git prints it."""

    commit: str
    path: str
    status: str


class NewSecret(Struct, frozen=True):
    """A secret that the range brings in. ``commits`` counts the commits that bring it to this path."""

    match: SecretMatch
    place: Place
    commits: int = 1


class TouchedFile(Struct, frozen=True):
    """A secret-bearing file that the range adds, changes or deletes."""

    kind: FileKind
    place: Place


class Unread(Struct, frozen=True):
    """A content of the range that nothing could look into, and why."""

    place: Place
    reason: str


class Examination(Struct, frozen=True, kw_only=True):
    """What a range of commits holds. ``elsewhere`` are pointers to content outside this repository."""

    secrets: tuple[NewSecret, ...]
    files: tuple[TouchedFile, ...]
    unread: tuple[Unread, ...]
    elsewhere: tuple[Unread, ...]
    telling_paths: frozenset[str]
    commits: int
    blobs: int
    bytes: int
    ignored: int


class _Row(Struct, frozen=True):
    """One record; ``known`` is what its path held before, in the parents and before the range."""

    place: Place
    blob: str
    known: tuple[_Content, ...]
    is_moved: bool


def examine(
    records: Iterable[BlobRecord],
    repository: RepositoryReader,
    scanner: SecretScanner,
    ignores: Callable[[str], bool],
) -> Examination:
    """Reads every new content of ``records`` once. Raises ``EvaluationError`` when git or the engine fails."""
    inventory = _Inventory(records, ignores)
    reading = _Reading(repository, scanner)
    reading.read(inventory.to_scan(), inventory.to_classify())
    expected = len({blob for blob, _ in inventory.to_scan()})
    if reading.read_ids < expected:
        raise EvaluationError(f"Only {reading.read_ids} of {expected} new file contents were read.")
    totals = (reading.read_ids, reading.bytes)
    reading.read(_compared(inventory, reading), ())
    return Examination(
        secrets=_new_secrets(inventory, reading),
        files=tuple(reading.files(inventory.touched)),
        unread=tuple(
            Unread(row.place, reason)
            for row in inventory.rows
            if not row.is_moved and (reason := reading.problem(row.blob, row.place.path))
        ),
        elsewhere=(
            *(Unread(place, "a submodule points to another repository") for place in inventory.submodules),
            *(
                Unread(row.place, "the content lies in Git LFS")
                for row in inventory.rows
                if row.blob in reading.lfs_pointers and not row.is_moved
            ),
        ),
        telling_paths=_telling_paths(inventory.rows, scanner),
        commits=inventory.commits,
        blobs=totals[0],
        bytes=totals[1],
        ignored=inventory.ignored,
    )


class _Inventory:
    """The first pass: what the records say has to be read."""

    def __init__(self, records: Iterable[BlobRecord], ignores: Callable[[str], bool]) -> None:
        self.rows: list[_Row] = []
        self.touched: list[tuple[str, Place]] = []
        self.submodules: list[Place] = []
        self.deleted: dict[str, tuple[_Content, ...]] = {}
        self.commits = 0
        self.ignored = 0
        self._ignores = ignores
        self._before: dict[str, tuple[_Content, ...]] = {}
        self._names: dict[str, str] = {}
        for commit, group in groupby(records, key=lambda record: record.commit):
            self.commits += 1
            self._add(commit, tuple(group))

    def to_scan(self) -> Iterator[_Content]:
        """Every blob that is new in its commit, with a path that it has there."""
        return ((row.blob, row.place.path) for row in self.rows if not row.is_moved)

    def to_classify(self) -> Iterator[_Content]:
        """Every blob whose path could be a secret-bearing file's."""
        return ((blob, place.path) for blob, place in self.touched)

    def _add(self, commit: str, records: tuple[BlobRecord, ...]) -> None:
        deleted = tuple(
            content
            for record in records
            if _is_nothing(record.blob)
            for content in self._contents(record.parent_blobs, record.path)
        )
        self.deleted[commit] = deleted
        deleted_blobs = {blob for blob, _ in deleted}
        for record in records:
            place = Place(commit, self._same(record.path), record.status[-1])
            parents = self._contents(record.parent_blobs, place.path)
            before = self._before.setdefault(place.path, parents)
            if self._ignores(place.path):
                self.ignored += 1
            elif record.mode == SUBMODULE:
                self.submodules.append(place)
            else:
                self._touch(record, place)
                if not _is_nothing(record.blob):
                    blob = self._same(record.blob)
                    is_moved = blob in deleted_blobs or any(blob == known for known, _ in parents)
                    self.rows.append(_Row(place, blob, parents if parents == before else parents + before, is_moved))

    def _touch(self, record: BlobRecord, place: Place) -> None:
        if candidates(place.path):
            blob = next((id for id in (record.blob, *record.parent_blobs) if not _is_nothing(id)), None)
            if blob is not None:
                self.touched.append((self._same(blob), place))

    def _contents(self, blobs: Iterable[str], path: str) -> tuple[_Content, ...]:
        return tuple((self._same(blob), path) for blob in blobs if not _is_nothing(blob))

    def _same(self, text: str) -> str:
        # One object per id and path instead of one per mention: a third of the memory on a long history.
        return self._names.setdefault(text, text)


class _Reading:
    """The second pass: contents through one stream, of which only the matches are kept."""

    def __init__(self, repository: RepositoryReader, scanner: SecretScanner) -> None:
        self.read_ids = 0
        self.bytes = 0
        self.lfs_pointers: set[str] = set()
        self._repository = repository
        self._scanner = scanner
        self._scanned: set[_Content] = set()
        self._matches: dict[_Content, tuple[SecretMatch, ...]] = {}
        self._problems: dict[_Content, str] = {}
        self._kinds: dict[_Content, FileKind] = {}

    def read(self, to_scan: Iterable[_Content], to_classify: Iterable[_Content]) -> None:
        """Scans the first pairs of blob and path, and looks for secret-bearing files in the second."""
        scans: dict[str, dict[str, str]] = {}
        for id, path in to_scan:
            if (id, _suffix(path)) not in self._scanned:
                scans.setdefault(id, {}).setdefault(_suffix(path), path)
        named: dict[str, set[str]] = {}
        for id, path in to_classify:
            named.setdefault(id, set()).add(path)
        ids = [*scans, *(id for id in named if id not in scans)]
        for blob in self._repository.blobs(ids, max_bytes=MAX_BLOB_BYTES):
            for suffix, path in scans.get(blob.id, {}).items():
                self._scan(blob, suffix, path)
            for path in named.get(blob.id, ()):
                self._classify(blob, path)
            self.read_ids += blob.id in scans
            self.bytes += blob.size if blob.id in scans else 0

    def matches(self, blob: str, path: str) -> tuple[SecretMatch, ...]:
        return self._matches.get((blob, _suffix(path)), ())

    def keys(self, contents: Iterable[_Content]) -> set[str]:
        """The keys of all secrets in these contents."""
        return {match.key for blob, path in contents for match in self.matches(blob, path)}

    def problem(self, blob: str, path: str) -> str | None:
        return self._problems.get((blob, _suffix(path)))

    def files(self, touched: Iterable[tuple[str, Place]]) -> Iterator[TouchedFile]:
        """The secret-bearing files among these, each path once: its first commit tells what was done to it."""
        seen: set[str] = set()
        for blob, place in touched:
            kind = self._kinds.get((blob, place.path))
            if kind is not None and place.path not in seen:
                seen.add(place.path)
                yield TouchedFile(kind, place)

    def _classify(self, blob: Blob, path: str) -> None:
        # A file too large to look into is taken for what its name says.
        kind = candidates(path)[0] if blob.data is None else kind_of(path, blob.data)
        if kind is not None:
            self._kinds[blob.id, path] = kind

    def _scan(self, blob: Blob, suffix: str, path: str) -> None:
        key = (blob.id, suffix)
        self._scanned.add(key)
        if blob.data is None:
            self._problems[key] = (
                f"its {blob.size >> 20} MiB are more than the {MAX_BLOB_BYTES >> 20} MiB that are read"
            )
            return
        if blob.data.startswith(_LFS_POINTER):
            self.lfs_pointers.add(blob.id)
        try:
            matches = self._scanner.scan(path, blob.data)
        except PartlyReadError as error:
            self._problems[key] = error.message
            matches = error.matches
        if matches:
            self._matches[key] = matches


def _compared(inventory: _Inventory, reading: _Reading) -> Iterator[_Content]:
    """What has to be scanned besides the new contents: what those with matches are compared with."""
    commits: set[str] = set()
    for row in inventory.rows:
        if reading.matches(row.blob, row.place.path):
            yield from row.known
            commits.add(row.place.commit)
    for commit in commits:
        yield from inventory.deleted[commit]


def _new_secrets(inventory: _Inventory, reading: _Reading) -> tuple[NewSecret, ...]:
    found: dict[tuple[str, str], NewSecret] = {}
    moved: dict[str, set[str]] = {}
    for row in inventory.rows:
        path, commit = row.place.path, row.place.commit
        matches = () if row.is_moved else reading.matches(row.blob, path)
        if not matches:
            continue
        if commit not in moved:
            moved[commit] = reading.keys(inventory.deleted[commit])
        known = reading.keys(row.known) | moved[commit]
        for match in matches:
            if match.key not in known:
                first = found.get((match.key, path))
                found[match.key, path] = (
                    NewSecret(first.match, first.place, first.commits + 1) if first else NewSecret(match, row.place)
                )
    return tuple(found.values())


def _telling_paths(rows: Iterable[_Row], scanner: SecretScanner) -> frozenset[str]:
    """Paths that hold a secret in their own name: no report may show them."""
    paths = sorted({row.place.path for row in rows})
    listing = "\n".join(path.replace("\n", " ") for path in paths)
    matches = scanner.scan("paths", listing.encode("utf-8", "surrogateescape"))
    return frozenset(paths[match.line - 1] for match in matches)


def _suffix(path: str) -> str:
    """What of a path can make a difference to the engine: the suffix, or the whole name of a file without one."""
    name = path.rsplit("/", 1)[-1].lower()
    at = name.rfind(".")
    return name if at <= 0 else name[at:]


def _is_nothing(blob: str) -> bool:
    return not blob.strip("0")
