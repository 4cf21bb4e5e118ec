"""Tests that are functions with a mark before them, in Java, Kotlin, C#, Rust and PHP."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice

from msgspec import Struct

from gaterunner.weakening.code import DEEPEST, MOST_SKIPS, Assertions, Code, conditions, count
from gaterunner.weakening.types import Sheet, Skip, Test, UnparsedError


class Mark(Struct, frozen=True):
    """An annotation or attribute: its last name, its arguments as text, its line."""

    name: str
    arguments: str
    line: int

    @property
    def shown(self) -> str:
        text = f"{self.name}({self.arguments})" if self.arguments else self.name
        return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004 -- as long as a message can bear


class Style(Struct, frozen=True, kw_only=True):
    """How a language marks tests.

    ``marks`` reads the marks at an index and says where they end, None where there are none. ``is_test`` looks at a
    function's name, its marks and the classes around it. ``skip`` says what a mark does, if it keeps a test from
    counting. ``call`` matches calls in a body that do, as ``owner.name``; ``functions`` are the words before a
    function's name, None where nothing stands there.
    """

    marks: Callable[[Code, int], tuple[list[Mark], int] | None]
    is_test: Callable[[str, Sequence[Mark], str], bool]
    skip: Callable[[Mark], Skip | None]
    tag: re.Pattern[str]
    call: re.Pattern[str]
    assertions: Assertions
    functions: frozenset[str] | None
    scopes: frozenset[str]


class _Open(Struct, frozen=True):
    end: int
    prefix: str
    skips: tuple[Skip, ...]
    header: str


def read_annotated(code: Code, style: Style) -> Sheet:
    """All tests of a file, with the classes or modules around them in their names and their skips."""
    code.learn_checkers(style.assertions)
    return Sheet(tests=tuple(_Reader(code, style).tests()))


class _Reader:
    def __init__(self, code: Code, style: Style) -> None:
        self._code, self._style = code, style
        self._waiting: list[_Open] = []
        self._pending: list[Mark] = []

    def tests(self) -> Iterator[Test]:
        code, at = self._code, 0
        while at < code.size:
            while self._waiting and self._waiting[-1].end < at:
                self._waiting.pop()
            marks = self._style.marks(code, at)
            if marks is not None:
                self._pending += marks[0]
                at = max(marks[1], at + 1)
                continue
            if code.kind(at) == "word":
                if code.text(at) in self._style.scopes and self._opens(at):
                    at += 2
                    continue
                body = self._function(at)
                if body is not None:
                    test = self._test(at, body)
                    if test is not None:
                        yield test
                    self._pending = []
                    at = code.end_of(body) if code.text(body) == "{" else body
            elif code.text(at) in {";", "{", "}"}:
                self._pending = []
            at += 1

    def _opens(self, at: int) -> bool:
        """Enters the class or module that begins here, if one does."""
        code = self._code
        if code.kind(at + 1) != "word" or code.text(at - 1) in {".", ":"}:
            return False
        block = at + 2
        while block < at + 80 and code.text(block) not in {"{", ";", "}", ""}:
            block = code.end_of(block) + 1 if code.text(block) == "(" else block + 1
        if code.text(block) != "{":
            self._pending = []
            return True
        if len(self._waiting) > DEEPEST:
            raise UnparsedError
        around = self._waiting[-1] if self._waiting else _Open(0, "", (), "")
        skips = (*around.skips, *self._skips())
        header = code.key(at + 2, block)
        self._waiting.append(_Open(code.end_of(block), f"{around.prefix}{code.text(at + 1)}.", skips, header))
        self._pending = []
        return True

    def _function(self, at: int) -> int | None:
        """Where the body of the function that is named here begins; None where none is."""
        code, words = self._code, self._style.functions
        if code.text(at + 1) not in {"(", "<"}:
            return None
        if words is not None and code.text(at - 1) not in words:
            return None
        if words is None and (code.kind(at - 1) not in {"word", "sign"} or code.text(at - 1) in _NOT_BEFORE):
            return None
        opening = at + 1
        while code.text(opening) not in {"(", "{", ";", ""}:
            opening += 1
        block = code.end_of(opening) + 1 if code.text(opening) == "(" else opening
        limit = block + 40
        while block < limit and code.text(block) not in {"{", ";", "}", "=", ""}:
            block = code.end_of(block) + 1 if code.text(block) == "(" else block + 1
        return block if code.text(block) in {"{", "="} else None

    def _test(self, at: int, body: int) -> Test | None:
        code, style = self._code, self._style
        name = code.text(at).strip("`")
        around = self._waiting[-1] if self._waiting else _Open(0, "", (), "")
        if not style.is_test(name, self._pending, around.header):
            return None
        end = code.end_of(body) if code.text(body) == "{" else _end_of_expression(code, body)
        skips = (*around.skips, *self._skips(), *islice(self._calls(body + 1, end), MOST_SKIPS))
        tags = [mark.arguments for mark in self._pending if style.tag.match(mark.name)]
        counting = partial(count, code, body + 1, end, style.assertions)
        return code.test(f"{around.prefix}{name}", at, end, skips, counting, bare=name, marks=tags)

    def _skips(self) -> list[Skip]:
        return [skip for mark in self._pending if (skip := self._style.skip(mark)) is not None]

    def _calls(self, start: int, end: int) -> Iterator[Skip]:
        code = self._code
        for at in range(start, end):
            if code.texts[at + 1] != "(" or code.kinds[at] != "word":
                continue
            joined = code.text(at - 1) in {".", ">", ":"}
            owner = code.text(at - 2 if code.text(at - 1) == "." else at - 3) if joined else ""
            if self._style.call.fullmatch(f"{owner}.{code.text(at)}"):
                yield self._call(start, at)

    def _call(self, start: int, at: int) -> Skip:
        code = self._code
        arguments = code.arguments(at + 1)
        texts = [code.key(*each) for each in arguments]
        reason = next((code.text(each[0]) for each in arguments if code.kind(each[0]) == "string"), None)
        asks = re.search(r"(?i)assum|if|unless|when", code.text(at)) is not None
        given = texts[0] if asks and texts else ""
        never = given in {"false", "true", "! true", "! false"}
        around = conditions(code, start, at)
        condition = " and ".join(each for each in (around, "" if never else given) if each)
        return Skip(
            key=f"skips {condition}".strip(),
            shown=code.source(at, code.end_of(at + 1) + 1),
            line=code.line(at),
            always=not condition,
            reason=reason.strip("\"'")[:120] if reason else None,
        )


_NOT_BEFORE = frozenset(
    {".", "=", "(", ",", "!", "&", "|", "+", "-", "?", ":", "return", "new", "throw", "await", "else"}
)


def _end_of_expression(code: Code, at: int) -> int:
    """Where the body of Kotlin's ``fun test() = run {…}`` ends: with its line, or its last bracket."""
    line = code.line(at)
    while at + 1 < code.size and (code.line(at + 1) == line or code.text(at + 1) in {".", "{"}):
        at += 1
        if at in code.close:
            at = code.end_of(at)
            line = code.line(at)
    return at


def skip_by(mark: Mark, *, always: bool = True, condition: str = "", word: str = "skipped") -> Skip:
    """The skip that a mark stands for; ``condition`` is what it depends on."""
    reason = re.search(r"\"([^\"]{1,120})", mark.arguments)
    return Skip(
        key=f"skips {condition}".strip(),
        shown=mark.shown,
        line=mark.line,
        always=always,
        reason=reason[1] if reason and always else None,
        word=word,
    )
