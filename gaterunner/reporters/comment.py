"""A report as the one comment below a pull request: what a reviewer reads first, and where the rest is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from gaterunner.failures import stop_words
from gaterunner.model import Failure, Report
from gaterunner.reporters.markdown_text import code, inline, link, size
from gaterunner.reporters.markdown_words import GATES_HEADER, VERDICT_SIGNS, gate_row, outcome_words, standing_mark
from gaterunner.reporters.places import place_words
from gaterunner.reporters.quantities import count, duration

COMMENT_BYTES = 65_000
"""GitHub takes 65,536 characters in a comment; bytes are never fewer."""

_MOST_FAILURES = 20
_MOST_ROWS = 100
_CUT = "\n_Cut here: GitHub shows no more in a comment._\n"


def marker_of(check_name: str) -> str:
    """The line, hidden where Markdown is shown, by which the comment of this check is found again."""
    return f"<!-- gaterunner:{hashlib.sha256(check_name.encode('utf-8', 'backslashreplace')).hexdigest()[:24]} -->"


def render_comment(
    report: Report, *, marker: str, url: str | None = None, notes: Sequence[str] = (), limit_bytes: int = COMMENT_BYTES
) -> str:
    """The comment's Markdown, with ``marker`` as its first line; the most important first, cut between two rows.

    ``url`` is the page of the whole report, ``notes`` are sentences of the caller's; both are text from outside.
    """
    page, room = f"{marker}\n", limit_bytes - size(marker) - 1 - size(_CUT)
    for block in _blocks(report, url, notes):
        room -= size(block)
        if room < 0:
            return page + _CUT
        page += block
    return page.rstrip("\n") + "\n"


def _blocks(report: Report, url: str | None, notes: Sequence[str]) -> Iterator[str]:
    yield f"### {VERDICT_SIGNS[report.verdict]} {inline(report.sentence, limit=500)}\n\n"
    for note in notes:
        yield f"> {inline(note, limit=500)}\n\n"
    yield f"{_about(report)}{_link(url)}\n\n"
    yield from _failures(report)
    yield from _tables(report)


def _about(report: Report) -> str:
    """``feat/x into main, commit abc, 12 commits, 35 files, 3 min 05 s`` as far as it is known."""
    parts = []
    if report.change:
        change = report.change
        parts.append(f"{code(change.branch or '(detached)')} into {code(change.target or '(unknown)')}")
        parts.append(f"commit {code(change.head)}")
        parts.append(f"{count(change.files, 'file')}, +{change.insertions:,} -{change.deletions:,}")
    return ", ".join((*parts, duration(report.duration_s)))


def _link(url: str | None) -> str:
    linked = link("The whole report", url)
    return f". {linked}." if linked else "."


def _failures(report: Report) -> Iterator[str]:
    index = report.failures
    for failure in index.shown[:_MOST_FAILURES]:
        yield _failure(failure)
    more = len(index.shown[_MOST_FAILURES:]) + index.left_out
    if more:
        yield f"- and {more:,} more\n"
    if index.shown or more:
        yield "\n"
    if words := stop_words(index.repeated):
        yield f"> {inline(words, limit=300)}\n\n"


def _failure(failure: Failure) -> str:
    place = place_words(failure.path, failure.line)
    source = ": ".join(filter(None, (failure.source, failure.rule)))
    fix = f"\n  _How to fix:_ {inline(failure.help, limit=500)}" if failure.help else ""
    again = f"\n  _To reproduce:_ {code(failure.reproduce)}" if failure.reproduce else ""
    where = f"{code(place)} " if place else ""
    told = f"{inline(failure.message, limit=500)} ({inline(source, limit=200)}){standing_mark(failure)}"
    return f"- {where}{told}{fix}{again}\n"


def _tables(report: Report) -> Iterator[str]:
    gates, policies = report.gates[:_MOST_ROWS], report.policies[:_MOST_ROWS]
    if not gates and not policies:
        return
    counts = f"{count(len(report.gates), 'gate')}, {count(len(report.policies), 'policy', 'policies')}"
    yield f"<details><summary>{counts}</summary>\n\n"
    if gates:
        yield GATES_HEADER
        for gate in gates:
            yield gate_row(gate)
        yield "\n"
    if policies:
        yield "| Policy | Outcome | Why |\n|---|---|---|\n"
        for policy in policies:
            yield f"| {code(policy.name)} | {outcome_words(policy.outcome)} | {inline(policy.reason, limit=300)} |\n"
    yield "\n</details>\n"
