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
# Lines that hold nothing else, by language. What ends a line there and not for git, or ends PHP, ends the comment too.
_SLASHED = re.compile(
    r"(?i)\.(?:[cm]?[jt]sx?|go|java|php|kts?|cs|rs|swift|scala|dart|proto|vue|svelte|groovy|cc?|cpp|h)$"
)
_HASHED = re.compile(r"(?i)\.(?:py|rb|php|sh|bash|ya?ml|toml|pl|r|exs?|tf|graphql|gql|conf|ini|properties|cfg)$")
_TAGGED = re.compile(r"(?i)\.(?:html?|xml|vue|svelte|jinja2?|j2|hbs|erb)$")
_SLASH_COMMENT = re.compile(r"\s*//")
_BLOCK_COMMENT = re.compile(r"\s*/\*(?!.*\*/\s*\S)")
_STARRED = re.compile(r"\s*\*(?:\s|/\s*$|$)(?!.*\*/\s*\S)")
_HASH_COMMENT = re.compile(r"\s*#(?![\[{!])")
_TAG_COMMENT = re.compile(r"\s*<!--(?!.*-->\s*\S)")
_ENDS_OTHERWISE = re.compile(r"\r(?!$)|[\u2028\u2029]|\?>|\*/\s*\S")
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
        for first, last in self.spans:
            for number in range(first, min(last, len(lines)) + 1):
                if not _is_comment(lines, number - 1, self.file.path):
                    yield number, lines[number - 1]


def _is_comment(lines: Sequence[str], at: int, path: str) -> bool:
    line = lines[at]
    if _ENDS_OTHERWISE.search(line):
        return False
    if _HASHED.search(path) and _HASH_COMMENT.match(line):
        return True
    if _TAGGED.search(path) and _TAG_COMMENT.match(line):
        return True
    if not _SLASHED.search(path):
        return False
    return bool(_SLASH_COMMENT.match(line) or _BLOCK_COMMENT.match(line)) or _is_in_block(lines, at)


def _is_in_block(lines: Sequence[str], at: int) -> bool:
    """``* text`` below the beginning of a block, and not a product that goes on in another line."""
    for before in range(at, max(-1, at - _LONGEST_BLOCK), -1):
        if not _STARRED.match(lines[before]):
            return before < at and _BLOCK_COMMENT.match(lines[before]) is not None and "*/" not in lines[before]
    return False


_LONGEST_BLOCK = 100


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
        files = [file for file in self._files if file.new_mode in _FILE_MODES and file.insertions != 0]
        spans = [_spans((hunk.new_start, hunk.new_count) for hunk in self._of(file)) for file in files]
        yield from self._sides(files, [file.new_blob for file in files], spans)

    def old(self) -> Iterator[Side]:
        """What the change removes."""
        files = [file for file in self._files if file.old_mode in _FILE_MODES and file.deletions != 0]
        spans = [_spans((hunk.old_start, hunk.old_count) for hunk in self._of(file)) for file in files]
        yield from self._sides(files, [file.old_blob for file in files], spans)

    def _of(self, file: FileChange) -> Sequence[Hunk]:
        return self._hunks.get(file.path, ())

    def _sides(
        self, files: Sequence[FileChange], ids: Sequence[str], spans: Sequence[tuple[tuple[int, int], ...]]
    ) -> Iterator[Side]:
        blobs = self._context.repository.blobs(ids, max_bytes=MAX_BYTES) if ids else ()
        for file, blob, lines in zip(files, blobs, spans, strict=True):
            if file.insertions is None and not _is_text(blob.data):
                continue
            text = None if blob.data is None else blob.data.decode("utf-8-sig", "replace")
            yield Side(file, text, lines)


def _is_text(data: bytes | None) -> bool:
    """Whether what git takes for binary is a text all the same: one NUL in a comment is enough for that."""
    if data is None:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_production(path: str) -> bool:
    if path.rpartition("/")[2] in LOCK_FILES or _TRANSLATIONS.search(path):
        return False
    return kind_of(path) in {"code", "config"}


def _spans(pairs: Iterator[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, start + count - 1) for start, count in pairs if count)
