"""Both sides of every file of a change, read once and compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gaterunner.model import FileChange, Finding
from gaterunner.policies.context import RepositoryReader
from gaterunner.weakening.paths import extension, rank
from gaterunner.weakening.sides import both_sides
from gaterunner.weakening.tests_of_change import TestsOfChange


def compare(files: Sequence[FileChange], repository: RepositoryReader) -> Iterator[Finding]:
    """What the change of these files weakens. Raises ``EvaluationError`` when a blob cannot be had."""
    aspects = (TestsOfChange(),)
    sides = both_sides(
        files, repository, wanted=lambda path: any(aspect.wants(path) for aspect in aspects), same_kind=_same_kind
    )
    for both in sides:
        for aspect in aspects:
            if aspect.wants(both.path) or aspect.wants(both.old_path):
                yield from aspect.look(both)
    for aspect in aspects:
        yield from aspect.findings()


def _same_kind(old: str, new: str) -> bool:
    return extension(old) == extension(new) and rank(new) >= rank(old)
