"""Markdown as headings with what stands below them, line by line; code blocks and comments are left out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?(.*\S)\s*$")
_MARKS = re.compile(r"\*\*|__|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_LONGEST = 2000  # characters of a line: people write no longer ones
_MOST_LINES = 20


class Line(Struct, frozen=True):
    """One line of a document, numbered from 1."""

    number: int
    text: str


class Section(Struct, frozen=True, kw_only=True):
    """A heading with the lines up to the next one, of whatever level. ``above`` are the headings it stands under."""

    level: int
    title: str
    line: int
    lines: tuple[Line, ...]
    above: tuple[str, ...] = ()

    def items(self) -> Iterator[Line]:
        """The items of its lists, without their marks."""
        for line in self.lines:
            item = _ITEM.match(line.text)
            if item is not None:
                yield Line(line.number, plain(item[1]))

    def paragraph(self) -> str:
        """The first lines of text that belong together, on one line; empty where there are none."""
        found: list[str] = []
        for line in self.lines:
            if line.text.strip():
                found.append(line.text)
            elif found:
                break
        return plain(" ".join(found[:_MOST_LINES]))


def sections(text: str) -> tuple[Section, ...]:
    """The sections in their order; what stands before the first heading is one of level 0 without a title."""
    found: list[Section] = []
    level, title, start = 0, "", 1
    lines: list[Line] = []
    above: tuple[str, ...] = ()
    path: list[tuple[int, str]] = []
    for line in _written(text):
        heading = _HEADING.match(line.text)
        if heading is None:
            lines.append(line)
            continue
        found.append(Section(level=level, title=title, line=start, lines=tuple(lines), above=above))
        level, title, start, lines = len(heading[1]), plain(heading[2]), line.number, []
        path = [each for each in path if each[0] < level]
        above = tuple(each[1] for each in path)
        path.append((level, title))
    found.append(Section(level=level, title=title, line=start, lines=tuple(lines), above=above))
    return tuple(found)


def _written(text: str) -> Iterator[Line]:
    fence, comment = "", False
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole[:_LONGEST]
        mark = _FENCE.match(line)
        if mark is not None and not comment:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
            continue
        if fence:
            continue
        shown, comment = _without_comments(line, comment)
        yield Line(number, shown)


def _without_comments(line: str, inside: bool) -> tuple[str, bool]:
    shown = ""
    while line:
        before, mark, line = line.partition("-->" if inside else "<!--")
        shown += "" if inside else before
        inside = inside != bool(mark)
    return shown, inside


def plain(text: str) -> str:
    """Text on one line without marks and links, and without characters that cannot be seen or turn text around."""
    text = _MARKS.sub("", _LINK.sub(r"\1", text))
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
