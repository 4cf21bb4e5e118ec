"""The part of a report for whoever mends, approves or audits: findings in full, logs, attempts, proofs, ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gaterunner.config.types import WAIVERS_PATH
from gaterunner.gates.telemetry import signals
from gaterunner.model import RED, Excerpt, Failure, GateResult, Report, ServiceUse
from gaterunner.policies.guardrails import NAME as GUARDRAILS
from gaterunner.reporters.gate_words import attempt_words, service_words
from gaterunner.reporters.letting_through import PLAIN, LettingThrough, broken, letting_through
from gaterunner.reporters.markdown_decisions import DECISIONS_HEADER, decision_reasons, decision_rows
from gaterunner.reporters.markdown_numbers import FIGURES_HEADER, LINES_HEADER, figure_rows, line_rows
from gaterunner.reporters.markdown_overview import (
    GUARDRAILS_HEADER,
    MOST_GUARDRAILS,
    failure_index,
    guardrail_findings,
    guardrail_row,
)
from gaterunner.reporters.markdown_text import code, fenced, inline
from gaterunner.reporters.markdown_words import HARD_BREAK, Block, outcome_words, section
from gaterunner.reporters.places import place_words
from gaterunner.reporters.quantities import duration
from gaterunner.reporters.ranking import Told, ranked_findings
from gaterunner.reporters.run_words import LAW_SOURCES, STANDINGS
from gaterunner.reporters.trace_words import operation_words

_SHORT_SHA = 12
_MAX_SERVICES = 8
_MAX_ENTRIES = 10
_ENTRY_WIDTH = 120
_COMPARED = 200
_TELEMETRY_HEADER = (
    "| Gate | Transactions | Spans | Logs | Errors | Traces | Operations |\n|---|--:|--:|--:|--:|--:|---|\n"
)


def details(report: Report) -> Iterator[Block]:
    """The pieces of the page; those at its end matter least."""
    ranked = ranked_findings(report)
    yield from section("To let through on purpose", _letting_through(report))
    further = guardrail_findings(report)[MOST_GUARDRAILS:]
    yield from section("Further changes to its own guardrails", map(guardrail_row, further), head=GUARDRAILS_HEADER)
    yield from section("Findings in full", _in_full(report, ranked))
    yield from section("The end of the logs", _logs(report.gates))
    yield from section("Also found (does not decide the verdict)", map(_finding, _others(ranked)))
    yield from section("Attempts", _attempts(report.gates))
    yield from section(
        "Proven before (cached)",
        _proofs(report.gates),
        head="| Gate | Run on commit | When | Report (sha256) |\n|---|---|---|---|\n",
    )
    yield from section("What programs told of their running", _telemetry(report.gates), head=_TELEMETRY_HEADER)
    yield from section("Decisions of the panel", decision_rows(report), head=DECISIONS_HEADER)
    yield from section("Why the panel decided so", decision_reasons(report))
    if report.numbers:
        yield from section("Hard numbers", figure_rows(report.numbers), head=FIGURES_HEADER)
        yield from section("Lines by area", line_rows(report.numbers), head=LINES_HEADER)
    yield from section(
        "Where gates ran", _places(report.gates), head="| Gate | Image | Digest | Services |\n|---|---|---|---|\n"
    )


def bound_to(report: Report) -> str:
    """What the verdict is bound to, in one line of ids and hashes."""
    parts = [f"gaterunner {inline(report.tool.version)}"]
    if report.change:
        parts.append(f"head {code(report.change.head)}")
        parts.append(f"base {code(report.change.base)}")
    if report.change and report.change.merge:
        parts.append(f"merge {code(report.change.merge)}")
    if report.workflow:
        parts.append(f"{code(report.workflow.path)} from {LAW_SOURCES[report.workflow.source]}")
        parts.append(f"sha256 {code(report.workflow.sha256)}")
    if report.decision_log:
        parts.append(f"decision log {code(report.decision_log.head)}")
    if report.tool.image_digest:
        parts.append(f"image {code(report.tool.image_digest)}")
    return f"Bound to: {' · '.join(parts)}\n"


# --- findings --------------------------------------------------------------------------------------------------------


def _in_full(report: Report, ranked: Sequence[Told]) -> Iterator[str]:
    """The lines around what the index of failures tells, and all of what it does not."""
    told = {_of_failure(failure) for failure in failure_index(report).shown}
    for each in ranked:
        known = _of_finding(each) in told or each.source == GUARDRAILS  # which has a section of its own
        if each.decides and (each.finding.excerpt or not known):
            yield _finding(each, fix=not known)


def _others(ranked: Sequence[Told]) -> Iterator[Told]:
    """Without those that have a section of their own in the overview."""
    return (each for each in ranked if not each.decides and each.source != GUARDRAILS and not each.finding.waived_by)


def _of_failure(failure: Failure) -> tuple[str, str, str | None, int | None, str]:
    return failure.source, failure.rule, failure.path, failure.line, _begin(failure.message)


def _of_finding(told: Told) -> tuple[str, str, str | None, int | None, str]:
    finding = told.finding
    return told.source, finding.rule, finding.path, finding.line, _begin(finding.message)


def _begin(message: str) -> str:
    """What the index of failures keeps of any message."""
    return " ".join(message.split())[:_COMPARED]


def _finding(told: Told, *, fix: bool = True) -> str:
    finding = told.finding
    place = place_words(finding.path, finding.line)
    standing = f", {STANDINGS[finding.standing]}:" if finding.standing else ""
    commit = f" (commit {code(finding.commit[:_SHORT_SHA])})" if finding.commit else ""
    mend = f"{HARD_BREAK}  _How to fix:_ {inline(finding.help)}" if finding.help and fix else ""
    head = f"- **{finding.severity}**{standing} {code(place)}{' ' if place else ''}{inline(finding.message)}"
    excerpt = f"\n{_excerpt(finding.excerpt)}\n" if finding.excerpt else ""
    return f"{head}{commit} ({inline(told.source)}: {inline(finding.rule)}){mend}\n{excerpt}"


def _excerpt(excerpt: Excerpt) -> str:
    width = len(str(excerpt.start + len(excerpt.lines)))
    return fenced(
        tuple(f"{number:>{width}} | {line}" for number, line in enumerate(excerpt.lines, start=excerpt.start))
    )


def _letting_through(report: Report) -> Iterator[str]:
    """What a reviewer copies, each policy in one piece."""
    if report.change and report.change.dirty:
        return
    target = code((report.change and report.change.target) or "the target branch")
    for policy in report.policies:
        way = letting_through(policy, most=_MAX_ENTRIES)
        if way is not None:
            yield f"- {code(policy.name)}: {_way(way, target)}\n\n"


def _way(way: LettingThrough, target: str) -> str:
    if not way.lines:
        return PLAIN
    entries = tuple(line for entry in way.entries for line in broken(entry, _ENTRY_WIDTH))
    what = "entries" if len(way.entries) > 1 else "an entry"
    more = f"\n\nand {way.left_out} more, whose `content` is in the JSON report" if way.left_out else ""
    return (
        f"an approving review of this head, with\n\n{fenced(way.lines)}\n\n"
        f"or {what} in `{WAIVERS_PATH}` on {target}\n\n{fenced(entries)}{more}"
    )


# --- gates -----------------------------------------------------------------------------------------------------------


def _logs(gates: Sequence[GateResult]) -> Iterator[str]:
    for gate in gates:
        if gate.log_tail and gate.outcome in RED:
            command = f", which ran {code(gate.command)}" if gate.command else ""
            yield f"{code(gate.name)}{command}\n\n{fenced(gate.log_tail)}\n\n"


def _attempts(gates: Sequence[GateResult]) -> Iterator[str]:
    for gate in gates:
        if not gate.tries:
            continue
        yield f"- {code(gate.name)}: {outcome_words(gate.outcome)}{' (flaky ⚠️)' if gate.flaky else ''}\n"
        for attempt in gate.tries:
            words = inline(attempt_words(attempt, duration(attempt.duration_s)), limit=300)
            log = f"; log {code(attempt.log)}" if attempt.log else ""
            yield f"  - attempt {attempt.number} {words}{log}\n"


def _proofs(gates: Sequence[GateResult]) -> Iterator[str]:
    for gate in gates:
        if gate.proof:
            proof = gate.proof
            yield f"| {code(gate.name)} | {code(proof.commit)} | {inline(proof.started)} | {code(proof.report)} |\n"


def _telemetry(gates: Sequence[GateResult]) -> Iterator[str]:
    for gate in gates:
        stats = gate.telemetry
        if stats is None:
            continue
        counts = signals(stats)
        numbers = (counts.transactions, counts.spans, counts.logs, counts.errors, stats.traces)
        lost = f"; not counted: {inline('; '.join(stats.lost), limit=300)}" if stats.lost else ""
        told = f"{inline(operation_words(stats), limit=600)}{lost}"
        yield f"| {code(gate.name)} | {' | '.join(f'{number:,}' for number in numbers)} | {told} |\n"


def _places(gates: Sequence[GateResult]) -> Iterator[str]:
    for gate in gates:
        if not gate.image and not gate.services:
            continue
        image, digest = (code(text) if text else "" for text in (gate.image, gate.image_digest))
        services = ", ".join(_service(service) for service in gate.services[:_MAX_SERVICES])
        more = f" and {len(gate.services) - _MAX_SERVICES} more" if len(gate.services) > _MAX_SERVICES else ""
        yield f"| {code(gate.name)} | {image} | {digest} | {services}{more} |\n"


def _service(service: ServiceUse) -> str:
    ready = "" if service.ready_s is None else duration(service.ready_s)
    return inline(service_words(service, ready), limit=300) + (f" (log {code(service.log)})" if service.log else "")
