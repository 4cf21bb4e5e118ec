"""What documents of any kind say in the same way: paths, what is out of scope, what is open. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gaterunner.contract.importing.draft import Taken, taken
from gaterunner.contract.importing.markdown import Line, Section, plain

# In backquotes, a path or the name of a file; without, what has both a folder and an ending.
_QUOTED = re.compile(
    r"`([\w.@\-\[\]()]+(?:/[\w.@\-\[\](){}*]+)+/?|[\w-]+\.(?:py|[cm]?[jt]sx?|go|rb|java|kt|rs|cs|php|sql|ya?ml|toml|json))`"
)
_WORD = re.compile(r"[^\s`,;\"'|<>]+")
_BARE = re.compile(r"[\w.@\-\[\]()]+(?:/[\w.@\-\[\](){}*]+)*/[\w.@\-\[\](){}*]*\.[A-Za-z][A-Za-z0-9]{0,9}")
_NON_GOALS = re.compile(r"(?i)\bnon[- ]?goals?\b|\bout[- ]of[- ]scope\b|\bnot in scope\b|\bexclusions?\b")
_ROLLBACK = re.compile(r"(?i)\broll[- ]?back\b|\brevert")
_OPEN = re.compile(r"(?i)\bopen questions?\b|\bunresolved\b")
_UNCLEAR = re.compile(r"\[NEEDS CLARIFICATION:?([^\[\]]*)\]")
_LABEL = re.compile(r"\s*(?:[-*+]\s+)?\*\*([^*]+)\*\*(.*)", re.DOTALL)
_NOTHING = re.compile(r"(?i)(?:none|n/?a|tbd|-)\.?\Z")


Documents = Mapping[str, tuple[Section, ...]]
"""The sections of each document, by its path below the folder."""


def paths(documents: Documents) -> tuple[Taken, ...]:
    """The paths that documents name, each where it stands first."""
    found: dict[str, Taken] = {}
    for document, each in documents.items():
        for section in each:
            for line in section.lines:
                for path in _paths(line.text):
                    found.setdefault(path, Taken(path, f"{document}:{line.number}"))
    return tuple(found.values())


def _paths(text: str) -> Iterator[str]:
    named = [match[1] for match in _QUOTED.finditer(text)]
    words = _WORD.findall(text.replace("](", " "))  # of a link, its text and its target
    named += [match.group() for word in words if (match := _BARE.fullmatch(_word(word)))]
    plain_paths = (path.removeprefix("./").rstrip("/") for path in named)
    yield from (path for path in plain_paths if path and not path.startswith(("../", "http")))


def _word(word: str) -> str:
    """Without what a sentence puts around it: `(src/a.py),`, `(see **src/a.py**)`."""
    left = word.strip("*_").rstrip(".:!?")
    for opening, closing in ("()", "[]"):
        if left.startswith(opening) and left.endswith(closing):
            left = left[1:-1]
        elif left.count(opening) > left.count(closing):
            left = left.lstrip(opening)
        elif left.count(closing) > left.count(opening):
            left = left.rstrip(closing)
    return left.strip("*_")


def non_goals(documents: Documents) -> tuple[Taken, ...]:
    """What documents say is out of scope, as sections or as labels."""
    return tuple(_below(documents, _NON_GOALS))


def rollback(documents: Documents) -> tuple[Taken, ...]:
    """What documents say of taking the change back."""
    return tuple(_below(documents, _ROLLBACK))


def open_questions(documents: Documents) -> tuple[Taken, ...]:
    """What documents leave open."""
    marked = (
        Taken(plain(match[1]) or "needs clarification", f"{document}:{line.number}")
        for document, each in documents.items()
        for section in each
        for line in (Line(section.line, section.title), *section.statements())
        for match in _UNCLEAR.finditer(line.text)
    )
    return (*marked, *_below(documents, _OPEN))


def _below(documents: Documents, title: re.Pattern[str]) -> Iterator[Taken]:
    for document, each in documents.items():
        for section in each:
            if title.search(section.title) and section.level > 1:
                lines = [line for line in section.items() if not _NOTHING.match(line.text)]
                if not lines and section.paragraph() and not _NOTHING.match(section.paragraph()):
                    lines = [Line(section.line, section.paragraph())]
                yield from taken(lines, document)
            else:
                yield from taken(_labelled(section, title), document)


def _labelled(section: Section, title: re.Pattern[str]) -> Iterator[Line]:
    """``**Non-Goals:**`` with the list below it."""
    inside = False
    for line in section.written():
        label = _LABEL.match(line.text)
        if label is not None:
            inside = title.search(label[1]) is not None
            text = label[2].strip().lstrip(":").lstrip()
            if inside and text:
                yield Line(line.number, plain(text))
        elif inside and line.text.startswith(("-", "*", "+")):
            yield Line(line.number, plain(line.text.lstrip(" -*+")))
        else:
            inside = False
