"""Tests of C#: xUnit, NUnit, MSTest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.weakening.annotated import Mark, Style, read_annotated, skip_by
from gaterunner.weakening.code import Assertions, Code
from gaterunner.weakening.tokens import CSHARP
from gaterunner.weakening.types import Sheet, Skip

_TESTS = re.compile(r"^(?:\w*Fact|\w*Theory|Test|TestCase|TestCaseSource|TestMethod|DataTestMethod|Property)$")
_OFF = re.compile(r"^(?:Ignore|Explicit)$")
_CONDITIONAL = re.compile(r"^(?:Platform|Conditional\w+|SkipOn\w+|SkipIf\w*|OSCondition|RunOn\w+)$")


def read(data: bytes) -> Sheet:
    """All tests of a file."""
    return read_annotated(Code(data.decode("utf-8-sig", "replace"), CSHARP), _STYLE)


def _marks(code: Code, at: int) -> tuple[list[Mark], int] | None:
    if code.text(at) != "[" or code.text(at - 1) not in {"", ";", "{", "}", "]"}:
        return None
    end = code.end_of(at)
    found = []
    for start, stop in code.split(at + 1, end):
        name_at = start
        while code.text(name_at + 1) == "." and name_at + 2 < stop:
            name_at += 2
        arguments = code.key(name_at + 2, code.end_of(name_at + 1)) if code.text(name_at + 1) == "(" else ""
        found.append(Mark(code.text(name_at).removesuffix("Attribute"), arguments, code.line(start)))
    return found, end + 1


def _is_test(_name: str, marks: Sequence[Mark], _header: str) -> bool:
    return any(_TESTS.match(mark.name) for mark in marks)


def _skip(mark: Mark) -> Skip | None:
    if _OFF.match(mark.name):
        return skip_by(mark)
    if _TESTS.match(mark.name) and re.search(r"\b(?:Skip|Ignore|IgnoreReason) = (?!null\b)", mark.arguments):
        return skip_by(mark)
    if _CONDITIONAL.match(mark.name):
        return skip_by(mark, always=False, condition=mark.shown)
    return None


_STYLE = Style(
    marks=_marks,
    is_test=_is_test,
    skip=_skip,
    tag=re.compile(r"Trait$|Category$|TestCategory$"),
    call=re.compile(r"Assert\.(?:Ignore|Inconclusive|Skip\w*)|Skip\.\w+|Assume\.That"),
    assertions=Assertions(
        call=re.compile(r"(?i)^\.?(?:\w*assert\w*|verify\w*|expect\w*|should\w*|check\w*|fail|ensure\w*|received\w*)$")
    ),
    functions=None,
    scopes=frozenset({"class", "struct", "record", "interface"}),
)
