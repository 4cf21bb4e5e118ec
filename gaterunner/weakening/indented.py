"""Tests of languages whose blocks end at the indentation that they began with: Ruby, Elixir, Bats, Gherkin.

Read line by line: in what people commit, a block's ``end`` stands under its beginning. Where it does not, the block is
taken to end before the next line that is indented no deeper than its beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from gaterunner.weakening.bodies import digest
from gaterunner.weakening.types import Focus, Hollow, Sheet, Skip, Test, UnparsedError

NOTHING = re.compile(r"(?!)")
"""Matches nowhere: what a language does not have."""


class Lines(Struct, frozen=True, kw_only=True):
    """What a language's lines look like.

    ``head`` matches the line that begins a test or suite, with the groups ``word``, ``name`` and ``rest``; ``suites``
    and ``off`` are words, ``focus`` those that leave out all others. ``option`` matches a skip in ``rest``, ``tag`` one
    on a line above, ``call`` one in the body; ``assertion`` and ``hollow`` match lines of the body.
    """

    head: re.Pattern[str]
    suites: re.Pattern[str] = NOTHING
    off: re.Pattern[str] = NOTHING
    focus: re.Pattern[str] = NOTHING
    option: re.Pattern[str] = NOTHING
    tag: re.Pattern[str] = NOTHING
    call: re.Pattern[str] = NOTHING
    assertion: re.Pattern[str]
    hollow: re.Pattern[str] = NOTHING
    comment: str = "#"


class _Block(Struct, frozen=True):
    indent: int
    name: str
    skips: tuple[Skip, ...]


_CONDITION = re.compile(r"\b(?:if|unless)\b\s+(.+)$")
_NEVER = re.compile(r"\s*(?:if\s+(?:true|1)|unless\s+(?:false|nil))\s*$")
_LONGEST = 2_000
_DEEPEST = 60


def read_lines(data: bytes, how: Lines) -> Sheet:
    """All tests of a file."""
    lines = [line[:_LONGEST].expandtabs() for line in data.decode("utf-8", "replace").splitlines()]
    reader = _Reader(lines, how)
    tests = tuple(reader.tests())
    return Sheet(tests=tests, focus=tuple(reader.focus))


class _Reader:
    def __init__(self, lines: list[str], how: Lines) -> None:
        self._lines, self._how = lines, how
        self.focus: list[Focus] = []

    def tests(self) -> Iterator[Test]:
        around: list[_Block] = []
        for number, line in enumerate(self._lines, 1):
            head = self._how.head.match(line)
            if head is None:
                continue
            indent = _indent(line)
            while around and around[-1].indent >= indent:
                around.pop()
            above = around[-1] if around else _Block(-1, "", ())
            name = " > ".join(each for each in (above.name, _name(head["name"] or head["rest"] or "")) if each)
            skips = (*above.skips, *self._marks(head, number))
            if self._how.focus.search(f"{head['word']} {head['rest']}"):
                self.focus.append(Focus(line.strip()[:80], number, name))
            if len(around) > _DEEPEST:
                raise UnparsedError
            if self._how.suites.match(head["word"]):
                around.append(_Block(indent, name, (*skips, *self._suite_calls(number, indent))))
            else:
                yield self._test(number, indent, name, skips)

    def _marks(self, head: re.Match[str], number: int) -> Iterator[Skip]:
        if self._how.off.match(head["word"]):
            yield Skip(key="skips", shown=head["word"], line=number)
        option = self._how.option.search(head["rest"] or "")
        if option is not None:
            yield Skip(key="skips", shown=option[0].strip(), line=number, reason=_reason(option[0]))
        at = number - 1
        while at > 0 and (
            self._how.tag.match(self._lines[at - 1]) or self._lines[at - 1].lstrip().startswith(("@", "#"))
        ):
            if self._how.tag.match(self._lines[at - 1]):
                yield Skip(key="skips", shown=self._lines[at - 1].strip()[:80], line=at)
            at -= 1

    def _end(self, number: int, indent: int) -> int:
        """The last line of the block that begins here."""
        at = number
        while at < len(self._lines) and (not self._lines[at].strip() or _indent(self._lines[at]) > indent):
            at += 1
        closed = at < len(self._lines) and re.match(r"\s*(?:end\b|\}|\))", self._lines[at]) is not None
        return at + 1 if closed else at

    def _test(self, number: int, indent: int, name: str, skips: Sequence[Skip]) -> Test:
        end = self._end(number, indent)
        head, *body = self._lines[number - 1 : end]
        if re.search(r"\{.*\}\s*$", head):
            body = [head[head.index("{") + 1 :]]
        inner = min((_indent(line) for line in body[:-1] if line.strip()), default=indent + 1)
        reached = list(self._reached(body, inner))
        hollow = [Hollow(line.strip()[:80], number + at) for at, line in reached if self._how.hollow.search(line)]
        assertions = sum(self._how.assertion.search(line) is not None for _, line in reached)
        return Test(
            name=name,
            bare=name.rpartition(" > ")[2],
            line=number,
            end=max(end, number),
            skips=(*skips, *self._calls(body, number, inner)),
            assertions=max(0, assertions - len(hollow)),
            hollow=tuple(hollow),
            digest=digest(body),
        )

    def _reached(self, body: Sequence[str], inner: int) -> Iterator[tuple[int, str]]:
        for at, line in enumerate(body, 1):
            if line.lstrip().startswith(self._how.comment):
                continue
            if re.match(r"\s*return\s*(?:0\s*)?$", line) and _indent(line) <= inner:
                return
            yield at, line

    def _calls(self, body: Sequence[str], number: int, inner: int) -> Iterator[Skip]:
        for at, line in enumerate(body, 1):
            found = self._how.call.match(line)
            if found is None:
                continue
            rest = line[found.end() :]
            condition = _CONDITION.search(rest)
            nested = _indent(line) > inner
            always = not nested and (condition is None or _NEVER.match(condition[0]) is not None)
            text = condition[1] if condition is not None else "in a block" if nested else ""
            yield Skip(
                key=f"skips {text}".strip() if not always else "skips",
                shown=line.strip()[:80],
                line=number + at,
                always=always,
                reason=_reason(rest),
            )

    def _suite_calls(self, number: int, indent: int) -> Iterator[Skip]:
        """``before { skip }`` and ``setup do skip end``: no test of the suite escapes it."""
        end = self._end(number, indent)
        for at in range(number, end):
            line = self._lines[at]
            if re.match(r"\s*(?:before|setup|def setup|setup\(\))\b", line):
                hook = self._end(at + 1, _indent(line)) if not re.search(r"\{.*\}\s*$", line) else at + 1
                block = self._lines[at + 1 : hook] or [line[line.find("{") + 1 :] if "{" in line else ""]
                inner = min((_indent(each) for each in block[:-1] if each.strip()), default=_indent(line) + 1)
                yield from self._calls(block, at + 1, inner)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _name(text: str) -> str:
    return " ".join(text.split()).strip("\"'")[:160]


def _reason(text: str) -> str | None:
    found = re.search(r"[\"']([^\"']{1,120})[\"']", text)
    return found[1] if found else None
