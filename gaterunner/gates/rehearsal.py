"""Judges a rehearsal of migrations by what each application of them left in the database. Pure: no IO."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from gaterunner.database_state import (
    ObjectChange,
    Snapshot,
    changed_objects,
    changed_tables,
)
from gaterunner.executors.base import Execution
from gaterunner.gates.command import judge
from gaterunner.gates.ruling import Ruling
from gaterunner.gates.wording import counted, some
from gaterunner.model import Finding, GateResult, Outcome, Severity
from gaterunner.plan import PlannedGate

StepName = Literal["base", "head", "again"]
RULES = ("rehearsal/step-failed", "rehearsal/not-repeatable", "rehearsal/nothing-applied", "rehearsal/schema-changed")

TOLD: dict[StepName, str] = {
    "base": "the base's migrations",
    "head": "the migrations of the branch",
    "again": "the same once more",
}
"""What each step applies."""

MOST_NOTICES = 50
_MOST_LINES = 12
_LONGEST_LINE = 200


class Step(Struct, frozen=True, kw_only=True):
    """One application: how the command went, and what the database held then (None where the command failed)."""

    name: StepName
    execution: Execution
    snapshot: Snapshot | None = None


class Rehearsed(Struct, frozen=True, kw_only=True):
    """What was seen. ``added`` are the paths of migrations that the change brings, as far as their tool is known.

    ``steps`` end with the first that failed. ``is_first`` says that the base holds no migration: it then has no step.
    """

    steps: tuple[Step, ...]
    added: tuple[str, ...] = ()
    is_first: bool = False

    def snapshot(self, name: StepName) -> Snapshot | None:
        """What the database held after a step; None when there was no such step, or it failed."""
        return next((step.snapshot for step in self.steps if step.name == name), None)

    @property
    def changes(self) -> tuple[ObjectChange, ...]:
        """What the branch's migrations change in the schema."""
        after = self.snapshot("head")
        return () if after is None else changed_objects(self.snapshot("base") or NOTHING, after)


NOTHING = Snapshot(objects={}, rows=())
"""A database that nobody has made anything in."""


def judge_rehearsal(planned: PlannedGate, seen: Rehearsed, *, log: str | None) -> GateResult:
    """The gate's result; ``log`` is that of all steps. Exit code and last lines are those of the last step."""
    last = seen.steps[-1]
    # How a command ended is worded there; a pass of it is not yet one of the rehearsal.
    result = judge(planned, last.execution, None, log=log)
    ruling = _failed(last, result) if last.snapshot is None else _applied(seen)
    executions = [step.execution for step in seen.steps]
    return GateResult(
        name=result.name,
        kind=result.kind,
        outcome=ruling.outcome,
        reason=ruling.reason,
        command=result.command,
        exit_code=result.exit_code,
        signal=result.signal,
        started=executions[0].started,
        duration_s=round(sum(execution.duration_s for execution in executions), 3),
        attempts=result.attempts,
        advisory=result.advisory,
        image=result.image,
        image_digest=result.image_digest,
        log=log,
        log_tail=result.log_tail,
        findings=(*ruling.findings, *result.findings),
    )


def _failed(step: Step, result: GateResult) -> Ruling:
    if result.outcome is Outcome.ERRORED:
        return Ruling(outcome=Outcome.ERRORED, reason=f"{TOLD[step.name]}: {result.reason}")
    told = {
        "base": "the base's own migrations cannot be applied to an empty database",
        "head": "the migrations of the branch cannot be applied to what the base's made",
        "again": "applied a second time, the command fails",
    }[step.name]
    help = {
        "base": "Repair them, or the command, on the target branch; the log's first part tells what went wrong.",
        "head": "Correct the new migration; the log tells what the database said.",
        "again": "Let the command leave out what is applied already, as the tool's own bookkeeping does.",
    }[step.name]
    finding = _finding("rehearsal/step-failed", f"{told}: {result.reason}", help, of=step.name)
    return Ruling(outcome=Outcome.FAILED, reason=f"{told}: {result.reason}", findings=(finding,))


def _applied(seen: Rehearsed) -> Ruling:
    """For a command that succeeded each time."""
    before, after, again = (seen.snapshot(name) for name in ("base", "head", "again"))
    if after is None or again is None:
        return Ruling(outcome=Outcome.UNPROVEN, reason="the migrations were not applied a second time")
    told = tuple(_schema_notices(seen.changes))
    repeated = (*(change.name for change in changed_objects(after, again)), *changed_tables(after, again))
    if repeated:
        reason = f"applied a second time, the command changes {counted(len(repeated), 'object')}: {some(repeated)}"
        help = "Let the second run find nothing to do: a migration that is applied must be noted as such."
        finding = _finding("rehearsal/not-repeatable", reason, help, of=",".join(sorted(repeated)))
        return Ruling(outcome=Outcome.FAILED, reason=reason, findings=(finding, *told))
    nothing = _nothing(seen, before or NOTHING, after)
    if nothing is not None:
        finding = _finding("rehearsal/nothing-applied", *nothing, of="")
        return Ruling(outcome=Outcome.UNPROVEN, reason=nothing[0], findings=(finding, *told))
    return Ruling(reason=_passed(seen), findings=told)


def _nothing(seen: Rehearsed, before: Snapshot, after: Snapshot) -> tuple[str, str] | None:
    """What is missing, and what to do about it, when nothing shows that the command applies migrations at all."""
    if after.is_empty:
        help = "Let `run:` apply the migrations to the database that DATABASE_URL and PGHOST name."
        return "the command succeeded and made nothing in the database", help
    if seen.added and before == after:
        help = "See that the command finds the new files: their folder, their names, and the tool's list of them."
        return f"the change adds {_named(seen.added)}, and applying changed neither schema nor rows", help
    return None


def _passed(seen: Rehearsed) -> str:
    changes = len(seen.changes)
    what = f"{counted(changes, 'object')} of the schema {'changes' if changes == 1 else 'change'}"
    if not changes:
        what = "the schema does not change"
    new = f"{counted(len(seen.added), 'new migration')} applied, " if seen.added else ""
    first = ", to an empty database as the base has none" if seen.is_first else ""
    return f"{new}{what}, a second time nothing does{first}"


def _named(paths: Sequence[str]) -> str:
    return f"{counted(len(paths), 'migration')} ({some(tuple(path.rpartition('/')[2] for path in paths))})"


def _schema_notices(changes: Sequence[ObjectChange]) -> Iterator[Finding]:
    for change in changes[:MOST_NOTICES]:
        became = {"new": "is new", "gone": "is gone", "changed": "changes"}[change.kind]
        yield _notice(f"{change.name} {became}: {_shown(change)}", of=change.name)
    if len(changes) > MOST_NOTICES:
        rest = len(changes) - MOST_NOTICES
        yield _notice(f"{counted(rest, 'more object')} change; the file beside the log has all of them", of="")


def _shown(change: ObjectChange) -> str:
    """What a new or removed object is, as one statement; of another one the lines that differ."""
    lines = [line for line in change.lines if line[:1] in {"+", "-"} and line[1:].strip()]
    if change.kind == "changed":
        shown = [f"{line[0]} {line[1:].strip().rstrip(',')}"[:_LONGEST_LINE] for line in lines[:_MOST_LINES]]
        text = "; ".join(shown)
    else:
        text = " ".join(line[1:].strip()[:_LONGEST_LINE] for line in lines[:_MOST_LINES])
        text = text.replace("( ", "(").replace(" )", ")").removesuffix(";")
    return text + (f"; {len(lines) - _MOST_LINES} more lines" if len(lines) > _MOST_LINES else "")


def _notice(message: str, *, of: str) -> Finding:
    rule = "rehearsal/schema-changed"
    return Finding(rule=rule, severity=Severity.NOTICE, message=message, fingerprint=_fingerprint(rule, of))


def _finding(rule: str, message: str, help: str, *, of: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, message=message, help=help, fingerprint=_fingerprint(rule, of))


def _fingerprint(rule: str, of: str) -> str:
    return hashlib.sha256(f"{rule}\0{of}".encode("utf-8", "replace")).hexdigest()[:32]
