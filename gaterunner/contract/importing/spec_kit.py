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
_PRIORITY = re.compile(r"[\[(\uff08](?:priority[:\uff1a]?\s*)?P\d[\])\uff09].*$|\U0001f3af.*$", re.IGNORECASE)
_NUMBERED = re.compile(r"((?:FR|NFR|SC|AC)-?\d+[a-z]?)\b\s*[:.\u2013\u2014-]*\s*(.*)", re.DOTALL)
_ROW = re.compile(r"\|\s*\**((?:FR|NFR|SC)-?\d+[a-z]?)\**\s*\|([^|\\]*(?:\\.[^|\\]*)*)\|")
_STEPS = tuple(re.compile(rf"(?i)\b{step}\b") for step in ("given", "when", "then"))
_STEP = re.compile(r"(?i)(?:given|when|then)\b")
_TITLE = re.compile(r"(?i)^(?:feature specification|feature spec(?:\s+\d+)?|implementation plan)\s*:\s*")
_FOLDER = re.compile(r"^\d+-(?:\d{6}-)?")


def draft(source: str, folder: str, documents: Documents) -> Draft:
    """What the documents of a feature suggest; ``folder`` is its folder's name."""
    spec = documents.get("spec.md", ())
    title = next((section.title for section in spec if section.level == 1), "")
    stories, required = tuple(_stories(spec)), tuple(_requirements(spec))
    return Draft(
        kind="spec-kit",
        source=source,
        id=slug(_FOLDER.sub("", folder)),
        title=_TITLE.sub("", title),
        aims=stories or required,
        beside=tuple(_beside(spec, required if stories else ())),
        non_goals=finding.non_goals(documents),
        paths=finding.paths({name: each for name, each in documents.items() if name != "spec.md"}),
        entities=tuple(_entities(spec)),
        rollback=finding.rollback(documents),
        open_questions=finding.open_questions(documents),
        documents=tuple(documents),
    )


def _stories(spec: Sequence[Section]) -> Iterator[Aim]:
    for section in spec:
        story = _story(section)
        if story is None:
            continue
        title = _PRIORITY.sub("", story[2]).rstrip() or f"User story {story[1]}"
        yield Aim(
            title=title, text=title, place=f"spec.md:{section.line}", checks=taken(_scenarios(section), "spec.md")
        )


def _story(section: Section) -> re.Match[str] | None:
    return _STORY.match(section.title) if section.level >= 2 else None  # noqa: PLR2004 - 1 is the document's own title


def _scenarios(section: Section) -> Iterator[Line]:
    """What is given, what happens and what is then so: in one statement, or each in its own."""
    return (line for line in section.statements() if _STEP.match(line.text) or _tells_all(line.text))


def _tells_all(text: str) -> bool:
    at = 0
    for step in _STEPS:
        found = step.search(text, at)
        if found is None:
            return False
        at = found.end()
    return True


def _requirements(spec: Sequence[Section]) -> Iterator[Aim]:
    for section in spec:
        for line in (*section.items(), *_rows(section)):
            numbered = _NUMBERED.match(line.text)
            if numbered is not None and numbered[1].upper().startswith("FR"):
                yield Aim(title=numbered[1], text=numbered[2], place=f"spec.md:{line.number}")


def _rows(section: Section) -> Iterator[Line]:
    for line in section.written():
        row = _ROW.match(line.text)
        if row is not None:
            yield Line(line.number, f"{row[1]}: {plain(row[2])}")


def _beside(spec: Sequence[Section], required: Sequence[Aim]) -> Iterator[Taken]:
    """Requirements where stories are the objectives, and scenarios that belong to no story."""
    yield from (Taken(f"{each.title}: {each.text}", each.place) for each in required)
    for section in spec:
        if "scenario" in section.title.lower() and _story(section) is None:
            yield from taken(_scenarios(section), "spec.md")


def _entities(spec: Sequence[Section]) -> Iterator[Taken]:
    for section in spec:
        if "entities" in section.title.lower():
            yield from taken(section.items(), "spec.md")
