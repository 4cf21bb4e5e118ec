"""The command: which tree, what is taken back from it, and what is printed. Nothing of the repository is written."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.change import ChangeOptions, determine_change, named_commit
from gaterunner.config.problems import quoted
from gaterunner.errors import EXIT_INTERRUPTED, GaterunnerError, UsageError, WorkflowFileError
from gaterunner.gates.wording import counted
from gaterunner.git import Repository
from gaterunner.git.reversing import subject_of
from gaterunner.model import Change, GateResult, Outcome, Verdict
from gaterunner.reversal.types import Rehearsal, Undoing, Undone
from gaterunner.reversal.undoing import undo, undoing_of, with_gates
from gaterunner.sealing import seal
from gaterunner.verdict import EXIT_CODES, decide

if TYPE_CHECKING:
    from gaterunner.config.types import Workflow
    from gaterunner.reversal.trying import Trying


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
        interrupted = cancelled.is_set()
    if form == "json":
        sys.stdout.write(render_json(found))
    else:
        show(found)
    return EXIT_INTERRUPTED if interrupted else EXIT_CODES[found.verdict]


def rehearse(asked: Asked, trying: Trying) -> Rehearsal:
    """All that was asked for. Raises ``GaterunnerError`` for what names nothing, or cannot be read at all."""
    with Repository.open(asked.folder, env=trying.environment) as repository:
        options = ChangeOptions(base=asked.base, committed=not asked.is_of_change)
        change = determine_change(repository, options, None)
        workflow = _workflow(repository, change, asked)
        onto, name = _onto(repository, change, asked)
        undoings, notes = _undoings(repository, asked, workflow, onto)
        notes = [*(_notes(repository, change) if asked.is_of_change else ()), *notes]
        rehearsals: tuple[GateResult, ...] = ()
        with _nothing_kept(repository, asked, trying):
            if asked.is_of_change and workflow is not None and not change.is_empty:
                from gaterunner.reversal.trying import try_change

                rehearsals = try_change(repository, change, workflow, trying)
            undone = tuple(
                _tried(repository, asked, workflow, undoing=undoing, onto=onto, trying=trying)
                for undoing in undoings
                if not trying.cancelled.is_set()
            )
    verdict = decide([*rehearsals, *map(_row, undone)], (), scope="gates")
    if trying.cancelled.is_set():
        verdict, notes = Verdict.ERROR, [*notes, "interrupted before everything was rehearsed"]
    return Rehearsal(
        verdict=verdict, onto=onto, onto_name=name, rehearsals=rehearsals, undone=undone, notes=tuple(notes)
    )


def _notes(repository: Repository, change: Change) -> Iterator[str]:
    """What has to be known of the change to see what its rehearsal is worth."""
    yield from change.notes
    if change.base != change.base_tip:
        lacking = counted(repository.ahead(change.base_tip, change.base), "commit")
        yield (
            f"the branch lacks {lacking} of {change.target or change.base_tip[:12]}: the old code is what the branch "
            "began with, not what its merge would be taken back to; merge the target into it first"
        )


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
        return named_commit(repository, "--onto", asked.onto), asked.onto
    if asked.merges:
        return change.base_tip, change.target or change.base_tip[:12]
    return change.head, change.branch or change.head[:12]


def _undoings(
    repository: Repository, asked: Asked, workflow: Workflow | None, onto: str
) -> tuple[tuple[Undoing, ...], list[str]]:
    if asked.merges:
        return tuple(_named(repository, name) for name in asked.merges), []
    if workflow is None or not workflow.phases:
        if asked.phases:
            raise UsageError("--phases: the workflow declares no phases", help="name a merge: --merge COMMIT")
        return (), []
    from gaterunner.contract.landed import landings, refuse_unknown

    found = landings(repository, workflow, onto)
    refuse_unknown(found.unknown, onto)
    notes = [f"{each.phase} was taken back by {each.by[:12]}" for each in found.reverted]
    told = {*(each.phase for each in found.landed), *(each.phase for each in found.reverted)}
    if missing := [phase.name for phase in workflow.phases if phase.name not in told]:
        notes.append(f"not landed, so there is nothing to take back: {', '.join(missing)}")
    return tuple(undoing_of(phase, found.landed) for phase in found.landed), notes


def _named(repository: Repository, name: str) -> Undoing:
    commit = named_commit(repository, "--merge", name)
    evidence = f"{commit[:12]}: {quoted(subject_of(repository, commit))}"
    return Undoing(name=name, commits=(commit,), evidence=evidence)


def _tried(
    repository: Repository, asked: Asked, workflow: Workflow | None, *, undoing: Undoing, onto: str, trying: Trying
) -> Undone:
    """One of them, with the gates on its result where they were asked for."""
    undone, result = undo(repository, workflow, undoing, onto)
    if not asked.gates or workflow is None or undone.outcome is not Outcome.PASSED:
        return undone
    from gaterunner.reversal.trying import imported_instead, try_result

    try:
        gates = try_result(repository, undone, workflow, onto=onto, result=result, trying=trying)
        here = any(gate.executor == "local" for gate in gates)
        instead = imported_instead(repository, result, trying.environment) if here else ()
    except GaterunnerError as error:
        return replace(undone, outcome=Outcome.ERRORED, reason=f"no gate could be run on the result: {error.line}")
    return with_gates(undone, gates, instead)


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
        note=note,
        cancelled=cancelled,
        jobs=asked.jobs,
    )
