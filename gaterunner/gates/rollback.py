"""Judges a rehearsal of the way back: how other gates did on the base's code with the branch's migrations kept. Pure.

Reverting the branch gives back exactly the base's tree, so that the revert applies proves nothing. What can really
break is the old code on the new schema, which a rollback does not take back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from gaterunner.database_state import Snapshot, changed_objects
from gaterunner.fingerprints import fingerprint
from gaterunner.gates.ruling import Ruling, together
from gaterunner.gates.wording import became, counted, some
from gaterunner.model import Finding, GateResult, Outcome, ServiceUse, Severity
from gaterunner.plan import PlannedGate

Applied = Literal["base", "head"]
RULES = (
    "rollback/old-code-fails",
    "rollback/base-fails",
    "rollback/step-failed",
    "rollback/nothing-applied",
    "rollback/not-applied",
    "rollback/branch-installed",
)
TOLD: dict[Applied, str] = {"base": "the base's migrations", "head": "the migrations of the branch"}


class Trial(Struct, frozen=True, kw_only=True):
    """One gate on the base's code. ``control`` is the same with the base's migrations alone, run where it failed.

    ``before`` and ``after`` are what its database held once the base's and once the branch's migrations were applied;
    both None where it has none, or nothing applies migrations. ``served`` are changed files that the gate may have got
    in the branch's version, since they are installed from the judged tree.
    """

    result: GateResult
    control: GateResult | None = None
    before: Snapshot | None = None
    after: Snapshot | None = None
    served: tuple[str, ...] = ()


class BrokenStep(Struct, frozen=True, kw_only=True):
    """Migrations that could not be applied, so that nothing could be tried on what they make."""

    applied: Applied
    outcome: Outcome
    reason: str
    tail: tuple[str, ...] = ()


class Tried(Struct, frozen=True, kw_only=True):
    """What was seen. ``kept`` are the paths of the branch's migrations that the old code was given.

    ``due`` are those of them that a deploy would apply, so that the old code has to meet what they make, and ``moved``
    those whose coming or going must show in the database. ``has_server`` says whether the workflow has a develop
    database, ``has_tool`` whether something applies migrations.
    """

    trials: tuple[Trial, ...]
    broken: BrokenStep | None = None
    kept: tuple[str, ...] = ()
    due: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    has_server: bool = False
    has_tool: bool = False


def judge_rollback(planned: PlannedGate, tried: Tried, *, log: str | None) -> GateResult:
    """The gate's result; ``log`` is that of everything that was run.

    It has no tests of its own: what old code passes proves nothing about the change's objectives.
    """
    outcome, reason = together(rulings := tuple(_rulings(tried)))
    results = [each for trial in tried.trials for each in (trial.result, trial.control) if each is not None]
    told = next((each for each in results if each.outcome is not Outcome.PASSED), None)
    return GateResult(
        name=planned.gate.name,
        kind=planned.gate.kind,
        outcome=outcome,
        reason=reason,
        command=planned.command or None,
        exit_code=told.exit_code if told is not None else 0 if results else None,
        signal=told.signal if told is not None else None,
        started=min((each.started for each in results if each.started is not None), default=None),
        duration_s=round(sum(each.duration_s for each in results), 3),
        attempts=1 if results or tried.broken is not None else 0,
        advisory=planned.gate.advisory,
        image=planned.image,
        services=_services(results),
        log=log,
        log_tail=tried.broken.tail if tried.broken is not None else told.log_tail if told is not None else (),
        findings=tuple(finding for ruling in rulings for finding in ruling.findings),
    )


def _services(results: Sequence[GateResult]) -> tuple[ServiceUse, ...]:
    """Each service once; of one that several gates reached, whichever log was kept."""
    uses: dict[tuple[str, str], ServiceUse] = {}
    for use in (use for result in results for use in result.services):
        if (use.name, use.image) not in uses or use.log is not None:
            uses[use.name, use.image] = use
    return tuple(uses.values())


def _rulings(tried: Tried) -> Iterator[Ruling]:
    if tried.broken is not None:
        yield _broken(tried.broken)
    for trial in tried.trials:
        ruling = _of_trial(trial)
        if ruling is not None:
            yield ruling
    missing = _missing(tried)
    if missing is not None and tried.broken is None:
        yield missing
    yield Ruling(reason=_passed(tried))


def _broken(step: BrokenStep) -> Ruling:
    told = f"{TOLD[step.applied]} cannot be applied"
    if step.outcome is not Outcome.FAILED:
        return Ruling(outcome=step.outcome, reason=f"{told}: {step.reason}")
    help = "See the gate's log; a gate of the kind `migration-rehearsal` tells more about the migrations themselves."
    return _ruling(Outcome.FAILED, "rollback/step-failed", f"{told}: {step.reason}", help, of=step.applied)


def _of_trial(trial: Trial) -> Ruling | None:
    result, control = trial.result, trial.control
    name, how = f"gate `{result.name}`", became(result.outcome)
    if result.outcome is Outcome.PASSED:
        return _served(result.name, trial.served)
    if result.outcome is not Outcome.FAILED:
        reason = f"{name} {how} on the base's code: {result.reason}"
        return Ruling(outcome=result.outcome, reason=reason)
    if control is None:
        reason = f"{name} {how} on the base's own code: {result.reason}"
    elif control.outcome is Outcome.PASSED:
        reason = f"{name} {how} on the base's code with the branch's migrations kept, and passes without them"
        help = (
            "Make the schema one that both versions work with: add first, remove in a later change (expand, contract)."
        )
        told = f"{reason}: {result.reason}"
        return _ruling(Outcome.FAILED, "rollback/old-code-fails", told, help, of=result.name)
    elif control.outcome is Outcome.FAILED:
        reason = f"{name} {how} on the base's code also without the branch's migrations ({control.reason})"
    else:
        reason = (
            f"{name} {how} on the base's code ({result.reason}), and without the branch's migrations it "
            f"{became(control.outcome)}: {control.reason}"
        )
    help = "Repair the gate or the code on the target branch, or name under `gates` those that hold there."
    return _ruling(Outcome.UNPROVEN, "rollback/base-fails", reason, help, of=result.name)


def _served(name: str, paths: Sequence[str]) -> Ruling | None:
    if not paths:
        return None
    reason = (
        f"gate `{name}` passed, but it may have imported the branch's {some(paths)}: the Python on PATH has the judged "
        "tree installed in editable mode"
    )
    help = (
        "Let the gate's command install into an environment of its own (`python -m venv`), or give the gate an `image`."
    )
    return _ruling(Outcome.UNPROVEN, "rollback/branch-installed", reason, help, of=name)


def _missing(tried: Tried) -> Ruling | None:
    """What keeps a pass from meaning anything: migrations that the old code never met."""
    if not tried.trials:
        help = "Name some under `gates`, or under `rollback` of the spec."
        return Ruling(outcome=Outcome.UNPROVEN, reason=f"there is no gate to run on the base's code. {help}")
    # Why a gate that could not be had never met them is told of the gate itself.
    if not tried.due or any(trial.result.outcome is Outcome.ERRORED for trial in tried.trials):
        return None
    migrated = [trial for trial in tried.trials if trial.after is not None]
    if not migrated:
        why, help = _why_not(tried)
        reason = f"the change brings {_named(tried.due)}, and the old code was not run on what they make: {why}"
        return _ruling(Outcome.UNPROVEN, "rollback/not-applied", reason, help, of="")
    if tried.moved and not any(map(_shows_migrations, migrated)):
        reason = f"the change brings {_named(tried.moved)}, and applying them changed neither schema nor rows"
        help = "See that the command finds the new files: their folder, their names, and the tool's list of them."
        return _ruling(Outcome.UNPROVEN, "rollback/nothing-applied", reason, help, of="")
    return None


def _shows_migrations(trial: Trial) -> bool:
    """Whether applying the branch's left a trace; where the base has none, a database that is no longer empty."""
    if trial.before is None:
        return trial.after is not None and not trial.after.is_empty
    return trial.before != trial.after


def _why_not(tried: Tried) -> tuple[str, str]:
    if not tried.has_server:
        return "there is no develop database", "Add `database: {service: postgres:16}` to the workflow."
    if not tried.has_tool:
        return "no tool that applies migrations is recognised", "Write `run:` with the command that applies them."
    return "none of its gates has `database: true`", "Name one under `gates` that works on the database."


def _passed(tried: Tried) -> str:
    migrated = [trial for trial in tried.trials if trial.after is not None]
    others = [trial.result.name for trial in tried.trials if trial.after is None]
    if not migrated:
        told = f"the base's code passes {some(others)}"
        return told if not tried.kept else f"{told} beside {_named(tried.kept)}"
    first = migrated[0]
    changes = len(changed_objects(first.before or _NOTHING, first.after)) if first.after is not None else 0
    told = f"the base's code passes {some([trial.result.name for trial in migrated])} on the branch's schema"
    told = f"{told} ({counted(changes, 'object')} changed)"
    return told if not others else f"{told}, and without a database {some(others)}"


def _named(paths: Sequence[str]) -> str:
    return f"{counted(len(paths), 'migration')} ({some(tuple(path.rpartition('/')[2] for path in paths))})"


_NOTHING = Snapshot(objects={}, rows=())


def _ruling(outcome: Outcome, rule: str, reason: str, help: str, *, of: str) -> Ruling:
    finding = Finding(rule=rule, severity=Severity.ERROR, message=reason, help=help, fingerprint=fingerprint(rule, of))
    return Ruling(outcome=outcome, reason=reason, findings=(finding,))
