"""The spec that a change is held to: the one of its phase, as the law's commit has it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.config.problems import Problems, quoted
from gaterunner.config.types import Phase, Workflow
from gaterunner.contract.belonging import phase_of_change
from gaterunner.contract.reading import examine
from gaterunner.contract.types import Spec
from gaterunner.model import Problem
from gaterunner.policies.context import PolicyContext, RepositoryReader, TreeEntry
from gaterunner.policies.plain_files import TooLarge, content, entry_at, find

MAX_BYTES = 1_000_000
_KEPT = 64


class Held(Struct, frozen=True, kw_only=True):
    """What a change is held to.

    ``phase`` is None for a change of none, and ``why`` then says so; ``several`` says that a merge queue's change is of
    more than one. ``path`` is where its spec has to be. ``commit`` is the one it was read from, and ``source`` which
    side that is: ``base`` is the law's, ``head`` the branch's own, which counts only until the base has one; both are
    None where neither has one. ``problems`` (what is wrong with the file) and ``fault`` (there is something else in its
    place) say why ``spec`` is None although something is there. ``changed_by_branch`` says that the branch adds,
    changes or removes it, ``differs`` that the judged tree has another one or none, whoever changed it.
    """

    phase: Phase | None = None
    why: str | None = None
    several: bool = False
    path: str | None = None
    commit: str | None = None
    source: Literal["base", "head"] | None = None
    spec: Spec | None = None
    problems: tuple[Problem, ...] = ()
    fault: str | None = None
    changed_by_branch: bool = False
    differs: bool = False

    @property
    def is_broken(self) -> bool:
        """True when there is something in its place that cannot be read."""
        return bool(self.problems) or self.fault is not None


def spec_path(workflow: Workflow, phase: str) -> str:
    """Where the spec of a phase has to be, relative to the repository's root."""
    return workflow.specs.replace("{phase}", phase)


def spec_of(context: PolicyContext) -> Held:
    """The spec that the change of ``context`` is held to; contents are read once in a run.

    A policy that calls this reads ``trees``. Raises ``EvaluationError`` when git has no answer, or when nobody can tell
    which pull request waits in a merge queue.
    """
    found = phase_of_change(context)
    if found.phase is None:
        return Held(why=found.why, several=found.several)
    change, path = context.change, spec_path(context.workflow, found.phase.name)
    law = spec_at(context.repository, change.law, path, found.phase.name)
    judged = entry_at(context.repository, change.judged, path)
    before = entry_at(context.repository, change.law, path)
    changed = any(file.path == path for file in change.files)
    if before is None and not law.is_broken:
        own = spec_at(context.repository, change.judged, path, found.phase.name)
        source: Literal["base", "head"] | None = "head" if judged is not None or own.is_broken else None
        return replace(own, phase=found.phase, source=source, changed_by_branch=source is not None)
    differs = (before and (before.mode, before.blob)) != (judged and (judged.mode, judged.blob))
    return replace(law, phase=found.phase, source="base", changed_by_branch=changed, differs=differs)


def spec_at(repository: RepositoryReader, commit: str, path: str, phase: str) -> Held:
    """The spec of a phase as one commit has it; neither ``phase`` nor ``source`` are set.

    Raises ``EvaluationError`` when the commit's tree or the blob cannot be had.
    """
    there = find(repository, commit, path)
    entry = there.entry
    if entry is None or there.fault is not None:
        return Held(path=path, commit=commit, fault=there.fault)
    read = _READ.get((entry.blob, path, phase)) or _read(repository, entry, path, phase)
    if len(_READ) >= _KEPT:
        _READ.clear()
    _READ[entry.blob, path, phase] = read
    return replace(read, commit=commit)


# By the blob's id, which tells its content: several policies of a run need the same spec.
_READ: dict[tuple[str, str, str], Held] = {}


def _read(repository: RepositoryReader, entry: TreeEntry, path: str, phase: str) -> Held:
    data = content(repository, entry, max_bytes=MAX_BYTES)
    return Held(path=path, fault=data.told) if isinstance(data, TooLarge) else spec_in(data, path, phase)


def spec_in(data: bytes, path: str, phase: str) -> Held:
    """The spec of a phase as a file says it."""
    spec, problems = examine_for(data, path, phase)
    return Held(path=path, problems=problems.error().problems) if problems else Held(path=path, spec=spec)


def examine_for(data: bytes, path: str, phase: str) -> tuple[Spec | None, Problems]:
    """As ``examine``, for a file in which the spec of a phase lies."""
    spec, problems = examine(data, path)
    if spec is not None and spec.id not in {"", phase}:
        message = f"`id` is {quoted(spec.id)}, expected {quoted(phase)}, the phase whose spec lies here"
        problems.add(spec.place("id", 0), message, "a spec and its phase have one name; write it, or move the file")
    return spec, problems
