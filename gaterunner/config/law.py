"""Which workflow file is the law for a change: the base's, never the branch's own.

Only when the base holds no workflow file at all (the first adoption) is the branch's used. A file outside the
repository is the operator's own and read as it lies.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Literal

from msgspec import Struct

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import DEFAULT_PATH, Workflow
from gaterunner.errors import EvaluationError, UsageError, WorkflowFileError
from gaterunner.git import Repository
from gaterunner.model import Change, Problem, Trouble, WorkflowInfo


class Law(Struct, frozen=True, kw_only=True):
    """The workflow that a change is judged by, and where it came from."""

    workflow: Workflow
    info: WorkflowInfo


def read_law(repository: Repository, change: Change, *, root: Path, config: str | None) -> Law:
    """The law for a change. ``config`` is a path relative to the current folder, or None for the default.

    Raises ``WorkflowFileError`` when there is none or it has errors, ``EvaluationError`` when it cannot be read.
    """
    path = Path(DEFAULT_PATH) if config is None else _inside(root, config)
    if path is None:
        return _operators_law(Path(str(config)))
    name = path.as_posix()
    of_base, of_judged = repository.read_each((change.law, change.judged), name)
    if of_base is not None:
        return _law(of_base, name, source="base", commit=change.law, changed_by_branch=of_judged != of_base)
    _refuse_what_is_no_file(repository, change.law, name)
    if of_judged is not None:
        if name != DEFAULT_PATH and repository.read(change.law, DEFAULT_PATH) is not None:
            raise UsageError(
                f"--config {config}: the base commit {change.law[:12]} does not hold it, only the branch does",
                help=f"merge it first; until then the base's {DEFAULT_PATH} is in force",
            )
        return _law(of_judged, name, source="head", commit=change.judged, changed_by_branch=True)
    raise WorkflowFileError(
        (
            Problem(
                trouble=Trouble.WORKFLOW_FILE,
                message=f"no workflow file: neither the base commit {change.law[:12]} nor the branch holds it",
                path=name,
                help=f"create {name} with a `workflow:` that lists at least one gate, as `gaterunner init` does, or "
                "name a file with --config",
            ),
        )
    )


def _refuse_what_is_no_file(repository: Repository, commit: str, name: str) -> None:
    """A base that holds something there is no first adoption, or the branch's own law would take its place."""
    for entry in repository.tree(commit):
        if entry.path.startswith(f"{name}/"):
            kind = "a folder"
        elif name == entry.path or name.startswith(f"{entry.path}/"):
            kind = _KINDS.get(entry.mode, "a file")
        else:
            continue
        where = name if kind == "a folder" else entry.path
        raise WorkflowFileError(
            (
                Problem(
                    trouble=Trouble.WORKFLOW_FILE,
                    message=f"at the base commit {commit[:12]}, {where} is {kind}, and no link is followed there",
                    path=name,
                    help=f"make {name} a plain file on the target branch, or name the file itself with --config",
                ),
            )
        )


_KINDS = {"120000": "a symbolic link", "160000": "a submodule"}


def _inside(root: Path, config: str) -> Path | None:
    """The path relative to the repository's root, or None when the file lies outside of it.

    Inside, no link is followed: the branch could make one of any folder, and so choose where its law is read.
    """
    given = Path(os.path.normpath(Path(config).absolute()))
    for folder in reversed(given.parents):
        if folder.resolve() == root:
            return given.relative_to(folder)
    # The operator's own path may go through links; one that ends in the checkout would be the branch's to write.
    if given.resolve().is_relative_to(root):
        raise UsageError(
            f"--config {config} leads into the repository, so the branch could write it",
            help="name the file by its path in the repository; it is then read from the base commit",
        )
    return None


def _operators_law(path: Path) -> Law:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EvaluationError(
            f"{path}: cannot read the workflow file: {error.strerror}", help="check the path given with --config"
        ) from error
    return _law(data, str(path), source="file", commit=None, changed_by_branch=False)


def _law(
    data: bytes, path: str, *, source: Literal["base", "head", "file"], commit: str | None, changed_by_branch: bool
) -> Law:
    return Law(
        workflow=parse_workflow(data, path),
        info=WorkflowInfo(
            path=path,
            sha256=hashlib.sha256(data).hexdigest(),
            source=source,
            changed_by_branch=changed_by_branch,
            commit=commit,
        ),
    )
