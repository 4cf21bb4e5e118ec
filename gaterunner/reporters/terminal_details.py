"""One gate or policy in full: its reason, its findings with their fixes, how to run it again, and what it printed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from gaterunner.model import Finding, GateResult, Outcome, PolicyResult, Severity
from gaterunner.reporters.gate_words import attempt_words, coverage_words, image_words, proof_words, service_words
from gaterunner.reporters.ranking import waiver_words
from gaterunner.reporters.terminal_style import Style
from gaterunner.reporters.terminal_text import clean, clean_line, count, duration, shorten, wrap

Result = GateResult | PolicyResult

_MAX_TAIL = 20
_MAX_COMMAND = 8  # lines of a script
_MAX_SCRIPT = 20_000  # characters of one
_MAX_SERVICES = 8
_MAX_RULES = 3
_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTICE: 2}


def detail_lines(result: Result, width: int, style: Style, limit_findings: int, more: str, *, law: str) -> list[str]:
    """Everything that a reader needs about one result, in at most some ``limit_findings`` times eight lines."""
    lines = _title(result, width, style)
    if isinstance(result, PolicyResult):
        lines += _compared(result, width)
    found = _findings(result.findings, width, style, limit_findings, more)
    lines += ["", *found, ""] if found else []
    if isinstance(result, GateResult) and result.outcome is not Outcome.SKIPPED:
        lines += _reproduction(result, width, style, law)
    elif result.outcome in (Outcome.FAILED, Outcome.UNPROVEN, Outcome.ERRORED):
        lines.append(f"    Look again  gaterunner check{law}")
        errors = dict.fromkeys(each.rule for each in result.findings if each.severity is Severity.ERROR)
        lines += [f"    Explained   gaterunner explain {clean(rule, limit=80)}" for rule in list(errors)[:_MAX_RULES]]
    return lines


def _title(result: Result, width: int, style: Style) -> list[str]:
    kind = "gate" if isinstance(result, GateResult) else "policy"
    name = clean(result.name, limit=80)
    took = f" after {duration(result.duration_s)}" if kind == "gate" and result.duration_s else ""
    outcome = style.outcome(result.outcome, result.outcome.value)
    if isinstance(result, GateResult) and result.flaky:
        outcome += style.paint(" (flaky)", "yellow")
    head = f"{style.mark(result.outcome)} {style.paint(name, 'bold')}  {kind} {outcome}{took}"
    reason = clean(result.reason, limit=600)
    return [head, *(wrap(reason, width, indent="    ") if reason else ())]


def _compared(result: PolicyResult, width: int) -> list[str]:
    lines: list[str] = []
    for label, text in (("Observed", result.observed), ("Expected", result.expected)):
        if text:
            lines += wrap(clean(text, limit=600), width, indent=" " * 14, first=f"    {label}  ")
    return lines


# --- findings --------------------------------------------------------------------------------------------------------


def _findings(findings: Sequence[Finding], width: int, style: Style, limit: int, more: str) -> list[str]:
    ordered = sorted(findings, key=lambda each: (each.waived_by is not None, _RANK[each.severity]))
    shown = ordered[:limit]
    lines: list[str] = []
    for number, finding in enumerate(shown):
        lines += _finding(finding, width, style)
        following = shown[number + 1] if number + 1 < len(shown) else None
        # A fix that many findings share is told once, below the last of them.
        if finding.help and (following is None or following.help != finding.help):
            arrow = style.symbols.arrow
            text = clean(finding.help, limit=600)
            lines += wrap(text, width, indent=" " * (7 + len(arrow)), first=f"      {arrow} ")
    if len(ordered) > limit:
        lines.append(f"    and {len(ordered) - limit:,} more: {more}")
    return lines


def _finding(finding: Finding, width: int, style: Style) -> list[str]:
    place = clean(finding.path, limit=300) if finding.path else ""
    if place and finding.line:
        last = f"-{finding.end_line}" if finding.end_line and finding.end_line != finding.line else ""
        place = f"{place}:{finding.line}{last}"
    label = "" if finding.severity is Severity.ERROR else f"{finding.severity.value}: "
    tail = [f"[{clean(finding.rule, limit=80)}]"]
    if finding.commit:
        tail.append(f"in {clean(finding.commit, limit=80)[:10]}")
    if finding.waived_by:
        tail.append(clean(waiver_words(finding), limit=300))
    message = f"{label}{clean(finding.message, limit=600)} {' '.join(tail)}"
    lines = wrap(f"{place}  {message}" if place else message, width, indent="      ", first="    ")
    if place:
        lines[0] = lines[0].replace(place, style.paint(place, "cyan"), 1)
    return lines


# --- running it again ------------------------------------------------------------------------------------------------


def _reproduction(gate: GateResult, width: int, style: Style, law: str) -> list[str]:
    lines = _command(gate.command, width) if gate.command else []
    facts = (
        ("Run again", f"gaterunner run --gate {shlex.quote(clean(gate.name, limit=120))}{law}"),
        *_surroundings(gate),
        ("Ended", _ended(gate)),
        *_attempts(gate),
        ("Log", clean(gate.log, limit=400) if gate.log and not gate.tries else ""),
    )
    lines += [f"    {label:<10}  {value}" for label, value in facts if value]
    tail = gate.log_tail[-_MAX_TAIL:]
    if tail:
        lines.append("    Output" if len(tail) == 1 else f"    Output, last {len(tail)} lines")
    for line in tail:
        text = f"    {style.symbols.bar} {clean_line(line, limit=max(width - 6, 40))}"
        lines.append(style.paint(text.rstrip(), "dim"))
    return lines


def _surroundings(gate: GateResult) -> list[tuple[str, str]]:
    """Where the gate ran, what it could reach, what it is proven by, and what its tests reached."""
    facts = [("Image", clean(image_words(gate.image, gate.image_digest), limit=300))] if gate.image else []
    for service in gate.services[:_MAX_SERVICES]:
        facts.append(
            (
                "Service",
                clean(service_words(service, "" if service.ready_s is None else duration(service.ready_s)), limit=300),
            )
        )
        if service.log:
            facts.append(("", f"log {clean(service.log, limit=400)}"))
    if len(gate.services) > _MAX_SERVICES:
        facts.append(("", f"and {count(len(gate.services) - _MAX_SERVICES, 'more service')}"))
    if gate.proof:
        facts.append(("Proof", clean(proof_words(gate.proof), limit=300)))
    if gate.coverage:
        facts.append(("Coverage", coverage_words(gate.coverage).removeprefix("coverage ")))
    return facts


def _attempts(gate: GateResult) -> list[tuple[str, str]]:
    """What became of each attempt, each with its log."""
    facts = []
    for attempt in gate.tries:
        facts.append(
            (f"Attempt {attempt.number}", clean(attempt_words(attempt, duration(attempt.duration_s)), limit=300))
        )
        if attempt.log:
            facts.append(("", f"log {clean(attempt.log, limit=400)}"))
    return facts


def _command(command: str, width: int) -> list[str]:
    script = [clean_line(line, limit=width - 16) for line in command[:_MAX_SCRIPT].strip().splitlines()] or [""]
    lines = [f"    Reproduce   {script[0]}", *(f"                {line}" for line in script[1:_MAX_COMMAND])]
    if len(script) > _MAX_COMMAND:
        lines.append(f"                ({len(script) - _MAX_COMMAND} more lines)")
    return lines


def _ended(gate: GateResult) -> str:
    parts = []
    if gate.exit_code is not None:
        parts.append(f"exit code {gate.exit_code}")
    if gate.signal:
        parts.append(f"by {clean(gate.signal, limit=40)}")
    if gate.attempts > 1 and not gate.tries:
        parts.append(f"after {gate.attempts} attempts")
    return shorten(", ".join(parts), 200)
