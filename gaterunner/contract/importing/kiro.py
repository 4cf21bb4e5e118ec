"""Kiro: `.kiro/specs/<name>/` with `requirements.md`, `design.md` and `tasks.md`, in whatever language. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gaterunner.contract.importing import finding
from gaterunner.contract.importing.draft import Aim, Draft, slug, taken
from gaterunner.contract.importing.finding import Documents
from gaterunner.contract.importing.markdown import Line, Section, plain

NAMES = ("requirements.md", "design.md", "tasks.md")
# `Requirement 1: Title`, and its like in other languages: a word, a number, perhaps a title.
_REQUIREMENT = re.compile(r"^(?:[^\W\d]+\s*)?(\d+(?:\.\d+)?)\s*[-\u2013\u2014:.\uff1a]*\s*(.*)$")
_STORY = re.compile(r"^\s*\**[^*:\uff1a]{3,30}[:\uff1a]\**\s*(.+)$")
_EARS = re.compile(r"\b(?:WHEN|IF|WHILE|WHERE|SHALL)\b")
_TITLE = re.compile(r"(?i)^requirements(?:\s+document)?\s*[:\uff1a-]\s*")
_GENERIC = re.compile(r"(?i)^requirements?(?:\s+document)?$|^\u9700\u6c42\u6587\S$")  # what Kiro calls the page itself


def draft(source: str, folder: str, documents: Documents) -> Draft:
    """What the documents of a feature suggest; ``folder`` is its folder's name."""
    requirements = documents.get("requirements.md", ())
    title = _TITLE.sub("", next((section.title for section in requirements if section.level == 1), ""))
    return Draft(
        kind="Kiro",
        source=source,
        id=slug(folder) or "name-of-the-phase",
        title="" if _GENERIC.match(title) else title,
        aims=tuple(_aims(requirements)),
        non_goals=finding.non_goals(documents),
        paths=finding.paths({name: each for name, each in documents.items() if name != "requirements.md"}),
        rollback=finding.rollback(documents),
        open_questions=finding.open_questions(documents),
        documents=tuple(documents),
    )


def _aims(requirements: Sequence[Section]) -> Iterator[Aim]:
    for number, section in enumerate(requirements):
        named = _REQUIREMENT.match(section.title)
        if named is None or section.level not in {2, 3}:
            continue
        criteria = [*section.lines]
        for following in requirements[number + 1 :]:
            if following.level <= section.level:
                break
            criteria += following.lines
        stories = (match[1] for line in section.lines if (match := _STORY.match(line.text)))
        checks = (Line(line.number, plain(line.text.lstrip(" -*0123456789."))) for line in criteria)
        yield Aim(
            title=named[2] or f"requirement-{named[1]}",
            text=plain(next(stories, "")) or named[2] or section.title,
            place=f"requirements.md:{section.line}",
            checks=taken((line for line in checks if _EARS.search(line.text)), "requirements.md"),
        )
