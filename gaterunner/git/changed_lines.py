"""The lines that a change touches, for whoever orders what was found by how near it is to them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gaterunner.git import Repository, added
from gaterunner.model import Change, Hunk


def changed_lines(change: Change, *, folder: Path, env: Mapping[str, str]) -> dict[str, tuple[Hunk, ...]]:
    """The hunks between base and judged commit by path, in the repository that holds ``folder``.

    ``env`` is the caller's environment. Raises ``EvaluationError`` or ``UsageError`` when git cannot tell.
    """
    with Repository.open(folder, env=env) as repository:
        return added.hunks(repository, change.base, change.judged, change.files)
