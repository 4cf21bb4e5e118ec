"""Kiro: `.kiro/specs/<name>/` with `requirements.md` or `bugfix.md`, `design.md` and `tasks.md`. Pure.

Requirements are known in whatever language; the sections of a bug's analysis by their English names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gaterunner.contract.importing import finding
from gaterunner.contract.importing.draft import Aim, Draft, Taken, slug, taken
from gaterunner.contract.importing.finding import Documents
from gaterunner.contract.importing.markdown import Line, Section, below, plain

NAMES = ("requirements.md", "bugfix.md", "design.md", "tasks.md")
_SAYING = ("requirements.md", "bugfix.md")
# `Requirement 1: Title`, and its like in other languages: a word, a number, perhaps a title.
_REQUIREMENT = re.compile(r"(?:[^\W\d]+\s*)?(\d+(?:\.\d+)?)\s*[-\u2013\u2014:.\uff1a]*\s*(.*)")
_STORY = re.compile(r"\s*\**[^*:\uff1a]{3,30}[:\uff1a]\**\s*(\S.*)", re.DOTALL)
_EARS = re.compile(r"\b(?:WHEN|IF|WHILE|WHERE|SHALL)\b")
_DUTY = re.compile(r"\b(?:SHALL|MUST)\b")
_TITLE = re.compile(r"(?i)^(?:bugfix\s+)?requirements(?:\s+document)?\s*[:\uff1a-]\s*")
# What Kiro calls the page itself.
_GENERIC = re.compile(r"(?i)^(?:bugfix(?:\s+requirements?)?|requirements?)(?:\s+document)?$|^\u9700\u6c42\u6587\S$")
_EXPECTED = re.compile(r"(?i)^expected behaviou?r\b")
_UNCHANGED = re.compile(r"(?i)^unchanged behaviou?r\b")


def draft(source: str, folder: str, documents: Documents) -> Draft:
    """What the documents of a feature or a bug suggest; ``folder`` is its folder's name."""
    requirements, bug = documents.get("requirements.md", ()), documents.get("bugfix.md", ())
    titles = (_TITLE.sub("", section.title) for section in (*requirements, *bug) if section.level == 1)
    return Draft(
        kind="Kiro",
        source=source,
        id=slug(folder),
        title=next((title for title in titles if not _GENERIC.match(title)), ""),
        aims=(*(tuple(_aims(requirements)) or tuple(_duties(requirements))), *_corrected(bug)),
        non_goals=(*finding.non_goals(documents), *_kept(bug)),
        paths=finding.paths({name: each for name, each in documents.items() if name not in _SAYING}),
        rollback=finding.rollback(documents),
        open_questions=finding.open_questions(documents),
        documents=tuple(documents),
    )


def _aims(requirements: Sequence[Section]) -> Iterator[Aim]:
    for number, section in enumerate(requirements):
        named = _REQUIREMENT.match(section.title)
        if named is None or section.level not in {2, 3}:
            continue
        said = [*section.statements(), *(line for each in below(requirements, number) for line in each.statements())]
        stories = (match[1] for line in section.written() if (match := _STORY.match(line.text)))
        yield Aim(
            title=named[2] or f"requirement-{named[1]}",
            text=plain(next(stories, "")) or named[2] or section.title,
            place=f"requirements.md:{section.line}",
            checks=taken((line for line in said if _EARS.search(line.text)), "requirements.md")
            or taken(section.items(), "requirements.md"),
        )


def _duties(requirements: Sequence[Section]) -> Iterator[Aim]:
    """Where requirements have no headings of their own: the items that say what has to be."""
    for section in requirements:
        yield from _each((line for line in section.items() if _DUTY.search(line.text)), "requirements.md")


def _corrected(bug: Sequence[Section]) -> Iterator[Aim]:
    for section in bug:
        if _EXPECTED.match(section.title):
            yield from _each(section.items(), "bugfix.md")


def _each(lines: Iterator[Line], document: str) -> Iterator[Aim]:
    return (Aim(title=line.text, text=line.text, place=f"{document}:{line.number}") for line in lines)


def _kept(bug: Sequence[Section]) -> Iterator[Taken]:
    """What is to stay as it is."""
    for section in bug:
        if _UNCHANGED.match(section.title):
            yield from taken(section.items(), "bugfix.md")
