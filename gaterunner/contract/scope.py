"""Whether every path that a change touches is one that its spec lets it touch. Pure.

Allowed is what is spelt so. Forbidden is also what only looks so: another case (which is the same file on the machines
of many), letters of other alphabets that are drawn alike, characters that nobody sees.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from gaterunner.config.types import CUTOVERS_PATH, DECISIONS_PATH, PANEL_PATH, WAIVERS_PATH, Position, Workflow
from gaterunner.contract.types import NonGoal, Spec
from gaterunner.globs import Globs
from gaterunner.guardrails.look_alike import skeleton
from gaterunner.model import FileChange

_LAW = (WAIVERS_PATH, CUTOVERS_PATH, PANEL_PATH, DECISIONS_PATH)


# What no glob spells, so that only one that means all of a folder matches it.
_ANY = "\ue000"


class Area(Struct, frozen=True, kw_only=True):
    """Some globs that are closed to the change: of `forbid`, or of one non-goal."""

    rule: Literal["forbidden-path", "non-goal"]
    name: str
    globs: tuple[str, ...]
    position: Position | None

    @property
    def told(self) -> str:
        """In the words of a finding."""
        return f"the non-goal “{self.name}”" if self.rule == "non-goal" else f"`{self.name}`, which the spec forbids"


class Outside(Struct, frozen=True, kw_only=True):
    """A path that the change may not touch. ``area`` is the closed one that it is in, None where it is in none.

    ``only_new`` is the glob by which it might have been made, were it not there before.
    ``looks_like`` says that it is in it only for whoever does not look closely. ``nearest`` is the glob of the spec
    that the path comes closest to, None where that is none.
    """

    path: str
    area: Area | None = None
    looks_like: bool = False
    only_new: str | None = None
    nearest: str | None = None


class Scope:
    """What a spec says of paths, compiled once."""

    def __init__(self, spec: Spec, workflow: Workflow) -> None:
        self._open = (*spec.touchpoints.allow, *spec.touchpoints.create)
        self._allowed = Globs(tuple(map(_normal, spec.touchpoints.allow)))
        self._new = [(glob, Globs((_normal(glob),))) for glob in spec.touchpoints.create]
        self._areas = tuple(_areas(spec))
        self._exact = [Globs(tuple(map(_normal, area.globs))) for area in self._areas]
        self._folded = [Globs(tuple(map(_folded, area.globs))) for area in self._areas]
        self._law = LawFiles(workflow)

    def outside(self, files: Iterable[FileChange]) -> Iterator[Outside]:
        """Those that the change may not touch, in their order. What was there before is made by nobody."""
        for file in files:
            found = self._judge(file.path, is_new=file.status == "A")
            if found is not None:
                yield found

    def _judge(self, path: str, *, is_new: bool) -> Outside | None:
        found = self.closed(path)
        if found is not None:
            area, likes = found
            return Outside(path=path, area=area, looks_like=likes)
        if self._law.holds(path) or self._allowed.matches(_normal(path)):
            return None
        made = next((glob for glob, globs in self._new if globs.matches(_normal(path))), None)
        if made is not None:
            return None if is_new else Outside(path=path, only_new=made)
        return Outside(path=path, nearest=nearest_glob(path, self._open))

    def closed(self, path: str) -> tuple[Area, bool] | None:
        """The closed area that a path is in, and whether it only looks so; None for none."""
        for each, globs, folded in zip(self._areas, self._exact, self._folded, strict=True):
            if globs.matches(_normal(path)):
                return each, False
            if folded.matches(_folded(path)):
                return each, True
        return None

    def closed_below(self, path: str) -> Area | None:
        """The closed area that is a folder at ``path``, or further below: what a link there would stand for."""
        folder = f"{_folded(path)}/"
        for area, globs in zip(self._areas, self._folded, strict=True):
            if globs.matches(f"{folder}{_ANY}") or any(_folded(glob).startswith(folder) for glob in area.globs):
                return area
        return None


class LawFiles:
    """The files that runs are judged by. Whether they may change is for other rules and policies to say."""

    def __init__(self, workflow: Workflow) -> None:
        self._named = frozenset((workflow.path, *_LAW))
        # A folder of such a name is none of them, whatever lies in it.
        pattern = r"[^/]+".join(map(re.escape, workflow.specs.split("{phase}")))
        self._specs = re.compile(pattern)

    def holds(self, path: str) -> bool:
        return path in self._named or self.is_spec(path)

    def is_spec(self, path: str) -> bool:
        """True where the spec of a phase lies, declared or not."""
        return self._specs.fullmatch(path) is not None


def _areas(spec: Spec) -> Iterator[Area]:
    forbid = spec.touchpoints.forbid
    for number, glob in enumerate(forbid):
        position = spec.place("touchpoints", "forbid", number)
        yield Area(rule="forbidden-path", name=glob, globs=(glob,), position=position)
    for goal in spec.non_goals:
        if goal.paths:
            yield Area(rule="non-goal", name=_headline(goal), globs=goal.paths, position=goal.position)


def _headline(goal: NonGoal) -> str:
    line = " ".join(goal.text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


_SHOWN = 80


def _normal(path: str) -> str:
    """One spelling for what Unicode spells in two ways: file systems change the one into the other."""
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def _folded(path: str) -> str:
    return path.casefold() if path.isascii() else skeleton(path).casefold()


def nearest_glob(path: str, globs: Sequence[str]) -> str | None:
    """The glob whose fixed folders have most in common with the path's; None where that is nothing."""
    folders = path.split("/")
    best, best_common = None, 0
    for glob in globs:
        common = 0
        for ours, theirs in zip(folders, glob.split("/"), strict=False):
            if ours != theirs:
                break
            common += 1
        if common > best_common:
            best, best_common = glob, common
    return best


def idle_globs(spec: Spec, paths: Sequence[str]) -> Iterator[tuple[str, str, Position | None]]:
    """The globs that match none of ``paths``, with the key that they stand under and their place.

    Nothing need be there yet under `create`; and a glob that begins with ``**/`` names a kind of files and no place.
    """
    placed = [
        *(("allow", glob, spec.place("touchpoints", "allow", n)) for n, glob in enumerate(spec.touchpoints.allow)),
        *(("forbid", glob, spec.place("touchpoints", "forbid", n)) for n, glob in enumerate(spec.touchpoints.forbid)),
        *(
            ("non-goals", glob, spec.place("non-goals", number, "paths", n) or goal.position)
            for number, goal in enumerate(spec.non_goals)
            for n, glob in enumerate(goal.paths)
        ),
    ]
    normal = sorted(map(_normal, paths))
    for key, glob, position in placed:
        if glob.startswith("**/"):
            continue
        globs = Globs((_normal(glob),))
        if not any(globs.matches(path) for path in _within(globs.folders, normal)):
            yield key, glob, position


def _within(folders: Sequence[str] | None, ordered: Sequence[str]) -> Iterable[str]:
    """Those of the paths, in their order, that are or lie below one of the folders: of a large tree that is little."""
    if folders is None:
        return ordered
    spans = (
        span for folder in folders for span in ((folder, f"{folder}\0"), (f"{folder}/", f"{folder}{_BEHIND_SLASH}"))
    )
    return (path for first, end in spans for path in ordered[bisect_left(ordered, first) : bisect_left(ordered, end)])


_BEHIND_SLASH = chr(ord("/") + 1)
