"""A test and what became of it: skipped, asserting nothing or less; and how tests are named in messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from gaterunner.model import Finding, Severity
from gaterunner.weakening import findings as told
from gaterunner.weakening.types import Hollow, Skip, Test

_NAMED = 3  # tests that a message lists
_ASSERT = "Assert again what the test asserted on the base, or have somebody else approve this head."
UNSKIP = "Repair the test or the code and take the mark away, or have somebody else approve this head."
"""What to do about a skip that a test did not have."""


class _New(Struct, frozen=True):
    """A skip that a test did not have, and whether only its condition is new."""

    skip: Skip
    changed: bool

    @property
    def group(self) -> tuple[str, str, bool]:
        """The same for all tests of a file that are skipped for the same reason."""
        return self.skip.key, self.skip.reason or "", self.changed


def judged(pairs: Sequence[tuple[Test, Test]], path: str) -> Iterator[Finding]:
    """What became of the tests of one file that are still there."""
    skipped: dict[tuple[str, str, bool], tuple[_New, list[str]]] = {}
    looser: list[tuple[Test, str]] = []
    for old, new in pairs:
        mark = _new_skip(old, new)
        if mark is not None:
            skipped.setdefault(mark.group, (mark, []))[1].append(new.name)
        elif not is_off(old):
            before, after = _counted(old, new)
            yield from _emptied(before, after, path)
            looser += [(new, how) for how in _looser(before, after)]
    if looser:
        yield _loosened(looser, path)
    for mark, names in skipped.values():
        yield _skipped(mark, names, path)


def _counted(old: Test, new: Test) -> tuple[Test, Test]:
    """Both with what they assert; what is the same on both sides is left uncounted, as nothing is less."""
    if old.uncounted is not None and new.uncounted is not None and old.uncounted.is_as(new.uncounted):
        return old, new
    return old.counted(), new.counted()


def _new_skip(old: Test, new: Test) -> _New | None:
    if is_off(old):
        return None
    known = {skip.key for skip in old.skips}
    added = [skip for skip in new.skips if skip.key not in known]
    if not added:
        return None
    strongest = next((skip for skip in added if skip.always), added[0])
    kept = {skip.key for skip in new.skips}
    return _New(strongest, changed=not strongest.always and any(skip.key not in kept for skip in old.skips))


def _skipped(mark: _New, names: Sequence[str], path: str) -> Finding:
    skip = mark.skip
    condition = skip.key.partition(" ")[2]
    where = f" where {condition[:80]}" if not skip.always and condition and skip.word == "skipped" else ""
    if mark.changed:
        message = f"{listed(names)} {is_or_are(names)} {skip.word} under another condition now: {skip.shown}"
    else:
        given = f"reason given: {skip.reason}" if skip.reason else "no reason given"
        message = f"{listed(names)} {is_or_are(names)} {skip.word} now{where}, {given} ({skip.shown})"
    return told.finding(
        told.TEST_SKIPPED,
        message,
        UNSKIP,
        path=path,
        line=skip.line,
        about="\0".join((skip.key, *sorted(names))),
        severity=Severity.WARNING if mark.changed else None,
    )


def _emptied(old: Test, new: Test, path: str) -> Iterator[Finding]:
    hollow = _new_hollow(old, new)
    if old.assertions and not new.assertions:
        instead = f", only {hollow.shown}" if hollow else ""
        message = f"{new.name} asserts nothing any more{instead} ({_count(old.assertions)} on the base)"
    elif hollow and new.assertions < old.assertions:
        message = f"{new.name} asserts what always holds: {hollow.shown}"
    else:
        return
    line = hollow.line if hollow else new.line
    yield told.finding(told.TEST_EMPTIED, message, _ASSERT, path=path, line=line, about=new.name)


def _new_hollow(old: Test, new: Test) -> Hollow | None:
    known = {hollow.shown for hollow in old.hollow}
    return next((each for each in new.hollow if each.shown not in known), None)


def _looser(old: Test, new: Test) -> Iterator[str]:
    """How a test asserts less than on the base, if it does and still asserts something."""
    marks = [mark for mark in new.marks if mark not in old.marks]
    if new.assertions < old.assertions:
        if new.assertions and not _new_hollow(old, new):
            yield f"asserts less: {_count(new.assertions)}, {old.assertions} on the base"
    elif new.strong < old.strong and new.assertions == old.assertions:
        yield f"compares less with what is expected: {new.strong} times, {old.strong} on the base"
    elif new.cases and new.cases < old.cases:
        yield f"is run with {_count(new.cases, 'case')}, {old.cases} on the base"
    elif marks:
        yield f"is marked {', '.join(marks)} now, by which a runner can be told to leave it out"


def _loosened(looser: Sequence[tuple[Test, str]], path: str) -> Finding:
    """One for all tests of a file: it is a warning, and refactoring touches many at once."""
    (first, how), *rest = looser
    others = listed([test.name for test, _ in rest], bare=True)
    more = f"; so do {others}" if rest else ""
    names = sorted(test.name for test, _ in looser)
    message = f"{_short(first.name)} {how}{more}"
    return told.finding(told.TEST_LOOSENED, message, _ASSERT, path=path, line=first.line, about="\0".join(names))


def is_off(test: Test) -> bool:
    """True for a test that is never run."""
    return any(skip.always for skip in test.skips)


def listed(names: Sequence[str], *, bare: bool = False) -> str:
    """The first few of them; ``bare`` where the sentence says already that they are tests, and how many."""
    first = ", ".join(_short(name) for name in names[:_NAMED])
    more = len(names) - _NAMED
    if more <= 0:
        return first
    return f"{first} and {more} more" if bare else f"{len(names)} tests ({first} and {more} more)"


def _short(name: str) -> str:
    return name if len(name) <= 100 else f"…{name[-99:]}"  # noqa: PLR2004 -- names of JavaScript tests are sentences


def is_or_are(names: Sequence[str]) -> str:
    """The verb for these."""
    return "is" if len(names) == 1 else "are"


def _count(number: int, noun: str = "assertion") -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
