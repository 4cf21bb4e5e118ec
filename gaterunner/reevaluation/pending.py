"""The action's `command: pending`: which pull requests wait, as a matrix for the jobs that look at each of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from gaterunner.action_inputs import Inputs
from gaterunner.errors import EXIT_PASS, UsageError
from gaterunner.fanout.parts import MAX_PARTS
from gaterunner.github.api import RepositoryApi
from gaterunner.github.errors import GitHubError, NotPermittedError, UnreachableError
from gaterunner.github.events import GitHubEvent
from gaterunner.github.pending_checks import read_open_pulls
from gaterunner.github.transport import Transport
from gaterunner.reevaluation.standing import Nothing, pending_check
from gaterunner.reporters.step_files import write_outputs
from gaterunner.reporters.workflow_commands import disarm


class Row(Struct, frozen=True, kw_only=True):
    """One job of the matrix: a pull request, its head, and the run that made the report. Digits and hex, no more."""

    number: str
    head: str
    run: str


class Waiting(Struct, frozen=True, kw_only=True):
    """The rows, at most as many as GitHub makes jobs of, and what is worth telling of the others."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    @property
    def matrix(self) -> str:
        """For `strategy.matrix`, as JSON on one line; empty where nothing waits, as GitHub refuses an empty matrix."""
        return msgspec.json.encode({"include": self.rows}).decode() if self.rows else ""


def find_waiting(api: RepositoryApi, repository: str, check_name: str) -> Waiting:
    """The open pull requests of a repository whose check waits.

    One that GitHub does not tell enough of, as its run was deleted, keeps nobody from looking at the others. Raises
    ``GitHubError`` where nothing can be asked.
    """
    rows, notes = [], []
    for pull in read_open_pulls(api, repository):
        try:
            found = pending_check(api, pull, check_name)
        except (NotPermittedError, UnreachableError):
            raise
        except GitHubError as error:
            notes.append(f"pull request #{pull.number} cannot be looked at: {error.line}")
            continue
        if isinstance(found, Nothing):
            notes.append(found.reason)
        else:
            rows.append(Row(number=str(pull.number), head=pull.head, run=str(found.run)))
    if len(rows) > MAX_PARTS:
        notes.append(f"{len(rows) - MAX_PARTS} more wait: GitHub makes no more than {MAX_PARTS} jobs of a matrix")
    return Waiting(rows=tuple(rows[:MAX_PARTS]), notes=tuple(notes))


def pending_step(inputs: Inputs, event: GitHubEvent, env: Mapping[str, str]) -> int:
    """Tells the runner the matrix. Raises ``GaterunnerError`` where it cannot be known what waits."""
    if inputs.token is None:
        raise UsageError("`command: pending` has no token to ask with", help="leave `token` at its default")
    api = RepositoryApi(Transport(token=inputs.token, api_url=event.api_url), event.repository)
    found = find_waiting(api, event.repository, inputs.check_name)
    for line in (*found.notes, found.matrix or "nothing waits"):
        sys.stdout.write(f"{disarm(line)}\n")
    if env.get("GITHUB_OUTPUT"):
        write_outputs(Path(env["GITHUB_OUTPUT"]), (("matrix", found.matrix),))
    return EXIT_PASS
