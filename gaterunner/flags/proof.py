"""What the gates of a run show: that they pass with all flags off and on, how much stays dark, the way back. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from gaterunner.config.problems import quoted
from gaterunner.flags.findings import found
from gaterunner.flags.spelling import words_of
from gaterunner.model import Finding, GateResult, Outcome, Severity, Skip
from gaterunner.plan.names import name_of

if TYPE_CHECKING:
    from gaterunner.config.types import Gate
    from gaterunner.policies.context import PolicyContext

ROLLBACK = "rollback-rehearsal"
_STATES: tuple[Literal["off", "on"], ...] = ("off", "on")
_MOST_NAMED = 5


class Proof(Struct, frozen=True, kw_only=True):
    """``findings``, and in ``unseen`` a sentence for whatever this run did not show; ``shown`` is what it did."""

    findings: tuple[Finding, ...] = ()
    unseen: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


def prove_states(context: PolicyContext, declared: Sequence[str], new: Sequence[str]) -> Proof:
    """Whether gates passed with all flags off and with all on: those of the spec, and those that the change adds."""
    gates = [gate for gate in context.workflow.gates if gate.flags == "both"]
    counting = [gate for gate in gates if not gate.advisory]
    if not counting:
        told = "only advisory gates run" if gates else "no gate runs"
        finding = found(
            "not-both-ways",
            f"{told} with the flags off and with the flags on",
            "Add `flags: both` to the gate with the tests of the code behind them, on the target branch.",
            key="",
        )
        return Proof(findings=(finding,))
    results = {result.name: result for result in context.gates or ()}
    unseen = [sentence for gate in counting for sentence in _unseen(gate, results)]
    passed = [gate.name for gate in counting if _passed(gate, results)]
    if not passed and not unseen:
        unseen = ["no gate with `flags: both` applied to the change"]
    shown = (f"{', '.join(passed[:_MOST_NAMED])} passed with flags off and on",) if passed else ()
    findings = (*_never_turned(context, declared, new), *_dark(counting, results))
    return Proof(findings=findings, unseen=tuple(unseen), shown=shown)


def _never_turned(context: PolicyContext, declared: Sequence[str], new: Sequence[str]) -> Iterator[Finding]:
    """A flag without a variable is the same in both runs, whatever these are called.

    The variables are the law's, so that a flag which only this change brings cannot have one yet.
    """
    known = {flag.name for flag in context.workflow.flags}
    for name in (*declared, *new):
        if name not in known:
            yield found(
                "not-both-ways",
                f"no gate runs with the flag {quoted(name)} on: {context.workflow.path} gives it no variable",
                f"Add it under `flags` of the workflow file on the target branch: `{name}: {_variable(name)}`.",
                key=name,
                severity=Severity.ERROR if name in declared else Severity.WARNING,
            )


def _variable(name: str) -> str:
    return "_".join(("FEATURE", *words_of(name))).upper()


def _unseen(gate: Gate, results: dict[str, GateResult]) -> Iterator[str]:
    """Why the two states of one gate prove nothing; nothing for those that do, and for those that do not apply."""
    for state in _STATES:
        result = results.get(name_of(gate, state))
        if result is None:
            yield f"`{name_of(gate, state)}` was not executed"
        elif not (result.outcome is Outcome.PASSED or _does_not_apply(result)):
            yield f"`{result.name}` is {result.outcome.value}"


def _does_not_apply(result: GateResult) -> bool:
    return result.outcome is Outcome.SKIPPED and result.skip is Skip.NOT_APPLICABLE


def _passed(gate: Gate, results: dict[str, GateResult]) -> bool:
    told = [results.get(name_of(gate, state)) for state in _STATES]
    return all(result is not None and result.outcome is Outcome.PASSED for result in told)


def _dark(gates: Sequence[Gate], results: dict[str, GateResult]) -> tuple[Finding, ...]:
    """How much of what is new was executed although everything was off: evidence, and no proof."""
    if not results:
        return ()
    told = []
    for gate in gates:
        result = results.get(name_of(gate, "off"))
        coverage = result.coverage if result is not None else None
        if coverage is None or not coverage.changed_lines:
            continue
        lit, lines = coverage.changed_covered, coverage.changed_lines
        told.append(
            f"`{name_of(gate, 'off')}` executed {lit:,} of {lines:,} changed lines with every flag off: "
            f"{_percent(lines - lit, lines)} % dark"
        )
    message = "; ".join(told[:_MOST_NAMED])
    help = "Lines that run while everything is off are not behind a flag: see whether they should be."
    if not told:
        message = (
            "how much stays dark was not measured: no gate with `flags: both` and `coverage` told of changed lines "
            "with every flag off"
        )
        help = "Give the gate with `flags: both` the files of its coverage as well (docs/proof.md)."
    return (found("dark-ratio", message, help, key="", severity=Severity.NOTICE, approvable=False),)


def _percent(part: int, whole: int) -> str:
    """With one digit, and never rounded up to a whole that it is not."""
    tenths = part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10}"


def prove_way_back(context: PolicyContext) -> Proof:
    """Whether the way back was rehearsed in this run."""
    gates = [gate for gate in context.workflow.gates if gate.kind == ROLLBACK]
    counting = [gate for gate in gates if not gate.advisory]
    if not counting:
        told = "the only rehearsal of the way back is advisory" if gates else "no gate rehearses the way back"
        finding = found(
            "not-rehearsed",
            f"{told}: whether the old code runs after this change is not known",
            f"Add the gate `{ROLLBACK}` to the workflow file on the target branch (docs/rollback.md).",
            key="",
        )
        return Proof(findings=(finding,))
    results = [result for result in context.gates or () if result.kind == ROLLBACK and not result.advisory]
    passed = [result.name for result in results if result.outcome is Outcome.PASSED]
    if not results:
        return Proof(unseen=(f"the way back was not rehearsed: `{counting[0].name}` was not executed",))
    wrong = [result for result in results if result.outcome is not Outcome.PASSED]
    unseen = tuple(
        f"the way back was not rehearsed: `{result.name}` is {result.outcome.value} ({result.reason})"
        for result in wrong
        if not (_does_not_apply(result) and passed)
    )
    return Proof(unseen=unseen, shown=("the way back was rehearsed",) if passed and not unseen else ())
