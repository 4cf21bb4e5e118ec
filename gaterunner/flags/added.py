"""The lines that a change adds to code and configuration, without what is there for people alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.flags.comments import without_comments, without_idle_texts
from gaterunner.flags.spelling import Mention
from gaterunner.model import LineKind

if TYPE_CHECKING:
    from gaterunner.model import FileChange, Hunk
    from gaterunner.policies.context import PolicyContext

MAX_BYTES = 2_000_000  # larger files are data; a flag is asked for in code
_FILES = ("100644", "100755")


class Added(Struct, frozen=True, kw_only=True):
    """What is new in one file: its lines with their numbers, from 1."""

    path: str
    kind: LineKind
    lines: tuple[tuple[int, bytes], ...]

    @property
    def text(self) -> bytes:
        """The lines, put together."""
        return b"\n".join(line for _, line in self.lines)


def added_lines(context: PolicyContext, mentions: Iterable[Mention]) -> Iterator[Added]:
    """What is new in each changed file of code and configuration but the manifests.

    Files of Python that hold one of ``mentions`` are looked at more closely, which takes its time. Raises
    ``EvaluationError`` when a content cannot be had.
    """
    from gaterunner.numbers.kinds import kind_of

    change, mentions = context.change, tuple(mentions)
    manifests = context.workflow.flag_manifest
    kinds = {file.path: kind_of(file.path) for file in change.files if file.new_mode in _FILES}
    files = [file for file in change.files if kinds.get(file.path) in ("code", "config") and file.path not in manifests]
    hunks = context.repository.hunks(change.base, change.judged)
    blobs = context.repository.blobs([file.new_blob for file in files], max_bytes=MAX_BYTES)
    for file, blob in zip(files, blobs, strict=True):
        if blob.data is not None:
            text = _without_prose(blob.data, file.path, mentions)
            lines = tuple(_lines(file, text, hunks.get(file.path, ())))
            yield Added(path=file.path, kind=kinds[file.path], lines=lines)


def _without_prose(data: bytes, path: str, mentions: tuple[Mention, ...]) -> bytes:
    if path.endswith((".py", ".pyi")):
        small = data.lower()
        if any(mention.stands_in(data, small) for mention in mentions):
            data = without_idle_texts(data)
    return without_comments(data, path)


def _lines(file: FileChange, data: bytes, hunks: Iterable[Hunk]) -> Iterator[tuple[int, bytes]]:
    lines = data.split(b"\n")
    if file.status == "A":
        yield from enumerate(lines, start=1)
        return
    for hunk in hunks:
        yield from enumerate(lines[hunk.new_start - 1 : hunk.new_start - 1 + hunk.new_count], start=hunk.new_start)
