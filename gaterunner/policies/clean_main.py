"""``clean-main``: what the branch would put onto its target is what its history shows, and the target can take it.

The branch merges into the target as it is now, the target itself is green, no merge commit hides content, public
commits are not rewritten, and every commit tells who made it and when. Reading it all takes a fixed number of git
processes, whatever the length of the history. Limits: docs/policies/clean-main.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from msgspec import Struct

from gaterunner.clean_main.copies import copies
from gaterunner.clean_main.findings import RuleName, count
from gaterunner.clean_main.merging import conflicts, hidden
from gaterunner.clean_main.people import dates, other_committers, unattributable
from gaterunner.clean_main.target import TargetState, target_state
from gaterunner.model import Finding, Outcome, PolicyResult, Severity
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.history import History, history_of, same_label
from gaterunner.policies.levels import Level, levelled
from gaterunner.policies.listing import bounded, not_applicable

NAME = "clean-main"

_EXPECTED = "merges into a green target without conflicts; merges hide nothing; commits are new and tell who made them"


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """``rules`` says how much a rule weighs. ``ignore_checks`` are globs of checks on the target that do not count;
    ``check`` is the name of gaterunner's own, which does not count while it runs."""

    rules: dict[RuleName, Level] = {}
    ignore_checks: tuple[str, ...] = ()
    check: str = "gaterunner"


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Failed with what is wrong, unproven where nobody can say whether the target is green."""
    change = context.change
    if change.is_empty:
        return not_applicable(NAME, "the change is empty", expected=_EXPECTED)
    history = history_of(change)
    target = _target(context, options)
    found = (*_history(context, history), *_people(context), *target.findings)
    findings = tuple(levelled(found, options.rules))
    outcome, reason = _judge(findings, target, f"clean, and merges into {change.target or change.base_tip[:12]}")
    return PolicyResult(
        name=NAME,
        outcome=outcome,
        reason=reason,
        observed=f"{count(len(change.commits), 'commit')}, {count(len(history.merges), 'merge')}; {target.observed}",
        expected=_EXPECTED,
        findings=bounded(findings),
    )


def _history(context: PolicyContext, history: History) -> Iterator[Finding]:
    change, repository = context.change, context.repository
    target = change.target or change.base_tip[:12]
    if history.target is not None:
        base, tip = history.target
        yield from conflicts(repository.merge(tip, history.tip), target, tip)
        public = repository.commits(base, tip)
        pairs = same_label(change.commits, public)
        patches = repository.same_patches(tip, history.tip)
        yield from copies(
            pairs,
            picked=[commit.sha for commit in change.commits if commit.sha in patches],
            unchanged=repository.same_lines(pairs),
            target=target,
        )
    yield from hidden(repository.merges(history.merges) if history.merges else ())


def _people(context: PolicyContext) -> Iterator[Finding]:
    commits = context.change.commits
    yield from unattributable(commits)
    yield from dates(commits, datetime.now(UTC))
    yield from other_committers(commits)


def _target(context: PolicyContext, options: Options) -> TargetState:
    if context.change.target is None:
        return TargetState(observed="no target that could be green")
    if options.rules.get("target-red") == "off":
        return TargetState(observed=f"{context.change.target}: not asked, as the workflow file says")
    return target_state(context, own_check=options.check, ignored=_matcher(options.ignore_checks))


def _judge(findings: tuple[Finding, ...], target: TargetState, clean: str) -> tuple[Outcome, str]:
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        more = f" and {len(errors) - 1:,} more" if len(errors) > 1 else ""
        where = f"{errors[0].path}: " if errors[0].path else ""
        return Outcome.FAILED, f"{where}{errors[0].message}{more}"
    if target.unproven:
        return Outcome.UNPROVEN, target.unproven
    return Outcome.PASSED, clean


def _matcher(globs: tuple[str, ...]) -> Callable[[str], bool]:
    if not globs:
        return lambda _name: False
    from wcmatch import fnmatch  # only a workflow file with globs pays for it

    return lambda name: fnmatch.fnmatch(name, globs, flags=fnmatch.CASE | fnmatch.BRACE)
