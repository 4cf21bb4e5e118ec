"""The hard numbers of a run. What could not be measured is no number: it says why."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Group = Literal["run", "change", "tests", "coverage", "telemetry", "governance"]
Unit = Literal["s", "%", "commits", "files", "lines", "tests", "items"]
LineKind = Literal["code", "tests", "docs", "config"]


class Figure(Struct, frozen=True, kw_only=True):
    """One figure. Exactly one of ``value`` and ``reason``, which says why it could not be measured, is set.

    ``base`` is the same figure of the base's last run; ``base_reason`` says why there is none. Both are None where
    comparing says nothing, as for the size of a change. Durations are seconds, percentages 0 to 100.
    """

    group: Group
    name: str
    unit: Unit
    value: float | None = None
    reason: str | None = None
    base: float | None = None
    base_reason: str | None = None


class AreaLines(Struct, frozen=True, kw_only=True):
    """What the change does to the files of one kind in one area. ``binary`` counts files that have no lines."""

    area: str
    kind: LineKind
    files: int
    insertions: int
    deletions: int
    binary: int = 0


class Numbers(Struct, frozen=True, kw_only=True):
    """All figures of a run, and its lines by area.

    ``compared_with`` is the sha256 of the report of the base's last run, ``compared_commit`` the commit that it judged;
    both are None where there is none, and ``not_compared`` says why.
    """

    figures: tuple[Figure, ...] = ()
    lines: tuple[AreaLines, ...] = ()
    compared_with: str | None = None
    compared_commit: str | None = None
    not_compared: str | None = None
