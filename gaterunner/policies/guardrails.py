"""``guardrails``: what a branch changes in the rules that it is judged by is shown with its effect and needs approval.

Always on. The law of a run is read from the base whatever the branch does to it, so nothing here can be escaped by
changing it; what this policy stops is that the branch's own law becomes the base's unseen. A change that touches
nothing guarded costs one match per path. What is guarded and why: docs/policies/guardrails.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.guardrails.findings import RuleName as OwnRule
from gaterunner.guardrails.findings import found, without_quotes
from gaterunner.model import FileChange, Finding, Outcome, PolicyResult, Severity
from gaterunner.policies.context import PolicyContext, SecretScanner
from gaterunner.policies.levels import Level, levelled
from gaterunner.policies.listing import bounded, not_applicable

NAME = "guardrails"

_EXPECTED = "nothing that the branch is judged by changes without approval"

RuleName = Literal[
    OwnRule,
    "test-deleted",
    "test-skipped",
    "test-born-skipped",
    "test-focused",
    "test-emptied",
    "test-loosened",
    "test-not-read",
    "suppression-added",
    "threshold-lowered",
    "check-narrowed",
    "failure-ignored",
    "tests-deselected",
]


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``rules`` says how much a rule weighs; ``paths`` are globs of further files whose change needs approval."""

    rules: dict[RuleName, Level] = {}
    paths: tuple[str, ...] = ()


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Compares base and judged tree. Raises ``EvaluationError`` when an object cannot be had."""
    change = context.change
    if not change.files:
        empty = "the change is empty" if change.is_empty else "the change leaves every file as it was"
        return not_applicable(NAME, empty, expected=_EXPECTED)
    from gaterunner.weakening import weakened

    weaker = tuple(levelled(weakened(context), options.rules))
    findings = (*_untold(levelled(_own(context, options), options.rules), weaker), *weaker)
    findings = _without_secrets(findings, context.secrets)
    outcome, reason = _judge(findings)
    return PolicyResult(
        name=NAME,
        outcome=outcome,
        reason=reason,
        observed=_observed(context, findings),
        expected=_EXPECTED,
        findings=bounded(findings, rule="guardrails/more"),
    )


def _own(context: PolicyContext, options: Options) -> Iterator[Finding]:
    from gaterunner.guardrails.judge import judge  # always on, so it is loaded only where there is something to judge

    findings = list(judge(context))
    if options.paths:
        findings += _further(context.change.files, options.paths)
    # Where the base has no law yet, the branch brings it: there is nothing that it could take away.
    adopting = context.law is not None and context.law.source == "head"
    yield from (replace(one, severity=Severity.NOTICE) for one in findings) if adopting else findings


def _untold(own: Iterator[Finding], weaker: tuple[Finding, ...]) -> Iterator[Finding]:
    """Those of our own that point at a place where a blocking weakening is told in better words are left out."""
    places = {(one.path, one.line) for one in weaker if one.severity is Severity.ERROR and one.line}
    return (one for one in own if (one.path, one.line) not in places)


# What a message may quote of a credential: something long and mixed, or a name and what follows it.
_LIKE_A_SECRET = re.compile(r"(?=[\w+/=.-]*\d)(?=[\w+/=.-]*[A-Za-z])[\w+/=.-]{16,}|[^\s:/@]+:[^\s:@]+@|BEGIN ")


def _without_secrets(findings: tuple[Finding, ...], scanner: SecretScanner) -> tuple[Finding, ...]:
    """The findings with nothing quoted where the engine that finds secrets finds one in what is quoted."""
    lines = [" ".join(one.message.split()) for one in findings]
    if not any(map(_LIKE_A_SECRET.search, lines)):
        return findings
    text = "\n".join(line.replace("`", " ") for line in lines).encode("utf-8", "surrogateescape")
    telling = {match.line for match in scanner.scan("messages.txt", text)}
    return tuple(
        replace(one, message=without_quotes(one.message)) if number in telling else one
        for number, one in enumerate(findings, start=1)
    )


def _further(files: tuple[FileChange, ...], globs: tuple[str, ...]) -> Iterator[Finding]:
    from gaterunner.globs import Globs
    from gaterunner.guardrails.whole_files import what_became

    wanted = Globs(globs)
    for file in files:
        if wanted.matches(file.path):
            message = f"{what_became(file)}: the workflow file guards this path"
            yield found("guarded-path", message, path=file.path, key="path")


def _judge(findings: tuple[Finding, ...]) -> tuple[Outcome, str]:
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if not errors:
        return Outcome.PASSED, "nothing that the branch is judged by changes" if not findings else "nothing that blocks"
    more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
    return Outcome.FAILED, f"{errors[0].path}: {errors[0].message}{more}"


def _observed(context: PolicyContext, findings: tuple[Finding, ...]) -> str:
    count = len(context.change.files)
    paths = len({finding.path for finding in findings})
    return f"{count:,} changed file{'s' if count != 1 else ''}, of which {paths:,} bear on what the branch is judged by"
