"""Adds up the result files of one gate, so that each test counts once however many files tell of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import Literal

from msgspec import Struct

from gaterunner.evidence.junit_xml import MAX_CASES
from gaterunner.evidence.locate import Locator, test_name
from gaterunner.evidence.parsed import Parsed, Told
from gaterunner.evidence.types import TestEvidence
from gaterunner.model import Finding, TestCase, TestCounts
from gaterunner.output import clean
from gaterunner.redaction import Redactor

MAX_FAILURES = 500
_MAX_CONTRADICTIONS = 1_000


class _InFile(Struct):
    """How often one file tells of one test, and what."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    flaky: int = 0


class _Test(Struct):
    """What all files together tell of one test.

    Told in several files it is still one test: of an aggregate and its parts, or of the same suite run twice, the file
    that tells most counts. Executed in any of them is executed, failed in any of them is failed.
    """

    total: int = 0
    failed: int = 0
    skipped: int = 0
    flaky: int = 0
    files: int = 0
    passed_in: str | None = None
    failed_in: str | None = None

    def add(self, file: str, told: _InFile) -> None:
        self.files += 1
        self.total = max(self.total, told.passed + told.failed + told.skipped)
        self.failed = max(self.failed, told.failed)
        self.skipped = told.skipped if self.files == 1 else min(self.skipped, told.skipped)
        self.flaky = max(self.flaky, told.flaky)
        if told.passed and self.passed_in is None:
            self.passed_in = file
        if told.failed and self.failed_in is None:
            self.failed_in = file

    @property
    def passed(self) -> int:
        return max(0, self.total - self.failed - self.skipped)

    @property
    def state(self) -> Literal["passed", "failed", "skipped"]:
        return "failed" if self.failed else "passed" if self.passed else "skipped"


class Tally:
    """Takes the files one after the other, then gives the sum."""

    def __init__(self, locator: Locator, redactor: Redactor) -> None:
        self._locator = locator
        self._redactor = redactor
        self._files: list[str] = []
        self._digests: dict[bytes, str] = {}
        self._copies: list[str] = []
        self._tests: dict[str, _Test] = {}
        self._failures: dict[str, Finding] = {}
        self._failing: dict[str, str] = {}
        self._unlisted = 0
        self._overfull = False

    def add(self, name: str, data: bytes, parsed: Parsed) -> None:
        """Counts one file; one with the content of another (a copy under another name) is only told."""
        self._files.append(name)
        original = self._digests.setdefault(hashlib.sha256(data).digest(), name)
        if original != name:
            self._copies.append(self._redactor(f"{name} is a copy of {original} and was counted once"))
            return
        for test, told in self._by_test(parsed).items():
            if test not in self._tests and len(self._tests) >= MAX_CASES:
                self._overfull = True
                break
            self._tests.setdefault(test, _Test()).add(name, told)
        self._unlisted += parsed.unlisted
        for failure in parsed.failures:
            if len(self._failures) >= MAX_FAILURES:
                break
            finding = self._locator.finding(failure, self._redactor)
            key = finding.fingerprint or finding.message
            self._failures.setdefault(key, finding)
            self._failing.setdefault(key, self._redactor(_line(test_name(failure))))

    def evidence(
        self, patterns: tuple[str, ...], *, stale: tuple[str, ...], unreadable: tuple[str, ...]
    ) -> TestEvidence:
        """The sum."""
        if self._overfull:
            unreadable = (*unreadable, f"{' '.join(patterns)}: more than {MAX_CASES} tests in all; split the gate")
        return TestEvidence(
            patterns=patterns,
            files=tuple(self._files),
            stale=stale,
            unreadable=unreadable,
            counts=self._counts(),
            failures=tuple(self._failures.values()),
            failing=tuple(self._failing.values()),
            cases=tuple(
                TestCase(id=test, state=told.state, flaky=told.flaky > 0) for test, told in self._tests.items()
            ),
            contradictions=tuple(islice(self._contradictions(), _MAX_CONTRADICTIONS)),
            copies=tuple(self._repeats()),
        )

    def _by_test(self, parsed: Parsed) -> dict[str, _InFile]:
        found: dict[str, _InFile] = {}
        for test, case in zip(self._shown(parsed.cases), parsed.cases, strict=True):
            told = found.setdefault(test, _InFile())
            told.passed += case.state == "passed"
            told.failed += case.state == "failed"
            told.skipped += case.state == "skipped"
            told.flaky += case.flaky
        return found

    def _shown(self, cases: tuple[Told, ...]) -> list[str]:
        """The ids as they may be shown: on one line, cleaned and redacted, all of a file at once."""
        lines = [_line(case.id) for case in cases]
        redacted = self._redactor("\n".join(lines)).split("\n")
        # A pattern may reach over a line's end; then each is redacted for itself.
        return redacted if len(redacted) == len(lines) else [self._redactor(line) for line in lines]

    def _counts(self) -> TestCounts:
        tests = self._tests.values()
        passed, failed, skipped = (
            sum(getattr(test, name) for test in tests) for name in ("passed", "failed", "skipped")
        )
        failed += self._unlisted
        return TestCounts(
            total=passed + failed + skipped,
            passed=passed,
            failed=failed,
            skipped=skipped,
            flaky=sum(test.flaky for test in tests),
        )

    def _repeats(self) -> Iterator[str]:
        yield from self._copies
        repeated = [test for test, told in self._tests.items() if told.files > 1]
        if repeated:
            first = f", the first is {repeated[0]}" if len(repeated) > 1 else f": {repeated[0]}"
            many = "tests are" if len(repeated) > 1 else "test is"
            yield f"{len(repeated)} {many} told in more than one file and counted once{first}"

    def _contradictions(self) -> Iterator[str]:
        for test, told in self._tests.items():
            if told.passed_in is None or told.failed_in is None:
                continue
            if told.passed_in == told.failed_in:
                yield self._redactor(f"{test} is told twice in {told.passed_in}: as passed and as failed")
            else:
                yield self._redactor(f"{test} is told as passed in {told.passed_in} and as failed in {told.failed_in}")


def _line(test: str) -> str:
    return clean(" ".join(test.split())) or "unnamed"
