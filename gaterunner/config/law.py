"""Which workflow file is the law for a change: the base's, never the branch's own.

Only when the base holds no workflow file at all (the first adoption) is the branch's used. A file outside the
repository is the operator's own and read as it lies.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from msgspec import Struct

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import DEFAULT_PATH, Workflow
from gaterunner.errors import EvaluationError, WorkflowFileError
from gaterunner.model import Change, Problem, Trouble, WorkflowInfo
from gaterunner.policies.context import RepositoryReader


class Law(Struct, frozen=True, kw_only=True):
    """The workflow that a change is judged by, and where it came from."""

    workflow: Workflow
    info: WorkflowInfo


def read_law(repository: RepositoryReader, change: Change, *, root: Path, config: str | None) -> Law:
    """The law for a change. ``config`` is a path relative to the current folder, or None for the default.

    Raises ``WorkflowFileError`` when there is none or it has errors, ``EvaluationError`` when it cannot be read.
    """
    path = Path(DEFAULT_PATH) if config is None else _inside(root, config)
    if path is None:
        return _operators_law(Path(str(config)))
    name = path.as_posix()
    of_base = repository.read(change.law, name)
    of_judged = repository.read(change.judged, name)
    if of_base is not None:
        return _law(of_base, name, source="base", changed_by_branch=of_judged != of_base)
    if of_judged is not None:
        return _law(of_judged, name, source="head", changed_by_branch=True)
    raise WorkflowFileError(
        (
            Problem(
                trouble=Trouble.WORKFLOW_FILE,
                message=f"no workflow file: neither the base commit {change.law[:12]} nor the branch holds it",
                path=name,
                help=f"create {name} with a `workflow:` that lists at least one gate, or name a file with --config",
            ),
        )
    )


def _inside(root: Path, config: str) -> Path | None:
    """The path relative to the repository's root, or None when the file lies outside of it."""
    # Only the folder is resolved: the file itself may be a symlink on the branch, and must not lead elsewhere.
    given = Path(config)
    absolute = given.absolute().parent.resolve() / given.name
    return absolute.relative_to(root) if absolute.is_relative_to(root) else None


def _operators_law(path: Path) -> Law:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EvaluationError(
            f"{path}: cannot read the workflow file: {error.strerror}", help="check the path given with --config"
        ) from error
    return _law(data, str(path), source="file", changed_by_branch=False)


def _law(data: bytes, path: str, *, source: Literal["base", "head", "file"], changed_by_branch: bool) -> Law:
    return Law(
        workflow=parse_workflow(data, path),
        info=WorkflowInfo(
            path=path, sha256=hashlib.sha256(data).hexdigest(), source=source, changed_by_branch=changed_by_branch
        ),
    )
