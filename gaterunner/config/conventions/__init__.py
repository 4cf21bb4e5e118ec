"""From a bare gate name to a command, by what the repository already declares. Pure: reads through ``Tree`` only.

The rule, in order (the first that answers wins):

1. a declaration of exactly that name, in the order of ``SOURCES``;
2. a declaration that is the same name spelled differently (``typecheck`` for ``type-check``), in the same order;
3. a declaration that may stand in for it (``test:unit`` or ``test`` for ``unit``), nearest meaning first;
4. the language's own default, in the order of ``languages.LANGUAGES``.

A source that is there and cannot be read ends the search with an error: what it declares is unknown, so no later
source may answer in its place. What came before it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct

from gaterunner.config.conventions import (
    composer,
    justfile,
    makefile,
    nox,
    package_json,
    python_tasks,
    taskfile,
    tox,
)
from gaterunner.config.conventions.files import Files, Subtree
from gaterunner.config.conventions.languages import LANGUAGES
from gaterunner.config.conventions.names import family_of, normal, stand_ins
from gaterunner.config.conventions.types import (
    Declared,
    Offer,
    Reading,
    Resolution,
    SourceError,
    Tree,
    Unresolved,
)
from gaterunner.config.nearest import nearest

__all__ = ["LANGUAGES", "SOURCES", "Conventions", "Resolution", "Subtree", "Tree", "Unresolved", "resolve"]


class Source(Struct, frozen=True, kw_only=True):
    """One place where repositories declare commands; ``read`` may raise ``SourceError``."""

    title: str
    read: Callable[[Files], Reading]


SOURCES: tuple[Source, ...] = (
    Source(title="Makefile", read=makefile.read),
    Source(title="package.json scripts", read=package_json.read),
    Source(title="justfile", read=justfile.read),
    Source(title="Taskfile", read=taskfile.read),
    Source(title="tox", read=tox.read),
    Source(title="noxfile.py", read=nox.read),
    Source(title="poe tasks", read=python_tasks.read_poe),
    Source(title="Hatch scripts", read=python_tasks.read_hatch),
    Source(title="PDM scripts", read=python_tasks.read_pdm),
    Source(title="composer.json scripts", read=composer.read),
)

# How many declared names a message lists per source.
_SHOWN = 12


class _Source(Struct, frozen=True, kw_only=True):
    """A source as read: its declarations by name and by normal form, or why it could not be read."""

    title: str
    reading: Reading
    exact: dict[str, Declared]
    loose: dict[str, tuple[Declared, ...]]
    fault: SourceError | None = None


def resolve(name: str, tree: Tree) -> Resolution | Unresolved:
    """What ``name`` becomes in ``tree``. To resolve many names of one tree, keep a ``Conventions``."""
    return Conventions(tree).resolve(name)


class Conventions:
    """Everything that one tree declares, read once."""

    def __init__(self, tree: Tree) -> None:
        self._files = Files(tree)
        self._sources = tuple(_read(source, self._files) for source in SOURCES)
        self._offers = lru_cache(maxsize=None)(self._offers_of)

    def resolve(self, name: str) -> Resolution | Unresolved:
        """What ``name`` becomes; never raises for anything that the tree holds."""
        try:
            return self._declared(name) or self._default(name) or self._nothing(name)
        except SourceError as fault:
            return _faulty(name, fault)

    def migrations(self, name: str) -> Resolution | Unresolved:
        """What applies the tree's migrations, for a gate ``name`` that rehearses them; never raises either."""
        from gaterunner.config.conventions.migrations import resolve_migrations

        try:
            return resolve_migrations(name, self._files)
        except SourceError as fault:
            return _faulty(name, fault)

    def _declared(self, name: str) -> Resolution | Unresolved | None:
        candidates: list[tuple[Declared, str]] = []
        for source in self._sources:
            if source.fault and not candidates:
                raise source.fault
            if name in source.exact:
                candidates.append((source.exact[name], ""))
        if not candidates:
            candidates = self._loosely(name)
        if not candidates:
            return None
        (chosen, said), *others = candidates
        if chosen.unusable:
            return _unusable(name, chosen)
        also = tuple(dict.fromkeys(f"{other.source} ({other.place})" for other, _ in others))
        parts = (
            f"{chosen.source} ({chosen.place})",
            said,
            chosen.note,
            f"also declared: {', '.join(also)}" if also else "",
        )
        return Resolution(
            name=name,
            command=chosen.command,
            source=chosen.source,
            why="; ".join(part for part in parts if part),
            path=chosen.path,
            line=chosen.line,
        )

    def _loosely(self, name: str) -> list[tuple[Declared, str]]:
        spelled = [
            (declared, f"`{name}` spelled differently")
            for source in self._sources
            for declared in source.loose.get(normal(name), ())
        ]
        if spelled:
            return spelled
        for form in stand_ins(name):
            found = [
                (declared, f"no `{name}` is declared, so `{declared.name}` stands in")
                for source in self._sources
                for declared in source.loose.get(form, ())
                if not declared.unusable
            ]
            if found:
                return found
        return []

    def _default(self, name: str) -> Resolution | None:
        family = family_of(name)
        offers = self._offers(family.name) if family else ()
        if not offers:
            return None
        (language, offer), *others = offers
        parts = [f"{language} default ({offer.evidence}); nothing in the repository declares `{name}`"]
        if others:
            rest = ", ".join(f"{other} (`{also.command}`)" for other, also in others)
            parts.append(f"not run: {rest}; declare `{name}` to run both")
        return Resolution(name=name, command=offer.command, source=f"{language} default", why="; ".join(parts))

    def _offers_of(self, gate: str) -> tuple[tuple[str, Offer], ...]:
        found: list[tuple[str, Offer]] = []
        for language in LANGUAGES:
            try:
                offer = language.offer(gate, self._files)
            except SourceError:
                if found:
                    break
                raise
            if offer is not None:
                found.append((language.name, offer))
        return tuple(found)

    def _nothing(self, name: str) -> Unresolved:
        known = [declared.name for source in self._sources for declared in source.reading.declared]
        close = nearest(name, known)
        there = [_told(source) for source in self._sources if source.reading.path is not None]
        absent = [source.title for source in self._sources if source.reading.path is None]
        looked = (*there, self._languages_told(name), *([f"not there: {', '.join(absent)}"] if absent else ()))
        hint = f"Did you mean `{close}`? " if close else ""
        return Unresolved(
            name=name,
            message=f"gate `{name}` has no `run:` and the repository declares no command of that name",
            help=(
                f"{hint}Declare `{name}` in one of these places or write `run:` for it. Looked in: {'; '.join(looked)}."
            ),
            looked=looked,
            nearest=close,
        )

    def _languages_told(self, name: str) -> str:
        present = [language.name for language in LANGUAGES if language.present(self._files)]
        if family_of(name) is None:
            return f"language defaults (`{name}` is not one of the standard gates)"
        if not present:
            return "language defaults (no language recognised)"
        return f"language defaults ({', '.join(present)}: nothing for `{name}` to run on was found)"


def _read(source: Source, files: Files) -> _Source:
    try:
        reading = source.read(files)
    except SourceError as fault:
        return _Source(title=source.title, reading=Reading(path=fault.path), exact={}, loose={}, fault=fault)
    exact: dict[str, Declared] = {}
    loose: dict[str, tuple[Declared, ...]] = {}
    for declared in reading.declared:
        # A name that starts with a dash would be read as an option by the tool that gets it.
        if declared.name and not declared.name.startswith("-"):
            exact.setdefault(declared.name, declared)
            loose[normal(declared.name)] = (*loose.get(normal(declared.name), ()), declared)
    return _Source(title=source.title, reading=reading, exact=exact, loose=loose)


def _told(source: _Source) -> str:
    reading = source.reading
    names = [declared.name for declared in reading.declared]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    listed = ", ".join(names[:_SHOWN]) + more if names else "declares nothing"
    notes = "".join(f"; {note}" for note in reading.notes[:3])
    path = reading.path or ""
    title = source.title if path in source.title else f"{source.title} in {path}"
    return f"{title} ({listed}{notes})"


def _faulty(name: str, fault: SourceError) -> Unresolved:
    return Unresolved(
        name=name,
        message=f"gate `{name}` cannot be resolved: {fault.place} {fault.message}",
        help=f"Repair {fault.path}, or write `run:` for the gate. No other source is taken in its place.",
        faulty=fault.place,
    )


def _unusable(name: str, declared: Declared) -> Unresolved:
    return Unresolved(
        name=name,
        message=f"gate `{name}` became {declared.source} ({declared.place}), which {declared.unusable}",
        help=f"Repair `{declared.name}` in {declared.path}, or write `run:` for the gate.",
        looked=(declared.place,),
    )
