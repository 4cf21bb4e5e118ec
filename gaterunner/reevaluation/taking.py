"""What of an earlier report still holds, and which gates have to be evaluated anew. Pure.

A report is taken only where it is of exactly what is judged now: anything else would put one commit's evidence under
another commit's verdict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from gaterunner.config.gates import ROLLBACK
from gaterunner.errors import EvaluationError, UsageError
from gaterunner.gates.wording import some
from gaterunner.model import Change, GateResult, Outcome, Report, Skip, TakenOver
from gaterunner.plan import PlannedGate
from gaterunner.publishing.received import Received
from gaterunner.verdict import decide

TOLD = "evaluated anew: "
TAKEN = "of the earlier run: "
_ID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_ANEW = "run all gates again, and go on with the report of that run"


def gates_to_evaluate(report: Report) -> tuple[str, ...]:
    """What is evaluated anew unless something else is asked for: what waits, and what was not reached because of it.

    Raises ``UsageError`` where nothing waits.
    """
    if not any(gate.outcome is Outcome.PENDING for gate in report.gates):
        raise UsageError(
            "no gate of the report waits for anything, so it is not clear what to evaluate anew",
            help="name the gates with --gate",
        )
    return tuple(gate.name for gate in report.gates if gate.outcome is Outcome.PENDING or gate.skip is Skip.NOT_REACHED)


def refuse_other_change(earlier: Received, change: Change, version: str) -> None:
    """Raises ``EvaluationError`` for a report of another change, of a part of a run, or of one that was not judged."""
    told = next(_differences(earlier.report, change, version), None)
    if told is not None:
        raise _refused(told)


def refuse_other_law(earlier: Received, law_sha256: str) -> None:
    """Raises ``EvaluationError`` for a report that was made by another workflow file."""
    info = earlier.report.workflow
    if info is None or info.sha256 != law_sha256:
        found = f"sha256 {info.sha256[:12]}" if info else "none"
        raise _refused(f"its workflow file is another one ({found}, and now it is {law_sha256[:12]})")


def refuse_other_phase(earlier: Received, phase: str | None) -> None:
    """Raises ``EvaluationError`` for a report of the same commits as those of another phase, or of none."""
    found = earlier.report.change.phase if earlier.report.change is not None else None
    if found != phase:
        raise _refused(f"its branch is that of {_phase(found)}, and now it is that of {_phase(phase)}")


def refuse_other_spec(earlier: Received, plan: Sequence[PlannedGate], has_same_spec: Callable[[str], bool]) -> None:
    """Raises ``EvaluationError`` where a way back is taken over that was rehearsed by another spec.

    ``has_same_spec`` says of a law, by its commit, whether that holds the same one.
    """
    taken = [each.gate.name for each in plan if each.gate.kind == ROLLBACK and each.skip is Skip.NOT_SELECTED]
    info, change = earlier.report.workflow, earlier.report.change
    if not taken or info is None or change is None:
        return
    # A workflow file of the operator or the branch comes from no commit of the spec.
    if not has_same_spec(info.commit if info.source == "base" and info.commit else change.base):
        raise _refused(f"`{taken[0]}` went by another version of the phase's spec")


def refuse_other_plan(earlier: Received, plan: str) -> None:
    """Raises ``EvaluationError`` for a report of another plan, told by its digest."""
    if earlier.report.plan != plan:
        raise _refused("its plan is another one: other commands, images or shards")


def _differences(report: Report, change: Change, version: str) -> Iterator[str]:
    found = report.change
    if report.tool.version != version:
        yield f"it is of gaterunner {report.tool.version}, and this is {version}"
    if report.problems or found is None:
        told = report.problems[0].message if report.problems else "it does not say which commit it is about"
        yield f"its run could not be judged: {told}"
        return
    if report.part is not None or report.partial or report.scope != "gates+policies":
        yield "it is about some of the gates only"
    verdict = decide(report.gates, report.policies, scope=report.scope, problems=report.problems)
    if verdict is not report.verdict:
        yield f"its verdict is {report.verdict}, and its own results come to {verdict}"
    if found.dirty:
        yield "it is about files that were not committed"
    for name, before, now in (
        ("head", found.head, change.head),
        ("base", found.base, change.base),
        ("test merge", found.merge, change.merge),
    ):
        if before != now:
            yield f"its {name} is {_short(before)}, and now it is {_short(now)}"


def judged_commit(earlier: Received) -> str:
    """The commit whose tree was judged. Raises ``EvaluationError`` where none is told, or no full id."""
    told = _ids(earlier.report)
    if not told or not all(_ID.fullmatch(commit) for commit in told):
        raise _refused("it does not say which commit it is about")
    return told[-1]


def first_asked(earlier: Received) -> datetime:
    """When what waits began to, as far as the earlier report tells. Raises ``EvaluationError`` for one without times.

    A report that was itself made onto another one tells of that as well.
    """
    report = earlier.report
    told = [report.started, *(gate.started for gate in report.gates if gate.started)]
    told += [report.taken_over.started] if report.taken_over else []
    try:
        return min(datetime.fromisoformat(time).astimezone(UTC) for time in told)
    except (ValueError, OverflowError):
        raise _refused("it does not say when its run started") from None


def _ids(report: Report) -> tuple[str, ...]:
    """Base, head, and the test merge where there is one."""
    change = report.change
    return (change.base, change.head, *([change.merge] if change.merge else [])) if change else ()


def _phase(name: str | None) -> str:
    return f"the phase `{name}`" if name is not None else "no phase"


def _short(commit: str | None) -> str:
    return commit[:12] if commit else "none"


def _refused(told: str) -> EvaluationError:
    return EvaluationError(f"the earlier report cannot be gone on with: {told}", help=_ANEW)


def without_others(
    chosen: Sequence[PlannedGate], whole: Sequence[PlannedGate], earlier: Received
) -> tuple[PlannedGate, ...]:
    """The plan in which only the ``chosen`` gates run, and each other one says what becomes of it.

    ``chosen`` is the plan with a selection, ``whole`` the same without. Raises ``UsageError`` for a selected shard.
    """
    cut = [planned.gate.name for planned in chosen if planned.shard[1] > 1]
    if cut:
        raise UsageError(
            f"{some(cut)} cannot be evaluated onto an earlier report, which tells of the whole gate",
            help="name the gate without a shard",
        )
    own = {planned.gate.name: planned for planned in whole}
    reason = f"taken over from the run of {earlier.report.started}"
    return tuple(
        # Of what it needs nothing is left out: that is taken over.
        replace(planned, why=own[planned.gate.name].why)
        if planned.skip is not Skip.NOT_SELECTED
        else own[planned.gate.name]
        if own[planned.gate.name].skip is not None
        else replace(planned, skip_reason=reason)
        for planned in chosen
    )


def completed(plan: Sequence[PlannedGate], here: Sequence[GateResult], earlier: Received) -> tuple[GateResult, ...]:
    """All gates in the order of the plan: those evaluated here, and of each other one what the earlier report tells.

    Raises ``EvaluationError`` where that report does not hold exactly one result of a gate, or holds others.
    """
    results = {gate.name: gate for gate in here}
    names = {planned.gate.name for planned in plan}
    foreign = [gate.name for gate in earlier.report.gates if gate.name not in names]
    if foreign:
        raise _refused(f"it holds {some(foreign)}, which is no gate of this plan")
    return tuple(
        _taken(planned, earlier.report) if planned.skip is Skip.NOT_SELECTED else results[planned.gate.name]
        for planned in plan
    )


def _taken(planned: PlannedGate, report: Report) -> GateResult:
    name = planned.gate.name
    found = [gate for gate in report.gates if gate.name == name]
    if len(found) != 1:
        raise _refused(f"it holds {'several results' if found else 'no result'} of `{name}`")
    (result,) = found
    if result.skip in (Skip.NOT_APPLICABLE, Skip.NOT_SELECTED):
        raise _refused(f"it left out `{name}`, which applies: {result.reason}")
    if planned.gate.tests and result.outcome is Outcome.PASSED and result.tests is None:
        raise _refused(f"it tells that `{name}` passed, and of no tests")
    # The plan's word on what the plan says; logs may lie on another machine.
    return replace(
        result,
        kind=planned.gate.kind,
        command=planned.command or None,
        advisory=planned.gate.advisory,
        log=None,
        tries=tuple(replace(each, log=None) for each in result.tries),
        services=tuple(replace(each, log=None) for each in result.services),
    )


def taken_over(earlier: Received, evaluated: Collection[str]) -> TakenOver:
    """What the new report says of the earlier one."""
    before = earlier.report
    return TakenOver(
        report=earlier.sha256,
        started=before.started,
        run_url=before.run_url,
        evaluated=tuple(evaluated),
    )


def told(taken: TakenOver, others: int) -> str:
    """One sentence for every form of the report."""
    where = f" ({taken.run_url})" if taken.run_url else ""
    rest = f"{others} other gate{'s are' if others != 1 else ' is'} taken over" if others else "no other gate is there"
    return (
        f"{TOLD}{some(list(taken.evaluated))}, and all policies; {rest} from the run of "
        f"{taken.started}{where}, report sha256 {taken.report[:12]}"
    )
