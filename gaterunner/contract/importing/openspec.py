"""OpenSpec: `openspec/changes/<id>/` with `proposal.md`, `tasks.md`, `design.md` and deltas of specs. Pure.

A capability, `openspec/specs/<name>/spec.md`, is written as a delta is, and read as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gaterunner.contract.importing import finding
from gaterunner.contract.importing.draft import Aim, Draft, Taken, slug
from gaterunner.contract.importing.finding import Documents
from gaterunner.contract.importing.markdown import Section, below

NAMES = ("proposal.md", "design.md", "tasks.md")
CAPABILITY = "spec.md"
_REQUIREMENT = re.compile(r"(?i)^requirement:\s*(.*)$")
_SCENARIO = re.compile(r"(?i)^scenario:\s*(.*)$")
_REMOVED = re.compile(r"(?i)^removed\b")
_ARCHIVED = re.compile(r"^\d{4}-\d\d-\d\d-")
_TITLE = re.compile(r"(?i)^(?:change|proposal)(?:\s+proposal)?\s*:\s*|\s+specification$")


def is_capability(spec: Sequence[Section]) -> bool:
    """Whether a `spec.md` is written as OpenSpec writes them."""
    return any(map(_REQUIREMENT.match, (section.title for section in spec)))


def draft(source: str, folder: str, documents: Documents) -> Draft:
    """What the documents of a change suggest; ``folder`` is its folder's name."""
    deltas = {name: each for name, each in documents.items() if name.startswith("specs/") or name == CAPABILITY}
    titled = (*documents.get("proposal.md", ()), *documents.get(CAPABILITY, ()))
    return Draft(
        kind="OpenSpec",
        source=source,
        id=slug(_ARCHIVED.sub("", folder)),
        title=_TITLE.sub("", next((section.title for section in titled if section.level == 1), "")),
        aims=tuple(aim for name, each in deltas.items() for aim in _requirements(name, each)),
        non_goals=(
            *finding.non_goals(documents),
            *(one for name, each in deltas.items() for one in _removed(name, each)),
        ),
        paths=finding.paths({name: each for name, each in documents.items() if name not in deltas}),
        rollback=finding.rollback(documents),
        open_questions=finding.open_questions(documents),
        documents=tuple(documents),
    )


def _requirements(document: str, delta: Sequence[Section]) -> Iterator[Aim]:
    for number, section in enumerate(delta):
        named = _REQUIREMENT.match(section.title)
        if named is None or any(map(_REMOVED.match, section.above)):
            continue
        yield Aim(
            title=named[1],
            text=section.paragraph() or named[1],
            place=f"{document}:{section.line}",
            checks=tuple(_scenarios(document, below(delta, number))),
        )


def _scenarios(document: str, sections: Iterator[Section]) -> Iterator[Taken]:
    for section in sections:
        named = _SCENARIO.match(section.title)
        if named is not None:
            steps = " ".join(line.text for line in section.items())
            yield Taken(f"{named[1]}: {steps}" if steps else named[1], f"{document}:{section.line}")


def _removed(document: str, delta: Sequence[Section]) -> Iterator[Taken]:
    """What is to go is no objective that a test proves; it is told, so that nobody looks for it."""
    for section in delta:
        named = _REQUIREMENT.match(section.title)
        if named is not None and any(map(_REMOVED.match, section.above)):
            yield Taken(f"Removed: {named[1]}", f"{document}:{section.line}")
