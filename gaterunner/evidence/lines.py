"""Which lines of a source can be executed and which were, as numbers whose bits are the lines: small and fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

MAX_LINE = 1_000_000
MAX_SOURCES = 100_000
_MAX_ALL_LINES = 100_000_000


class Source(Struct, frozen=True, kw_only=True):
    """One source as a coverage file names it, with bit n of ``executable`` and ``covered`` for its line n."""

    name: str
    executable: int
    covered: int


class ParsedCoverage(Struct, frozen=True, kw_only=True):
    """A whole coverage file. ``roots`` are directories that it says names are relative to.

    ``newest`` is the latest time that it tells of, in seconds since 1970, None when it tells none.
    """

    sources: tuple[Source, ...]
    roots: tuple[str, ...] = ()
    newest: float | None = None


class LineCollector:
    """Takes lines source by source. A source or line that is told twice is executed when either says so."""

    def __init__(self) -> None:
        self._done: dict[str, Source] = {}
        self._lines = 0
        self._open: tuple[set[int], set[int]] = (set(), set())
        self._name: str | None = None

    def begin(self, name: str) -> None:
        """From now on, lines belong to this source."""
        self.end()
        self._name, self._open = name, (set(), set())

    def add(self, number: str, *, executed: bool) -> None:
        """One line. Raises ValueError for a number that no line has."""
        line = int(number) if number.isascii() and number.isdecimal() and len(number) <= len(str(MAX_LINE)) else 0
        if not 0 < line <= MAX_LINE:
            raise ValueError(f"tells of line {number[:20]!r}")
        if self._name is None:
            raise ValueError(f"tells of line {line} of no source")
        self._open[0].add(line)
        if executed:
            self._open[1].add(line)

    def end(self) -> None:
        """The source is complete."""
        if self._name is None:
            return
        name, (lines, executed) = self._name, self._open
        self._name = None
        self._lines += max(lines, default=0)
        before = self._done.get(name)
        if self._lines > _MAX_ALL_LINES or (before is None and len(self._done) >= MAX_SOURCES):
            raise ValueError(f"tells of more than {MAX_SOURCES} sources or {_MAX_ALL_LINES} lines")
        self._done[name] = Source(
            name=name,
            executable=bits(lines) | (before.executable if before is not None else 0),
            covered=bits(executed) | (before.covered if before is not None else 0),
        )

    def sources(self) -> tuple[Source, ...]:
        """All of them, in the order of the file."""
        self.end()
        return tuple(self._done.values())


def bits(lines: Iterable[int]) -> int:
    """The lines as bits of one number."""
    numbers = list(lines)
    if not numbers:
        return 0
    field = bytearray(max(numbers) // 8 + 1)
    for number in numbers:
        field[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(field, "little")


def numbers(lines: int) -> Iterator[int]:
    """The lines whose bits are set, in order."""
    for index, byte in enumerate(lines.to_bytes((lines.bit_length() + 7) // 8, "little")):
        if byte:
            yield from (index * 8 + bit for bit in range(8) if byte >> bit & 1)
