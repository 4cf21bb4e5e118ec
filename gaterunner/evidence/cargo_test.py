"""Reads what `cargo test` prints, with its standard error for the names of the targets; stable Rust has no other form.

A summary ends each run and says how many tests passed: the names are read beside it as far as output of the tests
themselves left their lines whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct, field

from gaterunner.evidence.junit_xml import MAX_CASES
from gaterunner.evidence.parsed import Failure, Parsed, State, Told, told_id
from gaterunner.evidence.xml_stream import MAX_NAME

_MAX_TEXT = 20_000
_MAX_LINE = 2_000
_MESSAGE_LINES = 4
_CARGO_SAYS = "Compiling|Finished|Running|Blocking|Updating|Locking|Downloading|Downloaded|Checking|Fresh|Doc-tests"
_BEGINNING = re.compile(rf"(?m)^(?:running \d{{1,9}} tests?$|[ ]{{1,12}}(?:{_CARGO_SAYS}) |error(?:\[|:))")
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_TARGET = re.compile(r"\s+Running (?:unittests )?(\S+) \((?:\S*[/\\])?([\w.-]+?)-[0-9a-f]{8,}(?:\.exe)?\)")
_DOC_TESTS = re.compile(r"\s+Doc-tests (\S+)")
_RUN = re.compile(r"running \d{1,9} tests?")
_TEST = re.compile(r"test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)\b.*")
_FAILED_TEXT = re.compile(r"---- (.+?) stdout ----")
_SUMMARY = re.compile(r"test result: \S{1,20} (\d{1,9}) passed; (\d{1,9}) failed; (\d{1,9}) ignored;.*")
_THREAD = re.compile(r".{0,500}?thread '.{0,500}?' (?:\(\d+\) )?(panicked at )")
_STATES: dict[str, State] = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}


class _Run(Struct):
    """One target's run: what became of the tests that are named, and what the failed ones printed."""

    owner: str
    told: list[tuple[str, State]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    speaking: str = ""


def is_cargo_test(data: bytes) -> bool:
    """Whether a result file is meant to be this."""
    return not data.lstrip().startswith(b"<") and _BEGINNING.search(_text(data[:_MAX_TEXT])) is not None


def read_cargo_test(data: bytes) -> Parsed:
    """Reads all runs, one for each target. Raises ValueError with one sentence where names and a summary disagree.

    A run within a run is output of a test, and one that no summary ends has failed.
    """
    reader = _Reader()
    for line in _text(data).splitlines():
        reader.take(line[:_MAX_LINE])
    return reader.parsed()


def _text(data: bytes) -> str:
    return _COLOURS.sub("", data.decode("utf-8", "replace"))


class _Reader:
    """Follows the targets and their runs."""

    def __init__(self) -> None:
        self._owner = ""
        self._open: list[_Run] = []
        self._cases: list[Told] = []
        self._failures: list[Failure] = []
        self._unlisted = 0

    def take(self, line: str) -> None:
        if found := _TARGET.fullmatch(line):
            self._owner = f"{found[2]}:{found[1]}"
        elif found := _DOC_TESTS.fullmatch(line):
            self._owner = f"{found[1]}:doc"
        elif _RUN.fullmatch(line):
            self._open.append(_Run(owner=self._owner))
        elif self._open:
            self._within(self._open[-1], line)

    def parsed(self) -> Parsed:
        for run in self._open[:1]:
            self._unlisted += 1
            message = "the run ended without a summary"
            self._failures.append(Failure(suite=run.owner[:MAX_NAME], classname="", name="", message=message, text=""))
        return Parsed(cases=tuple(self._cases), failures=tuple(self._failures), unlisted=self._unlisted, newest=None)

    def _within(self, run: _Run, line: str) -> None:
        if found := _SUMMARY.fullmatch(line):
            self._open.pop()
            if not self._open:
                self._close(run, passed=int(found[1]), failed=int(found[2]), skipped=int(found[3]))
        elif found := _FAILED_TEXT.fullmatch(line):
            run.speaking = found[1]
        elif line == "failures:":
            run.speaking = ""
        elif run.speaking:
            texts = run.texts.setdefault(run.speaking, [])
            if len(texts) * 40 < _MAX_TEXT:
                texts.append(line)
        elif found := _TEST.fullmatch(line):
            run.told.append((found[1], _STATES[found[2]]))

    def _close(self, run: _Run, **summary: int) -> None:
        named = Counter(state for _, state in run.told)
        for state in _STATES.values():
            unnamed = summary[state] - named[state]
            if unnamed < 0:
                raise ValueError(f"names {named[state]} tests of {run.owner} as {state}, its summary {summary[state]}")
            if len(self._cases) + len(run.told) + unnamed > MAX_CASES:
                raise ValueError(f"has more than {MAX_CASES} test cases; split the gate")
            run.told += [(f"unnamed {number} {state}", state) for number in range(1, unnamed + 1)]
        for name, state in run.told:
            self._cases.append(Told(told_id(run.owner, name), state))
            if state == "failed":
                self._failures.append(_failure(run, name))


def _failure(run: _Run, name: str) -> Failure:
    lines = run.texts.get(name, [])
    return Failure(
        suite=run.owner[:MAX_NAME],
        classname=run.owner[:MAX_NAME],
        name=name[:MAX_NAME],
        message=" ".join(_told(lines)) or "failed",
        text="\n".join(lines)[:_MAX_TEXT],
    )


def _told(lines: list[str]) -> Iterator[str]:
    """The panic and what follows it, which is where the two sides of an assertion stand."""
    start = next((at for at, line in enumerate(lines) if _THREAD.match(line)), 0)
    for line in lines[start : start + _MESSAGE_LINES]:
        if not line.strip() or line.startswith(("note:", "stack backtrace:")):
            return
        yield _THREAD.sub(r"\1", line.strip())
