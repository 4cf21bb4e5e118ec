"""Tests of Java and Kotlin: JUnit 3 to 6, TestNG, kotlin.test."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.weakening.annotated import Mark, Style, read_annotated, skip_by
from gaterunner.weakening.code import Assertions, Code
from gaterunner.weakening.tokens import JAVA, KOTLIN
from gaterunner.weakening.types import Sheet, Skip

_TESTS = re.compile(r"^(?:Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Property|Theory|\w+Test)$")
_OFF = re.compile(r"^(?:Disabled|Ignore|Ignored|Deactivated)$")
_CONDITIONAL = re.compile(r"^(?:(?:Disabled|Enabled)(?:If|On|For|In|Until|Native)\w*|IgnoreIf|Requires|DoesNotRunIf)$")


def read(data: bytes) -> Sheet:
    """All tests of a file."""
    return read_annotated(Code(data.decode("utf-8", "replace"), JAVA), _JAVA)


def read_kotlin(data: bytes) -> Sheet:
    """All tests of a file."""
    return read_annotated(Code(data.decode("utf-8", "replace"), KOTLIN), _KOTLIN)


def _marks(code: Code, at: int) -> tuple[list[Mark], int] | None:
    if code.text(at) != "@" or code.kind(at + 1) != "word" or code.text(at + 1) == "interface":
        return None
    end = at + 1
    while code.text(end + 1) in {".", ":"} and code.kind(end + 2) == "word":
        end += 2
    name, arguments = code.text(end), ""
    if code.text(end + 1) == "(":
        arguments = code.key(end + 2, code.end_of(end + 1))
        end = code.end_of(end + 1)
    return [Mark(name, arguments, code.line(at))], end + 1


def _is_test(name: str, marks: Sequence[Mark], header: str) -> bool:
    if any(_TESTS.match(mark.name) for mark in marks):
        return True
    return name.startswith("test") and re.search(r"extends \w*TestCase\b", header) is not None


def _skip(mark: Mark) -> Skip | None:
    if _OFF.match(mark.name):
        return skip_by(mark)
    if _CONDITIONAL.match(mark.name):
        return skip_by(mark, always=False, condition=mark.shown)
    if mark.name == "Test" and re.search(r"\benabled = false\b", mark.arguments):
        return skip_by(mark)
    return None


_JAVA = Style(
    marks=_marks,
    is_test=_is_test,
    skip=_skip,
    tag=re.compile(r"Tags?$|Category$|Tag\w*$"),
    call=re.compile(r"\w*\.(?:assume\w*|abort)|TestAbortedException|\w*\.SkipException"),
    assertions=Assertions(
        call=re.compile(
            r"(?i)^\.?(?:\w*assert\w*|verify\w*|expect\w*|fail|check\w*|should\w*|ensure\w*|that|andExpect|validate\w*)$"
        )
    ),
    functions=None,
    scopes=frozenset({"class", "interface", "object", "record", "enum"}),
)
_KOTLIN = Style(
    marks=_JAVA.marks,
    is_test=_JAVA.is_test,
    skip=_JAVA.skip,
    tag=_JAVA.tag,
    call=_JAVA.call,
    assertions=_JAVA.assertions,
    functions=frozenset({"fun", ">"}),
    scopes=_JAVA.scopes,
)
