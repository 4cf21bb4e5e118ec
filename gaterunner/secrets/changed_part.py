"""What of a text differs from another, with what stands around it: the part of an edit that is searched. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

AROUND = 512
"""How many bytes before and after an edit are searched with it: rules look for words near a credential."""
LONGEST_ARMOUR = 16 * 1024
"""How much further a block of Base64 lines is followed: an RSA key of 16,384 bits is 12.7 KB of them."""

Span = tuple[int, int]

_STEP = 8192
_SHORT_STEP = 128
_ANCHOR = 48
_WORTH_SPLITTING = 4 * AROUND
_ARMOUR = re.compile(rb"[ \t\"'+]*[A-Za-z0-9+/=]{16,}[ \t\"'+\\n,]*\r?\n?")


def changed_parts(old: bytes, new: bytes) -> list[Span]:
    """Where in ``new`` the parts begin and end that ``old`` does not have; whole lines, in their order.

    Two edits with much between them that stayed as it was are two parts. An edit in the middle of a key that is written
    over many lines brings the whole key with it. All of ``new`` is the one part where it is no text, since its parts
    mean nothing alone.
    """
    if b"\0" in new or b"\0" in old:
        return [(0, len(new))]
    shorter = min(len(old), len(new))
    start = _same_start(old, new, shorter)
    end = _same_end(old, new, shorter - start)
    edits = _edits(old[start : len(old) - end], new[start : len(new) - end], start)
    return _joined(_around(new, *edit) for edit in edits)


def _edits(was: bytes, now: bytes, at: int) -> Iterator[Span]:
    """Where two stretches differ that share neither begin nor end; ``at`` is where ``now`` stands."""
    held = _held(was, now)
    if held is None:
        yield at, at + len(now)
        return
    in_old, in_new, length = held
    if in_old or in_new:
        yield from _edits(was[:in_old], now[:in_new], at)
    behind_old, behind_new = in_old + length, in_new + length
    if behind_old < len(was) or behind_new < len(now):
        yield from _edits(was[behind_old:], now[behind_new:], at + behind_new)


def _held(was: bytes, now: bytes) -> tuple[int, int, int] | None:
    """Where in each a long run begins that stayed as it was, and how long it is; None where none is found."""
    if min(len(was), len(now)) < _WORTH_SPLITTING:
        return None
    for eighth in (4, 2, 6):
        at = len(now) * eighth // 8
        found = was.find(now[at : at + _ANCHOR])
        if found >= 0:
            before = _same_end(was[:found], now[:at], min(found, at))
            behind = _same_start(was[found:], now[at:], min(len(was) - found, len(now) - at))
            if before + behind >= _WORTH_SPLITTING:
                return found - before, at - before, before + behind
    return None


def _around(text: bytes, start: int, end: int) -> Span:
    start = text.rfind(b"\n", 0, max(0, start - AROUND)) + 1
    end = _line_end(text, end + AROUND)
    return _armour_start(text, start), _armour_end(text, end)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same without overlaps."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (min(start, joined[-1][0]), max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _same_start(old: bytes, new: bytes, longest: int) -> int:
    """How many bytes both begin with, at most ``longest``. Comparing slices is a hundred times as fast as bytes."""
    at, step = 0, _STEP
    while step >= _SHORT_STEP:
        while at + step <= longest and old[at : at + step] == new[at : at + step]:
            at += step
        step //= 4
    rest = min(_SHORT_STEP, longest - at)
    differing = int.from_bytes(old[at : at + rest], "big") ^ int.from_bytes(new[at : at + rest], "big")
    return at + rest - (differing.bit_length() + 7) // 8


def _same_end(old: bytes, new: bytes, longest: int) -> int:
    """How many bytes both end with, at most ``longest``."""
    of_old, of_new = len(old), len(new)
    same, step = 0, _STEP
    while step >= _SHORT_STEP:
        while (
            same + step <= longest
            and old[of_old - same - step : of_old - same] == new[of_new - same - step : of_new - same]
        ):
            same += step
        step //= 4
    rest = min(_SHORT_STEP, longest - same)
    differing = int.from_bytes(old[of_old - same - rest : of_old - same], "little") ^ int.from_bytes(
        new[of_new - same - rest : of_new - same], "little"
    )
    return same + rest - (differing.bit_length() + 7) // 8


def _line_end(text: bytes, at: int) -> int:
    found = text.find(b"\n", at)
    return len(text) if found < 0 else found + 1


def _armour_start(text: bytes, start: int) -> int:
    """Where the block of Base64 lines begins that the line at ``start`` is in, with the line above it."""
    first = start
    while start and first - start < LONGEST_ARMOUR and _ARMOUR.fullmatch(text, start, _line_end(text, start)):
        start = text.rfind(b"\n", 0, start - 1) + 1
    return start


def _armour_end(text: bytes, end: int) -> int:
    """Where the block of Base64 lines ends that the line before ``end`` is in, with the line below it."""
    last = end
    while end < len(text) and end - last < LONGEST_ARMOUR:
        begins = text.rfind(b"\n", 0, end - 1) + 1
        if not _ARMOUR.fullmatch(text, begins, end):
            break
        end = _line_end(text, end)
    return end
