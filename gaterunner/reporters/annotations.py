"""Findings as annotations of a check run, within GitHub's limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from gaterunner.github.checks import MESSAGE_BYTES, TITLE_CHARACTERS, Annotation, Level
from gaterunner.model import Finding, Hunk, Report, Severity
from gaterunner.reporters.markdown_text import clean, shorten, shorten_bytes, size
from gaterunner.reporters.ranking import Told, ranked_findings, waiver_words
from gaterunner.reporters.run_words import STANDINGS

MOST_ANNOTATIONS = 1_000
"""Enough for any reader, and at 50 a request far below the 80 writes a minute that GitHub allows."""

_LEVELS: dict[Severity, Level] = {
    Severity.ERROR: "failure",
    Severity.WARNING: "warning",
    Severity.NOTICE: "notice",
}
_CUT = "\n(cut here: the JSON report of the run has all of it)"

ChangedLines = Mapping[str, Sequence[Hunk]]
"""The lines that a change adds or edits, by path."""


def annotations_of(
    report: Report, *, changed: frozenset[str] = frozenset(), lines: ChangedLines = MappingProxyType({})
) -> tuple[Annotation, ...]:
    """One annotation for every finding that has a place, at most 1,000: those on changed ``lines`` first, then those
    in ``changed`` files, then the others; among equals the most important first, and waived ones last of all.

    Only beside changed lines does GitHub show an annotation in the diff.
    """
    placed = [told for told in ranked_findings(report) if told.finding.path]
    placed.sort(key=lambda told: _distance(told.finding, changed, lines))
    problems = [
        Annotation(
            path=problem.path,
            start_line=max(1, problem.line or 1),
            end_line=max(1, problem.line or 1),
            annotation_level="failure",
            message=_bounded(_paragraphs(problem.message, problem.help)),
            title=problem.trouble.value,
        )
        for problem in report.problems
        if problem.path
    ]
    return tuple((problems + [_annotation(told) for told in placed[:MOST_ANNOTATIONS]])[:MOST_ANNOTATIONS])


def _distance(finding: Finding, changed: frozenset[str], lines: ChangedLines) -> tuple[bool, int]:
    """How far a finding is from what the change touches."""
    first, last = finding.line or 0, max(finding.line or 0, finding.end_line or 0)
    hunks = lines.get(finding.path or "", ())
    if any(hunk.new_start <= last and first < hunk.new_start + hunk.new_count for hunk in hunks):
        return finding.waived_by is not None, 0
    return finding.waived_by is not None, 1 if finding.path in changed else 2


def count_placed(report: Report) -> int:
    """How many findings and problems have a place in a file, whatever the limits."""
    findings = sum(1 for told in ranked_findings(report) if told.finding.path)
    return findings + sum(1 for problem in report.problems if problem.path)


def _annotation(told: Told) -> Annotation:
    finding = told.finding
    start = max(1, finding.line or 1)
    standing = f" ({STANDINGS[finding.standing]})" if finding.standing else ""
    return Annotation(
        path=(finding.path or "").encode("utf-8", "backslashreplace").decode(),
        start_line=start,
        end_line=max(start, finding.end_line or start),
        annotation_level="notice" if finding.waived_by else _LEVELS[finding.severity],
        message=_bounded(_paragraphs(finding.message, _fix(finding), _waiver(finding))),
        title=shorten(clean(f"{told.source}: {finding.rule}{standing}"), TITLE_CHARACTERS),
    )


def _fix(finding: Finding) -> str | None:
    return f"How to fix: {finding.help}" if finding.help else None


def _waiver(finding: Finding) -> str | None:
    words = waiver_words(finding)
    return f"{words[0].upper()}{words[1:]}." if words else None


def _bounded(message: str) -> str:
    if size(message) <= MESSAGE_BYTES:
        return message
    return shorten_bytes(message, MESSAGE_BYTES - size(_CUT)) + _CUT


def _paragraphs(*parts: str | None) -> str:
    """The parts on lines of their own; an annotation's message is plain text, and GitHub refuses an empty one."""
    lines = (clean(line) for part in parts if part for line in part.splitlines())
    return "\n".join(line for line in lines if line) or "(no message)"
