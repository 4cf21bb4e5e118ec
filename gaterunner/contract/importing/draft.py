"""A draft of a spec, and how it is printed: all that was taken over says where it is from, and scope is left empty.

A draft is no spec before a person has written its owner, its scope, and the tests of each objective: it would be the
documents of an agent that say what the agent may do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from gaterunner.contract.importing.form import as_name, as_text
from gaterunner.contract.importing.markdown import Line, visible

Kind = Literal["spec-kit", "OpenSpec", "Kiro"]
_LONGEST = 280
_LONGEST_ID = 40
_MOST = 60


class Taken(Struct, frozen=True):
    """One thing that a document says, with its place: ``spec.md:9``."""

    text: str
    place: str


class Aim(Struct, frozen=True, kw_only=True):
    """What could be an objective; ``checks`` are what the document says that a test could show."""

    title: str
    text: str
    place: str
    checks: tuple[Taken, ...] = ()


class Draft(Struct, frozen=True, kw_only=True):
    """What the documents of one change suggest.

    ``id`` is empty where none can be told. ``beside`` is what else they say of requirements and scenarios.
    """

    kind: Kind
    source: str
    id: str
    title: str = ""
    aims: tuple[Aim, ...] = ()
    beside: tuple[Taken, ...] = ()
    non_goals: tuple[Taken, ...] = ()
    paths: tuple[Taken, ...] = ()
    entities: tuple[Taken, ...] = ()
    rollback: tuple[Taken, ...] = ()
    open_questions: tuple[Taken, ...] = ()
    documents: tuple[str, ...] = ()


def taken(lines: Iterable[Line], document: str) -> tuple[Taken, ...]:
    """Lines of a document with their places."""
    return tuple(Taken(line.text, f"{document}:{line.number}") for line in lines if line.text)


def slug(text: str) -> str:
    """A name for a spec or an objective, of a title; empty where it holds no letter that a name can have."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if len(name) > _LONGEST_ID:
        name = name[: _LONGEST_ID + 1].rpartition("-")[0] or name[:_LONGEST_ID]
    return name if re.search(r"[a-z]", name) else ""


def render(draft: Draft) -> str:
    """The draft as a Markdown file with front matter; ``validate`` refuses it until it is finished."""
    documents = ", ".join(draft.documents)
    name = draft.id or "name-of-the-phase"
    lines = [
        "---",
        f"# A draft, from {draft.kind} documents: {_shown(draft.source)} ({_shown(documents)}).",
        "# What is marked `suggested` was written there, often by an agent. Nothing of it holds before a person has",
        "# read it, filled in what is empty (owner, tests, touchpoints), and taken the marks away. See docs/spec.md.",
        f"id: {as_name(name)}  # suggested: the phase's name",
        "owner:  # who answers for it, and does not write the code",
        *([f"title: {_quoted(draft.title)}  # suggested"] if draft.title else []),
        *_objectives(draft),
        *_non_goals(draft),
        *_touchpoints(draft),
        *_data(draft),
        *_rollback(draft),
        *_questions(draft),
        "---",
        "",
        f"# {_shown(draft.title or name)}",
        "",
        f"Drafted from {_shown(draft.source)}.",
    ]
    return "\n".join(lines) + "\n"


def _objectives(draft: Draft) -> Iterator[str]:
    yield "objectives:"
    aims = [aim for aim in draft.aims if aim.text or aim.title]
    if not aims:
        yield "  # the documents name none: `id`, `text`, and the `tests` that prove it"
    names: set[str] = set()
    for number, aim in enumerate(aims[:_MOST], 1):
        name = _unlike(slug(aim.title) or f"objective-{number}", names)
        names.add(name)
        yield f"  # suggested by {_shown(aim.place)}"
        yield f"  - id: {as_name(name)}"
        yield f"    text: {_quoted(aim.text or aim.title)}"
        yield "    tests: []  # which tests prove it, by their ids"
        yield from _comments(aim.checks, "    #   ")
    yield from _more(aims, "  # ")
    if draft.beside:
        yield "  # requirements and scenarios that the documents tell beside these:"
    yield from _comments(draft.beside, "  #   ")


def _unlike(name: str, others: set[str]) -> str:
    number = 2
    found = name
    while found in others:
        found, number = f"{name}-{number}", number + 1
    return found


def _non_goals(draft: Draft) -> Iterator[str]:
    if draft.non_goals:
        yield "non-goals:"
    for one in draft.non_goals[:_MOST]:
        yield f"  - text: {_quoted(one.text)}  # suggested by {_shown(one.place)}; add `paths` where it has a place"
    yield from _more(draft.non_goals, "  # ")


def _touchpoints(draft: Draft) -> Iterator[str]:
    yield "touchpoints:"
    yield "  allow: []  # what may be touched: no document says it for you"
    yield "  create: []  # what is yet to come"
    yield "  forbid: []"
    if draft.paths:
        yield "  # paths that the documents name:"
    yield from _comments(draft.paths, "  #   ")


def _data(draft: Draft) -> Iterator[str]:
    yield "# data: {read: [], write: [], log: [], never: []}"
    if draft.entities:
        yield "#   data that the documents name:"
    yield from _comments(draft.entities, "#   ")


def _rollback(draft: Draft) -> Iterator[str]:
    yield "rollback:"
    yield "  steps: []  # how people take it back"
    yield from _comments(draft.rollback, "  #   suggested: ")


def _questions(draft: Draft) -> Iterator[str]:
    if draft.open_questions:
        yield "# questions that the documents leave open; a trade-off has `options`, `criteria` and a `default`:"
    yield from _comments(draft.open_questions, "#   ")


def _comments(found: Sequence[Taken], mark: str) -> Iterator[str]:
    yield from (f"{mark}{_shown(one.text)} ({_shown(one.place)})" for one in found[:_MOST])
    yield from _more(found, mark)


def _more(found: Sequence[object], mark: str) -> Iterator[str]:
    if len(found) > _MOST:
        yield f"{mark}and {len(found) - _MOST} more"


def _shown(text: str) -> str:
    """For a comment: one line that can be seen as a whole."""
    text = visible(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _quoted(text: str) -> str:
    return as_text(_shown(text))
