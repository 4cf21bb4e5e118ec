"""What policies tell in the same way: how many findings, what they come to, that there was nothing to judge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.model import Finding, Outcome, PolicyResult, Severity, Skip

MAX_FINDINGS = 100

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTICE)


def bounded(findings: Iterable[Finding], *, rule: str | None = None) -> tuple[Finding, ...]:
    """The heaviest first, at most ``MAX_FINDINGS`` of them, with a last one that says how many more there are.

    The last one has ``rule``. Without, it has that of those that are left out where they have but one, else one that no
    waiver can name: who lets a rule through lets nothing of another rule through with it.
    """
    ranked = sorted(findings, key=lambda finding: _ORDER.index(finding.severity))  # stable: else in their order
    if len(ranked) <= MAX_FINDINGS:
        return tuple(ranked)
    left = ranked[MAX_FINDINGS - 1 :]
    last = replace(
        left[0],
        rule=rule or _together(left),
        message=f"{len(left):,} further findings of this policy are not listed",
        help="Fix those listed and run again.",
        path=None,
        line=None,
        end_line=None,
        commit=None,
        content=None,
        fingerprint=None,
        approvable=all(finding.approvable for finding in left),
    )
    return (*ranked[: MAX_FINDINGS - 1], last)


def _together(findings: Sequence[Finding]) -> str:
    rules = {finding.rule for finding in findings}
    return rules.pop() if len(rules) == 1 else f"{findings[0].rule.partition('/')[0]}/more"


class Settled(Struct, frozen=True, kw_only=True):
    """What findings come to, in the words of ``PolicyResult``."""

    outcome: Outcome
    reason: str
    unshown: str = ""
    unapproved: bool = False

    def result(self, name: str, *, observed: str, expected: str, findings: tuple[Finding, ...]) -> PolicyResult:
        """The result of the policy of that name."""
        return PolicyResult(
            name=name,
            outcome=self.outcome,
            reason=self.reason,
            observed=observed,
            expected=expected,
            findings=findings,
            unshown=self.unshown,
            unapproved=self.unapproved,
        )


def settled(*, wrong: str | None, unshown: str, passed: str) -> Settled:
    """What is wrong weighs more than what is not shown, which stays beside it: nobody can waive that.

    Each is a sentence; ``wrong`` is None and ``unshown`` empty where there is nothing of it.
    """
    if wrong is not None:
        return Settled(outcome=Outcome.FAILED, reason=wrong, unshown=unshown)
    if unshown:
        return Settled(outcome=Outcome.UNPROVEN, reason=unshown)
    return Settled(outcome=Outcome.PASSED, reason=passed)


def summed(findings: Sequence[Finding]) -> str | None:
    """What the only one says, else how many there are; None for none."""
    if not findings:
        return None
    return findings[0].message if len(findings) == 1 else f"{len(findings)} problems"


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Those that block."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def not_applicable(
    name: str, reason: str, *, expected: str, observed: str = "", findings: tuple[Finding, ...] = ()
) -> PolicyResult:
    """The result of a policy that had nothing to judge; nothing was proven."""
    return PolicyResult(
        name=name,
        outcome=Outcome.SKIPPED,
        skip=Skip.NOT_APPLICABLE,
        reason=reason,
        observed=observed,
        expected=expected,
        findings=findings,
    )
