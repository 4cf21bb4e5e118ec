"""What a SARIF file tells: every finding, and whatever was judged badly, or not at all, without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from msgspec import Struct

from gaterunner.model import RED, Finding, GateResult, Outcome, PolicyResult, Problem, Report, Severity
from gaterunner.reporters.ranking import Told, ranked_findings, waiver_words
from gaterunner.reporters.sarif_rules import outcome_rule, trouble_rule
from gaterunner.reporters.sarif_text import LONGEST_NAME, message, words

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
_TOLD = (*RED, Outcome.PENDING)


class Result(Struct, frozen=True, kw_only=True):
    """One result before it is written: what is told, of which gate or policy, and how grave it is.

    ``identity`` is what the next run's result of the same cause has too; ``told`` is the finding where there is one.
    """

    rule: str
    level: str
    text: str
    source: str
    path: str | None = None
    line: int | None = None
    identity: str
    told: Told | None = None


def results_of(report: Report) -> list[Result]:
    """All results: what kept the run from being judged, what has no finding, then the findings as they are ranked."""
    return [*_problems(report.problems), *_without_findings(report), *_findings(report)]


def _problems(problems: Sequence[Problem]) -> Iterator[Result]:
    for problem in problems:
        yield Result(
            rule=trouble_rule(problem.trouble),
            level="error",
            text=message(problem.message, _fix(problem.help)),
            source="",
            path=problem.path,
            line=problem.line,
            identity=_digest(problem.trouble, problem.path or "", problem.message),
        )


def _without_findings(report: Report) -> Iterator[Result]:
    """Gates and policies that decide the verdict, and point at nothing of their own."""
    kinds: tuple[tuple[str, Sequence[GateResult | PolicyResult]], ...] = (
        ("gate", report.gates),
        ("policy", report.policies),
    )
    for kind, several in kinds:
        for each in several:
            if each.outcome not in _TOLD or any(map(_decisive, each.findings)):
                continue
            advisory = isinstance(each, GateResult) and each.advisory
            level = "note" if advisory or each.outcome is Outcome.PENDING else "error"
            yield Result(
                rule=outcome_rule(kind, each.outcome),
                level=level,
                text=message(f"{kind} {each.name}: {each.reason or each.outcome}", _reproduce(each)),
                source=each.name,
                identity=_digest(kind, each.name),
            )


def _decisive(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR and finding.waived_by is None


def _reproduce(result: GateResult | PolicyResult) -> str | None:
    command = result.command if isinstance(result, GateResult) else None
    return f"To reproduce: {command}" if command else None


def _findings(report: Report) -> Iterator[Result]:
    for told in ranked_findings(report):
        finding = told.finding
        waiver = waiver_words(finding)
        yield Result(
            rule=words(finding.rule, limit=LONGEST_NAME),
            # GitHub does not look at suppressions: a waived finding would be an alert like any other.
            level="note" if waiver else _LEVELS[finding.severity],
            text=message(finding.message, _fix(finding.help), f"{waiver[:1].upper()}{waiver[1:]}" if waiver else None),
            source=told.source,
            path=finding.path,
            line=finding.line,
            identity=words(finding.fingerprint, limit=LONGEST_NAME)
            if finding.fingerprint
            else _digest(finding.rule, finding.path or "", finding.message),
            told=told,
        )


def _fix(help: str | None) -> str | None:
    return f"How to fix: {help}" if help else None


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]
