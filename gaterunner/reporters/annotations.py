"""Findings as annotations of a check run, within GitHub's limits."""

from __future__ import annotations

from gaterunner.github.checks import MESSAGE_BYTES, TITLE_CHARACTERS, Annotation, Level
from gaterunner.model import Finding, Report, Severity
from gaterunner.reporters.markdown_text import clean, shorten, shorten_bytes
from gaterunner.reporters.ranking import Told, ranked_findings, waiver_words

MOST_ANNOTATIONS = 1_000
"""Enough for any reader, and at 50 a request far below the 80 writes a minute that GitHub allows."""

_LEVELS: dict[Severity, Level] = {
    Severity.ERROR: "failure",
    Severity.WARNING: "warning",
    Severity.NOTICE: "notice",
}


def annotations_of(report: Report, *, changed: frozenset[str] = frozenset()) -> tuple[Annotation, ...]:
    """One annotation for every finding that has a place, the most important ones first and at most 1,000.

    ``changed`` are the paths that the change touches: only beside those does GitHub show an annotation in the diff.
    """
    placed = [told for told in ranked_findings(report, changed=changed) if told.finding.path]
    problems = [
        Annotation(
            path=problem.path,
            start_line=max(1, problem.line or 1),
            end_line=max(1, problem.line or 1),
            annotation_level="failure",
            message=shorten_bytes(_paragraphs(problem.message, problem.help), MESSAGE_BYTES),
            title=problem.trouble.value,
        )
        for problem in report.problems
        if problem.path
    ]
    return tuple((problems + [_annotation(told) for told in placed])[:MOST_ANNOTATIONS])


def count_placed(report: Report) -> int:
    """How many findings and problems have a place in a file, whatever the limits."""
    findings = sum(1 for told in ranked_findings(report) if told.finding.path)
    return findings + sum(1 for problem in report.problems if problem.path)


def _annotation(told: Told) -> Annotation:
    finding = told.finding
    start = max(1, finding.line or 1)
    return Annotation(
        path=(finding.path or "").encode("utf-8", "backslashreplace").decode(),
        start_line=start,
        end_line=max(start, finding.end_line or start),
        annotation_level="notice" if finding.waived_by else _LEVELS[finding.severity],
        message=shorten_bytes(_paragraphs(finding.message, _fix(finding), _waiver(finding)), MESSAGE_BYTES),
        title=shorten(clean(f"{told.source}: {finding.rule}"), TITLE_CHARACTERS),
    )


def _fix(finding: Finding) -> str | None:
    return f"How to fix: {finding.help}" if finding.help else None


def _waiver(finding: Finding) -> str | None:
    words = waiver_words(finding)
    return f"{words[0].upper()}{words[1:]}." if words else None


def _paragraphs(*parts: str | None) -> str:
    """The parts on lines of their own; an annotation's message is plain text, and GitHub refuses an empty one."""
    lines = (clean(line) for part in parts if part for line in part.splitlines())
    return "\n".join(line for line in lines if line) or "(no message)"
