"""Judges a gate by its coverage. Pure."""

from __future__ import annotations

from gaterunner.config.types import CoverageRules
from gaterunner.evidence.types import CoverageEvidence
from gaterunner.gates.ruling import Ruling
from gaterunner.gates.wording import percent, some
from gaterunner.model import CoverageCounts, Outcome


def judge_coverage(rules: CoverageRules, evidence: CoverageEvidence | None, *, whole: bool = True) -> Ruling:
    """What the coverage files say of a command that ended with exit code 0.

    ``whole`` is False for a shard, whose coverage is a part of the gate's: it is told and not held to a minimum.
    """
    if evidence is None:
        return Ruling(outcome=Outcome.UNPROVEN, reason="the files named by `coverage:` were not collected")
    missing = _missing(evidence)
    if missing is not None:
        return Ruling(outcome=Outcome.UNPROVEN, reason=missing, findings=evidence.uncovered)
    short = _short(rules, evidence.counts) if whole else []
    if short:
        return Ruling(outcome=Outcome.FAILED, reason="; ".join(short), findings=evidence.uncovered)
    return Ruling(
        reason=covered(evidence.counts, changed=rules.changed_minimum is not None), findings=evidence.uncovered
    )


def covered(counts: CoverageCounts, *, changed: bool) -> str:
    """What a pass rests on: ``81.5% of lines covered, 9 of 10 changed``; ``changed`` tells also that none could be."""
    told = f"{percent(counts.covered, counts.lines)} of lines covered"
    if counts.changed_lines:
        return f"{told}, {counts.changed_covered} of {counts.changed_lines} changed"
    return f"{told}, no changed line can be executed" if changed else told


def _missing(evidence: CoverageEvidence) -> str | None:
    if evidence.unreadable:
        return f"a coverage file could not be read: {some(evidence.unreadable, '; ')}"
    if not evidence.files:
        if evidence.stale:
            return f"no coverage file was written by this run; not counted, since older: {some(evidence.stale)}"
        patterns = " ".join(evidence.patterns)
        return (
            f"no coverage file was written: nothing matches `coverage: {patterns}`; "
            "correct it, or make the command write one"
        )
    if not evidence.counts.lines:
        named = some(evidence.unplaced)
        outside = f", only {named}; write paths relative to the repository" if named else ""
        return f"the coverage names no line of a file in the repository{outside}"
    return None


def _short(rules: CoverageRules, counts: CoverageCounts) -> list[str]:
    """What is below its minimum, with what was observed and what was expected."""
    short = []
    if rules.minimum is not None and counts.covered * 100 < rules.minimum * counts.lines:
        short.append(
            f"{percent(counts.covered, counts.lines)} of lines covered ({counts.covered} of {counts.lines}), "
            f"expected at least {rules.minimum:g}% (`coverage: minimum`)"
        )
    expected, lines, hit = rules.changed_minimum, counts.changed_lines, counts.changed_covered
    if expected is not None and hit * 100 < expected * lines:
        short.append(
            f"{percent(hit, lines)} of changed lines covered ({hit} of {lines}), "
            f"expected at least {expected:g}% (`coverage: changed`)"
        )
    return short
