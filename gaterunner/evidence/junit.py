"""Test results as JUnit XML, or as Go and Cargo print them: what the files that a gate wrote say of its tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gaterunner.evidence.fresh import FileWatch
from gaterunner.evidence.parsed import Parsed
from gaterunner.evidence.types import TestEvidence
from gaterunner.redaction import Redactor


class JUnitWatch:
    """Made before a gate starts, asked once it has ended and nothing of it is alive any more.

    ``patterns`` are globs relative to ``cwd``; a directory stands for the ``*.xml`` files below it. ``committed`` maps
    paths of the judged tree to blob ids; a copy of any of them is no evidence. ``mounted_at`` is where ``root`` lay for
    a gate in a container, so that paths in its results are understood. Raises nothing for what lies there: what cannot
    be read is told as evidence.
    """

    def __init__(
        self,
        root: Path,
        cwd: Path,
        patterns: Sequence[str],
        *,
        redactor: Redactor,
        committed: Mapping[str, str] | None = None,
        mounted_at: str | None = None,
    ) -> None:
        self._files = FileWatch(root, cwd, patterns, in_directories="**/*.xml", committed=committed)
        self._redactor = redactor
        self._mounted_at = mounted_at

    def collect(self) -> TestEvidence:
        """What the gate wrote, read and counted."""
        from gaterunner.evidence.locate import Locator
        from gaterunner.evidence.tally import Tally

        watched = self._files
        tally = Tally(Locator(watched.root, watched.cwd, mounted_at=self._mounted_at), self._redactor)
        for name, data, parsed in watched.read(_read, redactor=self._redactor):
            tally.add(name, data, parsed)
        return tally.evidence(watched.patterns, stale=tuple(watched.stale), unreadable=tuple(watched.unreadable))


def _read(data: bytes) -> Parsed:
    from gaterunner.evidence.cargo_test import is_cargo_test, read_cargo_test
    from gaterunner.evidence.go_test import is_go_test, read_go_test
    from gaterunner.evidence.junit_xml import read_results

    if is_go_test(data):
        return read_go_test(data)
    return read_cargo_test(data) if is_cargo_test(data) else read_results(data)
