"""``spec``: a branch of a phase does what the phase's spec says, and nothing else.

The spec is read from the law's commit, never from the branch (docs/spec.md). The rules come from
``docs/policies/spec.md``; each part is judged by a module of ``contract``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.contract.findings import UNAPPROVED, UNPROVEN, RuleName, about, found
from gaterunner.model import Finding, Outcome, PolicyResult
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.levels import Level, levelled
from gaterunner.policies.listing import Settled, bounded, errors_of, not_applicable, settled

if TYPE_CHECKING:
    from gaterunner.contract.held import Held
    from gaterunner.contract.types import Spec

NAME = "spec"
_EXPECTED = "the branch of a phase keeps to the phase's spec, as the target branch has it"


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``rules`` says how much a rule weighs, by its name."""

    rules: dict[RuleName, Level] = {}


class Judged(Struct, frozen=True, kw_only=True):
    """What was found; ``observed`` tells it in a few words, ``unseen`` what was not executed.

    ``by_spec`` says that the change was judged by a spec at all, ``proven`` what tests show of its objectives.
    """

    findings: tuple[Finding, ...] = ()
    observed: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    by_spec: bool = False
    proven: str = ""


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Judges the change by its phase's spec. Raises ``EvaluationError`` when git or the forge has no answer."""
    from gaterunner.contract.amending import only_law, spec_changes
    from gaterunner.contract.held import spec_of

    idle = _nothing_to_judge(context)
    if idle is not None:
        return not_applicable(NAME, idle, observed="no spec is asked for", expected=_EXPECTED)
    held = spec_of(context)
    changes = tuple(spec_changes(context, held))
    if only_law(context):
        if not changes:
            return not_applicable(NAME, "the change touches nothing but what runs are judged by", expected=_EXPECTED)
        return _result(Judged(findings=changes, observed=(_count(len(changes), "changed spec"),)), options, held)
    if held.phase is None and not held.several and context.law is not None and context.law.source == "head":
        return not_applicable(NAME, "the branch brings the first workflow file, and is of no phase", expected=_EXPECTED)
    if held.spec is None:
        return _result(Judged(findings=(*_without_spec(context, held), *changes)), options, held)
    parts = [judge(context, held, held.spec) for judge in _PARTS]
    judged = Judged(
        findings=(*changes, *(finding for part in parts for finding in part.findings)),
        observed=tuple(words for part in parts for words in part.observed),
        unseen=tuple(words for part in parts for words in part.unseen),
        by_spec=True,
        proven="".join(part.proven for part in parts),
    )
    return _result(judged, options, held)


def _nothing_to_judge(context: PolicyContext) -> str | None:
    from gaterunner.contract.belonging import is_target_itself

    change = context.change
    if change.is_empty:
        return "the change is empty"
    if is_target_itself(change):
        return f"{change.branch} is the target branch itself"
    return None


def _without_spec(context: PolicyContext, held: Held) -> Iterator[Finding]:
    """Why there is no spec to judge by."""
    if held.several:
        yield found("several-phases", held.why or "", "Put them into the queue one by one.", key="")
    elif held.phase is None:
        yield found(
            "no-phase",
            held.why or "the branch is that of no phase",
            _phases(context),
            key=context.change.branch or "",
        )
    elif held.is_broken:
        yield from _unreadable(held)
    else:
        yield found(
            "missing",
            f"the phase `{held.phase.name}` has no spec: {held.path} is not there",
            f"Write it on the target branch first: `gaterunner spec new {held.phase.name}` prints an empty one.",
            key=held.phase.name,
            path=held.path,
        )


def _phases(context: PolicyContext) -> str:
    branches = [phase.branch for phase in context.workflow.phases]
    if not branches:
        return "Declare `phases` in the workflow file on the target branch."
    more = f" and {len(branches) - _NAMED} more" if len(branches) > _NAMED else ""
    return f"Work on the branch of a phase: {', '.join(branches[:_NAMED])}{more}."


_NAMED = 5


def _unreadable(held: Held) -> Iterator[Finding]:
    """No approval is enough: a branch that does the phase's work would be held to nothing. What repairs the base's
    file touches nothing else, and is not judged by it."""
    at_base = held.source == "base"
    told: list[tuple[str, int | None, str | None]] = [(held.fault, None, None)] if held.fault else []
    told += [(problem.message, problem.line, problem.help) for problem in held.problems]
    for message, line, help in told:
        yield found(
            "unreadable",
            f"at the base, line {line or 1}: {message}" if at_base and line else message,
            help or "docs/spec.md shows what a spec looks like; `gaterunner validate` checks it.",
            key=f"{held.source}\0{message}",
            path=held.path,
            line=None if at_base else line,
        )


# --- the parts ------------------------------------------------------------------------------------------------------


def _touchpoints(context: PolicyContext, held: Held, spec: Spec) -> Judged:
    from gaterunner.contract.cutting_over import judge_cutovers
    from gaterunner.contract.touching import judge_paths

    findings, inside = judge_paths(held, spec, context)
    findings = (*findings, *judge_cutovers(spec, context))
    return Judged(findings=findings, observed=(f"{inside} of {_count(len(context.change.files), 'path')} in scope",))


def _tests(context: PolicyContext, held: Held, spec: Spec) -> Judged:
    from gaterunner.contract.duties import judge_duties
    from gaterunner.contract.evidence import Seen
    from gaterunner.contract.proof import judge_proof

    seen = Seen(context.gates or ())
    duties = judge_duties(held, spec, context, seen)
    objectives = len(spec.objectives)
    new = f"{_count(duties.added, 'new test')}"
    if seen.is_empty:
        must = f" and {_count(len(spec.tests.must_pass), '`must-pass` pattern')}" if spec.tests.must_pass else ""
        unseen = f"{_count(objectives, 'objective')}{must} need tests, and no gate was executed"
        return Judged(findings=duties.findings, observed=(new,), unseen=(unseen,))
    proof = judge_proof(held, spec, seen)
    cached = f" ({proof.cached} taken from an earlier run)" if proof.cached else ""
    proven = f"{proof.proven} of {_count(objectives, 'objective')} proven by {_count(proof.tests, 'test')}{cached}"
    observed = (proven, f"{new}, {duties.ran} of them ran and passed")
    return Judged(findings=(*proof.findings, *duties.findings), observed=observed, proven=proven)


def _budget(context: PolicyContext, held: Held, spec: Spec) -> Judged:
    from gaterunner.contract.budget import judge_budget

    return Judged(findings=tuple(judge_budget(held, spec, context)))


def _plan(context: PolicyContext, held: Held, spec: Spec) -> Judged:
    """The way back, and whatever else the spec names."""
    from gaterunner.contract.agreement import disagreements
    from gaterunner.contract.naming import known_cutovers, known_flags

    findings = [
        about(held, "unknown-name", one.message, one.help, key=one.key, at=one.position)
        for one in disagreements(
            spec, context.workflow, flags=known_flags(context, spec), cutovers=known_cutovers(context, spec)
        )
    ]
    if spec.rollback is None:
        message, help = "the spec has no `rollback`", "Write the steps that take the change back, on the target branch."
        findings.append(about(held, "no-rollback-plan", message, help, key="", at=spec.place("id")))
    return Judged(findings=tuple(findings))


def _owner(context: PolicyContext, held: Held, spec: Spec) -> Judged:
    from gaterunner.contract.owner import judge_owner

    return Judged(findings=tuple(judge_owner(held, spec, context)))


def _data(context: PolicyContext, held: Held, spec: Spec) -> Judged:  # noqa: ARG001 - a part, as the others
    from gaterunner.contract.boundaries.judge import judge_data

    if spec.data is None:
        return Judged()
    looked = judge_data(context, spec)
    return Judged(findings=looked.findings, observed=(looked.words(),))


# What a spec asks is one function here: context and spec in, findings and words out.
_PARTS = (_touchpoints, _tests, _budget, _plan, _owner, _data)


# --- the result -----------------------------------------------------------------------------------------------------


def _result(judged: Judged, options: Options, held: Held) -> PolicyResult:
    findings = tuple(levelled(judged.findings, options.rules))
    errors = errors_of(findings)
    observed = "; ".join((_source(held), *judged.observed))
    listed = bounded(findings, rule="spec/more")
    if not errors and not judged.by_spec:
        reason = findings[0].message if findings else "nothing is judged by a spec"
        return not_applicable(NAME, reason, observed=observed, expected=_EXPECTED, findings=listed)
    told = _settled(errors, judged, held)
    return told.result(NAME, observed=observed, expected=_EXPECTED, findings=listed)


def _settled(errors: Sequence[Finding], judged: Judged, held: Held) -> Settled:
    """What is wrong before what is not shown, and that before what waits for an approval.

    A review may let through some of the first and all of the last, and none of what is not shown.
    """
    wrong = sorted((one for one in errors if one.rule not in UNPROVEN | UNAPPROVED), key=lambda one: one.approvable)
    doubts = [one for one in errors if one.rule in UNPROVEN]
    unshown = _first(doubts, len(doubts), held) if doubts else "; ".join(judged.unseen)
    if unshown and not doubts:
        unshown += "; run all gates: gaterunner run"
    if not (wrong or unshown) and errors:
        return Settled(outcome=Outcome.UNPROVEN, reason=_first(errors, len(errors), held), unapproved=True)
    told = _first(wrong, len(errors), held) if wrong else None
    return settled(wrong=told, unshown=unshown, passed=f"{judged.proven}; keeps to {held.path}")


def _first(findings: Sequence[Finding], of: int, held: Held) -> str:
    return f"{_place(findings[0], held)}{findings[0].message}{f' and {of - 1} more' if of > 1 else ''}"


def _place(finding: Finding, held: Held) -> str:
    """Where a finding is, for its message to be read without it; of the spec itself every message speaks."""
    return f"{finding.path}: " if finding.path not in (None, held.path) else ""


def _source(held: Held) -> str:
    if held.spec is None:
        return "no spec"
    where = "the base" if held.source == "base" else "the branch itself, as the base has none"
    return f"{held.path} of {where}, {held.spec.sha256[:12]}, owner {held.spec.owner}"


def _count(number: int, unit: str) -> str:
    return f"{number:,} {unit}{'' if number == 1 else 's'}"
