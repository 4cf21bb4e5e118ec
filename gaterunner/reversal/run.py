"""The command: which tree, what is taken back from it, and what is printed. Nothing of the repository is written."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.change import ChangeOptions, determine_change
from gaterunner.errors import (
    EXIT_ERROR,
    EXIT_FAIL,
    EXIT_INTERRUPTED,
    EXIT_PASS,
    EXIT_PENDING,
    GaterunnerError,
    UsageError,
    WorkflowFileError,
)
from gaterunner.git import Repository
from gaterunner.model import Change, GateResult, Outcome, Verdict
from gaterunner.reversal.types import Rehearsal, Undoing, Undone
from gaterunner.reversal.undoing import undo, undoing_of, with_gates_told
from gaterunner.sealing import seal
from gaterunner.verdict import decide

if TYPE_CHECKING:
    from gaterunner.config.types import Workflow
    from gaterunner.reversal.trying import Trying

_EXIT = {
    Verdict.PASS: EXIT_PASS,
    Verdict.FAIL: EXIT_FAIL,
    Verdict.ERROR: EXIT_ERROR,
    Verdict.PENDING: EXIT_PENDING,
}


class Asked(Struct, frozen=True, kw_only=True):
    """What the caller asks for: ``merges`` to take back, or else the change and each phase (``phases`` those alone).

    ``onto`` names the commit to take back from: None for the target's tip with ``merges``, for what is checked out
    otherwise. ``gates`` says that the workflow's commands are run on each result.
    """

    folder: Path
    base: str | None = None
    config: str | None = None
    onto: str | None = None
    merges: tuple[str, ...] = ()
    phases: bool = False
    gates: bool = False
    jobs: int | None = None

    @property
    def is_of_change(self) -> bool:
        """Whether this change is rehearsed as well."""
        return not (self.merges or self.phases)

    @property
    def executes(self) -> bool:
        """Whether commands of the repository are executed."""
        return self.gates or self.is_of_change


def rollback(asked: Asked, *, form: str) -> int:
    """Rehearses, prints what was found, and returns the exit code of the verdict. Raises ``GaterunnerError``."""
    from gaterunner.launch import cancelling_signals
    from gaterunner.reversal.telling import render_json, show

    with cancelling_signals() as cancelled:
        trying = _trying(asked, cancelled)
        found = seal(rehearse(asked, trying), trying.redactor)
        if cancelled.is_set():
            return EXIT_INTERRUPTED
    if form == "json":
        sys.stdout.write(render_json(found))
    else:
        show(found)
    return _EXIT[found.verdict]


def rehearse(asked: Asked, trying: Trying) -> Rehearsal:
    """All that was asked for. Raises ``GaterunnerError`` for what names nothing, or cannot be read at all."""
    with Repository.open(asked.folder, env=trying.environment) as repository:
        options = ChangeOptions(base=asked.base, committed=not asked.is_of_change)
        change = determine_change(repository, options, None)
        workflow = _workflow(repository, change, asked)
        onto, name = _onto(repository, change, asked)
        undoings, notes = _undoings(repository, asked, workflow, onto)
        result = None
        with _nothing_kept(repository, asked, trying):
            if asked.is_of_change and workflow is not None:
                from gaterunner.reversal.trying import try_change

                result = try_change(repository, change, workflow, trying)
            undone = tuple(
                _tried(repository, asked, workflow, undoing=undoing, onto=onto, trying=trying) for undoing in undoings
            )
    rows = [*([result] if result is not None else []), *map(_row, undone)]
    verdict = decide(rows, (), scope="gates")
    return Rehearsal(verdict=verdict, onto=onto, onto_name=name, change=result, undone=undone, notes=tuple(notes))


def _nothing_kept(repository: Repository, asked: Asked, trying: Trying) -> AbstractContextManager[None]:
    if not asked.executes:
        return nullcontext()
    from gaterunner.reversal.trying import nothing_kept

    return nothing_kept(repository, trying.environment)


def _workflow(repository: Repository, change: Change, asked: Asked) -> Workflow | None:
    """The law; None where a merge is taken back without gates, for which none is needed."""
    from gaterunner.config.law import read_law

    try:
        return read_law(repository, change, root=repository.root, config=asked.config).workflow
    except WorkflowFileError:
        if asked.merges and not asked.gates:
            return None
        raise


def _onto(repository: Repository, change: Change, asked: Asked) -> tuple[str, str]:
    if asked.onto is not None:
        return _named(repository, "--onto", asked.onto), asked.onto
    if asked.merges:
        return change.base_tip, change.target or change.base_tip[:12]
    return change.head, change.branch or change.head[:12]


def _named(repository: Repository, option: str, name: str) -> str:
    found = repository.resolve(name)
    if found is None:
        raise UsageError(
            f"{option} {name} names no commit of this repository",
            help="give a branch, a tag or a commit that `git rev-parse` knows; fetch it first if it is on the remote",
        )
    return found


def _undoings(
    repository: Repository, asked: Asked, workflow: Workflow | None, onto: str
) -> tuple[tuple[Undoing, ...], list[str]]:
    if asked.merges:
        named = [(name, _named(repository, "--merge", name)) for name in asked.merges]
        return tuple(Undoing(name=name, commits=(commit,)) for name, commit in named), []
    phases = workflow.phases if workflow is not None else ()
    if not phases:
        if asked.phases:
            raise UsageError("--phases: the workflow declares no phases", help="name a merge: --merge COMMIT")
        return (), []
    from gaterunner.contract.landed import landed

    found = landed(repository, workflow, onto) if workflow is not None else ()
    missing = [phase.name for phase in phases if phase.name not in {each.phase for each in found}]
    notes = [f"not landed, so there is nothing to take back: {', '.join(missing)}"] if missing else []
    return tuple(map(undoing_of, found)), notes


def _tried(
    repository: Repository, asked: Asked, workflow: Workflow | None, *, undoing: Undoing, onto: str, trying: Trying
) -> Undone:
    """One of them, with the gates on its result where they were asked for."""
    undone, result = undo(repository, workflow, undoing, onto)
    if not asked.gates or workflow is None or undone.outcome is not Outcome.PASSED:
        return undone
    from gaterunner.reversal.trying import try_result

    try:
        gates = try_result(repository, undone, workflow, onto=onto, result=result, trying=trying)
    except GaterunnerError as error:
        return replace(undone, outcome=Outcome.ERRORED, reason=f"no gate could be run on the result: {error.line}")
    return _with_gates(undone, gates)


def _with_gates(undone: Undone, gates: tuple[GateResult, ...]) -> Undone:
    """The gravest of what the gates came to, as it would count for a run of them."""
    verdict = decide(gates, (), scope="gates")
    outcome = {Verdict.PASS: Outcome.PASSED, Verdict.FAIL: Outcome.FAILED}.get(verdict, Outcome.ERRORED)
    undone = replace(undone, gates=gates, outcome=outcome)
    red = [f"{gate.name} {gate.outcome}" for gate in gates if gate.outcome is not Outcome.PASSED]
    return with_gates_told(undone, red)


def _row(undone: Undone) -> GateResult:
    return GateResult(name=undone.name, kind="reverse", outcome=undone.outcome, reason=undone.reason)


def _trying(asked: Asked, cancelled: Event) -> Trying:
    """What gates are run with by hand: progress on standard error."""
    from gaterunner.executors.environment import secret_values
    from gaterunner.executors.local import LocalExecutor
    from gaterunner.launch import note, quoting
    from gaterunner.redaction import Redactor
    from gaterunner.reporters.broadcast import Broadcast
    from gaterunner.reporters.terminal_observer import TerminalObserver
    from gaterunner.reporters.terminal_style import wants_color
    from gaterunner.reversal.trying import Trying

    environment = dict(os.environ)
    redactor = Redactor(secret_values(environment))
    if asked.executes:
        LocalExecutor.prepare()
    display = TerminalObserver(sys.stderr, color=wants_color(sys.stderr, environment), fence=quoting(environment))
    return Trying(
        environment=environment,
        redactor=redactor,
        observer=Broadcast([display], redactor, note),
        cancelled=cancelled,
        jobs=asked.jobs,
    )
