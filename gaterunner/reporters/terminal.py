"""The final report as text for a terminal: what failed and how to mend it first, the run's table last."""

from __future__ import annotations

from collections.abc import Sequence

from gaterunner.failures import law_option
from gaterunner.model import RED, ChangeSummary, GateResult, Outcome, PolicyResult, Problem, Report, Verdict
from gaterunner.reporters.decision_words import decided_words, log_words
from gaterunner.reporters.gate_words import coverage_words, passed_words, tally_words
from gaterunner.reporters.number_words import MINUS, number_rows
from gaterunner.reporters.problems import place_of
from gaterunner.reporters.quantities import count, duration
from gaterunner.reporters.run_words import part_words, run_notes
from gaterunner.reporters.terminal_details import Result, Room, detail_lines
from gaterunner.reporters.terminal_index import index_lines, stop_lines
from gaterunner.reporters.terminal_style import UNICODE, Style, Symbols
from gaterunner.reporters.terminal_text import clean, columns, pad, shorten, wrap
from gaterunner.reporters.trace_words import telemetry_words

DEFAULT_WIDTH = 100

_ORDER = (*RED, Outcome.PENDING)
_TOLD_BY_REASON = (Outcome.SKIPPED, Outcome.ERRORED, Outcome.WAIVED, Outcome.PENDING)
# Whatever a run holds, its report stays readable: so many results with details, rows of the overview, problems, notes.
_MAX_DETAILS = 20
_MAX_ROWS = 60
_MAX_PROBLEMS = 30
_MAX_NOTES = 20
_MIN_ABOUT = 12
_LONGEST_NUMBERS = 600


def render_text(
    report: Report,
    *,
    width: int = DEFAULT_WIDTH,
    color: bool = False,
    symbols: Symbols = UNICODE,
    limit_findings: int = 20,
    report_file: str | None = None,
    index: bool = False,
) -> str:
    """The whole report as lines of about ``width`` columns, with a newline at the end.

    At most ``limit_findings`` findings of each gate and policy are shown; ``report_file`` is where the rest is said to
    be. ``index`` adds, at the very end, what failed in a line each, for readers that are programs. The size is bounded
    whatever the report holds, and nothing in it reaches a terminal as an escape sequence except the colours that
    ``color`` asks for.
    """
    more = f"see {clean(report_file)}" if report_file else "write all of it with --report FILE"
    layout = Room(
        width=max(width, 60),
        style=Style(color=color, symbols=symbols),
        limit_findings=limit_findings,
        more=more,
        law=clean(law_option(report)),
        target=(report.change and report.change.target) or "the target branch",
        dirty=bool(report.change and report.change.dirty),
    )
    sections = (
        _headline(report, layout),
        _problems(report.problems, layout),
        _details(report, layout),
        _advisory(report, layout),
        _overview(report, layout),
        _notes(report, layout),
        _run_table(report, layout),
        index_lines(report.failures, layout) if index else stop_lines(report.failures),
    )
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


# --- verdict -------------------------------------------------------------------------------------------------------


def _headline(report: Report, layout: Room) -> list[str]:
    style = layout.style
    verdict = f"{style.verdict_mark(report.verdict)} {report.verdict.value.upper()}"
    first, *rest = wrap(clean(report.sentence, limit=600), layout.width, indent=" " * (columns(verdict) + 2))
    part = wrap(clean(part_words(report.part)), layout.width, indent="  ") if report.part else []
    return [f"{style.verdict(report.verdict, verdict)}  {first.lstrip()}", *rest, *part]


def _problems(problems: Sequence[Problem], layout: Room) -> list[str]:
    lines: list[str] = []
    for problem in problems[:_MAX_PROBLEMS]:
        place = place_of(problem)
        text = f"{place}: {clean(problem.message)}" if place else clean(problem.message)
        lines += wrap(text, layout.width, indent="    ", first="  ")
        if problem.help:
            lines += wrap(
                clean(problem.help), layout.width, indent="      ", first=f"    {layout.style.symbols.arrow} "
            )
    if len(problems) > _MAX_PROBLEMS:
        lines.append(f"  and {len(problems) - _MAX_PROBLEMS:,} more: {layout.more}")
    return lines


# --- what needs attention --------------------------------------------------------------------------------------------


def _results(report: Report) -> list[Result]:
    return [*report.gates, *report.policies]


def _is_advisory(result: Result) -> bool:
    return isinstance(result, GateResult) and result.advisory


def _is_flaky(result: Result) -> bool:
    return isinstance(result, GateResult) and result.flaky


def _details(report: Report, layout: Room) -> list[str]:
    counted = [result for result in _results(report) if not _is_advisory(result)]
    ordered = [result for outcome in _ORDER for result in counted if result.outcome is outcome]
    ordered += [result for result in counted if result.outcome not in _ORDER and (result.findings or _is_flaky(result))]
    return _told(ordered, layout)


def _advisory(report: Report, layout: Room) -> list[str]:
    told = [gate for gate in report.gates if gate.advisory and (gate.outcome in _ORDER or gate.findings or gate.flaky)]
    if not told:
        return []
    return [layout.style.paint("Advisory: told, but no part of the verdict", "bold"), "", *_told(told, layout)]


def _told(results: Sequence[Result], layout: Room) -> list[str]:
    lines: list[str] = []
    for result in results[:_MAX_DETAILS]:
        lines += [
            *([""] if lines else []),
            *detail_lines(result, layout),
        ]
    if len(results) > _MAX_DETAILS:
        lines += ["", f"and {len(results) - _MAX_DETAILS:,} more without details here: {layout.more}"]
    return lines


# --- everything at a glance ------------------------------------------------------------------------------------------


def _overview(report: Report, layout: Room) -> list[str]:
    results = _results(report)
    if not results:
        return []
    shown = _worth_a_row(results)
    name_width = min(max(columns(clean(result.name, limit=40)) for result in shown), 40)
    lines = [layout.style.paint("Gates" if not report.policies else "Gates and policies", "bold")]
    lines += [_row(result, name_width, layout) for result in shown]
    if len(results) > len(shown):
        rest = len(results) - len(shown)
        lines.append(f"  and {count(rest, 'more result')}, none worse than these: {layout.more}")
    return lines


def _worth_a_row(results: list[Result]) -> list[Result]:
    """All results where there is room; otherwise those that matter most, in their own order."""
    if len(results) <= _MAX_ROWS:
        return results
    rank = {
        outcome: number for number, outcome in enumerate((*_ORDER, Outcome.WAIVED, Outcome.SKIPPED, Outcome.PASSED))
    }
    kept = sorted(range(len(results)), key=lambda number: (rank[results[number].outcome], number))[:_MAX_ROWS]
    return [results[number] for number in sorted(kept)]


def _row(result: Result, name_width: int, layout: Room) -> str:
    style = layout.style
    name = pad(clean(result.name, limit=40), name_width)
    outcome = f"{result.outcome.value:<8}"
    took = f"{duration(result.duration_s) if _took_time(result) else '':>11}"
    taken = columns(f"  {style.symbols.of(result.outcome)} {name}  {outcome}  {took}  ")
    about = shorten(_about(result), max(layout.width - taken, _MIN_ABOUT))
    row = f"  {style.mark(result.outcome)} {name}  {style.outcome(result.outcome, outcome)}  {took}"
    return f"{row}  {style.paint(about, 'yellow' if _is_flaky(result) else 'dim')}".rstrip()


def _took_time(result: Result) -> bool:
    """A policy is told its time only when it is worth telling; a gate that ran always is."""
    if result.outcome is Outcome.SKIPPED or (isinstance(result, GateResult) and result.cached):
        return False
    return isinstance(result, GateResult) or round(result.duration_s, 1) > 0


def _about(result: Result) -> str:
    """The most telling words about a result: why its pass is not a plain one, its tests, its command, or for what did
    not run the reason."""
    if isinstance(result, PolicyResult) or result.outcome in _TOLD_BY_REASON:
        return clean(result.reason, limit=300)
    parts = [clean(words, limit=300)] if (words := passed_words(result)) else []
    if result.tests:
        tests = result.tests
        parts.append(count(tests.total, "test") if tests.total else "no tests told")
        parts += [f"{number:,} {word}" for number, word in ((tests.failed, "failed"), (tests.flaky, "flaky")) if number]
    if result.coverage:
        parts.append(coverage_words(result.coverage))
    if result.telemetry:
        parts.append(telemetry_words(result.telemetry))
    if result.attempts > 1 and not result.flaky:
        parts.append(count(result.attempts, "attempt"))
    if result.command:
        parts.append(clean(result.command, limit=300))
    # What executes no command of its own is told by what it found.
    return ", ".join(parts) or clean(result.reason, limit=300)


# --- notes -----------------------------------------------------------------------------------------------------------


def _notes(report: Report, layout: Room) -> list[str]:
    notes = run_notes(report)
    if not notes:
        return []
    lines = [layout.style.paint("Notes", "bold")]
    for note in notes[:_MAX_NOTES]:
        lines += wrap(clean(note), layout.width, indent="    ", first=f"  {layout.style.symbols.errored} ")
    if len(notes) > _MAX_NOTES:
        lines.append(f"  and {len(notes) - _MAX_NOTES:,} more: {layout.more}")
    return lines


# --- the run ---------------------------------------------------------------------------------------------------------


def _run_table(report: Report, layout: Room) -> list[str]:
    rows = [*_change_rows(report.change, layout), ("Duration", duration(report.duration_s))]
    rows.append(("Status", _status(report)))
    if report.gates:
        rows.append(("Quality gates", _tally(report.gates) + tally_words(report.gates)))
    if report.policies:
        rows.append(("Policies", _tally(report.policies)))
    if report.workflow:
        source = {"base": "from the base", "head": "from the branch", "file": "the operator's own"}
        path = clean(report.workflow.path, limit=200)
        rows.append(
            ("Workflow", f"{path}, {source[report.workflow.source]}, sha256 {clean(report.workflow.sha256)[:12]}")
        )
    rows += [
        ("Decision", clean(decided_words(decision), limit=_LONGEST_NUMBERS))
        for decision in report.decisions[:_MAX_NOTES]
    ]
    if report.decision_log:
        rows.append(("Decision log", clean(log_words(report.decision_log))))
    if report.numbers:
        rows += [(label, _number_words(words, layout)) for label, words in number_rows(report.numbers)]
    label_width = max(len(label) for label, _ in rows)
    lines = [layout.style.paint("Run", "bold")]
    for label, value in rows:
        first, *rest = wrap(value, layout.width, indent=" " * (label_width + 4), first=f"  {label:<{label_width}}  ")
        lines += [
            first.replace(value, layout.style.verdict(report.verdict, value)) if label == "Status" else first,
            *rest,
        ]
    return lines


def _number_words(words: str, layout: Room) -> str:
    return clean(words, limit=_LONGEST_NUMBERS).replace(MINUS, layout.style.symbols.minus)


def _change_rows(change: ChangeSummary | None, layout: Room) -> list[tuple[str, str]]:
    if change is None:
        return []
    symbols = layout.style.symbols
    branch = clean(change.branch, limit=120) if change.branch else "detached HEAD"
    target = f" {symbols.arrow} {clean(change.target, limit=120)}" if change.target else ""
    phase = f" (phase {clean(change.phase, limit=80)})" if change.phase else ""
    diff = f"{count(change.files, 'file')} (+{change.insertions:,} / {symbols.minus}{change.deletions:,})"
    dirty = " and uncommitted changes" if change.dirty else ""
    return [
        ("Branch", f"{branch}{target}{phase}"),
        ("Commits", f"{count(change.commits, 'commit')}, {clean(change.base)[:10]}..{clean(change.head)[:10]}{dirty}"),
        ("Diff", diff),
    ]


def _status(report: Report) -> str:
    if report.part:
        return f"{report.verdict}: of this part; all parts together decide"
    if report.partial and report.verdict is Verdict.PASS:
        return "pass: of what --gate selected; a run without it decides"
    words = {
        Verdict.PASS: "pass: the branch may go further",
        Verdict.FAIL: "fail: the branch may not go further",
        Verdict.ERROR: "error: could not be evaluated",
        Verdict.PENDING: "pending: waits",
    }
    return words[report.verdict]


def _tally(results: Sequence[Result]) -> str:
    numbers = ((outcome, sum(result.outcome is outcome for result in results)) for outcome in Outcome)
    return ", ".join(f"{number:,} {outcome.value}" for outcome, number in numbers if number)
