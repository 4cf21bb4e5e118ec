"""The files that are written: what lies there now, what will, and the difference."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from gaterunner.config.conventions.types import Tree
from gaterunner.config.types import DEFAULT_PATH
from gaterunner.errors import EvaluationError, UsageError
from gaterunner.executors.identity import owner_of
from gaterunner.init.github_workflow import FOLDER, NAMES, render_github_workflow
from gaterunner.init.propose import OWN_RESULTS
from gaterunner.init.types import Proposal
from gaterunner.init.workflow_file import render_workflow_file
from gaterunner.logs import write_as_owner
from gaterunner.output import clean

State = Literal["new", "as it is", "different"]
# A step or job that uses ours, and not a comment that names it.
_OURS = re.compile(r"""(?m)^[^#\n]*\buses["']?\s*:\s*["']?[\w.-]+/gaterunner(?:/host|/\.github/workflows/[^\s@]+)?@""")
_MOST_BYTES = 1_000_000


class File(Struct, frozen=True, kw_only=True):
    """A file relative to the root; ``now`` is None where there is none. ``optional``: the rest works without it."""

    path: str
    wanted: str
    now: str | None
    optional: bool = False

    @property
    def state(self) -> State:
        """How what lies there compares with what is wanted."""
        if self.now is None:
            return "new"
        return "as it is" if self.now == self.wanted else "different"

    def difference(self) -> str:
        """A unified diff, safe to show; of a new file all of it."""
        before, after = (self.now or "").splitlines(), self.wanted.splitlines()
        lines = difflib.unified_diff(
            before, after, self.path if self.now is not None else "/dev/null", self.path, lineterm=""
        )
        return "".join(f"{clean(line)}\n" for line in lines)


def files_of(proposal: Proposal, tree: Tree, root: Path) -> tuple[File, ...]:
    """The workflow file, the GitHub workflow unless another one calls gaterunner, and what git shall ignore.

    Raises ``UsageError`` where something else than a file lies in the way.
    """
    return tuple(_files(proposal, tree, root))


def _files(proposal: Proposal, tree: Tree, root: Path) -> Iterator[File]:
    yield File(path=DEFAULT_PATH, wanted=render_workflow_file(proposal), now=_now(root, DEFAULT_PATH))
    workflow = workflow_path(tree)
    if workflow in {f"{FOLDER}{name}" for name in NAMES}:
        wanted = render_github_workflow(proposal, law=DEFAULT_PATH)
        yield File(path=workflow, wanted=wanted, now=_now(root, workflow))
    if any(gate.tests.startswith(f"{OWN_RESULTS}/") for gate in proposal.gates):
        now = _now(root, ".gitignore")
        line = f"{OWN_RESULTS}/"
        if line not in (now or "").split("\n"):
            above = now if not now or now.endswith("\n") else f"{now}\n"
            yield File(path=".gitignore", wanted=f"{above or ''}{line}\n", now=now, optional=True)


def workflow_path(tree: Tree) -> str:
    """The workflow of GitHub that calls gaterunner already, whatever its name; else a name that is free."""
    workflows = [path for path in tree.paths() if path.startswith(FOLDER) and path.endswith((".yml", ".yaml"))]
    for path in workflows:
        text = (tree.read(path) or b"").decode("utf-8", "replace")
        if _OURS.search(text):
            return path
    return next((f"{FOLDER}{name}" for name in NAMES if f"{FOLDER}{name}" not in workflows), f"{FOLDER}{NAMES[-1]}")


def write(file: File, root: Path) -> None:
    """Writes the file as the owner of the checkout. Raises ``EvaluationError``."""
    try:
        write_as_owner(
            root / file.path, file.wanted.encode("utf-8", "surrogateescape"), root=root, owner=owner_of(root)
        )
    except OSError as error:
        raise EvaluationError(
            f"{file.path}: cannot be written: {error.strerror}",
            help="look at the folder's rights, and at links on its way",
        ) from error


def _now(root: Path, path: str) -> str | None:
    file = root / path
    if not file.exists() and not file.is_symlink():
        return None
    if file.is_symlink() or not file.is_file():
        raise UsageError(
            f"{path} is a link or no file", help="remove it, or write the file by hand: --stdout prints it"
        )
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise EvaluationError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > _MOST_BYTES:
        raise UsageError(f"{path} is larger than {_MOST_BYTES} bytes", help="write by hand: --stdout prints the file")
    return data.decode("utf-8", "surrogateescape")
