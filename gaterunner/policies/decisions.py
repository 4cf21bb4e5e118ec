"""``decisions``: what a spec asks of the panel is answered, under the law in force, in a log that nobody rewrote.

The rules come from ``docs/policies/decisions.md``. The panel chooses among options; it lets through nothing that a gate
or another policy found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.governance.findings import UNPROVEN, RuleName
from gaterunner.model import Finding, PolicyResult
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.levels import Level, levelled
from gaterunner.policies.listing import bounded, errors_of, not_applicable, settled

if TYPE_CHECKING:
    from gaterunner.contract.held import Held
    from gaterunner.governance.answers import Judged

NAME = "decisions"
_EXPECTED = "every question of the phase's spec is answered by the panel in force, and the log only ever grows"


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``rules`` says how much a rule weighs, by its name."""

    rules: dict[RuleName, Level] = {}


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Judges log and answers. Raises ``EvaluationError`` when git or the forge has no answer."""
    from gaterunner.contract.belonging import is_target_itself
    from gaterunner.contract.held import spec_of
    from gaterunner.governance.judging import file_of, judge

    change = context.change
    if change.is_empty:
        return not_applicable(NAME, "the change is empty", expected=_EXPECTED)
    base, judged = (file_of(context.repository, commit) for commit in (change.base, change.judged))
    if is_target_itself(change):
        if base.form == judged.form:
            return not_applicable(NAME, f"{change.branch} is the target branch itself", expected=_EXPECTED)
        return _result(judge(context, None, base, judged), options)
    held = spec_of(context)
    idle = _nothing_asked(held)
    if idle is not None and base.form == judged.form:
        return not_applicable(NAME, idle, observed="no question, and the log is left alone", expected=_EXPECTED)
    return _result(judge(context, held, base, judged), options)


def _nothing_asked(held: Held) -> str | None:
    """Why nothing is asked of the panel; None also where nobody can tell."""
    if held.several or held.is_broken:
        return None
    if held.spec is None:
        return held.why or f"there is no spec at {held.path}"
    return None if held.spec.questions else f"{held.path} asks nothing"


def _result(judged: Judged, options: Options) -> PolicyResult:
    findings = bounded(levelled(judged.findings, options.rules))
    errors = errors_of(findings)
    wrong = [finding for finding in errors if finding.rule not in UNPROVEN]
    unshown = _unshown(judged, [finding for finding in errors if finding.rule in UNPROVEN])
    told = settled(wrong=_first(wrong, len(errors)) if wrong else None, unshown=unshown, passed=_passed(judged))
    result = told.result(NAME, observed=_observed(judged), expected=_EXPECTED, findings=findings)
    return result if judged.decided is None else replace(result, decided=judged.decided)


def _unshown(judged: Judged, doubts: Sequence[Finding]) -> str:
    if doubts:
        return _first(doubts, len(doubts))
    return "; ".join(judged.unseen)


def _first(findings: Sequence[Finding], of: int) -> str:
    return f"{findings[0].message}{f' and {of - 1} more' if of > 1 else ''}"


def _passed(judged: Judged) -> str:
    if not judged.asked:
        return "the log only grew, and its new entries come out as recorded"
    return f"{judged.asked} of {judged.asked} questions answered as the panel answers them now"


def _observed(judged: Judged) -> str:
    told = [f"{judged.answered} of {judged.asked} questions answered"] if judged.asked else []
    if judged.decided is not None:
        log = judged.decided.log
        told.append(f"{log.entries} entr{'y' if log.entries == 1 else 'ies'} in the log, head {log.head}")
    return "; ".join(told) or "no log that can be read"
