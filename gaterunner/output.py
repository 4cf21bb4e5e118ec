"""What a gate prints, made safe to show: whole lines, bounded, free of control sequences and of secrets.

Output is hostile until it has been through here: it may be binary, endless, without a newline, or written to speak to
a terminal, to a workflow runner or to a reader's eyes (bidirectional overrides).
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gaterunner.errors import EvaluationError
from gaterunner.redaction import Redactor

LINE_LIMIT = 8 * 1024  # characters of one line that are shown
_MARGIN = 4 * 1024  # read beyond the limit, so that a secret across it is seen whole and masked before the cut
_RAW_LIMIT = LINE_LIMIT + _MARGIN
TAIL_LINES = 60
_TAIL_LINE_LIMIT = 1000

_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # OSC, DCS, SOS, PM, APC: titles, links, clipboard
    r"|\x1b[ -/]*[0-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
    r"|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def clean(text: str) -> str:
    """The text without control sequences, control characters and invisible direction marks; tabs and newlines stay."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return _CONTROL.sub("", text)


class LineSplitter:
    """Cuts a stream of bytes into whole lines, whatever the pieces it comes in. Holds at most one bounded line."""

    def __init__(self) -> None:
        self._pending = b""
        self._dropped = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete with ``data``, without their ends, each at most ``_RAW_LIMIT`` bytes."""
        first, *rest = data.split(b"\n")
        self._extend(first)
        if not rest:
            return []
        *whole, last = rest
        lines = [self._take(), *whole]
        self._extend(last)
        return [self._tidy(line) if b"\r" in line or len(line) > _RAW_LIMIT else line for line in lines]

    def finish(self) -> list[bytes]:
        """The last line when the stream ended without a newline."""
        return [self._tidy(self._take())] if self._pending else []

    def _extend(self, part: bytes) -> None:
        joined = self._pending + part
        if b"\r" in joined[:-1]:
            # A progress bar overwrites its line: as on a terminal only the newest state of it counts.
            kept = joined.rstrip(b"\r").rsplit(b"\r", 1)[-1] + (b"\r" if joined.endswith(b"\r") else b"")
            joined, self._dropped = kept, 0
        if len(joined) > _RAW_LIMIT + 1:
            self._dropped += len(joined) - _RAW_LIMIT
            joined = joined[:_RAW_LIMIT]
        self._pending = joined

    def _take(self) -> bytes:
        line, self._pending = self._pending, b""
        if self._dropped:
            line, self._dropped = line.ljust(_RAW_LIMIT + 1, b" "), 0
        return line

    @staticmethod
    def _tidy(line: bytes) -> bytes:
        return line.rstrip(b"\r").rsplit(b"\r", 1)[-1][: _RAW_LIMIT + 1]


class OutputCleaner:
    """From bytes to lines that may be shown: decoded, cleaned, redacted and cut."""

    def __init__(self, redactor: Redactor) -> None:
        self._splitter = LineSplitter()
        self._redact = redactor.stream()

    def feed(self, data: bytes) -> list[str]:
        """The lines that are complete with ``data``."""
        return self._clean(self._splitter.feed(data))

    def finish(self) -> list[str]:
        """The last line when the stream ended without a newline."""
        return self._clean(self._splitter.finish())

    def _clean(self, raw: list[bytes]) -> list[str]:
        if not raw:
            return []
        text = self._redact(clean(b"\n".join(raw).decode("utf-8", "replace")))
        lines = text.split("\n")
        if max(map(len, raw)) > LINE_LIMIT:
            lines = [line if len(line) <= LINE_LIMIT else line[:LINE_LIMIT] + " … [line cut]" for line in lines]
        return lines


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
        self._last: deque[bytes] = deque()
        self._last_size = 0
        self._cut = 0
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)

    @property
    def truncated(self) -> bool:
        """True when something between the halves was dropped."""
        return self._cut > 0

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines, each bounded."""
        return tuple(line[:_TAIL_LINE_LIMIT] for line in self._tail)

    def write(self, lines: list[str]) -> None:
        """Keeps lines, which are clean already."""
        if not lines:
            return
        self._tail.extend(lines[-TAIL_LINES:])
        data = ("\n".join(lines) + "\n").encode("utf-8", "replace")
        if self._room:
            head = data if len(data) <= self._room else data[: data.rfind(b"\n", 0, self._room) + 1]
            with self._faults_told():
                self._file.write(head)
                self._file.flush()
            self._room = self._room - len(head) if len(head) == len(data) else 0
            data = data[len(head) :]
        if data:
            self._keep_last(data)

    def _keep_last(self, data: bytes) -> None:
        self._last.append(data)
        self._last_size += len(data)
        while self._last_size > self._half:
            excess = self._last_size - self._half
            oldest = self._last.popleft()
            self._last_size -= len(oldest)
            if len(oldest) > excess:
                kept = oldest[oldest.find(b"\n", excess) + 1 or len(oldest) :]
                self._cut += len(oldest) - len(kept)
                if kept:
                    self._last.appendleft(kept)
                    self._last_size += len(kept)
            else:
                self._cut += len(oldest)

    def close(self) -> None:
        """Writes the last half."""
        with self._faults_told(), self._file:
            if self._cut:
                self._file.write(f"… [{self._cut} bytes of output cut here]\n".encode())
            self._file.writelines(self._last)
        self._last.clear()

    @contextmanager
    def _faults_told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EvaluationError(
                f"the log {self._path} could not be written: {error.strerror}",
                help="make room on the disk, or let gaterunner write elsewhere",
            ) from error
