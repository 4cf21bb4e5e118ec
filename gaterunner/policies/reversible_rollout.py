"""What a change brings can be turned off, and taken back: flags off by default, and a way back that was rehearsed.

The rules come from ``docs/policies/reversible-rollout.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.flags.findings import RuleName, found
from gaterunner.model import Finding, PolicyResult, Skip
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.levels import Level, levelled
from gaterunner.policies.listing import bounded, errors_of, not_applicable, settled, summed

if TYPE_CHECKING:
    from gaterunner.contract.held import Held
    from gaterunner.flags.judge import Flags
    from gaterunner.flags.proof import Proof

NAME = "reversible-rollout"
_EXPECTED = "flags that are off by default and tested both ways, and a way back that was rehearsed"
_NAMED = 5


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """``require_flag`` asks every change of more than docs and tests for a flag. ``rules`` says how much a rule weighs,
    by its name."""

    require_flag: bool = False
    rules: dict[RuleName, Level] = {}


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Judges how the change reaches users and how it is taken back. Raises ``EvaluationError`` as git does."""
    from gaterunner.contract.held import spec_of
    from gaterunner.flags.judge import judge_flags
    from gaterunner.flags.proof import Proof, prove_states, prove_way_back

    idle = _nothing_to_judge(context)
    if idle is not None:
        return not_applicable(NAME, idle, observed="nothing to roll out", expected=_EXPECTED)
    held = spec_of(context)
    if held.several:
        return _result(Proof(unseen=(held.why or "",)), options, observed="several phases")
    declared = held.spec.flags if held.spec is not None else ()
    flags = judge_flags(context, declared, datetime.now(UTC).date())
    proofs = [prove_states(context, flags.declared, flags.new)] if flags.declared or flags.new else []
    proofs.append(prove_way_back(context))
    whole = Proof(
        findings=(
            *flags.findings,
            *_no_flag(flags, options),
            *_plan(held),
            *(finding for proof in proofs for finding in proof.findings),
        ),
        unseen=tuple(sentence for proof in proofs for sentence in proof.unseen),
        shown=tuple(sentence for proof in proofs for sentence in proof.shown),
    )
    return _result(whole, options, observed=_observed(flags, whole), again=_again(context))


def _nothing_to_judge(context: PolicyContext) -> str | None:
    from gaterunner.contract.amending import only_law
    from gaterunner.contract.belonging import is_target_itself
    from gaterunner.numbers.kinds import kind_of

    change = context.change
    if change.is_empty:
        return "the change is empty"
    if is_target_itself(change):
        return f"{change.branch} is the target branch itself"
    if only_law(context):
        return "the change touches nothing but what runs are judged by"
    manifests = context.workflow.flag_manifest
    if all(kind_of(file.path) in ("docs", "tests") and file.path not in manifests for file in change.files):
        return "the change touches nothing but docs and tests"
    return None


def _no_flag(flags: Flags, options: Options) -> Iterable[Finding]:
    if options.require_flag and not flags.declared and not flags.new:
        yield found(
            "no-flag",
            "the change is behind no flag: neither its spec names one, nor does it add one to a manifest",
            "Name the flag under `flags` of the spec on the target branch, and put what is new behind it.",
            key="",
        )


def _plan(held: Held) -> Iterable[Finding]:
    """A branch of no phase has no spec that could hold a plan; the policy `spec` tells of it."""
    if held.phase is None or (held.spec is not None and held.spec.rollback is not None):
        return
    message = "the spec has no `rollback`" if held.spec is not None else "the phase has no spec that can be read"
    yield found(
        "no-plan",
        f"{message}, so that nobody knows how to go back",
        "Write the steps under `rollback` of the spec, on the target branch.",
        key="",
        path=held.path,
    )


def _again(context: PolicyContext) -> str:
    """What helps where gates were left out on purpose; of those that failed everybody hears anyway."""
    left_out = not context.gates or any(gate.skip is Skip.NOT_SELECTED for gate in context.gates)
    return "; run all gates: gaterunner run" if left_out else ""


def _result(proof: Proof, options: Options, *, observed: str, again: str = "") -> PolicyResult:
    findings = bounded(levelled(proof.findings, options.rules))
    unshown = f"{'; '.join(proof.unseen[:_NAMED])}{again}" if proof.unseen else ""
    passed = "; ".join(proof.shown) or "nothing that blocks"
    told = settled(wrong=summed(errors_of(findings)), unshown=unshown, passed=passed)
    return told.result(NAME, observed=observed, expected=_EXPECTED, findings=findings)


def _observed(flags: Flags, proof: Proof) -> str:
    declared = f"flags of the spec: {_few(flags.declared)}"
    new = f"; new: {_few(flags.new)}" if flags.new else ""
    return "; ".join((f"{declared}{new}", *proof.shown))


def _few(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}" if names else "none"
