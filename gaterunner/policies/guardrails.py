"""``guardrails``: what a branch changes in the rules that it is judged by is shown with its effect and needs approval.

Always on. The law of a run is read from the base whatever the branch does to it, so nothing here can be escaped by
changing it; what this policy stops is that the branch's own law becomes the base's unseen. A change that touches
nothing guarded costs one match per path. What is guarded and why: docs/policies/guardrails.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.config.types import DEFAULT_PATH
from gaterunner.guardrails.findings import RuleName as OwnRule
from gaterunner.guardrails.findings import found, told
from gaterunner.guardrails.paths import Guarded, guarded
from gaterunner.model import FileChange, Finding, Outcome, PolicyResult, Severity, Skip
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.levels import Level, levelled

NAME = "guardrails"
MAX_FINDINGS = 100

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
        return PolicyResult(
            name=NAME,
            outcome=Outcome.SKIPPED,
            skip=Skip.NOT_APPLICABLE,
            reason="the change is empty" if change.is_empty else "the change leaves every file as it was",
            expected=_EXPECTED,
        )
    from gaterunner.weakening import weakened

    findings = tuple(levelled((*_own(context, options), *weakened(context)), options.rules))
    outcome, reason = _judge(findings)
    return PolicyResult(
        name=NAME,
        outcome=outcome,
        reason=reason,
        observed=_observed(context, findings),
        expected=_EXPECTED,
        findings=_bounded(findings),
    )


def _own(context: PolicyContext, options: Options) -> Iterator[Finding]:
    law = context.law
    path = DEFAULT_PATH if law is None or law.source == "file" else law.path
    files = {file.path: file for file in context.change.files}
    touched = [(file, kind) for file in context.change.files if file.path != path and (kind := guarded(file.path))]
    findings: list[Finding] = []
    if path in files:
        findings += _workflow_file(context, files[path])
    for file, kind in touched:
        findings += _guarded(file, kind)
    if options.paths:
        findings += _further(context.change.files, options.paths)
    # Where the base has no law yet, the branch brings it: there is nothing that it could take away.
    adopting = law is not None and law.source == "head"
    yield from (replace(one, severity=Severity.NOTICE) for one in findings) if adopting else findings


def _workflow_file(context: PolicyContext, file: FileChange) -> Iterator[Finding]:
    from gaterunner.guardrails.sides import Contents, Unread
    from gaterunner.guardrails.whole_files import became_something_else
    from gaterunner.guardrails.workflow_file import compare_files

    if other := became_something_else(file):
        message = f"would be {other}: no law is read through one, so no gate would run"
        yield found("workflow-deleted", message, path=file.path)
        return
    if file.status == "D":
        yield found("workflow-deleted", "would be gone: no gate and no policy would run", path=file.path)
        return
    if file.status != "M":
        yield told("adopted", "new: what it says becomes the law once it is merged", path=file.path)
        return
    contents = Contents(context.repository)
    contents.prefetch((file.old_blob, file.new_blob))
    try:
        yield from compare_files(contents.get(file.old_blob), contents.get(file.new_blob), file.path)
    except Unread as unread:
        yield found("workflow-unreadable", f"{unread.reason}, so what changes cannot be told", path=file.path)


def _guarded(file: FileChange, kind: Guarded) -> Iterator[Finding]:
    from gaterunner.guardrails.whole_files import as_a_whole, became_something_else

    if kind.kind == "waivers" and kind.path == ".gaterunner/cutovers.yml":
        return  # the policy `cutovers` judges it
    if other := became_something_else(file):
        yield found("not-a-file", f"would be {other}, so what stands there is decided elsewhere", path=file.path)
        return
    yield from as_a_whole(file, kind.kind)


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


def _bounded(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    order = (Severity.ERROR, Severity.WARNING, Severity.NOTICE)
    ranked = sorted(findings, key=lambda finding: order.index(finding.severity))  # stable: the blocking ones first
    if len(ranked) <= MAX_FINDINGS:
        return tuple(ranked)
    rest = ranked[MAX_FINDINGS:]
    message = f"{len(rest):,} further finding{'s' if len(rest) != 1 else ''} of this policy not listed"
    last = Finding(
        rule="guardrails/more",
        severity=rest[0].severity,
        message=message,
        help="Take back or have approved those listed, and run again.",
        approvable=True,
    )
    return (*ranked[:MAX_FINDINGS], last)
