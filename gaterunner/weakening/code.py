"""Scanned code with its brackets matched, and how much of a piece of it can fail."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, islice

from msgspec import Struct

from gaterunner.weakening.bodies import digest
from gaterunner.weakening.tokens import Syntax, scan
from gaterunner.weakening.types import Counted, Hollow, Skip, Test, Uncounted

_CLOSES = {")": "(", "]": "[", "}": "{"}
_BRACKETS = frozenset("()[]{}")
_SHOWN = 80
_PADDING = 100
DEEPEST = 60  # suites within suites, each with the skips of all around it
MOST_SKIPS = 20  # of one body that are looked at: each asks what stands around it
_TRUE = frozenset({"true", "True", "TRUE", "1"})
_LITERAL = re.compile(r"(?i)^(?:true|\d[\w.]*|[\"'`].*[\"'`])$", re.DOTALL)
_SAME = re.compile(r"(?i)equal|same|_eq$|^eq|\bis$|strictequal|tobe$|tomatch")


class Assertions(Struct, frozen=True, kw_only=True):
    """How a language's tests assert: names of calls, and matchers that say no more than that there is something."""

    call: re.Pattern[str]
    weak: re.Pattern[str] = re.compile(
        r"(?i)^(?:toBeTruthy|toBeFalsy|toBeDefined|toBeUndefined|toBeNull|toBeInTheDocument|ok|exists?|assertTrue|assertFalse"
        r"|assertNotNull|assertNotEmpty|assertIsArray|NotNil|NoError|True|False|NotNull|IsNotNull)$"
    )
    macros: bool = False


class Code:
    """A file's tokens without comments: ``kinds`` and ``texts`` side by side, with some empty ones behind the end.

    ``close`` maps the index of an opening bracket to that of its end.
    """

    def __init__(self, text: str, syntax: Syntax) -> None:
        self.kinds, self.texts, self._starts, comments = scan(text, syntax)
        # Where each line ends: that of the n-th is the length of the n lines before it, and of n - 1 newlines.
        self._newlines = [number + size for number, size in enumerate(accumulate(map(len, text.split("\n"))))]
        self.comments = [(token.text, self._line_at(token.at)) for token in comments]
        self.size = len(self.texts)
        # Padded, so that looking a little past either end finds nothing.
        self.texts += [""] * _PADDING
        self.kinds += [""] * _PADDING
        self.close = _matched(self.texts, self.kinds, self.size)
        self.lines = text.splitlines()
        self._asserting: list[Assertions] = []
        self._open = {closing: opening for opening, closing in self.close.items()}

    def _line_at(self, offset: int) -> int:
        return bisect_left(self._newlines, offset) + 1

    def learn_checkers(self, how: Assertions) -> None:
        """Lets calls of the file's own functions count as assertions where those assert."""
        self._asserting.append(how)

    def _around(self) -> frozenset[tuple[str, bool]]:
        return frozenset((name, True) for name in self.checkers)

    @cached_property
    def checkers(self) -> frozenset[str]:
        """The file's own functions that assert, be it through each other."""
        asserting: frozenset[str] = frozenset()
        bodies = dict(_definitions(self)) if self._asserting else {}
        for how in self._asserting:
            followed = enumerate(zip(self.kinds, islice(self.texts, 1, None), strict=False))
            places = [at for at, (kind, text) in followed if kind == "word" and text in _FOLLOWING]
            own = {at for at in places if is_assertion(self, at, how)}
            for _ in range(2):
                called = (at for at in places if self.texts[at] in asserting and _is_call(self, at))
                asserted = sorted(own.union(called))
                asserting |= {
                    name
                    for name, (start, end) in bodies.items()
                    if bisect_left(asserted, start) < bisect_left(asserted, end)
                }
        return asserting

    def opened_at(self, at: int) -> int | None:
        """The index of the bracket that the one at an index closes."""
        return self._open.get(at)

    def text(self, at: int) -> str:
        """The token at an index; empty behind the end."""
        return self.texts[at] if at < self.size + _PADDING else ""

    def kind(self, at: int) -> str:
        """The kind of the token at an index; empty behind the end."""
        return self.kinds[at] if at < self.size + _PADDING else ""

    def words(self, *wanted: str) -> Iterator[int]:
        """The indices of these words, in order."""
        for word in wanted:
            at = -1
            while (at := self._next(word, at + 1)) >= 0:
                if self.kinds[at] == "word":
                    yield at

    def _next(self, word: str, at: int) -> int:
        try:
            return self.texts.index(word, at)
        except ValueError:
            return -1

    def end_of(self, at: int) -> int:
        """The index of the bracket that closes the one at an index, or the last index."""
        return self.close.get(at, self.size - 1)

    def source(self, start: int, end: int) -> str:
        """Tokens as one line, shortened; ``end`` is left out."""
        text = " ".join(self.texts[start : min(end, start + _SHOWN)])
        text = " ".join(re.sub(r" ?([.()\[\],;!]) ?", r"\1", text).replace(",", ", ").split())
        return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"

    def key(self, start: int, end: int) -> str:
        """Tokens as one line, whatever their spacing; ``end`` is left out."""
        return " ".join(self.texts[start : min(end, start + 4 * _SHOWN)])

    def line(self, at: int) -> int:
        """The line of the token at an index."""
        return self._line_at(self._starts[min(at, self.size - 1)]) if self.size else 1

    def arguments(self, opening: int) -> list[tuple[int, int]]:
        """The arguments within a bracket, each as start and end (left out); none where it is never closed."""
        if opening not in self.close:
            return []
        return self.split(opening + 1, self.end_of(opening))

    def split(self, start: int, end: int) -> list[tuple[int, int]]:
        """Pieces between the commas from start to end that stand in no further bracket."""
        found, begin, at = [], start, start
        while at < end:
            if self.text(at) == ",":
                found.append((begin, at))
                begin = at + 1
            at = self.end_of(at) + 1 if at in self.close else at + 1
        if begin < end:
            found.append((begin, end))
        return found

    def test(
        self, name: str, start: int, end: int, skips: Sequence[Skip], count: Callable[[], Counted], **more: object
    ) -> Test:
        """The test from one token to another; ``count`` tells what it asserts."""
        first, last = self.line(start), self.line(end)
        body = self.lines[first:last] if last > first else self.lines[first - 1 : last]
        return Test(
            name=name,
            bare=str(more.get("bare", name)),
            line=first,
            end=last,
            skips=tuple(skips),
            marks=tuple(more.get("marks", ())),  # type: ignore[arg-type]  # always a sequence of names
            digest=digest(body),
            uncounted=Uncounted("\n".join(self.lines[first - 1 : last]), self._around, count),
        )


def _matched(texts: Sequence[str], kinds: Sequence[str], size: int) -> dict[int, int]:
    waiting: list[int] = []
    found = {}
    for number, text in enumerate(islice(texts, size)):
        if text not in _BRACKETS or kinds[number] != "sign":
            continue
        if text in "([{":
            waiting.append(number)
        elif text in _CLOSES and waiting:
            opening = _CLOSES[text]
            if texts[waiting[-1]] != opening and len(waiting) > 1 and texts[waiting[-2]] == opening:
                waiting.pop()  # one bracket too many, as half a piece of JSX can be
            if texts[waiting[-1]] == opening:
                found[waiting.pop()] = number
    return found


def outside(start: int, end: int, spans: Sequence[tuple[int, int]]) -> Iterator[int]:
    """The indices from start to end that lie in none of these spans."""
    for first, last in spans:
        yield from range(start, first)
        start = last + 1
    yield from range(start, end)


_TURNS = frozenset({"{", "}", "return", "if", "try"})


def reachable(code: Code, start: int, end: int, without: Mapping[int, int]) -> Iterator[int]:
    """Indices of the tokens of a body that can be reached and whose failure is not swallowed.

    Left out: what follows a ``return`` at the body's own level, ``if (false)``, ``try`` with an empty ``catch``, and
    ``without``, pieces from a first index to the one behind them.
    """
    depth = 0
    at, texts = start, code.texts
    while at < end:
        if at in without:
            at = max(without[at], at + 1)
            continue
        text = texts[at]
        if text in _TURNS:
            depth += (text == "{") - (text == "}")
            if depth == 0 and text == "return" and _leaves(code, at):
                yield from range(at, _end_of_statement(code, at, end))
                return
            past = _past_dead(code, at) if code.kind(at) == "word" else None
            if past is not None and past > at:
                at = past
                continue
        yield at
        at += 1


def _leaves(code: Code, at: int) -> bool:
    """True for a ``return`` that depends on nothing."""
    before = code.text(at - 1)
    if before == ")":
        opening = code.opened_at(at - 1)
        return opening is not None and code.text(opening - 1) not in {"if", "for", "while"}
    return before in {"{", "}", ";", ""}


def _end_of_statement(code: Code, at: int, end: int) -> int:
    line = code.line(at)
    while at < end and code.text(at) != ";" and (code.line(at) == line or code.text(at) in {".", ")", "}"}):
        at = code.end_of(at) + 1 if at in code.close else at + 1
        line = code.line(at - 1)
    return at


def _past_dead(code: Code, at: int) -> int | None:
    if code.text(at) == "if":
        opening = at + 1
        wrapped = code.text(opening) == "("
        block = code.end_of(opening) + 1 if wrapped else at + 2
        condition = code.key(opening + wrapped, code.end_of(opening) if wrapped else at + 2)
        if condition in {"false", "0", "! true"} and code.text(block) == "{":
            return code.end_of(block) + 1
    elif code.text(at) == "try" and code.text(at + 1) == "{":
        handler = code.end_of(at + 1) + 1
        if code.text(handler) == "catch":
            block = code.end_of(handler + 1) + 1 if code.text(handler + 1) == "(" else handler + 1
            if code.text(block) == "{" and code.end_of(block) == block + 1:
                return block + 2
    return None


def count(code: Code, start: int, end: int, how: Assertions, without: Sequence[tuple[int, int]] = ()) -> Counted:
    """The assertions from start to end, without the pieces that belong to other tests."""
    assertions = strong = 0
    hollow: list[Hollow] = []
    kinds, texts = code.kinds, code.texts
    for at in reachable(code, start, end, dict(without)):
        if kinds[at] != "word" or texts[at + 1] not in _FOLLOWING:
            continue
        called = texts[at] in code.checkers and _is_call(code, at)
        if not called and not is_assertion(code, at, how):
            continue
        opening = _opening(code, at)
        if opening is not None and _is_hollow(code, at, opening):
            hollow.append(Hollow(_shown(code, at), code.line(at)))
        else:
            assertions += 1
            strong += not any(how.weak.match(code.text(each)) for each in _chain(code, at))
    return Counted(assertions=assertions, strong=strong, hollow=tuple(hollow))


def is_assertion(code: Code, at: int, how: Assertions) -> bool:
    """True where the word at an index asserts something, whatever the file's own functions do."""
    follows = code.text(at + 1)
    if follows not in _FOLLOWING:
        return False
    name, before = code.text(at), code.text(at - 1)
    if how.macros:
        return follows == "!" and how.call.search(name) is not None
    owned = before in {".", ">", ":"}
    if before == "." and _counted_before(code, at, how):
        return False
    return before not in _DEFINING and how.call.search(f".{name}" if owned else name) is not None


def _is_call(code: Code, at: int) -> bool:
    return code.text(at + 1) == "(" and code.text(at - 1) not in _DEFINING


_FOLLOWING = frozenset({"(", ".", "!", "<", ":", "-"})
_DEFINING = frozenset({"func", "function", "fun", "fn", "void", "class", "def"})
_NO_NAMES = frozenset({"if", "for", "while", "switch", "catch", "function", "func", "match", "it", "test", "describe"})

_IN_EXPRESSIONS = frozenset({".", "!", "(", "&", "|", "+", "-", ":", "if", "for", "while", "switch", "range", "return"})
_IN_EXPRESSIONS |= {"in", "of", "case", "else", "when", "until", "await", "new", "throw", "go", "defer", "select"}


def _definitions(code: Code) -> Iterator[tuple[str, tuple[int, int]]]:
    """Functions that the file defines, by name, with the inside of each: ``name(…) … {`` and ``name = (…) => {``."""
    for opening, closing in code.close.items():
        if code.text(opening) != "(" or code.kind(opening - 1) not in {"word", "sign"}:
            continue
        name_at = opening - 1
        if code.text(name_at) in {"async", "="}:
            name_at -= 2 if code.text(name_at) == "async" else 1
        block = closing + 1
        while block < closing + 8 and code.text(block) not in {"{", ";", "(", ")", ",", "}", ""}:
            block += 1
        name = code.text(name_at)
        usable = (
            code.kind(name_at) == "word" and name not in _NO_NAMES and code.text(name_at - 1) not in _IN_EXPRESSIONS
        )
        if usable and code.text(block) == "{" and not name.startswith("Test"):
            yield name, (block + 1, code.end_of(block))


def _counted_before(code: Code, at: int, how: Assertions) -> bool:
    """``assert.Equal`` is one assertion, not two; so is ``expect(x).resolves.toBe``."""
    owner = code.text(at - 2)
    return code.kind(at - 2) == "word" and how.call.search(owner) is not None and code.text(at - 3) != "."


def _opening(code: Code, at: int) -> int | None:
    """The bracket with the arguments of an assertion: the first within a few words."""
    for each in range(at + 1, at + 8):
        if code.text(each) == "(":
            return each
        if code.kind(each) != "word" and code.text(each) not in {".", "!", "-", ">", ":"}:
            return None
    return None


def _chain(code: Code, at: int) -> Iterator[int]:
    """The words of a chain of calls: ``expect(x).not.toBe(y)``."""
    while code.kind(at) == "word":
        yield at
        at += 1
        while code.text(at) in {"(", "!"}:
            at = code.end_of(at) + 1 if code.text(at) == "(" else at + 1
        if code.text(at) == "-" and code.text(at + 1) == ">":
            at += 1
        if code.text(at) not in {".", ">", ":"}:
            return
        at += 1


@lru_cache(maxsize=256)
def _is_same(name: str) -> bool:
    return _SAME.search(name) is not None


def _is_hollow(code: Code, at: int, opening: int) -> bool:
    """``expect(true).toBe(true)``, ``assertTrue(true)``, ``assert.Equal(t, 1, 1)``, ``assert_eq!(x, x)``."""
    arguments = [code.key(*each) for each in code.arguments(opening)]
    if arguments[:1] in (["t"], ["self . t"]) and len(arguments) > 1:
        arguments = arguments[1:]
    if not arguments:
        return False
    chain = [code.text(each) for each in _chain(code, at)]
    if chain[0] == "expect":
        return _is_hollow_expectation(code, opening, arguments[0], chain)
    if any(_is_same(name) for name in chain):
        return len(arguments) > 1 and arguments[0] == arguments[1]
    positive = not re.search(r"(?i)false|not|null|nil|fail|throw|err", " ".join(chain))
    return positive and arguments[0] in _TRUE and chain[0].lower().lstrip(".").startswith(("assert", "require", "ok"))


def _is_hollow_expectation(code: Code, opening: int, actual: str, chain: Sequence[str]) -> bool:
    if not _LITERAL.match(actual) or "not" in chain:
        after = code.end_of(opening) + 1
        if len(chain) == 2 and chain[1] in {"toBe", "toEqual", "toStrictEqual"} and code.text(after + 2) == "(":  # noqa: PLR2004
            return actual == code.key(after + 3, code.end_of(after + 2)) and "(" not in actual
        return False
    return True


def _shown(code: Code, at: int) -> str:
    line = code.lines[code.line(at) - 1].strip() if code.line(at) <= len(code.lines) else ""
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def conditions(code: Code, start: int, at: int) -> str:
    """What must hold for a token of a body to be reached: the headers of the blocks around it, outermost first."""
    waiting: list[tuple[int, int]] = []
    begin = start
    for each in range(start, at):
        text = code.text(each)
        if text == "{" and each in code.close:
            if code.close[each] > at:
                waiting.append((begin, each))
            begin = each + 1
        elif text in {";", "}"}:
            begin = each + 1
    return " and ".join(code.key(*header) for header in waiting)
