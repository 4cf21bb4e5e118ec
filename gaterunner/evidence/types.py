"""Evidence as frozen types, so that gate kinds can judge it without reading files."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from gaterunner.model import CoverageCounts, Finding, TestCase, TestCounts


class TestEvidence(Struct, frozen=True, kw_only=True):
    """The test results that a gate wrote during its run.

    ``files`` are the fresh result files read; ``stale`` matched the globs but were not written by this run and are not
    counted; ``unreadable`` holds one sentence per file that cannot be read as any. ``failures`` are findings, one per
    failed test, with file and line where the result file tells them, and ``failing`` the id of each, in the same order.
    ``cases`` is every test, once, in the order of the
    files; ``contradictions`` holds one sentence per test that is told as passed and as failed, and ``copies`` one per
    file with the content of another, and one for tests that several files tell of: each was counted once.
    """

    __test__: ClassVar[bool] = False  # pytest takes every class named Test… for a test case

    patterns: tuple[str, ...]
    files: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    counts: TestCounts = TestCounts()
    failures: tuple[Finding, ...] = ()
    failing: tuple[str, ...] = ()
    cases: tuple[TestCase, ...] = ()
    contradictions: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()


UNCOVERED_RULE = "changed-line-uncovered"


class CoverageEvidence(Struct, frozen=True, kw_only=True):
    """The coverage that a gate wrote during its run; the first four fields as in ``TestEvidence``.

    ``uncovered`` are findings (notices), one per block of changed lines that no test executed. ``unplaced`` are sources
    that the files name and that are no file of the checkout; their lines are not counted.
    """

    patterns: tuple[str, ...]
    files: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    counts: CoverageCounts = CoverageCounts()
    uncovered: tuple[Finding, ...] = ()
    unplaced: tuple[str, ...] = ()


class BaselineEvidence(Struct, frozen=True, kw_only=True):
    """The base's tests of one gate: ``commit`` is the base, ``source`` where they come from, ``cases`` what they were.

    ``on_head`` is what the base's own tests said about the head's code, None when they were not run on it. ``fault``
    says in one sentence why there is nothing to compare with.
    """

    commit: str
    source: Literal["report", "run"]
    cases: tuple[TestCase, ...] = ()
    on_head: tuple[TestCase, ...] | None = None
    fault: str | None = None
