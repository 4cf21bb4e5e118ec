"""What a change does to its tests: gone, skipped, the only ones left, asserting nothing or less."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.model import Finding, Severity
from gaterunner.weakening import findings as told
from gaterunner.weakening.borrowed import Helpers
from gaterunner.weakening.languages import read_tests
from gaterunner.weakening.matching import Matched, pair_by, unmatched, within
from gaterunner.weakening.pairs import UNSKIP, is_off, is_or_are, judged, listed
from gaterunner.weakening.paths import Rank, rank
from gaterunner.weakening.sides import Sides
from gaterunner.weakening.types import Shared, Sheet, Skip, Test, UnparsedError

_BRING_BACK = "Bring {it} back, or have somebody else approve this head who knows why {it} {is_} no longer needed."
_UNFOCUS = "Take the mark away: with it, a runner leaves out every other test."
_TEST_THE_REAL = "Import what is tested from where it is defined, or have somebody else approve this head."


MayGo = Callable[[str, str | None], bool]
"""Whether the test of that name in the file may go; None for the name of a whole file that nobody reads."""


class _Placed(Struct, frozen=True):
    """A test without a counterpart in its own file. ``file_is_there`` is false where its whole file is gone."""

    path: str
    test: Test
    file_is_there: bool = True


class TestsOfChange:
    """Looks at one file after the other; what has no counterpart within its file is looked for in all others."""

    __test__ = False  # pytest takes every class named Test… for a test case

    def __init__(self, helpers: Helpers, may_go: MayGo | None = None) -> None:
        """``helpers`` reads the modules that tests have marks and functions from; ``may_go`` tells what may be gone."""
        self._may_go = may_go
        self.removed: list[tuple[str, str | None]] = []
        """Path and name of what is told as gone, in the whole change; None for the name of a file that nobody reads."""
        self.added: list[tuple[str, Test]] = []
        """Path of each new test: of those without a counterpart anywhere in the old files."""
        self._helpers = helpers
        self._gone: list[_Placed] = []
        self._born: list[_Placed] = []
        self._shared_gone: set[str] = set()
        self._shared: list[tuple[str, Shared]] = []
        self._files: dict[str, int] = {}

    @staticmethod
    def wants(path: str) -> bool:
        """True for a file that may hold tests, or what tests share."""
        return rank(path) is not Rank.NONE

    def look(self, sides: Sides) -> Iterator[Finding]:
        """What one file tells by itself."""
        try:
            sheets = None if sides.old_too_large or sides.new_too_large else read_tests(sides)
        except UnparsedError:
            yield _not_read(sides, "nested too deep")
            return
        if sides.old_too_large or sides.new_too_large:
            yield _not_read(sides, "larger than 2 MB")
            return
        if sheets is None:
            yield from self._unknown_language(sides)
            return
        old, new = sheets
        old_lines, new_lines = _lines(sides.old), _lines(sides.new)
        fewer = rank(sides.path) < rank(sides.old_path)
        matched = (
            Matched((), *unmatched(old.tests, new.tests))
            if fewer
            else within(old.tests, new.tests, old_lines, new_lines)
        )
        yield from judged([self._with_borrowed(*pair, sides.path) for pair in matched.pairs], sides.path)
        yield from self._replaced(old, new, sides.path)
        yield from _focus(old, new, sides.path)
        yield from _ignored(old, new, sides.path)
        self._keep(sides, matched, old, new)

    def findings(self) -> Iterator[Finding]:
        """What only the whole change tells: call it last."""
        pairs: list[tuple[_Placed, _Placed]] = []
        gone, born = self._sure(self._gone), self._sure(self._born)
        for key in (_by_digest, _by_name, _by_bare):
            gone, born = pair_by(gone, born, key, pairs)
        # What was only perhaps collected may have become either.
        left, born = self._unsure(self._gone), [*born, *self._unsure(self._born)]
        for key in (_by_digest, _by_name, _by_bare):
            left, born = pair_by(left, born, key, pairs)
        gone += left
        self.removed += [(placed.path, placed.test.name) for placed in gone]
        self.added += [(placed.path, placed.test) for placed in born]
        for path, group in groupby(pairs, key=lambda pair: pair[1].path):
            yield from judged([self._with_borrowed(old.test, new.test, path) for old, new in group], path)
        yield from self._deleted(gone)
        yield from _born_skipped(born)
        for path, shared in self._shared:
            if shared.skip.key not in self._shared_gone:
                yield _shared_finding(path, shared)

    def _with_borrowed(self, old: Test, new: Test, path: str) -> tuple[Test, Test]:
        """The pair, the new one with the skips that it has from elsewhere by now."""
        if new.borrows == old.borrows:
            return old, new
        known = {(each.module, each.name) for each in old.borrows}
        fresh = [each for each in new.borrows if (each.module, each.name) not in known]
        skips = [skip for each in fresh if (skip := self._helpers.skip_of(path, each)) is not None]
        return old, replace(new, skips=(*new.skips, *skips)) if skips else new

    def _replaced(self, old: Sheet, new: Sheet, path: str) -> Iterator[Finding]:
        """Names that were imported to be tested, and that the tests define themselves by now."""
        known, still = {each.name for each in old.own}, set(new.imported.values())
        for own in new.own:
            module, name = old.imported.get(own.name, ("", ""))
            if not name or own.name in known or (module, name) in still - {new.imported.get(own.name)}:
                continue
            source = self._helpers.source_of(path, module, name)
            if source is not None:
                message = f"the tests have a `{own.name}` of their own now, and no longer test that of {source}"
                yield told.finding(told.TEST_EMPTIED, message, _TEST_THE_REAL, path=path, line=own.line, about=own.name)

    @staticmethod
    def _sure(placed: Sequence[_Placed]) -> list[_Placed]:
        return [each for each in placed if rank(each.path) is Rank.COLLECTED]

    @staticmethod
    def _unsure(placed: Sequence[_Placed]) -> list[_Placed]:
        return [each for each in placed if rank(each.path) is not Rank.COLLECTED]

    def _keep(self, sides: Sides, matched: Matched, old: Sheet, new: Sheet) -> None:
        if not sides.is_there:
            self._files[sides.old_path] = len(old.tests)
        self._gone += [
            _Placed(sides.old_path, test, sides.is_there)
            for test in matched.gone
            if not is_off(test) and not (test.inherits and test.name in new.functions)
        ]
        self._born += [_Placed(sides.path, test) for test in matched.born]
        known = {(shared.owner, shared.skip.key) for shared in old.shared}
        here = {(shared.owner, shared.skip.key) for shared in new.shared}
        self._shared_gone |= {key for owner, key in known - here}
        self._shared += [
            (sides.path, shared)
            for shared in new.shared
            if (shared.owner, shared.skip.key) not in known and (shared.reaching or shared.owner in old.functions)
        ]

    def _unknown_language(self, sides: Sides) -> Iterator[Finding]:
        lost = not sides.is_there or rank(sides.path) is not Rank.COLLECTED
        if sides.was and rank(sides.old_path) is Rank.COLLECTED and lost:
            self.removed.append((sides.old_path, None))
            if self._may_go is not None and self._may_go(sides.old_path, None):
                yield _permitted(sides.old_path, ())
                return
            yield _file_gone(sides.old_path, ())

    def _deleted(self, gone: Sequence[_Placed]) -> Iterator[Finding]:
        by_path: defaultdict[str, list[_Placed]] = defaultdict(list)
        for placed in gone:
            by_path[placed.path].append(placed)
        for path, placed_here in by_path.items():
            names = [placed.test.name for placed in placed_here]
            permitted = [name for name in names if self._may_go is not None and self._may_go(path, name)]
            if permitted:
                yield _permitted(path, permitted)
                names = [name for name in names if name not in permitted]
            if not names:
                continue
            if not placed_here[0].file_is_there and len(names) == self._files.get(path):
                yield _file_gone(path, names)
            else:
                yield _gone(path, names)


def _lines(data: bytes | None) -> list[str]:
    return (data or b"").decode("utf-8", "replace").splitlines()


def _by_digest(placed: _Placed) -> str | None:
    return placed.test.digest or None


def _by_name(placed: _Placed) -> str:
    return placed.test.name


def _by_bare(placed: _Placed) -> str:
    return placed.test.bare


# --- findings about a whole file -------------------------------------------------------------------------------------


def _file_gone(path: str, names: Sequence[str]) -> Finding:
    what = (
        f" with {'its only test' if len(names) == 1 else f'{len(names)} tests'}: {listed(names, bare=True)}"
        if names
        else ""
    )
    return told.finding(
        told.TEST_DELETED,
        f"the test file {path} is gone{what}",
        _BRING_BACK.format(it="it", is_="is"),
        path=path,
        about="",
    )


def _gone(path: str, names: Sequence[str]) -> Finding:
    single = len(names) == 1
    return told.finding(
        told.TEST_DELETED,
        f"{listed(names)} {is_or_are(names)} gone, or no longer something that a runner collects",
        _BRING_BACK.format(it="it" if single else "them", is_="is" if single else "are"),
        path=path,
        about="\0".join(sorted(names)),
    )


def _permitted(path: str, names: Sequence[str]) -> Finding:
    what = f"{listed(names)} {is_or_are(names)}" if names else f"the test file {path} is"
    return told.finding(
        told.TEST_DELETED,
        f"{what} gone, as the spec of the phase lets it",
        "Nothing is to be done: `tests: may-remove` of the spec on the target branch names what may go.",
        path=path,
        about="\0".join(("permitted", *sorted(names))),
        severity=Severity.NOTICE,
    )


def _born_skipped(born: Sequence[_Placed]) -> Iterator[Finding]:
    marks: dict[tuple[str, Skip], list[str]] = {}
    for placed in born:
        skip = next((each for each in placed.test.skips if each.always), None)
        if skip is not None:
            marks.setdefault((placed.path, skip), []).append(placed.test.name)
    for (path, skip), names in marks.items():
        given = f"reason given: {skip.reason}" if skip.reason else "no reason given"
        yield told.finding(
            told.TEST_BORN_SKIPPED,
            f"{listed(names)} {is_or_are(names)} new and {skip.word} from the start, {given}",
            "A test that is not run shows nothing: make it pass, or leave it out until it does.",
            path=path,
            line=skip.line,
            about="\0".join(sorted(names)),
        )


def _focus(old: Sheet, new: Sheet, path: str) -> Iterator[Finding]:
    known = {(focus.shown, focus.name) for focus in old.focus}
    for focus in new.focus:
        if (focus.shown, focus.name) not in known:
            yield told.finding(
                told.TEST_FOCUSED,
                f"only {focus.name or 'one test'} is run now: {focus.shown} leaves out the others",
                _UNFOCUS,
                path=path,
                line=focus.line,
                about=f"{focus.shown}\0{focus.name}",
            )


def _ignored(old: Sheet, new: Sheet, path: str) -> Iterator[Finding]:
    for name in new.ignored:
        if name not in old.ignored:
            yield told.finding(
                told.TESTS_DESELECTED,
                f"{name} is not collected any more: collect_ignore names it",
                "Take it out of the list, or have somebody else approve this head.",
                path=path,
                about=name,
            )


def _shared_finding(path: str, shared: Shared) -> Finding:
    skip = shared.skip
    when = "" if skip.always else " under a condition"
    return told.finding(
        told.TEST_SKIPPED,
        f"tests that use {shared.owner} can be {skip.word} now{when}: {skip.shown}",
        UNSKIP,
        path=path,
        line=skip.line,
        about=f"{shared.owner}\0{skip.key}",
    )


def _not_read(sides: Sides, why: str) -> Finding:
    """What was there and cannot be compared could hide anything; what is new can at worst be worthless."""
    if not sides.was:
        severity, what = Severity.WARNING, "is new and cannot be read"
    else:
        severity, what = Severity.ERROR, "cannot be compared with the base"
    return told.finding(
        told.TEST_NOT_READ,
        f"the test file {sides.path} {what}: it is {why}",
        "Split the file, or have somebody else approve this head who has looked at what changed in it.",
        path=sides.path,
        about="",
        severity=severity,
    )
