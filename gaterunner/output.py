"""What a gate prints, made safe to show: whole lines, bounded, free of control sequences and of secrets.

Output is hostile until it has been through here: it may be binary, endless, without a newline, or written to speak to
a terminal, to a workflow runner or to a reader's eyes (bidirectional overrides).

It may also be a gigabyte of which nobody will see more than the ends, so it goes through in blocks, and what costs the
most, looking for secrets, is done only to those lines that somebody asks for.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import AnyStr, Self, overload

from gaterunner.errors import EvaluationError
from gaterunner.redaction import Redactor

LINE_LIMIT = 8 * 1024  # characters of one line that are shown
_MARGIN = 4 * 1024  # read beyond the limit, so that a secret across it is seen whole and masked before the cut
_RAW_LIMIT = 4 * LINE_LIMIT + _MARGIN  # bytes of one line that are read; a character has at most four
_CUT = " … [line cut]"
TAIL_LINES = 60
_TAIL_LINE_LIMIT = 1000
_PIECE = 64 * 1024  # bytes; many small pieces would take far more memory than what is in them

# Deleted as bytes, which is ten times as fast as anything that can be done to text, and before an escape sequence is
# looked for, as a terminal ignores them inside of one. BEL stays until then: it ends some of them.
_NEVER_SHOWN = bytes({*range(0x20), 0x7F} - set(b"\t\n\r\x1b\x07"))
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # OSC, DCS, SOS, PM, APC: titles, links, clipboard
    r"|[ -/]*[0-~])"
)
_CONTROL = re.compile(
    rf"{_ESCAPES.pattern}"
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
    r"|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def clean(text: str) -> str:
    """The text without control sequences, control characters and invisible direction marks; tabs and newlines stay."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return _CONTROL.sub("", text)


def _as_it_is(text: str) -> str:
    return text


class Lines(Sequence[str]):
    """One or more lines of output, kept as one text that is masked and split only for those who look at it.

    ``raw`` is what may still hold secrets; it is for keeping and for cutting at newlines, never for showing. ``mask``
    makes it fit to be shown, and gives the same for some of the lines as for all of them.
    """

    __slots__ = ("_count", "_text", "mask", "raw")

    def __init__(self, raw: str, mask: Callable[[str], str] = _as_it_is, *, count: int = 0) -> None:
        """``count`` is the number of lines for whoever knows it."""
        self.raw = raw
        self.mask = mask
        self._text: str | None = None
        self._count = count

    @classmethod
    def of(cls, lines: Sequence[str]) -> Lines:
        """``lines``, of which there is at least one, as an object of this class."""
        return lines if isinstance(lines, Lines) else cls("\n".join(lines))

    @property
    def text(self) -> str:
        """The lines as they may be shown, with newlines between them."""
        if self._text is None:
            self._text = self.mask(self.raw)
        return self._text

    def end(self, count: int) -> Self:
        """The last ``count`` lines, or all where there are fewer."""
        last = self.raw.rsplit("\n", count)
        return type(self)("\n".join(last[1:]), self.mask, count=count) if len(last) > count else self

    def __len__(self) -> int:
        if not self._count:
            self._count = self.raw.count("\n") + 1
        return self._count

    def __iter__(self) -> Iterator[str]:
        return iter(self.text.split("\n"))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self.text.split("\n")[index]


class LineSplitter:
    """Cuts a stream of bytes into blocks of whole lines, whatever the pieces it comes in. Holds at most one line."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> bytes | None:
        """The lines that are complete with ``data``, with newlines between them, each bounded; None where none is."""
        end = data.rfind(b"\n")
        if end < 0:
            self._extend(data)
            return None
        block = data[:end]
        if self._pending:
            first, newline, rest = data[: end + 1].partition(b"\n")
            self._extend(first)
            block = self._take() + (newline + rest)[:-1] if rest else self._take()
        self._extend(data[end + 1 :])
        return _bounded(block)

    def finish(self) -> bytes | None:
        """The last line when the stream ended without a newline."""
        return _bounded(self._take()) if self._pending else None

    def _extend(self, part: bytes) -> None:
        joined = self._pending + part
        if b"\r" in joined[:-1]:
            # A progress bar overwrites its line: as on a terminal only the newest state of it counts.
            kept = joined.rstrip(b"\r").rsplit(b"\r", 1)[-1] + (b"\r" if joined.endswith(b"\r") else b"")
            joined = kept
        if len(joined) > _RAW_LIMIT + 2:
            joined = joined[: _RAW_LIMIT + 1] + (b"\r" if joined.endswith(b"\r") else b"")
        self._pending = joined

    def _take(self) -> bytes:
        line, self._pending = self._pending, b""
        return line


def _bounded(block: bytes) -> bytes:
    """The block with what stands on each line in the end, and no more of it than will be looked at."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").rstrip(b"\r")
    if b"\r" in block:
        block = b"\n".join(
            line.rstrip(b"\r").rsplit(b"\r", 1)[-1] if b"\r" in line else line for line in block.split(b"\n")
        )
    return _cut_lines(block, b"\n", _RAW_LIMIT, _CUT.encode())


def _cut_lines(block: AnyStr, newline: AnyStr, limit: int, mark: AnyStr) -> AnyStr:
    """The block with ``mark`` in the place of what is beyond ``limit`` on a line."""
    parts: list[AnyStr] = []
    at = 0
    for start, end in _long_lines(block, newline, limit):
        parts += [block[at : start + limit], mark]
        at = end
    if not parts:
        return block
    parts.append(block[at:])
    return newline[:0].join(parts)


def _long_lines(block: AnyStr, newline: AnyStr, limit: int) -> Iterator[tuple[int, int]]:
    """Where lines longer than ``limit`` begin and end. Leaps from line to line as far as the limit allows."""
    start = 0
    while len(block) - start > limit:
        last = block.rfind(newline, start, start + limit + 1)
        if last >= 0:
            start = last + 1
            continue
        end = block.find(newline, start + limit)
        end = len(block) if end < 0 else end
        yield start, end
        start = end + 1


class OutputCleaner:
    """From bytes to lines that may be shown: decoded, cleaned, redacted and cut."""

    def __init__(self, redactor: Redactor) -> None:
        self._splitter = LineSplitter()
        self._redact = redactor
        self._mask_keys = redactor.keys()
        self._mask = self._shown

    def feed(self, data: bytes) -> Sequence[str]:
        """The lines that are complete with ``data``."""
        return self._clean(self._splitter.feed(data.translate(None, _NEVER_SHOWN)))

    def finish(self) -> Sequence[str]:
        """The last line when the stream ended without a newline."""
        return self._clean(self._splitter.finish())

    def _clean(self, block: bytes | None) -> Sequence[str]:
        if block is None:
            return ()
        # A private key spans lines, so it has to be followed through all of them, seen or not.
        return Lines(self._mask_keys(_without_controls(block.decode("utf-8", "replace"))), self._mask)

    def _shown(self, text: str) -> str:
        return _cut_lines(self._redact(text), "\n", LINE_LIMIT, _CUT)


def _without_controls(text: str) -> str:
    """The same as ``clean`` for text that holds none of ``_NEVER_SHOWN``."""
    if not text.isascii():
        return clean(text)
    if "\x1b" in text:
        text = _ESCAPES.sub("", text).replace("\x1b", "")
    return text.replace("\x07", "") if "\x07" in text else text


class _Piece:
    """Some whole lines of a log that may still be dropped, and what masks them."""

    __slots__ = ("data", "mask")

    def __init__(self, data: bytes, mask: Callable[[str], str]) -> None:
        self.data = bytearray(data)
        self.mask = mask


class BoundedLog:
    """A log file of at most ``limit`` bytes: the first half as it comes, the last half when it is closed.

    Only the owner may read it. A file or link that lies in its place is removed first, never followed. Everything here
    raises ``EvaluationError`` when the file cannot be written.
    """

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        with self._faults_told():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._half = limit // 2
        self._room = self._half
        self._last: deque[_Piece] = deque()
        self._last_size = 0
        self._cut = 0
        self._tail: deque[Lines] = deque()
        self._tail_lines = 0

    @property
    def truncated(self) -> bool:
        """True when something between the halves was dropped."""
        return self._cut > 0

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines, each bounded."""
        lines = [line[:_TAIL_LINE_LIMIT] for batch in self._tail for line in batch]
        return tuple(lines[-TAIL_LINES:])

    def write(self, lines: Sequence[str]) -> None:
        """Keeps lines, which are clean already; those of an ``OutputCleaner`` are masked when they reach the file."""
        if not lines:
            return
        batch = Lines.of(lines)
        self._keep_tail(batch.end(TAIL_LINES))
        if self._room:
            self._keep_first(batch)
        else:
            self._keep_last((batch.raw + "\n").encode("utf-8", "replace"), batch.mask)

    def _keep_tail(self, batch: Lines) -> None:
        self._tail.append(batch)
        self._tail_lines += len(batch)
        while self._tail_lines - len(self._tail[0]) >= TAIL_LINES:
            self._tail_lines -= len(self._tail.popleft())

    def _keep_first(self, batch: Lines) -> None:
        data = (batch.text + "\n").encode("utf-8", "replace")
        head = data if len(data) <= self._room else data[: data.rfind(b"\n", 0, self._room) + 1]
        with self._faults_told():
            self._file.write(head)
            self._file.flush()
        self._room = self._room - len(head) if len(head) == len(data) else 0
        if len(head) < len(data):
            self._keep_last(data[len(head) :], _as_it_is)

    def _keep_last(self, data: bytes, mask: Callable[[str], str]) -> None:
        newest = self._last[-1] if self._last else None
        if newest is not None and newest.mask is mask and len(newest.data) < _PIECE:
            newest.data += data
        else:
            self._last.append(_Piece(data, mask))
        self._last_size += len(data)
        while self._last_size > self._half:
            self._drop(self._last_size - self._half)

    def _drop(self, excess: int) -> None:
        """Drops whole lines from the oldest piece, at least ``excess`` bytes or all of it."""
        oldest = self._last[0].data
        dropped = oldest.find(b"\n", excess) + 1 if excess < len(oldest) else 0
        if not 0 < dropped < len(oldest):
            dropped = len(oldest)
            self._last.popleft()
        else:
            del oldest[:dropped]
        self._last_size -= dropped
        self._cut += dropped

    def close(self) -> None:
        """Writes the last half."""
        with self._faults_told(), self._file:
            if self._cut:
                self._file.write(f"… [{self._cut} bytes of output cut here]\n".encode())
            while self._last:
                piece = self._last.popleft()
                text = piece.mask(piece.data.decode("utf-8", "replace").removesuffix("\n"))
                self._file.write((text + "\n").encode("utf-8", "replace"))

    @contextmanager
    def _faults_told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EvaluationError(
                f"the log {self._path} could not be written: {error.strerror}",
                help="make room on the disk, or let gaterunner write elsewhere",
            ) from error
