"""Coverage: which lines the tests of a gate executed, over the whole checkout and over what the change adds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from gaterunner.config.types import CoverageRules
from gaterunner.evidence.fresh import FileWatch
from gaterunner.evidence.lines import ParsedCoverage, Source, bits, numbers
from gaterunner.evidence.sources import SourceFinder
from gaterunner.evidence.types import UNCOVERED_RULE, CoverageEvidence
from gaterunner.model import CoverageCounts, Finding, Severity
from gaterunner.redaction import Redactor

MAX_BLOCKS = 100
_MAX_UNPLACED = 20
_MAX_UNMEASURED = 20
_TEST = re.compile(r"(?:^|[/_.-])(?:tests?|specs?|__tests__|conftest)(?:[/_.-]|$)|Tests?\.\w+$", re.IGNORECASE)


class CoverageWatch:
    """Made before a gate starts, asked once it has ended and nothing of it is alive any more.

    ``changed`` maps paths to the lines (from 1) that the change adds or edits on the head. ``committed`` maps paths of
    the judged tree to blob ids; a copy of any of them is no evidence. ``mounted_at`` is where ``root`` lay for a gate
    in a container. Raises nothing for what lies there: what cannot be read is told as evidence.
    """

    def __init__(
        self,
        root: Path,
        cwd: Path,
        rules: CoverageRules,
        *,
        redactor: Redactor,
        committed: Mapping[str, str] | None = None,
        changed: Mapping[str, frozenset[int]] | None = None,
        mounted_at: str | None = None,
    ) -> None:
        self._files = FileWatch(root, cwd, rules.files, in_directories="**/*.{xml,info,lcov}", committed=committed)
        self._finder = SourceFinder(self._files.root, self._files.cwd, committed or {}, mounted_at=mounted_at)
        self._rules = rules
        self._redactor = redactor
        self._changed = changed or {}

    def collect(self) -> CoverageEvidence:
        """What the gate wrote, read and counted. A line is covered when any of the files says so."""
        from gaterunner.evidence.coverage_formats import read_coverage

        sheet = _Sheet(self._finder)
        files: list[str] = []
        for name, _, parsed in self._files.read(read_coverage, redactor=self._redactor):
            files.append(name)
            sheet.add(parsed)
        return CoverageEvidence(
            patterns=self._files.patterns,
            files=tuple(files),
            stale=tuple(self._files.stale),
            unreadable=tuple(self._files.unreadable),
            counts=sheet.counts(self._changed),
            uncovered=(*sheet.uncovered(self._changed), *self._unmeasured(sheet)),
            unplaced=tuple(self._redactor(name) for name in sheet.unplaced[:_MAX_UNPLACED]),
        )

    def _unmeasured(self, sheet: _Sheet) -> Iterator[Finding]:
        """Changed sources of a kind that is measured, of which no coverage file tells: nobody knows their lines."""
        kinds = {PurePosixPath(path).suffix for path in sheet.lines}
        missing = [
            path
            for path, lines in self._changed.items()
            if lines and path not in sheet.lines and PurePosixPath(path).suffix in kinds and not _TEST.search(path)
        ]
        asked = self._rules.changed_minimum is not None
        for path in missing[:_MAX_UNMEASURED]:
            more = len(missing) - _MAX_UNMEASURED
            yield Finding(
                rule="changed-file-unmeasured",
                severity=Severity.WARNING if asked else Severity.NOTICE,
                message="the change touches this file, and no coverage file tells of it"
                + (f" ({more} more like it)" if more > 0 and path == missing[_MAX_UNMEASURED - 1] else ""),
                path=path,
                help="let the coverage tool measure files that no test loads, or accept that its lines are not counted",
            )


class _Sheet:
    """The lines of all files of one gate, by path in the checkout."""

    def __init__(self, finder: SourceFinder) -> None:
        self._finder = finder
        self.lines: dict[str, Source] = {}
        self.unplaced: list[str] = []

    def add(self, parsed: ParsedCoverage) -> None:
        """Takes one file in."""
        for source in parsed.sources:
            path = self._finder.find(source.name, parsed.roots)
            if path is None:
                self.unplaced.append(source.name)
                continue
            before = self.lines.get(path)
            self.lines[path] = Source(
                name=path,
                executable=source.executable | (before.executable if before is not None else 0),
                covered=source.covered | (before.covered if before is not None else 0),
            )

    def counts(self, changed: Mapping[str, frozenset[int]]) -> CoverageCounts:
        """The sums over all sources, and over their changed lines."""
        touched = [(source, bits(changed[path])) for path, source in self.lines.items() if path in changed]
        return CoverageCounts(
            lines=sum(source.executable.bit_count() for source in self.lines.values()),
            covered=sum(source.covered.bit_count() for source in self.lines.values()),
            changed_lines=sum((source.executable & lines).bit_count() for source, lines in touched),
            changed_covered=sum((source.covered & lines).bit_count() for source, lines in touched),
        )

    def uncovered(self, changed: Mapping[str, frozenset[int]]) -> Iterator[Finding]:
        """One notice per block of changed lines that no test executed, and one for all that are too many to tell."""
        blocks = [
            (path, first, last)
            for path in sorted(self.lines.keys() & changed.keys())
            for first, last in _blocks(self.lines[path], bits(changed[path]))
        ]
        for path, first, last in blocks[:MAX_BLOCKS]:
            yield _uncovered(f"no test executes {_told(first, last)}", path, first, last)
        if len(blocks) > MAX_BLOCKS:
            yield _uncovered(f"{len(blocks) - MAX_BLOCKS} more blocks of changed lines, {len(blocks)} in all")


def _blocks(source: Source, changed: int) -> Iterator[tuple[int, int]]:
    """First and last line of each run of changed lines without execution; lines that cannot be executed are no gap."""
    missing = set(numbers(source.executable & changed & ~source.covered))
    if not missing:
        return
    first = last = 0
    for line in numbers(source.executable):
        if line in missing:
            first, last = first or line, line
        elif first:
            yield first, last
            first = 0
    if first:
        yield first, last


def _told(first: int, last: int) -> str:
    return (
        f"line {first}, which the change adds" if first == last else f"lines {first} to {last}, which the change adds"
    )


def _uncovered(message: str, path: str | None = None, first: int | None = None, last: int | None = None) -> Finding:
    return Finding(
        rule=UNCOVERED_RULE,
        severity=Severity.NOTICE,
        message=message,
        path=path,
        line=first,
        end_line=last,
        help="add a test that executes it",
    )
