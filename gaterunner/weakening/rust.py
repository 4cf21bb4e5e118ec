"""Tests of Rust, wherever in a crate they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.weakening.annotated import Mark, Style, read_annotated, skip_by
from gaterunner.weakening.code import Assertions, Code
from gaterunner.weakening.tokens import RUST
from gaterunner.weakening.types import EMPTY, Sheet, Skip

_TESTS = re.compile(r"^(?:test|rstest|test_case|test_matrix|case|quickcheck|test_log|\w+_test|test_\w+)$")
_ANY = re.compile(rb"#\s*!?\[[\w\s:]*(?:test|case|quickcheck)")
_NEVER = re.compile(r"^(?:any \( \)|FALSE|false|not \( all \( \) \))$")


def read(data: bytes) -> Sheet:
    """All tests of a file; most files of a crate have none, and are not scanned."""
    if not _ANY.search(data):
        return EMPTY
    return read_annotated(Code(data.decode("utf-8", "replace"), RUST), _STYLE)


def _marks(code: Code, at: int) -> tuple[list[Mark], int] | None:
    opening = at + 1 + (code.text(at + 1) == "!")
    if code.text(at) != "#" or code.text(opening) != "[":
        return None
    end = code.end_of(opening)
    name_at = opening + 1
    while code.text(name_at + 1) == ":" and code.text(name_at + 2) == ":":
        name_at += 3
    arguments = code.key(name_at + 1, end)
    if arguments.startswith("( ") and arguments.endswith(" )"):
        arguments = arguments[2:-2]
    return [Mark(code.text(name_at), arguments, code.line(at))], end + 1


def _is_test(_name: str, marks: Sequence[Mark], _header: str) -> bool:
    return any(_TESTS.match(mark.name) for mark in marks)


def _skip(mark: Mark) -> Skip | None:
    if mark.name == "ignore":
        return skip_by(mark, word="ignored")
    if mark.name == "cfg_attr" and re.search(r", ignore\b", mark.arguments):
        return skip_by(mark, always=False, condition=mark.arguments, word="ignored")
    if mark.name == "cfg" and mark.arguments != "test":
        return skip_by(
            mark,
            always=_NEVER.match(mark.arguments) is not None,
            condition=f"unless {mark.arguments}",
            word=f"built only for {mark.arguments[:60]}",
        )
    return None


_STYLE = Style(
    marks=_marks,
    is_test=_is_test,
    skip=_skip,
    tag=re.compile(r"(?!)"),
    call=re.compile(r"(?!)"),
    assertions=Assertions(
        call=re.compile(r"(?i)assert|panic|unreachable|snapshot|expect_|check|^fail|todo|verify"), macros=True
    ),
    functions=frozenset({"fn"}),
    scopes=frozenset({"mod"}),
)
