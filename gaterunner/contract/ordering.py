"""Whether a change comes in the order that the law gives its phases. Pure.

The rules come from ``docs/policies/phases.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, get_args

from msgspec import Struct

from gaterunner import fingerprints
from gaterunner.config.problems import listed, quoted
from gaterunner.contract.landed import Landed, Landings, brought_back, landings, refuse_unknown
from gaterunner.contract.merge_messages import TRAILER, claims_of, phases_in_any_line
from gaterunner.contract.phases import earlier_phases
from gaterunner.model import Finding, Severity

if TYPE_CHECKING:
    from gaterunner.config.types import Phase, Workflow
    from gaterunner.policies.context import PolicyContext

RuleName = Literal["out-of-order", "foreign-trailer", "foreign-merge", "no-work", "behind", "reopened"]
RULES: tuple[RuleName, ...] = get_args(RuleName)

_SHORT = 12
_MOST = 20


class Order(Struct, frozen=True, kw_only=True):
    """What was found of a change's place among the phases; ``before`` are those that have to be done before it."""

    before: tuple[str, ...] = ()
    landed: tuple[Landed, ...] = ()
    findings: tuple[Finding, ...] = ()


def judge_order(context: PolicyContext, phase: Phase) -> Order:
    """The order of a branch of a phase.

    Raises ``EvaluationError`` where a phase before it may have landed in a part of the history that is not there.
    """
    change, workflow = context.change, context.workflow
    at_law = landings(context.repository, workflow, change.law)
    before = earlier_phases(workflow, phase)
    refuse_unknown((name for name in at_law.unknown if name in before), change.law)
    findings = [
        *_missing(workflow, phase, before, at_law, context.change.target),
        *judge_claims(context, phase, at_law),
        *_no_work(context, phase, at_law),
        *_behind(context, before, at_law),
        *_reopened(phase, at_law),
    ]
    return Order(before=before, landed=at_law.landed, findings=tuple(findings))


def judge_claims(context: PolicyContext, phase: Phase | None, at_law: Landings) -> Iterator[Finding]:
    """What the branch's own commits say of phases that are not theirs: once merged, it would count as evidence."""
    change, workflow = context.change, context.workflow
    own = phase.name if phase is not None else None
    done = {each.phase for each in at_law.landed}
    by_branch = {each.branch: each.name for each in workflow.phases}
    told = 0
    messages = context.repository.messages(change.base, change.head)
    for name, commit in brought_back(context.repository, workflow, change.law, at_law, messages):
        if name != own:
            yield _foreign_revert(commit, name, own)
    for message in messages:
        claims = claims_of(message)
        for name in dict.fromkeys((*claims.phases, *phases_in_any_line(message.text))):
            if name != own and name in by_branch.values() and told < _MOST:
                told += 1
                yield _foreign_trailer(message.commit, name, own)
        for name in (by_branch[branch] for branch in claims.branches if branch in by_branch):
            if name != own and name not in done and told < _MOST:
                told += 1
                yield _foreign_merge(message.commit, name)


def _foreign_trailer(commit: str, name: str, own: str | None) -> Finding:
    whose = f"of phase {quoted(own)}" if own else "of no phase"
    return _finding(
        "foreign-trailer",
        f"commit {commit[:_SHORT]} bears `{TRAILER}: {name}`, but the branch is {whose}: once it has landed, "
        f"{quoted(name)} would count as done",
        f"take the trailer out of its message (git rebase -i), or make the commit on the branch of {quoted(name)}",
        key=f"{commit} {name}",
        commit=commit,
    )


def _foreign_revert(commit: str, name: str, own: str | None) -> Finding:
    whose = f"of phase {quoted(own)}" if own else "of no phase"
    return _finding(
        "foreign-trailer",
        f"commit {commit[:_SHORT]} says that it takes back what reverted phase {quoted(name)}, but the branch is "
        f"{whose}: once it has landed, {quoted(name)} would count as done",
        f"bring the phase back on the branch of {quoted(name)}, where its spec holds; or take the line out of the "
        "message (git rebase -i)",
        key=f"{commit} {name} back",
        commit=commit,
    )


def _foreign_merge(commit: str, name: str) -> Finding:
    return _finding(
        "foreign-merge",
        f"commit {commit[:_SHORT]} merges the branch of phase {quoted(name)}, which has not landed",
        f"let {quoted(name)} land first, and merge the target branch instead",
        key=f"{commit} {name}",
        commit=commit,
    )


def _missing(
    workflow: Workflow, phase: Phase, before: tuple[str, ...], at_law: Landings, target: str | None
) -> Iterator[Finding]:
    done = {each.phase for each in at_law.landed}
    reverted = {each.phase: each for each in at_law.reverted}
    phases = {each.name: each for each in workflow.phases}
    where = quoted(target) if target else "the target branch"
    for name in before:
        if name in done:
            continue
        message = f"phase {quoted(phase.name)} comes after {quoted(name)}, which "
        if name in reverted:
            back = reverted[name]
            message += f"landed with {back.commit[:_SHORT]} and was reverted by {back.by[:_SHORT]}"
        elif phases[name].done_at is not None:
            commit = phases[name].done_at or ""
            message += f"has not landed: its `done-at` {commit[:_SHORT]} is not in the history of {where}"
        else:
            message += f"has not landed: no commit in the first-parent history of {where} shows it"
        yield _finding("out-of-order", message, _help(phases[name]), key=f"{phase.name} {name}")


def _help(missing: Phase) -> str:
    return (
        f"merge {quoted(missing.branch)} first, with the trailer `{TRAILER}: {missing.name}` where it is squashed or "
        "rebased; if it has landed without either, the workflow file may say so: `done-at: <commit>`"
    )


def _no_work(context: PolicyContext, phase: Phase, at_law: Landings) -> Iterator[Finding]:
    """A spec, a log or a panel alone asks for no test, and its landing would count as the phase's all the same."""
    from gaterunner.contract.amending import only_law

    if only_law(context) and all(each.phase != phase.name for each in at_law.landed):
        yield _finding(
            "no-work",
            f"the branch of phase {quoted(phase.name)} touches nothing but what runs are judged by: once it has "
            f"landed, {quoted(phase.name)} would count as done",
            "bring this on a branch of another name, or together with the work of the phase",
            key=phase.name,
        )


def _behind(context: PolicyContext, before: tuple[str, ...], at_law: Landings) -> Iterator[Finding]:
    change = context.change
    if change.base == change.law or not before:
        return
    since = {message.commit for message in context.repository.messages(change.base, change.law)}
    for each in at_law.landed:
        if each.phase not in before or not each.commits or not since.issuperset(each.commits):
            continue
        yield _finding(
            "behind",
            f"{quoted(each.phase)} landed with {each.commit[:_SHORT]}, after this branch left the target: what is "
            "judged here was made without it",
            f"merge {quoted(change.target or 'the target branch')} into the branch, or rebase it",
            key=each.phase,
            severity=Severity.WARNING,
        )


def _reopened(phase: Phase, at_law: Landings) -> Iterator[Finding]:
    for each in at_law.landed:
        if each.phase == phase.name:
            yield _finding(
                "reopened",
                f"phase {quoted(phase.name)} is done ({each.evidence}), and this branch takes it up again",
                "make what is left a phase of its own, with its own branch and spec",
                key=phase.name,
                severity=Severity.WARNING,
            )


def _finding(
    rule: RuleName,
    message: str,
    help: str,
    *,
    key: str,
    severity: Severity = Severity.ERROR,
    commit: str | None = None,
) -> Finding:
    return Finding(
        rule=f"phases/{rule}",
        severity=severity,
        message=message,
        commit=commit,
        help=help,
        fingerprint=fingerprints.fingerprint(f"phases/{rule}", key),
        approvable=True,
    )


def told_landed(landed: tuple[Landed, ...], before: tuple[str, ...]) -> str:
    """In words, by what the phases before are done."""
    proofs = [f"{quoted(each.phase)} by {each.commit[:_SHORT]}" for each in landed if each.phase in before]
    return listed(proofs, last="and")
