"""Markdown as headings with what stands below them, line by line; code blocks and comments are left out. Pure.

The documents are anybody's: every expression here takes time in proportion to what it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

_LINES = re.compile(r"\r\n|\r|\n")  # as editors count them
_HEADING = re.compile(r" {0,3}(#{1,6})(?=\s)(.*)", re.DOTALL)
_FENCE = re.compile(r"\s*(`{3,}(?=[^`]*\Z)|~{3,})(.*)", re.DOTALL)
_ITEM = re.compile(r"(?:[-*+]|\d{1,9}(?:\.\d{1,9})*[.)]|\d{1,9}(?:\.\d{1,9})+)\s+(?:\[[ xX]\]\s+)?(\S.*)", re.DOTALL)
_LABEL = re.compile(r"\s*(?:\*\*|__)[^*_\n]{1,80}(?:[:\uff1a](?:\*\*|__)|(?:\*\*|__)\s*[:\uff1a])")
_CODE = re.compile(r"(`[^`]*`)")
_MARKS = re.compile(r"\*\*|(?<!\w)__(?=\S)|(?<=\S)__(?!\w)|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_LONGEST = 2000  # characters of a line, and of what belongs together: people write no longer ones
_MOST_LINES = 20


class Line(Struct, frozen=True):
    """One line of a document, numbered from 1, or several that belong together."""

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
        """The items of its lists without their marks, each with the lines that continue it."""
        for line in self.written():
            item = _ITEM.match(line.text)
            if item is not None:
                yield Line(line.number, plain(item[1]))

    def statements(self) -> Iterator[Line]:
        """All that it says: items without their marks and paragraphs, each with the lines that continue it."""
        for line in self.written():
            item = _ITEM.match(line.text)
            yield Line(line.number, plain(item[1] if item else line.text))

    def paragraph(self) -> str:
        """The first lines of text that belong together, on one line; empty where there are none."""
        found: list[str] = []
        for line in self.lines:
            if line.text.strip():
                found.append(line.text)
            elif found:
                break
        return plain(" ".join(found[:_MOST_LINES])[:_LONGEST])

    def written(self) -> Iterator[Line]:
        """Items, paragraphs and rows as they are written, each with the lines that continue it."""
        run: list[Line] = []
        for line in self.lines:
            text = line.text.strip()
            begins = text.startswith("|") or _LABEL.match(text) or _ITEM.match(text)
            if run and (begins or not text):
                yield _run(run)
                run = []
            if text:
                run.append(Line(line.number, text))
        if run:
            yield _run(run)


def _run(lines: Sequence[Line]) -> Line:
    return Line(lines[0].number, " ".join(line.text for line in lines[:_MOST_LINES])[:_LONGEST])


def below(found: Sequence[Section], number: int) -> Iterator[Section]:
    """The sections below one of them, in their order."""
    for at in range(number + 1, len(found)):
        if found[at].level <= found[number].level:
            return
        yield found[at]


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
        level, title, start, lines = len(heading[1]), plain(_without_closing(heading[2])), line.number, []
        path = [each for each in path if each[0] < level]
        above = tuple(each[1] for each in path)
        path.append((level, title))
    found.append(Section(level=level, title=title, line=start, lines=tuple(lines), above=above))
    return tuple(found)


def _without_closing(title: str) -> str:
    """`## Title ##` is the title alone; `## C#` is all of it."""
    title = title.rstrip()
    left = title.rstrip("#")
    return left if not left or left[-1].isspace() else title


def _written(text: str) -> Iterator[Line]:
    fence, comment = "", False
    for number, whole in enumerate(_LINES.split(text), 1):
        line = whole[:_LONGEST]
        mark = _FENCE.match(line)
        if mark is not None and not comment:
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
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
    """Text on one line without marks and links; what stands in backquotes is left as it is."""
    parts = _CODE.split(text)
    parts[::2] = (_MARKS.sub("", _LINK.sub(r"\1", part)) for part in parts[::2])
    return visible("".join(parts))


def visible(text: str) -> str:
    """Text on one line, without characters that cannot be seen or turn text around."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
