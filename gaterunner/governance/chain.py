"""Whether a decision log is whole: each way in which it can have been tampered with, told by its name. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from gaterunner.governance.entries import Entry, Link, UnreadableError, decode, glance, hash_of_line

RuleName = Literal["unreadable", "edited", "truncated", "reordered", "inserted", "duplicate", "other-repository"]

MAX_ENTRIES = 20_000
MAX_BYTES = 16_000_000
"""Of a whole log; one that is larger is not read."""


class Fault(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a log; ``line`` counts from 1, None where no line stands for it."""

    rule: RuleName
    line: int | None
    message: str


class Logged(Struct, frozen=True):
    """An entry's place in the chain, its line's number, from 1, and the line's bytes."""

    link: Link
    line: int
    data: bytes

    @property
    def entry(self) -> Entry:
        """The whole entry, of a line that ``read_log`` has read in full."""
        return decode(self.data, strictly=False)


class Log(Struct, frozen=True, kw_only=True):
    """What a file holds: the entries that can be read, and what is wrong with it.

    ``head`` is the hash of the last entry, or ``genesis`` where there is none. ``lines`` are all of them.
    """

    entries: tuple[Logged, ...] = ()
    faults: tuple[Fault, ...] = ()
    head: str
    lines: tuple[bytes, ...] = ()


def read_log(data: bytes, genesis: str, *, trusted: int = 0, phase: str | None = None) -> Log:
    """The log in a file's bytes. ``genesis`` is what its first entry has to follow.

    Hashes and order are checked of all lines. Of the first ``trusted`` ones, which were looked at when they came in,
    those of ``phase`` are read in full, and the others are not; how they are spelt is taken as it is.
    """
    if data.count(b"\n") > MAX_ENTRIES:
        message = f"the log holds more than {MAX_ENTRIES:,} lines"
        return Log(faults=(Fault(rule="unreadable", line=None, message=message),), head=genesis)
    lines = tuple(data.split(b"\n"))
    faults: list[Fault] = []
    if lines[-1]:
        message = "the last line has no end: the file was cut off in the middle of it, or something was put behind it"
        faults.append(Fault(rule="truncated", line=len(lines), message=message))
    else:
        lines = lines[:-1]
    entries: list[Logged] = []
    for number, line in enumerate(lines, start=1):
        try:
            entries.append(_read(line, number, is_trusted=number <= trusted, phase=phase))
        except UnreadableError as error:
            faults.append(Fault(rule="unreadable", line=number, message=error.reason))
    is_whole = not faults
    faults += _faults(entries, genesis, is_whole=is_whole)
    head = entries[-1].link.hash if entries else genesis
    return Log(
        entries=tuple(entries),
        faults=tuple(sorted(faults, key=lambda fault: fault.line or 0)),
        head=head,
        lines=lines,
    )


def _read(line: bytes, number: int, *, is_trusted: bool, phase: str | None) -> Logged:
    if not is_trusted:
        decode(line)
    link = glance(line)
    if is_trusted and link.phase == phase:
        decode(line, strictly=False)
    return Logged(link, number, line)


def _faults(entries: Sequence[Logged], genesis: str, *, is_whole: bool) -> Iterator[Fault]:
    yield from _edited(entries)
    first: dict[str, int] = {}
    once: list[Logged] = []
    for each in entries:
        known = first.setdefault(each.link.hash, each.line)
        if known != each.line:
            message = f"the entry of line {known} stands here a second time"
            yield Fault(rule="duplicate", line=each.line, message=message)
        else:
            once.append(each)
    yield from _moved(once)
    yield from _chain(sorted(once, key=_index), genesis, is_whole=is_whole)


def _edited(entries: Sequence[Logged]) -> Iterator[Fault]:
    for each in entries:
        if hash_of_line(each.data) != each.link.hash:
            message = "what it says is not what its hash was made of"
            yield Fault(rule="edited", line=each.line, message=message)


def _moved(entries: Sequence[Logged]) -> Iterator[Fault]:
    highest = -1
    for each in entries:
        if _index(each) < highest:
            message = f"entry {_index(each)} stands behind entry {highest}"
            yield Fault(rule="reordered", line=each.line, message=message)
        highest = max(highest, _index(each))


def _chain(ordered: Sequence[Logged], genesis: str, *, is_whole: bool) -> Iterator[Fault]:
    """Follows the links in the order of the entries' numbers; ``is_whole`` says that no line was unreadable."""
    links = {each.link.previous for each in ordered}
    before: Logged | None = None
    for each in ordered:
        body = each.link
        wanted = 0 if before is None else _index(before) + 1
        if before is not None and _index(before) == body.index:
            stray = each if before.link.hash in links or each.link.hash not in links else before
            message = f"there are two entries {body.index}, and this one is not the one that the log goes on from"
            yield Fault(rule="inserted", line=stray.line, message=message)
            if stray is each:
                continue
        elif body.index != wanted:
            if is_whole:
                yield _missing(wanted, body.index, each.line)
        elif before is None and body.previous != genesis:
            message = "the log was begun in another repository: its first entry follows another first commit"
            yield Fault(rule="other-repository", line=each.line, message=message)
        elif before is not None and body.previous != before.link.hash:
            message = (
                f"it is not the entry {_index(before)} that the next one was made over: edited, and its hash made anew"
            )
            yield Fault(rule="edited", line=before.line, message=message)
        before = each


def _missing(first: int, next_: int, line: int) -> Fault:
    what = f"entry {first} is" if next_ == first + 1 else f"entries {first} to {next_ - 1} are"
    return Fault(rule="truncated", line=line, message=f"{what} missing before this line")


def _index(each: Logged) -> int:
    return each.link.index


def compare(base: Sequence[bytes], judged: Sequence[bytes]) -> tuple[Fault, ...]:
    """How a log differs from an earlier state of it; nothing where lines were only added at its end.

    This also finds what the chain alone cannot show: the last entries cut off, or a whole log made anew.
    """
    if tuple(judged[: len(base)]) == tuple(base):
        return ()
    if tuple(base[: len(judged)]) == tuple(judged):
        gone = len(base) - len(judged)
        message = f"the last {gone} of {len(base)} entries are gone" if gone > 1 else "the last entry is gone"
        return (Fault(rule="truncated", line=None, message=message),)
    known = set(base)
    kept = [line for line in judged if line in known]
    if set(kept) == known:
        return (_added_or_moved(base, judged, kept),)
    position = next(number for number, line in enumerate(base) if number >= len(judged) or line != judged[number])
    if len(judged) >= len(base):
        message = "it is not the line that the target branch has there"
        return (Fault(rule="edited", line=position + 1, message=message),)
    message = f"line {position + 1} of the target branch's log is not there any more"
    return (Fault(rule="truncated", line=position + 1, message=message),)


def _added_or_moved(base: Sequence[bytes], judged: Sequence[bytes], kept: Sequence[bytes]) -> Fault:
    known = set(base)
    if tuple(dict.fromkeys(kept)) == tuple(dict.fromkeys(base)):
        line = next(number for number, line in enumerate(judged) if number >= len(base) or line != base[number])
        if judged[line] in known:
            message = "an entry of the target branch's log stands here a second time"
            return Fault(rule="duplicate", line=line + 1, message=message)
        message = "it stands between entries of the target branch's log; new ones go to its end"
        return Fault(rule="inserted", line=line + 1, message=message)
    line = next(number for number, line in enumerate(judged) if number >= len(base) or line != base[number])
    message = "the entries of the target branch's log stand in another order"
    return Fault(rule="reordered", line=line + 1, message=message)
