"""Reads what `go test -json` prints (`go doc test2json`), one event a line; the branch's code may have written it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec import Struct

from gaterunner.evidence.junit_xml import MAX_CASES
from gaterunner.evidence.parsed import Failure, Parsed, State, Told, told_id
from gaterunner.evidence.xml_stream import MAX_NAME

_MAX_TEXT = 20_000
_ENDS: dict[str, State] = {"pass": "passed", "fail": "failed", "skip": "skipped"}
# Before Go 1.24 what could not be built is told in plain lines between the events.
_UNBUILT = re.compile(rb"FAIL\t(\S{1,1000}) (\[[a-z ]{1,40}\])")
_BEGINNING = re.compile(rb"\s*(?:\{|FAIL\t|ok  \t|\?   \t)")
_FRAME = re.compile(r"\s*(?:=== |--- |FAIL\b|ok\s|exit status|panic: .*\[recovered\])")
_PLACE = re.compile(r"^\s*([\w.+-]{1,200}\.go):(\d{1,7}):", re.MULTILINE)


class _Event(Struct, frozen=True):
    """One line. ``ImportPath`` goes with the output of a build, ``Package`` with everything else."""

    Action: str
    Package: str = ""
    Test: str = ""
    Output: str = ""
    Time: str = ""
    ImportPath: str = ""


def is_go_test(data: bytes) -> bool:
    """Whether a result file is meant to be this; XML begins otherwise."""
    return _BEGINNING.match(data) is not None


def read_go_test(data: bytes) -> Parsed:
    """Reads the events of any number of packages; raises ValueError with one sentence for anything else.

    A test that began and did not end has failed, and so has a package that failed without one of its tests.
    """
    reader = _Reader()
    for event in _events(data):
        reader.take(event)
    return reader.parsed()


def _events(data: bytes) -> Iterator[_Event]:
    decode = msgspec.json.Decoder(_Event).decode
    for number, line in enumerate(data.splitlines(), 1):
        if line[:1] != b"{":
            unbuilt = _UNBUILT.match(line)
            if unbuilt:
                package, why = (part.decode("utf-8", "replace") for part in unbuilt.groups())
                yield _Event(Action="output", Package=package, Output=why)
                yield _Event(Action="fail", Package=package)
            continue
        try:
            yield decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"line {number} is not what `go test -json` prints: {error}") from error


class _Reader:
    """Follows packages and their tests from beginning to end."""

    def __init__(self) -> None:
        self._cases: list[Told] = []
        self._failures: list[Failure] = []
        self._open: dict[tuple[str, str], None] = {}
        self._text: dict[tuple[str, str], list[str]] = {}
        self._room: dict[tuple[str, str], int] = {}
        self._broken: set[str] = set()
        self._unlisted = 0
        self._newest: float | None = None

    def take(self, event: _Event) -> None:
        key = (event.Package or event.ImportPath.partition(" ")[0], event.Test)
        self._date(event.Time)
        if event.Action in ("output", "build-output"):
            self._keep(key, event.Output)
        elif event.Action in ("start", "run"):
            self._open[key] = None
        elif event.Action in _ENDS:
            self._end(key, event.Action)

    def parsed(self) -> Parsed:
        for key in reversed(list(self._open)):
            self._fail(key, "did not end")
        return Parsed(
            cases=tuple(self._cases), failures=tuple(self._failures), unlisted=self._unlisted, newest=self._newest
        )

    def _end(self, key: tuple[str, str], action: str) -> None:
        package, test = key
        if not test:
            # Tests that are still open when their package ends were taken down with it.
            for other in [each for each in self._open if each[0] == package and each[1]]:
                self._fail(other, "did not end")
        self._open.pop(key, None)
        if action == "fail":
            self._fail(key, "")
        elif test:
            self._told(key, action)

    def _fail(self, key: tuple[str, str], why: str) -> None:
        package, test = key
        self._open.pop(key, None)
        if test:
            self._told(key, "fail")
        elif package in self._broken:
            return
        else:
            self._unlisted += 1
            why = why or "the package failed outside of its tests"
        self._broken.add(package)
        text = "".join(self._text.pop(key, []))
        said = next((line.strip() for line in text.splitlines() if line.strip() and not _FRAME.match(line)), "")
        message = ": ".join(part for part in (why, said) if part) or "failed"
        self._failures.append(
            Failure(
                suite=package[:MAX_NAME],
                classname=package[:MAX_NAME] if test else "",
                name=test[:MAX_NAME],
                message=message,
                text="\n".join((*_places(package, text), text)),
            )
        )

    def _told(self, key: tuple[str, str], action: str) -> None:
        if len(self._cases) >= MAX_CASES:
            raise ValueError(f"has more than {MAX_CASES} test cases; split the gate")
        self._cases.append(Told(told_id(*key), _ENDS[action]))
        if action != "fail":
            self._text.pop(key, None)

    def _keep(self, key: tuple[str, str], text: str) -> None:
        room = self._room.get(key, _MAX_TEXT)
        if room > 0:
            self._text.setdefault(key, []).append(text[:room])
            self._room[key] = room - len(text)

    def _date(self, time: str) -> None:
        try:
            moment = datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", time)).timestamp()
        except (ValueError, OverflowError):
            return
        self._newest = max(moment, self._newest or 0.0)


def _places(package: str, text: str) -> Iterator[str]:
    """Places as somebody below any folder of the package's path would name them, the longest first: Go tells the
    file's name alone."""
    parts = package[:MAX_NAME].split("/")
    for found in list(_PLACE.finditer(text))[:3]:
        for cut in range(len(parts)):
            yield "/".join((*parts[cut:], f"{found[1]}:{found[2]}"))
