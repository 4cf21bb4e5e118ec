"""What documents of any kind say in the same way: paths, what is out of scope, what is open. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gaterunner.contract.importing.draft import Taken, taken
from gaterunner.contract.importing.markdown import Line, Section, plain

_PATH = re.compile(
    r"`([\w.@\-\[\]()]+(?:/[\w.@\-\[\](){}*]+)+/?|[\w-]+\.(?:py|[cm]?[jt]sx?|go|rb|java|kt|rs|cs|php|sql|ya?ml|toml|json))`"
)
_NON_GOALS = re.compile(r"(?i)\bnon[- ]?goals?\b|\bout[- ]of[- ]scope\b|\bnot in scope\b|\bexclusions?\b")
_ROLLBACK = re.compile(r"(?i)\broll[- ]?back\b|\brevert")
_OPEN = re.compile(r"(?i)\bopen questions?\b|\bunresolved\b")
_UNCLEAR = re.compile(r"\[NEEDS CLARIFICATION:?\s*([^\]]*)\]")
_LABEL = re.compile(r"^\s*(?:[-*+]\s+)?\*\*([^*]+?):?\*\*:?\s*(.*)$")
_NOTHING = re.compile(r"(?i)^(?:none|n/?a|tbd|-)\.?$")


Documents = Mapping[str, tuple[Section, ...]]
"""The sections of each document, by its path below the folder."""


def paths(documents: Documents) -> tuple[Taken, ...]:
    """The paths that documents name in code marks, each where it stands first."""
    found: dict[str, Taken] = {}
    for document, each in documents.items():
        for section in each:
            for line in section.lines:
                for match in _PATH.finditer(line.text):
                    path = match[1].strip("/")
                    if not path.startswith((".", "http")) and path not in found:
                        found[path] = Taken(path, f"{document}:{line.number}")
    return tuple(found.values())


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
        for line in (Line(section.line, section.title), *section.lines)
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
    for line in section.lines:
        label = _LABEL.match(line.text)
        if label is not None:
            inside = title.search(label[1]) is not None
            if inside and label[2]:
                yield Line(line.number, plain(label[2]))
        elif inside and line.text.lstrip().startswith(("-", "*", "+")):
            yield Line(line.number, plain(line.text.lstrip(" -*+")))
        elif inside and line.text.strip():
            inside = False
