"""Searches one content through all that it is wrapped in: archives, other alphabets, and both in any order.

What is larger than a window is read in windows that overlap, so that memory does not depend on a content's size; it is
kept in an unnamed temporary file for as long as it may turn out to be an archive.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Callable
from typing import IO

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.errors import EvaluationError
from gaterunner.policies.context import SecretMatch, Stream
from gaterunner.secrets import archives

WINDOW = 16 * 1024 * 1024
"""How many bytes are searched at once."""
OVERLAP = 64 * 1024
"""How much of a window is searched again with the next: more than any credential has. A multiple of 4 for UTF-32."""

_LONGEST_HASH = 64

# Characters that nobody sees, between two that one does: they cut a token in two for a scanner, not for a reader.
_UNSEEN_SIGN = re.compile(rb"\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa4]|\xc2\xad|\xef\xbb\xbf")
_UNSEEN = re.compile(rb"(?<=[!-~])(?:" + _UNSEEN_SIGN.pattern + rb"){1,8}(?=[!-~])")

Look = Callable[[str, bytes], tuple[list[SecretMatch], frozenset[str]]]
"""What is in these bytes as they stand, under this path: matches, and the alphabets of encoded text."""


class _Where(Struct, frozen=True):
    """Where within the content something is searched: after so many lines, or all of it at one line, and how deep."""

    before: int = 0
    line: int | None = None
    suffix: str = ""
    depth: int = 0
    may_be_chance: bool = False

    def inside(self, suffix: str, line: int, *, may_be_chance: bool = False) -> _Where:
        """Where a content within this one is; ``may_be_chance`` when it may be no content at all but a hash."""
        return _Where(
            line=self.line or self.before + line,
            suffix=self.suffix or suffix,
            depth=self.depth + 1,
            may_be_chance=may_be_chance,
        )


_TOP = _Where()


class Search:
    """The search of one content of ``size`` bytes. ``problems`` says what could not be read; empty when all was."""

    def __init__(self, look: Look, size: int) -> None:
        self.problems: list[str] = []
        self._look_at = look
        self._budget = archives.Budget(size)
        self._matches: dict[str, SecretMatch] = {}

    @property
    def matches(self) -> tuple[SecretMatch, ...]:
        """Every secret once, where it was seen first."""
        return tuple(self._matches.values())

    def read(self, path: str, data: bytes) -> None:
        """Searches a content that is in memory. Raises ``EvaluationError`` when the engine fails."""
        try:
            self._look(path, data, _TOP)
        except archives.TooLargeError as error:
            self.problems.append(str(error))

    def read_stream(self, path: str, stream: Stream) -> None:
        """Searches a content of any size. Raises ``EvaluationError`` when the engine fails or the disk is full."""
        try:
            self._read(path, stream, _TOP)
        except archives.TooLargeError as error:
            self.problems.append(str(error))

    def _look(self, path: str, data: bytes, where: _Where) -> None:
        self._look_flat(path, data, where)
        if len(data) <= archives.HEAD and archives.is_plain(data, data):
            return
        head, tail = (data[: archives.HEAD], data[-archives.HEAD :]) if len(data) > archives.HEAD else (data, data)
        if archives.is_archive(head, tail):
            self._open(io.BytesIO(data), where)
        else:
            self._note_closed(head, where)

    def _look_flat(self, path: str, data: bytes, where: _Where) -> None:
        """All but what takes the whole content: an archive's directory may stand at its end."""
        found, encoded = self._look_at(path, data)
        for match in found:
            line = where.line or where.before + match.line
            self._matches.setdefault(match.key, replace(match, line=line, title=match.title + where.suffix))
        # In this order each costs a fraction of the next.
        if not data.isascii() and _UNSEEN_SIGN.search(data) and _UNSEEN.search(data):
            for match in self._look_at(path, _UNSEEN.sub(b"", data))[0]:
                line = where.line or where.before + match.line
                title = f"{match.title}{where.suffix}, with unseen characters in it"
                self._matches.setdefault(match.key, replace(match, line=line, title=title))
        if encoded and self._may_go_deeper(where):
            from gaterunner.secrets import encodings

            for run in encodings.decoded(data, encoded):
                self._budget.spend(len(run.data))
                is_short = len(run.data) <= _LONGEST_HASH
                self._look(path, run.data, where.inside(", encoded", run.line, may_be_chance=is_short))
        if b"\0" in data and where.depth < archives.MAX_DEPTH:
            for content in archives.embedded(data, self._budget):
                self._look(path, content, where.inside(", inside an archive", 1))

    def _open(self, source: IO[bytes], where: _Where) -> None:
        if not self._may_go_deeper(where):
            return
        try:
            for member in archives.members(source):
                self._budget.enter()
                if member.stream is None:
                    self.problems.append(member.problem)
                else:
                    self._read(
                        member.name, _Spending(member.stream, self._budget), where.inside(", inside an archive", 1)
                    )
        except archives.BROKEN as error:
            if not where.may_be_chance:
                self.problems.append(f"the archive is damaged ({type(error).__name__})")

    def _read(self, path: str, stream: Stream, where: _Where) -> None:
        data = stream.read(WINDOW)
        more = stream.read(OVERLAP) if len(data) == WINDOW else b""
        if not more:
            self._look(path, data, where)
            return
        try:
            with tempfile.TemporaryFile(prefix="gaterunner-") as spool:
                self._read_windows(path, data + more, stream, spool, where)
        except OSError as error:
            if error.filename is None and error.errno is None:
                raise  # how a damaged archive shows itself
            raise EvaluationError(
                f"A large file could not be searched: {error.strerror}.",
                help="Free some space, or set TMPDIR to a folder that can be written to.",
            ) from None

    def _read_windows(self, path: str, window: bytes, stream: Stream, spool: IO[bytes], where: _Where) -> None:
        head = window[: archives.HEAD]
        spool.write(window)
        while True:
            self._look_flat(path, window, where)
            more = stream.read(WINDOW)
            if not more:
                break
            spool.write(more)
            kept = window[-OVERLAP:]
            where = replace(where, before=where.before + window.count(b"\n") - kept.count(b"\n"))
            window = kept + more
        spool.seek(0)
        if archives.is_archive(head, window[-archives.HEAD :]):
            self._open(spool, replace(where, before=0))
        else:
            self._note_closed(head, where)

    def _note_closed(self, head: bytes, where: _Where) -> None:
        format = archives.closed_format(head)
        if format is not None and not where.may_be_chance:
            self.problems.append(f"{format} archives cannot be opened")

    def _may_go_deeper(self, where: _Where) -> bool:
        if where.depth < archives.MAX_DEPTH:
            return True
        self.problems.append(f"archives and encodings are nested deeper than {archives.MAX_DEPTH}")
        return False


class _Spending:
    """Counts what is read."""

    def __init__(self, stream: Stream, budget: archives.Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(min(size, self._budget.left() + 1))
        self._budget.spend(len(data))
        return data
