"""Database migrations are only ever added, in order; existing ones are never rewritten.

A migration that ran somewhere is history: an edit never reaches the databases that applied it, and a deleted or
renamed one leaves them unable to go on. The rules come from ``docs/policies/forward-only-migrations.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.migrations.destructive import Step
from gaterunner.migrations.kinds import RuleName, ToolName
from gaterunner.model import Finding, Outcome, PolicyResult, Severity, Skip
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.levels import Level, levelled
from gaterunner.policies.listing import MAX_FINDINGS, bounded

if TYPE_CHECKING:
    from gaterunner.migrations.judge import Judgement

NAME = "forward-only-migrations"
_NAMED = 5


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """``order`` and ``cosmetic`` say how much a migration below the newest one, or an edit of form only, weighs.

    ``tools`` pins the tools in use, so that nothing has to be recognised; ``paths`` are globs of numbered migration
    files of a tool that is not in the table; ``ignore`` are globs of files that only look like migrations. ``rules``
    says how much a rule weighs. ``lock_lint`` also asks squawk about the locks that PostgreSQL migrations take.
    """

    order: Literal["tool-default", "fail", "warn"] = "tool-default"
    cosmetic: Literal["tool-default", "fail", "warn"] = "tool-default"
    tools: tuple[ToolName, ...] = ()
    paths: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rules: dict[RuleName, Level] = {}
    lock_lint: Literal["squawk"] | None = None


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Judges the change's migrations; raises ``EvaluationError`` when git cannot hand out what is needed."""
    # Nineteen tools' worth of patterns: only for a run that has this policy.
    from gaterunner.migrations import locks
    from gaterunner.migrations.findings import Rules, with_fingerprint
    from gaterunner.migrations.judge import judge

    judgement = judge(
        context,
        rules=Rules(order=options.order, cosmetic=options.cosmetic),
        tools=options.tools,
        paths=options.paths,
        ignore=options.ignore,
        permits=_permits(context),
    )
    findings = judgement.findings
    if options.lock_lint:
        findings += tuple(locks.remarks(context, judgement.new))
    told = tuple(with_fingerprint(finding) for finding in levelled(findings, options.rules))
    return _result(replace(judgement, findings=told if len(told) <= MAX_FINDINGS else bounded(told)))


def _permits(context: PolicyContext) -> Callable[[Step], str | None]:
    """Asks the declared cutovers, which are read once a step has to be permitted."""
    from gaterunner.cutovers import Cutovers, cutovers_of, permits

    read: list[Cutovers] = []

    def permitted(step: Step) -> str | None:
        if not read:
            read.append(cutovers_of(context))
        cutover = permits(read[0], step)
        return cutover.name if cutover else None

    return permitted


def _result(judgement: Judgement) -> PolicyResult:
    errors = [finding for finding in judgement.findings if finding.severity is Severity.ERROR]
    skip = None
    if errors:
        outcome, reason = Outcome.FAILED, _failed(errors)
    elif judgement.unclaimed:
        outcome, reason = Outcome.UNPROVEN, _unproven(judgement.unclaimed)
    elif judgement.touched:
        outcome, reason = Outcome.PASSED, _passed(judgement)
    elif judgement.counts:
        outcome, reason = Outcome.PASSED, "the change touches no migration"
    else:
        outcome, reason, skip = Outcome.SKIPPED, "no migrations of a known tool found", Skip.NOT_APPLICABLE
    return PolicyResult(
        name=NAME,
        outcome=outcome,
        reason=reason,
        observed=_observed(judgement),
        expected=_expected(judgement),
        skip=skip,
        findings=judgement.findings,
    )


def _failed(errors: list[Finding]) -> str:
    paths = list(dict.fromkeys(finding.path or "" for finding in errors))
    problems = f"{len(errors)} problem{'' if len(errors) == 1 else 's'}"
    return f"{problems} in {_listed(paths)}"


def _unproven(paths: tuple[str, ...]) -> str:
    one = len(paths) == 1
    folder, slash, name = paths[0].rpartition("/")
    ending = name.rpartition(".")[2]
    return (
        f"{_listed(list(paths))} {'looks' if one else 'look'} like a migration, but no known tool's evidence is there; "
        f'pin the tool with `tools`, name numbered files with `paths: ["{folder}{slash}*.{ending}"]`, or exclude what '
        "is no migration with `ignore`"
    )


def _listed(paths: list[str]) -> str:
    shown = ", ".join(paths[:_NAMED])
    return shown if len(paths) <= _NAMED else f"{shown} and {len(paths) - _NAMED} more"


def _passed(judgement: Judgement) -> str:
    if judgement.findings:
        count = len(judgement.findings)
        return f"nothing that blocks; {count} remark{'' if count == 1 else 's'}"
    return "existing migrations are unchanged, new ones come last and lose nothing"


def _observed(judgement: Judgement) -> str:
    titles = sorted({*judgement.counts, *judgement.added})
    parts = [
        f"{title}: {judgement.counts.get(title, 0)} on base, {judgement.added.get(title, 0)} added" for title in titles
    ]
    touched = f"{judgement.edited} edited, {judgement.removed} removed"
    return "; ".join([*parts, touched]) if parts else "no migrations"


def _expected(judgement: Judgement) -> str:
    if not judgement.newest:
        return "existing migrations unchanged; new ones last"
    return f"existing migrations unchanged; new ones after {_listed(list(judgement.newest))}"
