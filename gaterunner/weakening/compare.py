"""Both sides of every file of a change, read once and compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from gaterunner.model import FileChange, Finding
from gaterunner.policies.context import RepositoryReader
from gaterunner.weakening.borrowed import Helpers
from gaterunner.weakening.commands import Commands
from gaterunner.weakening.paths import extension, rank
from gaterunner.weakening.settings import Settings
from gaterunner.weakening.sides import Sides, both_sides
from gaterunner.weakening.suppressions import Suppressions
from gaterunner.weakening.tests_of_change import MayGo, TestsOfChange


class _Aspect(Protocol):
    """One way in which a change can weaken; it sees one file after the other and is asked once more at the end."""

    def wants(self, path: str) -> bool: ...

    def look(self, sides: Sides) -> Iterator[Finding]: ...

    def findings(self) -> Iterator[Finding]: ...


def compare(
    files: Sequence[FileChange], repository: RepositoryReader, judged: str, may_go: MayGo | None = None
) -> Iterator[Finding]:
    """What the change of these files weakens; ``judged`` is the commit with the new sides of all of them.

    ``may_go`` says which tests may be removed: that is told as a notice.
    Raises ``EvaluationError`` when a blob cannot be had.
    """
    aspects: tuple[_Aspect, ...] = (
        TestsOfChange(Helpers(repository, judged), may_go),
        Suppressions(),
        Settings(),
        Commands(),
    )
    sides = both_sides(
        files, repository, wanted=lambda path: any(aspect.wants(path) for aspect in aspects), same_kind=_same_kind
    )
    for both in sides:
        for aspect in aspects:
            if aspect.wants(both.path) or aspect.wants(both.old_path):
                yield from aspect.look(both)
    for aspect in aspects:
        yield from aspect.findings()


def tests_between(files: Sequence[FileChange], repository: RepositoryReader, judged: str) -> TestsOfChange:
    """Which tests the change of these files takes away and adds (``removed``, ``added``), just as ``compare`` sees it.

    Raises ``EvaluationError`` when a blob cannot be had.
    """
    tests = TestsOfChange(Helpers(repository, judged))
    for both in both_sides(files, repository, wanted=tests.wants, same_kind=_same_kind):
        if tests.wants(both.path) or tests.wants(both.old_path):
            for _ in tests.look(both):
                pass
    for _ in tests.findings():
        pass
    return tests


def _same_kind(old: str, new: str) -> bool:
    return extension(old) == extension(new) and rank(new) >= rank(old)
