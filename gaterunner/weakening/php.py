"""Tests of PHP: PHPUnit and Pest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.weakening.annotated import Mark, Style, read_annotated, skip_by
from gaterunner.weakening.call_style import Words, read_calls
from gaterunner.weakening.code import Assertions, Code
from gaterunner.weakening.tokens import PHP
from gaterunner.weakening.types import Sheet, Skip

_ASSERTIONS = Assertions(
    call=re.compile(r"(?i)^\.?(?:\w*assert\w*|expect\w*|fail|should\w*|verify\w*|check\w*|ensure\w*|prophesize)$")
)
_PEST = Words(
    test=frozenset({"it", "test", "todo"}),
    suite=frozenset({"describe"}),
    assertions=_ASSERTIONS,
    also=re.compile(r"(?!)"),
)


def read(data: bytes) -> Sheet:
    """All tests of a file."""
    code = Code(data.decode("utf-8", "replace"), PHP)
    found = read_annotated(code, _STYLE)
    # A doc comment marks tests as well, and is no token: the line below its end is the function's.
    return found if found.tests else read_calls(code, _PEST)


def _marks(code: Code, at: int) -> tuple[list[Mark], int] | None:
    if code.text(at) != "#" or code.text(at + 1) != "[":
        return None
    end = code.end_of(at + 1)
    found = []
    for start, stop in code.split(at + 2, end):
        opening = next((each for each in range(start, stop) if code.text(each) == "("), stop)
        arguments = code.key(opening + 1, code.end_of(opening)) if opening < stop else ""
        found.append(Mark(code.text(opening - 1), arguments, code.line(start)))
    return found, end + 1


def _is_test(name: str, marks: Sequence[Mark], header: str) -> bool:
    marked = any(mark.name in {"Test", "DataProvider", "TestWith"} for mark in marks)
    return marked or (name.startswith("test") and "extends" in header)


def _skip(mark: Mark) -> Skip | None:
    if mark.name.startswith("Requires"):
        return skip_by(mark, always=False, condition=mark.shown)
    return None


_STYLE = Style(
    marks=_marks,
    is_test=_is_test,
    skip=_skip,
    tag=re.compile(r"Group$"),
    call=re.compile(r"\$?\w*\.(?:markTestSkipped|markTestIncomplete)"),
    assertions=_ASSERTIONS,
    functions=frozenset({"function"}),
    scopes=frozenset({"class", "trait"}),
)
