"""A phase starts once those before it have landed, and no branch speaks for a phase that is not its own.

The rules come from ``docs/policies/phases.md``.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from gaterunner.contract.ordering import RuleName
from gaterunner.model import Event, Finding, Outcome, PolicyResult
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.levels import Level, levelled
from gaterunner.policies.listing import bounded, errors_of, not_applicable, summed

NAME = "phases"
_EXPECTED = "the phases before this one have landed, and its commits speak for no other"


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``rules`` says how much a rule weighs, by its name."""

    rules: dict[RuleName, Level] = {}


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Judges the place of the change among the phases.

    Raises ``EvaluationError`` when git has no answer or the history is cut off before it tells.
    """
    from gaterunner.contract.belonging import is_target_itself, phase_of_change
    from gaterunner.contract.landed import landings
    from gaterunner.contract.ordering import judge_claims, judge_order, told_landed

    change = context.change
    if change.is_empty:
        return _skipped("the change is empty")
    # Everything on the target has been judged on its way there, and speaks for the phases that landed.
    if is_target_itself(change):
        return _skipped(f"`{change.branch}` is the target itself")
    belonging = phase_of_change(context)
    if belonging.several:
        return _result((), options, outcome=Outcome.UNPROVEN, reason=belonging.why or "", observed="several phases")
    if belonging.phase is None:
        if change.event is Event.PUSH and change.target is None:
            return _skipped(belonging.why or "")
        claims = tuple(judge_claims(context, None, landings(context.repository, context.workflow, change.law)))
        return _result(claims, options) if claims else _skipped(belonging.why or "")
    order = judge_order(context, belonging.phase)
    name = belonging.phase.name
    proven = f"`{name}` may start: done are {told_landed(order.landed, order.before)}"
    reason = proven if order.before else f"`{name}` comes first"
    done = ", ".join(each.phase for each in order.landed) or "none"
    return _result(order.findings, options, reason=reason, observed=f"phase {name}; landed: {done}")


def _result(
    found: Iterable[Finding],
    options: Options,
    *,
    outcome: Outcome = Outcome.PASSED,
    reason: str = "the commits speak for no phase",
    observed: str = "a branch of no phase",
) -> PolicyResult:
    findings = bounded(levelled(found, options.rules))
    wrong = summed(errors_of(findings))
    if wrong is not None:
        outcome, reason = Outcome.FAILED, wrong
    return PolicyResult(
        name=NAME, outcome=outcome, reason=reason, observed=observed, expected=_EXPECTED, findings=findings
    )


def _skipped(reason: str) -> PolicyResult:
    return not_applicable(NAME, reason, observed="no phase", expected=_EXPECTED)
