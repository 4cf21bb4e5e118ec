"""One gate or policy in full: its reason, its findings with their fixes, how to run it again, and what it printed."""

from __future__ import annotations

import shlex

from msgspec import Struct

from gaterunner.config.types import WAIVERS_PATH
from gaterunner.failures import looked_at_again
from gaterunner.model import RED, GateResult, Outcome, PolicyResult, Severity
from gaterunner.reporters.gate_words import (
    attempt_words,
    coverage_words,
    image_words,
    proof_words,
    service_words,
    waiting_words,
)
from gaterunner.reporters.letting_through import PLAIN, broken, letting_through
from gaterunner.reporters.quantities import count, duration
from gaterunner.reporters.terminal_findings import told_findings
from gaterunner.reporters.terminal_style import Style
from gaterunner.reporters.terminal_text import clean, clean_line, shorten, wrap
from gaterunner.reporters.trace_words import telemetry_facts

Result = GateResult | PolicyResult

_MAX_TAIL = 20
_MAX_COMMAND = 8  # lines of a script
_MAX_SCRIPT = 20_000  # characters of one
_MAX_SERVICES = 8
_MAX_RULES = 3
_MAX_ENTRIES = 3


class Room(Struct, frozen=True, kw_only=True):
    """How much of a result is told, and where.

    ``more`` tells where everything stands that a bound cuts off, ``law`` is the option that applies the same workflow
    file again. ``target`` is the branch whose waivers count, ``dirty`` says that not all of the work tree is committed.
    """

    width: int
    style: Style
    limit_findings: int
    more: str
    law: str
    target: str
    dirty: bool


def detail_lines(result: Result, room: Room) -> list[str]:
    """Everything that a reader needs about one result, in at most some ``limit_findings`` times eight lines."""
    lines = _title(result, room.width, room.style)
    red = result.outcome in RED
    if isinstance(result, PolicyResult) and red:
        lines += _compared(result, room.width)
    found = told_findings(result.findings, room.width, room.style, room.limit_findings, room.more)
    following: list[str] = []
    if isinstance(result, GateResult) and result.outcome is not Outcome.SKIPPED:
        following = _reproduction(result, room.width, room.style, room.law)
    elif isinstance(result, PolicyResult) and red:
        following = _further(result, room)
    return [*lines, *(["", *found] if found else []), *([""] if found and following else []), *following]


def _further(policy: PolicyResult, room: Room) -> list[str]:
    """How a red policy is looked at again, what explains it, and how it is let through on purpose."""
    errors = dict.fromkeys(each.rule for each in policy.findings if each.severity is Severity.ERROR)
    shown = [f"gaterunner explain {clean(rule, limit=80)}" for rule in list(errors)[:_MAX_RULES]]
    facts = [("Look again", f"{looked_at_again(policy)}{room.law}"), *(("Explained", command) for command in shown)]
    lines = [f"    {label:<10}  {value}" for label, value in facts]
    through = letting_through(policy, most=_MAX_ENTRIES)
    if through is None:
        return lines
    if room.dirty:
        return [*lines, "    Waiver      commit first: a waiver names what is committed"]
    if not through.lines:
        return [*lines, *wrap(PLAIN, room.width, indent=" " * 16, first="    Waiver      ")]
    several = len(through.lines) > 1
    lines += [f"    Waiver      an approving review of this head, with the line{'s' if several else ''}"]
    lines += [f"                  {clean_line(line, limit=400)}" for line in through.lines]
    entries = "entries" if len(through.entries) > 1 else "an entry"
    lines += [f"                or {entries} in {WAIVERS_PATH} on {clean(room.target, limit=80)}"]
    for entry in through.entries:
        lines += [f"                  {clean_line(line, limit=400)}" for line in broken(entry, room.width - 18)]
    lines += [f"                and {through.left_out:,} more: {room.more}"] if through.left_out else []
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


# --- running it again ------------------------------------------------------------------------------------------------


def _reproduction(gate: GateResult, width: int, style: Style, law: str) -> list[str]:
    # What simply passed is in the report for what it found: nobody has to run that again.
    again = gate.outcome is not Outcome.PASSED or gate.flaky
    lines = _command(gate.command, width) if gate.command and again else []
    facts = (
        ("Run again", f"gaterunner run --gate {shlex.quote(clean(gate.name, limit=120))}{law}" if again else ""),
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
    """What the gate waits for, where it ran, what it could reach, what it is proven by, and what its tests reached."""
    facts = [(label, clean(told, limit=300)) for label, told in waiting_words(gate.waiting)] if gate.waiting else []
    facts += [("Image", clean(image_words(gate.image, gate.image_digest), limit=300))] if gate.image else []
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
    if gate.telemetry:
        facts += [(label, clean(told, limit=600)) for label, told in telemetry_facts(gate.telemetry)]
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
