"""What a migration takes away is replaced first, step by step, behind a flag and with both written meanwhile.

The rules come from ``docs/policies/cutovers.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.cutovers.findings import RuleName
from gaterunner.model import Finding, PolicyResult
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.levels import Level, levelled
from gaterunner.policies.listing import bounded, errors_of, not_applicable, settled, summed

if TYPE_CHECKING:
    from gaterunner.cutovers.held import Held
    from gaterunner.cutovers.types import Cutovers

NAME = "cutovers"
_EXPECTED = "one phase at a time, with flag, dual write and parity; new ones at dual-write"
_PARITY_RULE: RuleName = "parity-not-passed"
_NAMED = 5


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``rules`` says how much a rule weighs, by its name."""

    rules: dict[RuleName, Level] = {}


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Judges what the change does to the declared cutovers; raises ``EvaluationError`` when git has no answer."""
    from gaterunner.cutovers.held import held
    from gaterunner.cutovers.types import Cutovers

    if context.change.is_empty:
        return _skipped("the change is empty")
    base, judged = (held(context.repository, commit) for commit in (context.change.base, context.change.judged))
    if base.entry is None and judged.entry is None:
        return _skipped("no cutover is declared")
    cutovers = Cutovers(base=base.cutovers, judged=judged.cutovers)
    if judged.is_broken or base.is_broken:
        return _result([*_unreadable(base, "base"), *_unreadable(judged, "judged")], options, cutovers)
    from gaterunner.cutovers.locations import judge_locations
    from gaterunner.cutovers.movement import judge_movement
    from gaterunner.cutovers.parity import judge_parity

    parity = judge_parity(cutovers, context)
    findings = [*judge_movement(cutovers), *judge_locations(cutovers, context), *parity.findings]
    return _result(findings, options, cutovers, unseen=parity.unseen)


def _unreadable(held: Held, where: str) -> Iterable[Finding]:
    """One that the base's file gives can only be repaired by a change, so a review may let that one through."""
    from gaterunner.cutovers.findings import found

    at_base = where == "base"
    told: list[tuple[str, int | None, str | None]] = [(held.fault, None, None)] if held.fault else []
    told += [(problem.message, problem.line, problem.help) for problem in held.problems]
    for message, line, help in told:
        yield found(
            "unreadable",
            f"at the base, line {line or 1}: {message}" if at_base else message,
            help or "docs/policies/cutovers.md shows what the file looks like.",
            key=f"{where}\0{message}",
            line=None if at_base else line,
            approvable=at_base,
        )


def _result(
    found: Iterable[Finding], options: Options, cutovers: Cutovers, unseen: tuple[str, ...] = ()
) -> PolicyResult:
    findings = bounded(levelled(found, options.rules))
    asked = unseen and options.rules.get(_PARITY_RULE, "fail") == "fail"
    unshown = f"{'; '.join(unseen[:_NAMED])}; run all gates: gaterunner run" if asked else ""
    told = settled(wrong=summed(errors_of(findings)), unshown=unshown, passed=_passed(cutovers))
    return told.result(NAME, observed=_observed(cutovers), expected=_EXPECTED, findings=findings)


def _passed(cutovers: Cutovers) -> str:
    base = {cutover.name: cutover for cutover in cutovers.base}
    moved = [
        f"`{cutover.name}` goes from {base[cutover.name].phase} to {cutover.phase}"
        if cutover.name in base
        else f"`{cutover.name}` begins at {cutover.phase}"
        for cutover in cutovers.judged
        if cutover.name not in base or base[cutover.name].phase != cutover.phase
    ]
    gone = base.keys() - {cutover.name for cutover in cutovers.judged}
    moved += [f"`{name}` is done" for name in sorted(gone)]
    more = f" and {len(moved) - _NAMED} more" if len(moved) > _NAMED else ""
    return f"{'; '.join(moved[:_NAMED])}{more}" if moved else "no cutover moves, and what they rely on is there"


def _observed(cutovers: Cutovers) -> str:
    stand = [f"{cutover.name}: {cutover.phase}" for cutover in cutovers.judged]
    more = f" and {len(stand) - _NAMED} more" if len(stand) > _NAMED else ""
    return f"{', '.join(stand[:_NAMED])}{more}" if stand else "no cutover under way"


def _skipped(reason: str) -> PolicyResult:
    return not_applicable(NAME, reason, observed="no cutovers", expected=_EXPECTED)
