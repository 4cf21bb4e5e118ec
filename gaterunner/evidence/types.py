"""Evidence as frozen types, so that gate kinds can judge it without reading files."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from gaterunner.model import Finding, TestCounts


class TestEvidence(Struct, frozen=True, kw_only=True):
    """The test results that a gate wrote during its run.

    ``files`` are the fresh result files read; ``stale`` matched the globs but were not written by this run and are not
    counted; ``unreadable`` holds one sentence per file that is not valid JUnit XML. ``failures`` are findings, one per
    failed test, with file and line where the result file tells them.
    """

    __test__: ClassVar[bool] = False  # pytest takes every class named Test… for a test case

    patterns: tuple[str, ...]
    files: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    counts: TestCounts = TestCounts()
    failures: tuple[Finding, ...] = ()
