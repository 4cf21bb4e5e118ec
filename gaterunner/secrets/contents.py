"""Reads contents, each once and one at a time, and keeps of them only what they say about secrets."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.errors import EvaluationError
from gaterunner.policies.context import Blob, RepositoryReader, Scanned, SecretMatch, SecretScanner
from gaterunner.secrets.changed_part import Span, changed_parts
from gaterunner.secrets.ci import Reference, references
from gaterunner.secrets.filenames import FileKind, candidates, kind_of
from gaterunner.secrets.reading import PartlyReadError

MAX_BLOB_BYTES = 16 * 1024 * 1024
"""Contents above this are read in pieces: memory stays bounded."""

Content = tuple[str, str]
"""A blob's id, and a path that says how to read it."""

_RECENT_BYTES = 64 * 1024 * 1024
"""How much of what was read last is kept to compare what follows with it."""

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_LFS_POINTER_SIZE = 1024  # the specification's bound; what is longer is an ordinary file that only begins like one


class Look(Enum):
    """What else than for secrets a content is looked at for."""

    FILE = "whether it is a secret-bearing file"
    CI = "which secrets of a CI system it refers to"
    LINK = "where the link leads"


class Contents:
    """What the contents that were read say; ``ids`` and ``bytes`` count those that were searched for secrets.

    ``edits`` maps blobs to those that they were edited from. Where both are texts and the older one was read shortly
    before, only the part that differs is searched; such a blob is searched whole once ``read`` is asked for it again.
    """

    def __init__(self, repository: RepositoryReader, scanner: SecretScanner, edits: Mapping[str, str]) -> None:
        self.ids = 0
        self.bytes = 0
        self.lfs_pointers: set[str] = set()
        self._repository = repository
        self._scanner = scanner
        self._edits = edits
        self._recent = _Recent()
        self._scanned: set[Content] = set()
        self._matches: dict[Content, tuple[SecretMatch, ...]] = {}
        self._parts: dict[Content, tuple[SecretMatch, ...]] = {}
        self._large: list[tuple[str, Mapping[str, str]]] = []
        self._problems: dict[Content, str] = {}
        self._kinds: dict[Content, FileKind] = {}
        self._references: dict[Content, tuple[Reference, ...]] = {}
        self._targets: dict[str, str] = {}

    def read(self, to_scan: Iterable[Content], to_look: Iterable[tuple[Look, Content]] = ()) -> None:
        """Searches the first contents for secrets, and looks at the second. Raises ``EvaluationError``."""
        scans: dict[str, dict[str, str]] = {}
        for id, path in to_scan:
            if (id, _suffix(path)) not in self._scanned:
                scans.setdefault(id, {}).setdefault(_suffix(path), path)
        looks: dict[str, set[tuple[Look, str]]] = {}
        for look, (id, path) in to_look:
            looks.setdefault(id, set()).add((look, path))
        asked: deque[_Part] = deque()

        def contents() -> Iterator[tuple[str, bytes]]:
            for part in self._to_search(scans, looks):
                asked.append(part)
                yield part.path, part.text

        for scanned in self._scanner.scan_each(contents()):
            self._keep(asked.popleft(), scanned)
        if self._large:
            self._scan_large()

    def matches(self, blob: str, path: str) -> tuple[SecretMatch, ...]:
        """The secrets in a content, or in the part of it that was edited."""
        key = (blob, _suffix(path))
        return self._parts[key] if key in self._parts else self._matches.get(key, ())

    def keys(self, contents: Iterable[Content]) -> set[str]:
        """The keys of all secrets in these contents, which have to be read whole for that."""
        return {match.key for blob, path in contents for match in self._matches.get((blob, _suffix(path)), ())}

    def problem(self, blob: str, path: str) -> str | None:
        """Why a content could not be searched, or not in full."""
        return self._problems.get((blob, _suffix(path)))

    def kind(self, content: Content) -> FileKind | None:
        """Which secret-bearing file it is."""
        return self._kinds.get(content)

    def references(self, contents: Iterable[Content]) -> Iterator[Reference]:
        """The secrets of a CI system that these refer to."""
        return (reference for content in contents for reference in self._references.get(content, ()))

    def target(self, blob: str) -> str:
        """Where a link leads."""
        return self._targets[blob]

    def _to_search(
        self, scans: Mapping[str, Mapping[str, str]], looks: Mapping[str, set[tuple[Look, str]]]
    ) -> Iterator[_Part]:
        """Reads ``scans`` and ``looks``, which are by id, and gives what of them has to be searched."""
        ids = [*scans, *(id for id in looks if id not in scans)]
        for blob in self._repository.blobs(ids, max_bytes=MAX_BLOB_BYTES):
            for look, path in looks.get(blob.id, ()):
                self._look(look, blob, path)
            if blob.id in scans:
                self.ids += 1
                self.bytes += blob.size
                yield from self._parts_of(blob, scans[blob.id])

    def _parts_of(self, blob: Blob, paths: Mapping[str, str]) -> Iterator[_Part]:
        data = blob.data
        if data is None:
            self._large.append((blob.id, paths))
            return
        if len(data) <= _LFS_POINTER_SIZE and data.startswith(_LFS_POINTER):
            self.lfs_pointers.add(blob.id)
        before = self._recent.get(self._edits.get(blob.id)) if self._edits else None
        for suffix, path in paths.items():
            key = (blob.id, suffix)
            if before is None or key in self._parts:
                yield _Part(key, path, data, (0, len(data)))
            else:
                yield from (_Part(key, path, data, span) for span in changed_parts(before, data))
        if self._edits:
            self._recent.add(blob.id, data)

    def _scan_large(self) -> None:
        # A stream is read once, so a blob that different rules apply to under different names is opened for each.
        requests = [(id, suffix, path) for id, paths in self._large for suffix, path in paths.items()]
        self._large.clear()
        opened = self._repository.opened([id for id, _, _ in requests])
        for (id, suffix, path), blob in zip(requests, opened, strict=True):
            if blob.id != id:
                raise EvaluationError(f"git answered with object {blob.id} where {id} was asked for")
            try:
                scanned = Scanned(self._scanner.scan_stream(path, blob.size, blob.content))
            except PartlyReadError as error:
                scanned = Scanned(error.matches, error.message)
            self._keep(_Part((id, suffix), path, b"", (0, 0)), scanned)

    def _keep(self, part: _Part, scanned: Scanned) -> None:
        if scanned.problem is not None:
            self._problems[part.key] = scanned.problem
        if part.is_whole:
            self._scanned.add(part.key)
            if scanned.matches:
                self._matches[part.key] = scanned.matches
            return
        lines = part.lines_before if scanned.matches else 0
        found = tuple(replace(match, line=match.line + lines) for match in scanned.matches)
        self._parts[part.key] = self._parts.get(part.key, ()) + found

    def _look(self, look: Look, blob: Blob, path: str) -> None:
        content = (blob.id, path)
        if look is Look.FILE:
            kind = _kind(blob, path)
            if kind is not None:
                self._kinds[content] = kind
        elif look is Look.CI:
            self._references[content] = references(path, blob.data or b"")
        else:
            self._targets[blob.id] = (blob.data or b"").decode("utf-8", "surrogateescape")


class _Part(Struct, frozen=True):
    """What of a content is searched: from one byte to another, or all of it."""

    key: Content
    path: str
    data: bytes
    span: Span

    @property
    def is_whole(self) -> bool:
        """True when nothing of the content is left out."""
        return self.span == (0, len(self.data))

    @property
    def text(self) -> bytes:
        """What is searched."""
        return self.data[slice(*self.span)]

    @property
    def lines_before(self) -> int:
        """How many lines of the content stand before it."""
        return self.data.count(b"\n", 0, self.span[0])


class _Recent:
    """The contents that were read last, by id."""

    def __init__(self) -> None:
        self._contents: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, id: str | None) -> bytes | None:
        """A content that is still there."""
        return self._contents.get(id) if id is not None else None

    def add(self, id: str, data: bytes) -> None:
        """Keeps one more, and lets go of the oldest."""
        if id not in self._contents:
            self._contents[id] = data
            self._bytes += len(data)
        while self._bytes > _RECENT_BYTES:
            self._bytes -= len(self._contents.popitem(last=False)[1])


def _kind(blob: Blob, path: str) -> FileKind | None:
    # A file that cannot be looked into, or whose content lies elsewhere, is taken for what its name says.
    if blob.data is None or blob.data.startswith(_LFS_POINTER):
        return next(iter(candidates(path)), None)
    return kind_of(path, blob.data)


def _suffix(path: str) -> str:
    """What of a path can make a difference to the engine: the suffix, or the whole name of a file without one."""
    name = path.rsplit("/", 1)[-1].lower()
    at = name.rfind(".")
    return name if at <= 0 else name[at:]
