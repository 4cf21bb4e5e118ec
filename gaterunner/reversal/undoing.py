"""Takes one merge or one phase back from a tree, and tells what that comes to. Nothing of the repository is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gaterunner.errors import EvaluationError
from gaterunner.gates.wording import became, counted, some
from gaterunner.git.repository import Repository
from gaterunner.git.reversing import reverse
from gaterunner.model import RED, GateResult, Outcome
from gaterunner.reversal.types import CONFLICT, NOTHING_LEFT, Undoing, Undone
from gaterunner.runner.rehearsals import inventory_of, kept_of, migrations_of

if TYPE_CHECKING:
    from gaterunner.config.types import Workflow
    from gaterunner.contract.landed import Landed

_SHORT = 12


def undoing_of(phase: Landed, landed: Iterable[Landed]) -> Undoing:
    """What is taken back of one of the phases that have landed."""
    fault = None
    together = [each.phase for each in landed if each is not phase and not {*each.commits}.isdisjoint(phase.commits)]
    if not phase.commits:
        fault = f"{phase.evidence}, and nothing tells which commits brought the phase"
    elif together:
        fault = f"it cannot be taken back alone: {phase.evidence}, which brought {some(together)} as well"
    return Undoing(name=phase.phase, commits=phase.commits, evidence=phase.evidence, fault=fault)


def undo(repository: Repository, workflow: Workflow | None, asked: Undoing, onto: str) -> tuple[Undone, str]:
    """What comes of it on the commit ``onto``, and a commit with the result, ``onto`` itself where there is none.

    The result lives in the private directory. ``workflow`` says what migrations are, None where nothing does. Raises
    nothing for what git cannot tell: that is an outcome.
    """
    plain = Undone(name=asked.name, outcome=Outcome.PASSED, reason="", commits=asked.commits, evidence=asked.evidence)
    if asked.fault is not None:
        help = "Name its commits one by one: `gaterunner rollback --merge COMMIT`."
        return replace(plain, outcome=Outcome.UNPROVEN, reason=asked.fault, help=help), onto
    try:
        return _undone(repository, workflow, plain, onto)
    except EvaluationError as error:
        return replace(plain, outcome=Outcome.ERRORED, reason=error.message, help=error.help), onto


def _undone(repository: Repository, workflow: Workflow | None, plain: Undone, onto: str) -> tuple[Undone, str]:
    found = reverse(repository, plain.commits, onto)
    undone = replace(plain, carried=found.carried)
    if found.stopped_at is not None:
        conflicts = found.conflicts
        reason = f"{counted(len(conflicts), 'path')} conflict{'s' if len(conflicts) == 1 else ''}: {some(conflicts)}"
        if len(plain.commits) > 1:
            reason += f", at {found.stopped_at[:_SHORT]}"
        help = "Take back what came later first, or prepare the reverse by hand now, while nobody waits for it."
        failed = replace(undone, outcome=Outcome.FAILED, reason=reason, conflicts=conflicts, rule=CONFLICT, help=help)
        return failed, onto
    files = repository.diff_files(onto, found.commit)
    if not files:
        help = "It brought nothing, or was taken back already."
        reason = "nothing of it is left to take back"
        return replace(undone, outcome=Outcome.UNPROVEN, reason=reason, rule=NOTHING_LEFT, help=help), onto
    trees = (repository.tree(commit) for commit in (onto, found.commit))
    insertions, deletions = (sum(getattr(file, side) or 0 for file in files) for side in ("insertions", "deletions"))
    told = f"{counted(undone.carried, 'commit')} taken back: {counted(len(files), 'file')}, +{insertions} -{deletions}"
    done = replace(
        undone,
        reason=told,
        files=len(files),
        insertions=insertions,
        deletions=deletions,
        migrations=kept_of(migrations_of(inventory_of(repository, files, workflow, *trees), files)),
    )
    return done, found.commit


def with_gates(undone: Undone, gates: tuple[GateResult, ...], instead: tuple[str, ...]) -> Undone:
    """The same with what became of the gates on the result: the gravest outcome of them, and no pass without any.

    ``instead`` are files that they may have imported from elsewhere, so that a pass of theirs proves nothing.
    """
    red = [gate for gate in gates if gate.outcome is not Outcome.PASSED]
    if red:
        outcome = next((grave for grave in RED if any(gate.outcome is grave for gate in red)), Outcome.ERRORED)
        told = f"on the result {', '.join(f'{gate.name} {became(gate.outcome)}' for gate in red)}"
    elif instead:
        outcome = Outcome.UNPROVEN
        told = (
            f"gates passed, but may have imported the checkout's {some(instead)}: the Python on PATH has it installed "
            "in editable mode"
        )
    else:
        outcome = Outcome.PASSED if gates else Outcome.UNPROVEN
        told = (
            f"{counted(len(gates), 'gate')} passed on the result" if gates else "there is no gate to run on the result"
        )
    return replace(undone, gates=gates, outcome=outcome, reason=f"{undone.reason}; {told}")
