"""spec-kit: `specs/001-name/spec.md` with user stories and requirements, `plan.md` and `tasks.md` beside it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gaterunner.contract.importing import finding
from gaterunner.contract.importing.draft import Aim, Draft, Taken, slug, taken
from gaterunner.contract.importing.finding import Documents
from gaterunner.contract.importing.markdown import Line, Section, plain

NAMES = ("spec.md", "plan.md", "tasks.md", "data-model.md")
_STORY = re.compile(r"(?i)^(?:user story|us)[- ]?(\d+(?:\.\d+)?)\s*[-\u2013\u2014:.]*\s*(.*)$")
_PRIORITY = re.compile(r"\s*[\[(](?:priority:?\s*)?P\d[\])].*$|\s*\U0001f3af.*$", re.IGNORECASE)
_NUMBERED = re.compile(r"^((?:FR|NFR|SC|AC)-?\d+[a-z]?)\b\s*[:.\u2013\u2014-]*\s*(.*)$")
_ROW = re.compile(r"^\s*\|\s*\**((?:FR|NFR|SC)-?\d+[a-z]?)\**\s*\|\s*(.*?)\s*(?<!\\)\|")
_GIVEN = re.compile(r"(?i)\bgiven\b.*\bwhen\b.*\bthen\b|^\**(?:given|when|then)\b")
_TITLE = re.compile(r"(?i)^(?:feature specification|feature spec(?:\s+\d+)?|implementation plan)\s*:\s*")
_FOLDER = re.compile(r"^\d+-")


def draft(source: str, folder: str, documents: Documents) -> Draft:
    """What the documents of a feature suggest; ``folder`` is its folder's name."""
    spec = documents.get("spec.md", ())
    title = next((section.title for section in spec if section.level == 1), "")
    aims = tuple(_stories(spec)) or tuple(_requirements(spec))
    return Draft(
        kind="spec-kit",
        source=source,
        id=slug(_FOLDER.sub("", folder)) or "name-of-the-phase",
        title=_TITLE.sub("", title),
        aims=aims,
        non_goals=finding.non_goals(documents),
        paths=finding.paths({name: each for name, each in documents.items() if name != "spec.md"}),
        entities=tuple(_entities(spec)),
        rollback=finding.rollback(documents),
        open_questions=finding.open_questions(documents),
        documents=tuple(documents),
    )


def _stories(spec: Sequence[Section]) -> Iterator[Aim]:
    for section in spec:
        story = _STORY.match(section.title)
        if story is None or section.level < 2:  # noqa: PLR2004 - the document's own title
            continue
        title = _PRIORITY.sub("", story[2]) or f"User story {story[1]}"
        checks = (Line(line.number, plain(line.text.lstrip(" -*0123456789."))) for line in section.lines)
        yield Aim(
            title=title,
            text=title,
            place=f"spec.md:{section.line}",
            checks=taken((line for line in checks if _GIVEN.search(line.text)), "spec.md"),
        )


def _requirements(spec: Sequence[Section]) -> Iterator[Aim]:
    """Numbered requirements, where no story is told."""
    for section in spec:
        for line in (*section.items(), *_rows(section)):
            numbered = _NUMBERED.match(line.text)
            if numbered is not None and numbered[1].upper().startswith("FR"):
                yield Aim(title=numbered[1], text=numbered[2], place=f"spec.md:{line.number}")


def _rows(section: Section) -> Iterator[Line]:
    for line in section.lines:
        row = _ROW.match(line.text)
        if row is not None:
            yield Line(line.number, f"{row[1]}: {plain(row[2])}")


def _entities(spec: Sequence[Section]) -> Iterator[Taken]:
    for section in spec:
        if "entities" in section.title.lower():
            yield from taken(section.items(), "spec.md")
