"""What a rehearsal of migrations needs of the repository: the base in a folder of its own, and what the change adds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from gaterunner.baseline import Worktrees
from gaterunner.config.types import Workflow
from gaterunner.git.repository import Repository
from gaterunner.migrations import inventory
from gaterunner.migrations.contents import Contents
from gaterunner.migrations.inventory import Inventory, Trees
from gaterunner.migrations.kinds import Role
from gaterunner.model import Change, FileChange
from gaterunner.policies.context import TreeEntry

_POLICY = "forward-only-migrations"
# What pytest and `go test` run by its name. A number in front makes it a migration that is only called so.
_RUN_BY_TESTS = re.compile(r"(?:.*/)?(?:conftest\.py|tests?\.py|test_[^/]*\.py|[^/\d][^/]*_test\.py|[^/]*_test\.go)")


def inventory_of(
    repository: Repository,
    files: Iterable[FileChange],
    workflow: Workflow | None,
    base: Iterable[TreeEntry],
    judged: Iterable[TreeEntry],
) -> Inventory:
    """What of a change is migrations, by what the operator says of them; ``base`` and ``judged`` are the trees.

    Raises ``EvaluationError``.
    """
    policies = () if workflow is None else workflow.policies
    before, after = ({entry.path: entry for entry in entries} for entries in (base, judged))
    policy = next((policy for policy in policies if policy.name == _POLICY), None)
    options = {name: getattr(policy.options, name) for name in ("tools", "paths", "ignore")} if policy else {}
    trees = Trees(base=before, tip=before, judged=after)
    return inventory.take(files, trees, Contents(repository), **options)


def migrations_of(found: Inventory, files: Iterable[FileChange]) -> tuple[str, ...]:
    """The changed paths that belong to migrations."""
    return tuple(file.path for file in files if _belongs(found, file.path))


def kept_of(paths: Iterable[str]) -> tuple[str, ...]:
    """Those of ``migrations_of`` that stay where they are when the code goes back.

    Tests beside them are code: a branch's ``conftest.py`` could have the base's tests pass.
    """
    return tuple(path for path in paths if not _RUN_BY_TESTS.fullmatch(path))


def _belongs(found: Inventory, path: str) -> bool:
    claim = found.changed.get(path)
    return path in found.unclaimed if claim is None else claim.place.role is not Role.EXEMPT


def holds_none(found: Inventory, base: Iterable[TreeEntry]) -> bool:
    """True when the base's tree has no migration.

    A tool is looked for where the change adds files: those that lie in another folder are told by their paths alone.
    """
    return not any(found.counts.values()) and not any(inventory.looks_like_one(entry.path) for entry in base)


class Rehearsals:
    """Made before the first gate starts, as what commits hold is looked up then. Used from several threads.

    ``added`` are the migrations of known tools that the change adds. ``is_first`` says that the base holds none at all:
    there is nothing to apply then, and its command may not even exist.
    """

    def __init__(self, repository: Repository, change: Change, workflow: Workflow, worktrees: Worktrees) -> None:
        """Raises ``EvaluationError`` when git cannot tell what the trees hold."""
        self._base = change.base
        self._worktrees = worktrees
        base = repository.tree(change.base)
        found = inventory_of(repository, change.files, workflow, base, repository.tree(change.judged))
        new = (file.path for file in change.files if file.status == "A")
        self.added = tuple(path for path in new if path in found.changed and found.changed[path].place.role is Role.UP)
        self.is_first = bool(self.added) and holds_none(found, base)

    def base(self, *, contained: bool) -> AbstractContextManager[Path]:
        """A folder with the base checked out, ``contained`` for a gate in a container. Raises ``EvaluationError``."""
        return self._worktrees.of(self._base, contained=contained)
