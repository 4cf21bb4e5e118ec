"""The sides of a change's production files: their texts, and which of their lines the change adds or removes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.contract.scope import LawFiles
from gaterunner.model import FileChange, Hunk
from gaterunner.numbers.kinds import kind_of
from gaterunner.policies.change_budget import LOCK_FILES

if TYPE_CHECKING:
    from gaterunner.policies.context import PolicyContext

MAX_BYTES = 2 << 20
_FILE_MODES = ("100644", "100755")
# A line that holds nothing else: what follows the end of a comment on its line is code.
_COMMENT = re.compile(r"^\s*(?://|\*(?!/)(?!.*\*/\s*\S)|/\*(?!.*\*/\s*\S)|<!--(?!.*-->\s*\S))")
_HASH_COMMENT = re.compile(r"^\s*#(?![\[{!])")
_HASHES = re.compile(r"(?i)\.(?:py|rb|php|sh|bash|ya?ml|toml|pl|r|exs?|tf|graphql|gql|conf|ini|properties|cfg)$")

# Sentences for people, in which names of data are words as any other.
_TRANSLATIONS = re.compile(
    r"(?i)\.(?:pot?|xliff?|xlf|arb|strings)$|(?:^|/)(?:locales?|i18n|translations?|lang|intl|messages)/.*\.(?:json5?|ya?ml)$"
)


class Side(Struct, frozen=True):
    """One side of a file; ``text`` is None where it is too large. ``spans`` are first and last lines, from 1."""

    file: FileChange
    text: str | None
    spans: tuple[tuple[int, int], ...]

    def touched(self, line: int, end: int) -> int | None:
        """The first of these lines that the change adds (or removes, on the old side); None where it does none."""
        nearest = max(0, bisect_right(self.spans, (line, 1 << 60)) - 1)
        for first, last in self.spans[nearest:]:
            if first > end:
                return None
            if max(first, line) <= min(last, end):
                return max(first, line)
        return None

    def lines(self) -> Iterator[tuple[int, str]]:
        """Those lines with their numbers, without any that is a comment as a whole."""
        if self.text is None:
            return
        lines = self.text.split("\n")
        hashes = _HASHES.search(self.file.path) is not None
        for first, last in self.spans:
            for number in range(first, min(last, len(lines)) + 1):
                line = lines[number - 1]
                if not (_COMMENT.match(line) or (hashes and _HASH_COMMENT.match(line))):
                    yield number, line


class Sides:
    """The production files of a change: neither tests nor docs, nor what runs are judged by."""

    def __init__(self, context: PolicyContext) -> None:
        law = LawFiles(context.workflow)
        self._context = context
        self._files = [file for file in context.change.files if _is_production(file.path) and not law.holds(file.path)]
        change = context.change
        self._hunks = context.repository.hunks(change.base, change.judged) if self._files else {}

    def new(self) -> Iterator[Side]:
        """What the change adds. Raises ``EvaluationError`` when a blob cannot be had."""
        files = [file for file in self._files if file.new_mode in _FILE_MODES and file.insertions]
        spans = [_spans((hunk.new_start, hunk.new_count) for hunk in self._of(file)) for file in files]
        yield from self._sides(files, [file.new_blob for file in files], spans)

    def old(self) -> Iterator[Side]:
        """What the change removes."""
        files = [file for file in self._files if file.old_mode in _FILE_MODES and file.deletions]
        spans = [_spans((hunk.old_start, hunk.old_count) for hunk in self._of(file)) for file in files]
        yield from self._sides(files, [file.old_blob for file in files], spans)

    def _of(self, file: FileChange) -> Sequence[Hunk]:
        return self._hunks.get(file.path, ())

    def _sides(
        self, files: Sequence[FileChange], ids: Sequence[str], spans: Sequence[tuple[tuple[int, int], ...]]
    ) -> Iterator[Side]:
        blobs = self._context.repository.blobs(ids, max_bytes=MAX_BYTES) if ids else ()
        for file, blob, lines in zip(files, blobs, spans, strict=True):
            text = None if blob.data is None else blob.data.decode("utf-8-sig", "replace")
            yield Side(file, text, lines)


def _is_production(path: str) -> bool:
    if path.rpartition("/")[2] in LOCK_FILES or _TRANSLATIONS.search(path):
        return False
    return kind_of(path) in {"code", "config"}


def _spans(pairs: Iterator[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, start + count - 1) for start, count in pairs if count)
