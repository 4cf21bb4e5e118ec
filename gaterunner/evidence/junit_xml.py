"""Reads one JUnit XML file, which the branch's code wrote and which may therefore say anything.

Import it only when there is a file to read: the library behind it is slow to load.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from junitparser import JUnitXmlError, Skipped, xunit2

from gaterunner.evidence.parsed import Failure, Parsed, Told, told_id
from gaterunner.evidence.xml_stream import MAX_NAME, read_xml

MAX_CASES = 100_000
_MAX_TEXT = 20_000
_MAX_DIGITS = 10
# A timestamp without a zone may be any zone's; the westernmost is 12 hours behind, plus some for clocks.
_UNKNOWN_ZONE = timedelta(hours=14)
# What GoogleTest, CTest, Bazel and others say of a case in its attributes, in some versions without an element inside.
_NOT_RUN = frozenset({"notrun", "skipped", "suppressed", "disabled", "ignored"})
_FAILED = frozenset({"fail", "failed", "failure", "error"})
# What node:test tells of a file without any test: a test that passed, of the file's own name.
_NODE_FILE = re.compile(r"\S+\.[cm]?[jt]s")


def read_results(data: bytes) -> Parsed:
    """Reads the content of a result file; raises ValueError with one sentence when it is not JUnit XML."""
    cases = _refuse_traps(data)
    suite: Any = xunit2.TestSuite  # the library's methods have no types
    try:
        root: Any = xunit2.JUnitXml.fromstring(data)  # bytes, which carry their own encoding
    except (SyntaxError, JUnitXmlError, ValueError) as error:
        raise ValueError(f"could not be read as JUnit XML: {error}") from error
    # Some tools put cases right below <testsuites>; read as a suite, it may hold both.
    reader = _Reader()
    parsed = reader.read(suite.fromelem(root))
    if reader.cases != cases:
        raise ValueError(f"holds {cases} test cases, of which only {reader.cases} lie in suites")
    return parsed


def _refuse_traps(data: bytes) -> int:
    """Refuses what makes reading dangerous, before the library builds a tree of it.

    Returns the number of test cases, wherever they are.
    """
    cases = 0
    root: str | None = None

    def start(name: str, _: object) -> None:
        nonlocal cases, root
        if root is None:
            root = name
            if root not in {"testsuites", "testsuite"}:
                raise ValueError(f"is not a JUnit file: its root element is <{root[:MAX_NAME]}>")
        cases += name == "testcase"
        if cases > MAX_CASES:
            raise ValueError(f"has more than {MAX_CASES} test cases; split the gate")

    read_xml(data, start=start)
    return cases


class _Reader:
    """Walks suites within suites and adds them up."""

    def __init__(self) -> None:
        self._cases: list[Told] = []
        self._failures: list[Failure] = []
        self._unlisted = 0
        self._newest: float | None = None

    @property
    def cases(self) -> int:
        """How many cases lie in suites."""
        return len(self._cases)

    def read(self, root: Any) -> Parsed:
        self._suite(root)
        return Parsed(
            cases=tuple(self._cases), failures=tuple(self._failures), unlisted=self._unlisted, newest=self._newest
        )

    def _suite(self, suite: Any) -> None:
        failed = len(self._failures)
        moment = _moment(suite.timestamp)
        if moment is not None:
            self._newest = max(moment, self._newest or 0.0)
        for case in suite.iterchildren(xunit2.TestCase):
            self._case(suite.name or "", case)
        for nested in suite.testsuites():
            self._suite(nested)
        if len(self._failures) == failed:
            self._declared(suite)

    def _case(self, suite: str, case: Any) -> None:
        results = case.result
        broken = next((result for result in results if not isinstance(result, Skipped)), None)
        told = {_attribute(case, name).strip().lower() for name in ("status", "result")}
        test = _id(suite, case)
        if broken is not None or (told & _FAILED and not results):
            self._cases.append(Told(test, "failed"))
            self._failures.append(_failure(suite, case, broken))
        elif results or told & _NOT_RUN or _stands_for_none(case):
            self._cases.append(Told(test, "skipped"))
        else:
            # Surefire and nextest: failed, then passed on a retry. The two kinds are not told apart anywhere else.
            self._cases.append(Told(test, "passed", flaky=bool(case.interim_result)))

    def _declared(self, suite: Any) -> None:
        """A suite that says it has failures and lists none: it died before that case was written."""
        failed = _number(suite, "failures") + _number(suite, "errors")
        if failed:
            self._unlisted += failed
            message = f"{failed} failed, but the result file lists none of them"
            self._failures.append(Failure(suite=suite.name or "", classname="", name="", message=message, text=""))


def _stands_for_none(case: Any) -> bool:
    """Whether a tool tells by this case that it found no test: node:test, and PHPUnit up to 9 as a case `Warning`."""
    name = (case.name or "")[:MAX_NAME]
    if case.classname == "test":
        return _NODE_FILE.fullmatch(name) is not None
    warns = case._elem.find("warning") is not None  # noqa: SLF001 (the library knows no such element)
    return name == "Warning" and case.classname is None and warns


def _id(suite: str, case: Any) -> str:
    # pytest tells of a module that it could not import as a case of no class, whose name is the module's.
    owner = "" if case.classname == "" and suite.startswith("pytest") else case.classname or suite
    return told_id(owner or "", case.name or "")


def _failure(suite: str, case: Any, result: Any | None) -> Failure:
    """``result`` is None where only an attribute of the case says that it failed."""
    text = (result.text if result is not None else None) or ""
    if len(text) > _MAX_TEXT:
        text = text[: _MAX_TEXT // 2] + "\n" + text[-_MAX_TEXT // 2 :]
    line = _attribute(case, "line")
    number = int(line) if line.isdecimal() and len(line) < _MAX_DIGITS else None
    # pytest's xunit1 counts lines from 0, everybody else's from 1.
    if number is not None and suite.startswith("pytest"):
        number += 1
    return Failure(
        suite=suite[:MAX_NAME],
        classname=(case.classname or "")[:MAX_NAME],
        name=(case.name or "")[:MAX_NAME],
        message=((result.message if result is not None else None) or "")[:_MAX_TEXT],
        text=text,
        file=_attribute(case, "file")[:MAX_NAME] or None,
        line=number or None,
    )


def _attribute(element: Any, name: str) -> str:
    """An attribute for which junitparser has no name of its own."""
    return str(element._elem.attrib.get(name, ""))  # noqa: SLF001 (the library offers no other way)


def _number(element: Any, name: str) -> int:
    text = _attribute(element, name)
    return int(text) if text.isdecimal() and len(text) < _MAX_DIGITS else 0


def _moment(timestamp: str | None) -> float | None:
    """The latest moment that a timestamp can mean, in seconds since 1970; None when it is not one."""
    try:
        moment = datetime.fromisoformat((timestamp or "").strip())
    except ValueError:
        return None
    try:
        return moment.timestamp() if moment.tzinfo else (moment.replace(tzinfo=UTC) + _UNKNOWN_ZONE).timestamp()
    except (OverflowError, ValueError):
        return None
