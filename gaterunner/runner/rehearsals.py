"""What a rehearsal of migrations needs of the repository: the base in a folder of its own, and what the change adds."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from gaterunner.baseline import Worktrees
from gaterunner.config.types import Workflow
from gaterunner.git.repository import Repository
from gaterunner.migrations import inventory
from gaterunner.migrations.contents import Contents
from gaterunner.migrations.inventory import Trees
from gaterunner.migrations.kinds import Role
from gaterunner.model import Change

_POLICY = "forward-only-migrations"


class Rehearsals:
    """Made before the first gate starts, as what commits hold is looked up then. Used from several threads.

    ``added`` are the migrations of known tools that the change adds. ``is_first`` says that the base holds none at all:
    there is nothing to apply then, and its command may not even exist.
    """

    def __init__(self, repository: Repository, change: Change, workflow: Workflow, worktrees: Worktrees) -> None:
        """Raises ``EvaluationError`` when git cannot tell what the trees hold."""
        self._base = change.base
        self._worktrees = worktrees
        base, judged = ({entry.path: entry for entry in repository.tree(at)} for at in (change.base, change.judged))
        policy = next((policy for policy in workflow.policies if policy.name == _POLICY), None)
        options = {name: getattr(policy.options, name) for name in ("tools", "paths", "ignore")} if policy else {}
        found = inventory.take(change.files, Trees(base=base, tip=base, judged=judged), Contents(repository), **options)
        new = (file.path for file in change.files if file.status == "A")
        self.added = tuple(path for path in new if path in found.changed and found.changed[path].place.role is Role.UP)
        self.is_first = bool(self.added) and not any(found.counts.values())

    def base(self, *, contained: bool) -> AbstractContextManager[Path]:
        """A folder with the base checked out, ``contained`` for a gate in a container. Raises ``EvaluationError``."""
        return self._worktrees.of(self._base, contained=contained)
