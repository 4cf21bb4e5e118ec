"""Tests of Go: functions of a ``_test.go`` file, their named subtests, suites of testify, and Ginkgo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice

from gaterunner.weakening.call_style import Words, read_calls
from gaterunner.weakening.code import MOST_SKIPS, Assertions, Code, conditions, count, outside
from gaterunner.weakening.tokens import GO
from gaterunner.weakening.types import Sheet, Skip, Test

_ASSERTIONS = Assertions(
    call=re.compile(
        r"(?i)^\.(?:error|errorf|fatal|fatalf|fail|failnow)$|^\.?(?:assert\w*|require\w*|check\w*|verify\w*|expect\w*"
        r"|ensure\w*|should\w*|must\w*|eventually|consistently|compare\w*|golden\w*|equal\w*|panics\w*)$"
    )
)
_GINKGO = Words(
    test=frozenset(["It", "Specify", "Entry", "FIt", "PIt", "XIt", "FSpecify", "PSpecify", "XSpecify"]),
    suite=frozenset({"Describe", "Context", "When", "DescribeTable", "FDescribe", "FContext", "FWhen"})
    | {"PDescribe", "PContext", "PWhen", "XDescribe", "XContext", "XWhen"},
    assertions=_ASSERTIONS,
    also=re.compile(r"(?!)"),
)
_TEST = re.compile(r"(?:Test|Fuzz|Example)(?![a-z])\w*$")
_SKIPS = frozenset({"Skip", "Skipf", "SkipNow"})
_NEVER = re.compile(r"\b(?:ignore|never|none|disabled?|skip\w*|todo)\b")


def read(data: bytes) -> Sheet:
    """All tests of a file."""
    text = data.decode("utf-8", "replace")
    code = Code(text, GO)
    code.learn_checkers(_ASSERTIONS)
    sheet = read_calls(code, _GINKGO) if "ginkgo" in text else Sheet()
    whole = tuple(_constraints(code))
    return Sheet(tests=(*_functions(code, whole), *sheet.tests), focus=sheet.focus)


def _constraints(code: Code) -> Iterator[Skip]:
    """``//go:build`` above the package: the file is built, and its tests run, under that condition only."""
    for text, line in code.comments:
        if line > code.line(0):
            return
        found = re.match(r"//\s*(?:go:build|\+build)\s+(.+)", text)
        if found:
            condition = " ".join(found[1].split())
            yield Skip(
                key=f"built {condition}",
                shown=text.strip()[:80],
                line=line,
                always=_NEVER.search(condition) is not None,
                word=f"built only with {condition[:60]}",
            )


def _functions(code: Code, whole: tuple[Skip, ...]) -> Iterator[Test]:
    at = 0
    while at < code.size:
        if code.text(at) == "func" and code.kind(at) == "word":
            receiver, name_at = "", at + 1
            if code.text(name_at) == "(":
                receiver = f"{code.text(code.end_of(name_at) - 1)}."
                name_at = code.end_of(name_at) + 1
            name = code.text(name_at)
            if code.text(name_at + 1) == "(" and _TEST.match(name):
                body = code.end_of(name_at + 1) + 1
                if code.text(body) == "{":
                    yield from _test(code, f"{receiver}{name}", at, body, whole)
                    at = code.end_of(body)
        at += 1


def _test(code: Code, name: str, at: int, body: int, skips: tuple[Skip, ...]) -> Iterator[Test]:
    """A test and its subtests with a literal name, which count for themselves."""
    end = code.end_of(body)
    inner = list(_subtests(code, body + 1, end))
    own = (*skips, *islice(_skip_calls(code, body + 1, end, inner), MOST_SKIPS))
    others = [(each[1], each[2] + 1) for each in inner]
    yield code.test(name, at, end, own, partial(count, code, body + 1, end, _ASSERTIONS, others))
    for subtest, start, opening in ((each[0], each[3], each[1]) for each in inner):
        yield from _test(code, f"{name}/{subtest}", start, opening, own)


def _subtests(code: Code, start: int, end: int) -> Iterator[tuple[str, int, int, int]]:
    """Name, first and last bracket of the body, and beginning, of each ``t.Run("name", func(…) {…})``."""
    at = start
    while at < end:
        if code.text(at) == "Run" and code.text(at - 1) == "." and code.text(at + 1) == "(":
            arguments = code.arguments(at + 1)
            named = len(arguments) == 2 and code.kind(arguments[0][0]) == "string"  # noqa: PLR2004 -- name and function
            if named and code.text(arguments[1][0]) == "func":
                opening = code.end_of(arguments[1][0] + 1) + 1
                if code.text(opening) == "{":
                    yield code.text(arguments[0][0]).strip('"`'), opening, code.end_of(opening), at
                    at = code.end_of(at + 1)
        at += 1


def _skip_calls(code: Code, start: int, end: int, inner: list[tuple[str, int, int, int]]) -> Iterator[Skip]:
    for at in outside(start, end, [(each[1], each[2]) for each in inner]):
        if code.text(at) in _SKIPS and code.text(at + 1) == "(" and code.text(at - 1) == ".":
            condition = conditions(code, start, at)
            reason = code.text(at + 2).strip('"`') if code.kind(at + 2) == "string" else None
            yield Skip(
                key=f"skips {condition}".strip(),
                shown=code.source(at - 2, code.end_of(at + 1) + 1),
                line=code.line(at),
                always=not condition,
                reason=reason[:120] if reason else None,
            )
