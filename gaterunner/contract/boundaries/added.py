"""The sides of a change's production files: their texts, and which of their lines the change adds or removes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from gaterunner.contract.boundaries.comments import Comments
from gaterunner.contract.boundaries.encodings import declared, decoded
from gaterunner.contract.boundaries.languages import is_code_name, is_open_ended, is_python, kind_of_text
from gaterunner.contract.boundaries.places import IMPORT_WORDS, is_imported, left_out, may_import
from gaterunner.contract.scope import LawFiles
from gaterunner.model import FileChange, Hunk

if TYPE_CHECKING:
    from gaterunner.policies.context import Blob, PolicyContext

MAX_BYTES = 2 << 20
_FILE_MODES = ("100644", "100755")
_NO_FILE = "000000"
_WHOLE = ((1, 1 << 60),)
# What begins or ends a comment, a string of several lines, or code that is left out: beyond the line that it is on.
_TOGGLES = re.compile(
    rb"(?m)/\*|\*/|\"\"\"|'''|`|<!--|-->|\{#|#\}|comment\b|=begin|=end|__END__|__halt|<<|\$\$|\\if|\\e|%[qQwWiI]?[\[({<|]"
    rb"|^\s*(?:#\s*(?:if|el|endif)|if\s+(?:false|0|False)\b|delimiter\b)|\\['\"]"
)
_COMMON_TABLE = re.compile(
    r"(?i)\b(\w+)\s+(?:\([^()]{0,500}\)\s*)?as\s+(?:(?:not\s+)?materialized\s*)?\(|\bwith(?:_recursive)?\(\s*(\w+):"
)

Spans = tuple[tuple[int, int], ...]


class Side:
    """One side of a file. ``fault`` is why its text is not known, which then is empty.

    ``spans`` are the first and last lines (from 1) that the change touches, ``seams`` the lines behind which it takes
    lines out. ``is_whole`` says that the change may have made something else of every other line.
    """

    def __init__(
        self,
        path: str,
        text: str,
        spans: Spans,
        seams: tuple[int, ...] = (),
        *,
        is_whole: bool = False,
        fault: str = "",
    ) -> None:
        self.path = path
        self.text = text
        self.fault = fault
        self.kind = kind_of_text(path, text)
        self._added = spans
        self._spans = _WHOLE if is_whole else spans
        self._seams = seams

    def touched(self, line: int, end: int) -> int | None:
        """The first of these lines that the change adds (or removes, on the old side); None where it does none."""
        found = _first_of(self._added, line, end)
        if found is not None or self._spans is self._added:
            return next((seam for seam in self._seams if line <= seam < end), None) if found is None else found
        return _first_of(self._spans, line, end)

    def adds(self, line: int, end: int) -> bool:
        """Whether the change itself touches any of these lines."""
        return _first_of(self._added, line, end) is not None or any(line <= seam < end for seam in self._seams)

    def lines(self, words: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Those lines with their numbers that hold any of these words."""
        # Looking for a word in a text takes a fraction of looking for all of them in each line.
        wanted = [word for word in words if word in self.text]
        if not wanted:
            return
        lines = self._lines
        for first, last in self._spans:
            for number, line in enumerate(lines[first - 1 : last], first):
                if any(word in line for word in wanted):
                    yield number, line

    def all_lines(self) -> Iterator[tuple[int, str]]:
        """Those lines with their numbers."""
        for first, last in self._spans:
            yield from enumerate(self._lines[first - 1 : last], first)

    def is_comment(self, number: int) -> bool:
        """Whether a line is a comment as a whole."""
        return self._comments.holds(number)

    @cached_property
    def common_tables(self) -> frozenset[str]:
        """The names that queries of the file give to queries within, as ``WITH name AS (``."""
        return frozenset(next(filter(None, found)).lower() for found in _COMMON_TABLE.findall(self.text))

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def _comments(self) -> Comments:
        return Comments(self.kind, self.text, self._lines)


def _first_of(spans: Spans, line: int, end: int) -> int | None:
    nearest = max(0, bisect_right(spans, (line, 1 << 60)) - 1)
    for first, last in spans[nearest:]:
        if first > end:
            return None
        if max(first, line) <= min(last, end):
            return max(first, line)
    return None


class Sides:
    """The production files of a change: neither tests nor docs, nor what runs are judged by.

    ``left`` counts, once the new sides were drawn, what is not looked at: ``test``, ``text``, ``binary`` and ``link``.
    """

    def __init__(self, context: PolicyContext) -> None:
        law = LawFiles(context.workflow)
        change = context.change
        self._repository = context.repository
        self.left: Counter[str] = Counter()
        self._files: list[FileChange] = []
        self._tests: list[FileChange] = []
        self._whole: set[str] = set()
        for file in change.files:
            if not law.holds(file.path):
                self._sort(file)
        self._hunks = context.repository.hunks(change.base, change.judged) if self._files or self._tests else {}

    def _sort(self, file: FileChange) -> None:
        why = left_out(file.path)
        if why == "test" and file.new_mode in _FILE_MODES:
            self._tests.append(file)
        elif why is not None:
            self.left[why] += file.new_mode in _FILE_MODES and file.insertions != 0
        else:
            self._files.append(file)
            self.left["link"] += file.new_mode not in {*_FILE_MODES, _NO_FILE}

    def new(self) -> Iterator[Side]:
        """What the change adds, and what it makes of what was there. Raises ``EvaluationError`` without a blob."""
        taken: list[str] = []
        waiting, files = self._tests, self._files
        while files:
            taken.clear()
            for side in self._new(files):
                if waiting:
                    taken += (line for _, line in side.lines(IMPORT_WORDS) if may_import(line))
                yield side
            files = [file for file in waiting if taken and is_imported(file.path, taken)]
            named = {file.path for file in files}
            waiting = [file for file in waiting if file.path not in named]
            self._files = [*self._files, *files]
        self.left["test"] += sum(file.insertions != 0 for file in waiting)

    def old(self, *, everywhere: bool) -> Iterator[Side]:
        """What the change removes, once the new sides were drawn; else only of files that are looked at as a whole."""
        files = [file for file in self._files if file.old_mode in _FILE_MODES]
        files = [file for file in files if file.path in self._whole or (everywhere and file.deletions != 0)]
        for file, blob in zip(files, self._blobs([file.old_blob for file in files]), strict=True):
            spans = tuple(
                (each.old_start, each.old_start + each.old_count - 1) for each in self._of(file) if each.old_count
            )
            side = self._side(file, blob, spans)
            if side is not None:
                yield side

    def _new(self, files: Sequence[FileChange]) -> Iterator[Side]:
        files = [file for file in files if file.new_mode in _FILE_MODES]
        both = [file for file in files if file.old_mode in _FILE_MODES and file.deletions != 0]
        olds = self._blobs([file.old_blob for file in both])
        paths = {file.path for file in both}
        for file, blob in zip(files, self._blobs([file.new_blob for file in files]), strict=True):
            old = next(olds) if file.path in paths else None
            hunks = self._of(file)
            if file.old_mode in _FILE_MODES and _toggles(file.path, hunks, blob.data, old.data if old else None):
                self._whole.add(file.path)
            spans = tuple((each.new_start, each.new_start + each.new_count - 1) for each in hunks if each.new_count)
            seams = tuple(each.new_start for each in hunks if not each.new_count)
            side = self._side(file, blob, spans, seams, count=True) if spans or seams else None
            if side is not None:
                yield side

    def _side(
        self, file: FileChange, blob: Blob, spans: Spans, seams: tuple[int, ...] = (), *, count: bool = False
    ) -> Side | None:
        if blob.data is None:
            return Side(file.path, "", spans, fault=f"is larger than {MAX_BYTES >> 20} MiB")
        found = decoded(blob.data, is_code=is_code_name(file.path))
        if found.text is None:
            self.left["binary"] += count
            return None
        spans = spans if found.by_lines else _WHOLE
        side = Side(file.path, found.text, spans, seams, is_whole=file.path in self._whole)
        encoding = declared(blob.data) if is_python(side.kind) else None
        if encoding is not None:
            return Side(file.path, "", spans, fault=f"is in the encoding {encoding}, which is not read here")
        return side

    def _of(self, file: FileChange) -> Sequence[Hunk]:
        return self._hunks.get(file.path, ())

    def _blobs(self, ids: Sequence[str]) -> Iterator[Blob]:
        yield from self._repository.blobs(ids, max_bytes=MAX_BYTES) if ids else ()


def _toggles(path: str, hunks: Sequence[Hunk], new: bytes | None, old: bytes | None) -> bool:
    """Whether any line that is added or taken out may turn what follows it into code, or into a comment."""
    quotes = is_open_ended(kind_of_text(path, ""))
    added = ((each.new_start, each.new_count) for each in hunks)
    removed = ((each.old_start, each.old_count) for each in hunks)
    return _any_toggles(new, added, quotes=quotes) or _any_toggles(old, removed, quotes=quotes)


def _any_toggles(data: bytes | None, places: Iterator[tuple[int, int]], *, quotes: bool) -> bool:
    if not data:
        return False
    lines = data.split(b"\n")
    for start, count in places:
        text = b"\n".join(lines[start - 1 : start - 1 + count]) if count else b""
        if _TOGGLES.search(text) or (quotes and (b"'" in text or b'"' in text)):
            return True
    return False
