"""What a change does to the lines of each area."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from gaterunner.config.types import ELSEWHERE, Area
from gaterunner.globs import Globs
from gaterunner.model import AreaLines, FileChange, LineKind
from gaterunner.numbers.kinds import kind_of


def lines_by_area(files: Sequence[FileChange], areas: Sequence[Area]) -> tuple[AreaLines, ...]:
    """One row for each kind in each area that the change touches, in the order of the workflow file.

    A path belongs to the first area that matches. Raises ``ValueError`` for a glob that cannot be used.
    """
    matchers = [(area.name, Globs(area.paths)) for area in areas]
    rows: dict[tuple[str, LineKind], list[FileChange]] = {}
    for file in files:
        area = next((name for name, globs in matchers if globs.matches(file.path)), ELSEWHERE)
        rows.setdefault((area, kind_of(file.path)), []).append(file)
    kinds: tuple[LineKind, ...] = get_args(LineKind)
    return tuple(
        _row(name, kind, rows[name, kind])
        for name in (*(area.name for area in areas), ELSEWHERE)
        for kind in kinds
        if (name, kind) in rows
    )


def _row(area: str, kind: LineKind, files: Sequence[FileChange]) -> AreaLines:
    return AreaLines(
        area=area,
        kind=kind,
        files=len(files),
        insertions=sum(file.insertions or 0 for file in files),
        deletions=sum(file.deletions or 0 for file in files),
        binary=sum(file.insertions is None for file in files),
    )
