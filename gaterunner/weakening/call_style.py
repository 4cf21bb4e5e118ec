"""Tests that are calls with a name and a function: ``it("works", () => …)``, as in JavaScript, Pest and Ginkgo."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import partial

from msgspec import Struct

from gaterunner.weakening.code import DEEPEST, MOST_SKIPS, Assertions, Code, conditions, count
from gaterunner.weakening.types import Counted, Focus, Sheet, Skip, Test, UnparsedError


class Words(Struct, frozen=True, kw_only=True):
    """The names that a family of runners uses. ``also`` marks calls in a body that skip the test around them."""

    test: frozenset[str]
    suite: frozenset[str]
    assertions: Assertions
    also: re.Pattern[str]


_NOT_TESTS = frozenset(
    {"beforeEach", "afterEach", "beforeAll", "afterAll", "before", "after", "use", "extend", "step", "setTimeout"}
    | {"info", "expect", "slow", "configure", "hooks", "mock", "fn", "override", "scoped"}
)
_DEFINING = frozenset({"function", "const", "let", "var", "import", "class", "func"})
_OFF = {
    "skip": "skipped",
    "todo": "left to do",
    "fixme": "skipped",
    "pending": "pending",
    "failing": "expected to fail",
}
_OFF |= {"fails": "expected to fail", "fail": "expected to fail"}
_IF = frozenset({"skipIf", "runIf", "skipUnless", "skip_if"})
_SKIPS = frozenset({"skip", "fixme", "todo", "pending", "Skip"})
_NAME = 160


class _Call(Struct, frozen=True, kw_only=True):
    """One test or suite: the words of its call, its name, and where its arguments and it as a whole begin and end."""

    words: tuple[str, ...]
    is_suite: bool
    name: str
    at: int
    opening: int
    end: int
    first: tuple[int, int]
    options: str
    condition: str | None


def read_calls(code: Code, words: Words) -> Sheet:
    """All tests of a file, with the suites around them in their names and their skips."""
    reader = _Reader(code, words)
    reader.read()
    return Sheet(tests=tuple(reader.tests), focus=tuple(reader.focus))


class _Branch(Struct, frozen=True):
    at: int
    end: int
    skip: Skip


class _Open(Struct, frozen=True):
    end: int
    name: str
    skips: tuple[Skip, ...]


class _Reader:
    def __init__(self, code: Code, words: Words) -> None:
        self._code, self._words = code, words
        self.tests: list[Test] = []
        self.focus: list[Focus] = []
        self._skipping = sorted(code.words(*_SKIPS))

    def read(self) -> None:
        self._code.learn_checkers(self._words.assertions)
        places = sorted(self._code.words(*self._words.test, *self._words.suite))
        found = (self._call(at) for at in places)
        calls = [each for each in found if each is not None]
        branches = list(self._branches())
        ranges = sorted((call.at, call.end) for call in calls if not call.is_suite)
        waiting: list[_Open] = []
        events: list[_Call | _Branch] = [*calls, *branches]
        for event in sorted(events, key=_position):
            while waiting and waiting[-1].end < event.at:
                waiting.pop()
            if len(waiting) > DEEPEST:
                raise UnparsedError
            if isinstance(event, _Branch):
                around = waiting[-1] if waiting else _Open(0, "", ())
                waiting.append(_Open(event.end, around.name, (*around.skips, event.skip)))
                continue
            name = " > ".join(each for each in (waiting[-1].name if waiting else "", event.name) if each)
            skips = (*(waiting[-1].skips if waiting else ()), *self._marks(event))
            self._focused(event, name)
            if event.is_suite:
                body = self._skips_of_body(event, within_suite=True)
                waiting.append(_Open(event.end, name, (*skips, *body)))
            else:
                self.tests.append(self._test(event, name, (*skips, *self._skips_of_body(event)), ranges))
                waiting.append(_Open(event.end, name, skips))

    def _test(self, call: _Call, name: str, skips: Sequence[Skip], ranges: Sequence[tuple[int, int]]) -> Test:
        code = self._code
        inner = list(_directly_within(call, ranges))
        start, end = self._body(call)
        counting = partial(count, code, start, end, self._words.assertions, inner) if end > start else Counted
        return code.test(name, call.at, call.end, skips, counting, bare=call.name)

    def _body(self, call: _Call) -> tuple[int, int]:
        """The inside of the function that is the test; all its arguments where no function is seen."""
        code = self._code
        at = call.first[1]
        while at < call.end:
            arrow = code.text(at) == ">" and code.text(at - 1) == "="
            if code.text(at) == "{" and (arrow or code.text(at - 1) in {")", ">"} or code.kind(at - 1) == "word"):
                return at + 1, code.end_of(at)
            at = code.end_of(at) + 1 if at in code.close else at + 1
        return call.first[1], call.end

    def _branches(self) -> Iterator[_Branch]:
        """``if (condition) {…}``: what stands in it is there only then."""
        code = self._code
        for at in code.words("if"):
            if code.text(at + 1) == "(":
                block = code.end_of(at + 1) + 1
                if code.text(block) == "{":
                    condition = code.key(at + 2, code.end_of(at + 1))
                    skip = Skip(
                        key=f"only if {condition}",
                        shown=f"if ({code.source(at + 2, code.end_of(at + 1))})",
                        line=code.line(at),
                        always=condition in {"false", "0"},
                        word=f"run only if {code.source(at + 2, code.end_of(at + 1))}",
                    )
                    yield _Branch(block, code.end_of(block), skip)

    # --- calls -------------------------------------------------------------------------------------------------------

    def _call(self, at: int) -> _Call | None:
        code = self._code
        if code.kind(at) != "word" or not self._starts(at):
            return None
        words, opening, condition = self._chain(at)
        if opening is None or words[-1] in _NOT_TESTS or (len(words) > 1 and words[1] in _NOT_TESTS):
            return None
        arguments = code.arguments(opening)
        if not arguments or (code.kind(arguments[0][0]) != "string" and len(arguments) == 1):
            return None
        if code.kind(arguments[0][0]) != "string" and not self._has_function(arguments[1:]):
            return None
        end = code.end_of(opening)
        options = next((code.key(*each) for each in arguments[1:3] if code.text(each[0]) == "{"), "")
        is_suite = bool(self._words.suite & set(words))
        name = _unquoted(code.key(*arguments[0]))[:_NAME]
        after, end = self._after(end)
        return _Call(
            words=(*words, *after),
            is_suite=is_suite,
            name=name,
            at=at,
            opening=opening,
            end=end,
            first=arguments[0],
            options=options,
            condition=condition,
        )

    def _starts(self, at: int) -> bool:
        code = self._code
        text = code.text(at)
        if text not in self._words.test and text not in self._words.suite:
            return False
        if code.text(at - 1) == ".":
            return code.text(at - 2) in {"Deno", "QUnit", "t"} and text == "test"
        called = code.text(at - 2) == "-" and code.text(at - 1) == ">"
        return not called and code.text(at - 1) not in _DEFINING

    def _chain(self, at: int) -> tuple[list[str], int | None, str | None]:
        """The words of ``test.each(table).skip`` up to the bracket that holds the name, and its condition."""
        code = self._code
        words = [code.text(at)]
        condition = None
        at += 1
        while True:
            if code.text(at) == "." and code.kind(at + 1) == "word":
                words.append(code.text(at + 1))
                at += 2
            elif code.text(at) == "<":  # `test<Context>(…)`, `it.each<T>`
                while code.text(at) not in {"(", ";", ""} and code.kind(at) != "string":
                    at += 1
            elif code.kind(at) == "string" and code.text(at + 1) == "(":  # a tagged table
                at += 1
            elif code.text(at) == "(" and code.text(code.end_of(at) + 1) == "(":
                if words[-1] in _IF:
                    condition = code.key(at + 1, code.end_of(at))
                at = code.end_of(at) + 1
            else:
                return words, at if code.text(at) == "(" else None, condition

    def _after(self, end: int) -> tuple[list[str], int]:
        """What Pest and Mocha hang behind a test: ``it(…)->skip()``, ``it(…).timeout(…)``."""
        code = self._code
        words: list[str] = []
        while True:
            arrow = code.text(end + 1) == "-" and code.text(end + 2) == ">"
            at = end + 3 if arrow else end + 2
            if not (arrow or code.text(end + 1) == ".") or code.kind(at) != "word" or code.text(at + 1) != "(":
                return words, end
            words.append(code.text(at))
            end = code.end_of(at + 1)

    def _has_function(self, arguments: Sequence[tuple[int, int]]) -> bool:
        texts = [self._code.key(start, min(end, start + 12)) for start, end in arguments]
        return any("= >" in text or text.startswith(("function", "async", "fn", "func")) for text in texts)

    # --- marks -------------------------------------------------------------------------------------------------------

    def _focused(self, call: _Call, name: str) -> None:
        first = call.words[0]
        if "only" in call.words[1:] or first[:1] in {"f", "F"} or re.search(r"\bonly : true", call.options):
            shown = self._code.source(call.at, call.opening) or first
            self.focus.append(Focus(shown, self._code.line(call.at), name))

    def _marks(self, call: _Call) -> list[Skip]:
        code = self._code
        found = []
        off = next(
            (each for each in call.words[1:] if each in _OFF and (each != "fail" or call.words[0] == "test")), None
        )
        option = re.search(r"\b(skip|todo|fails) : (?!false\b|undefined\b)(\S+)", call.options)
        if call.words[0][:1] in {"x", "X", "p", "P"}:
            found.append(self._mark(call, call.words[0], "skipped"))
        elif off is not None:
            found.append(self._mark(call, code.source(call.at, call.opening), _OFF[off]))
        elif call.condition is not None:
            always = call.condition in {"true", "1"} if "skip" in "".join(call.words) else call.condition == "false"
            found.append(self._mark(call, call.words[-1], "skipped", call.condition, always=always))
        elif option is not None:
            always = option[2] == "true" or option[2][0] in "\"'`"
            found.append(
                self._mark(
                    call, f"{option[1]}: {option[2]}", _OFF[option[1]], "" if always else option[2], always=always
                )
            )
        return found

    def _mark(self, call: _Call, shown: str, word: str, condition: str = "", *, always: bool = True) -> Skip:
        kind = "fails" if "fail" in word else "skips"
        return Skip(
            key=f"{kind} {condition}".strip() if not always else kind,
            shown=f"{shown}({condition})"[:80] if condition else shown,
            line=self._code.line(call.at),
            always=always,
            word=word,
        )

    def _skips_of_body(self, call: _Call, *, within_suite: bool = False) -> list[Skip]:
        code = self._code
        start, end = self._body(call)
        found: list[Skip] = []
        if bisect_left(self._skipping, start) == bisect_left(self._skipping, end):
            return found
        at = start
        while at < end and len(found) < MOST_SKIPS:
            text = code.text(at)
            inner = code.kind(at) == "word" and self._starts(at) and code.text(at - 1) != "."
            if inner and (_call := self._call(at)) is not None:
                at = _call.end + 1
                continue
            if code.kind(at) == "word" and self._is_skip(at, text):
                found.append(self._skip_call(start, at))
            elif within_suite and at in code.close and text in {"{", "("}:
                at = code.close[at]  # hooks and helpers: a skip there is theirs
            at += 1
        return found

    def _is_skip(self, at: int, text: str) -> bool:
        code = self._code
        if code.text(at + 1) != "(" or text not in _SKIPS:
            return False
        if code.text(at - 1) != ".":
            return text in {"pending", "Skip"}
        return self._words.also.search(code.text(at - 2)) is not None

    def _skip_call(self, start: int, at: int) -> Skip:
        code = self._code
        opening = at + 1
        arguments = code.arguments(opening)
        reason = next((_unquoted(code.text(each[0])) for each in arguments if code.kind(each[0]) == "string"), None)
        given = code.key(*arguments[0]) if arguments and code.kind(arguments[0][0]) != "string" else ""
        around = conditions(code, start, at)
        condition = " and ".join(each for each in (around, "" if given in {"true", ""} else given) if each)
        return Skip(
            key=f"skips {condition}".strip(),
            shown=code.source(at - 2, code.end_of(opening) + 1),
            line=code.line(at),
            always=not condition,
            reason=reason[:120] if reason else None,
        )


def _directly_within(call: _Call, ranges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The tests within a test, without those within them."""
    at = bisect_right(ranges, (call.at, call.end))
    while at < len(ranges) and ranges[at][0] < call.end:
        yield ranges[at]
        at = bisect_right(ranges, (ranges[at][1], ranges[at][1]))


def _position(event: _Call | _Branch) -> int:
    return event.at


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`":
        text = text[1:-1]
    return " ".join(text.split())
