"""Each gate as a row with its bar on the common axis; below it, folded, how it ran and what it printed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from gaterunner.failures import law_option
from gaterunner.model import RED, GateResult, Outcome, Report
from gaterunner.reporters.gate_words import (
    attempt_words,
    coverage_words,
    image_words,
    passed_words,
    proof_words,
    service_words,
    waiting_words,
)
from gaterunner.reporters.html.markup import Html, element, join, lines, prose, text
from gaterunner.reporters.html.timeline import Timeline, axis, lane, timeline_of
from gaterunner.reporters.html.words import code, command_block, facts, heading, left_out, sign, unseen
from gaterunner.reporters.quantities import count, duration
from gaterunner.reporters.trace_words import telemetry_facts, telemetry_words

_MAX_GATES = 1_000
_ROOM = 8_000_000  # characters; a gate beyond it has its row without its output
_MAX_TAIL = 400
_MAX_SERVICES = 30
_MAX_TRIES = 50


def gates_section(report: Report, found: Mapping[str, int]) -> Html | None:
    """``found`` says how many findings of each gate are shown on this page."""
    if not report.gates:
        return None
    gates = report.gates[:_MAX_GATES]
    timeline = timeline_of(gates)
    law = law_option(report)
    rows: list[Html] = []
    room = _ROOM
    for number, gate in enumerate(gates):
        shown = gate if room > 0 else replace(gate, log_tail=())
        rows.append(_gate(shown, number, timeline, law, found.get(gate.name, 0)))
        room -= len(rows[-1])
    return element(
        "section",
        heading("Gates", len(report.gates)),
        element(
            "div", element("div", axis(timeline), class_="axis-row") if timeline else None, join(rows), class_="rows"
        ),
        left_out(len(report.gates) - len(gates)),
        id="gates",
    )


def _gate(gate: GateResult, number: int, timeline: Timeline | None, law: str, found: int) -> Html:
    took = "" if gate.outcome is Outcome.SKIPPED or gate.cached else duration(gate.duration_s)
    marks = (("advisory", gate.advisory), ("cached", gate.cached), ("flaky", gate.flaky))
    return element(
        "details",
        element(
            "summary",
            sign(gate.outcome),
            element(
                "span",
                element("b", text(gate.name, limit=120), dir="auto"),
                unseen(f" {gate.outcome} "),
                *(element("span", word, class_="tag") for word, holds in marks if holds),
                class_="name",
            ),
            element("span", lane(timeline, number) if timeline else None, class_="bars"),
            element("span", took, class_="took"),
            element("span", prose(_why(gate), limit=400), class_="why", dir="auto"),
        ),
        element("div", join(_body(gate, law, found)), class_="body"),
        class_=f"row {gate.outcome}",
        id=f"gate-{number}",
    )


def _why(gate: GateResult) -> str:
    """What a reader wants to know without opening the row."""
    parts = [passed_words(gate) or ("" if gate.outcome is Outcome.PASSED else gate.reason)]
    if gate.tests and " test" not in parts[0]:
        tests = gate.tests
        parts.append(count(tests.total, "test") if tests.total else "no tests told")
        numbers = ((tests.failed, "failed"), (tests.skipped, "skipped"), (tests.flaky, "flaky"))
        parts += [f"{number:,} {word}" for number, word in numbers if number]
    if gate.coverage:
        parts.append(coverage_words(gate.coverage))
    if gate.telemetry:
        parts.append(telemetry_words(gate.telemetry))
    return ", ".join(part for part in parts if part)


def _body(gate: GateResult, law: str, found: int) -> Iterator[Html | None]:
    told = gate.reason in _why(gate) or gate.reason == _end_words(gate)  # in the row, or below
    rows: list[tuple[str, Html | None]] = [("Why", None if told else prose(gate.reason))]
    if gate.command:
        rows.append(("Command", command_block(gate.command)))
    if gate.outcome in RED or gate.flaky:
        rows.append(("Run again", command_block(f"gaterunner run --gate {shlex.quote(gate.name)}{law}")))
    yield facts([*rows, *_ended(gate), *_surroundings(gate)], class_="facts told")
    if found:
        yield element("p", element("a", f"Show the {count(found, 'finding')}", href="#findings", data_source=gate.name))
    if gate.log_tail:
        tail = gate.log_tail[-_MAX_TAIL:]
        said = f"The last {count(len(tail), 'line')} of its output" if len(tail) > 1 else "Its last line of output"
        yield element(
            "details",
            element("summary", said),
            element("pre", element("code", lines(tail), dir="ltr"), class_="log", tabindex="0"),
            class_="folded",
        )


def _end_words(gate: GateResult) -> str:
    code_words = "" if gate.exit_code is None else f"exit code {gate.exit_code}"
    return ", ".join(words for words in (code_words, f"by {gate.signal}" if gate.signal else "") if words)


def _ended(gate: GateResult) -> Iterator[tuple[str, Html | None]]:
    yield "Ended", text(_end_words(gate)) if _end_words(gate) else None
    for attempt in gate.tries[:_MAX_TRIES]:
        log = join([text(", log "), code(attempt.log)]) if attempt.log else None
        yield f"Attempt {attempt.number}", join([text(attempt_words(attempt, duration(attempt.duration_s))), log])
    yield "Log", code(gate.log) if gate.log and not gate.tries else None


def _surroundings(gate: GateResult) -> Iterator[tuple[str, Html | None]]:
    """What the gate waits for, where it ran, what it could reach, and what it is proven by."""
    for label, told in waiting_words(gate.waiting) if gate.waiting else ():
        yield label, prose(told)
    yield "Ran", text(gate.executor) if gate.executor else None
    yield "Image", text(image_words(gate.image, gate.image_digest)) if gate.image else None
    for service in gate.services[:_MAX_SERVICES]:
        ready = "" if service.ready_s is None else duration(service.ready_s)
        log = join([text(", log "), code(service.log)]) if service.log else None
        yield "Service", join([text(service_words(service, ready)), log])
    yield "Proof", text(proof_words(gate.proof)) if gate.proof else None
    for label, told in telemetry_facts(gate.telemetry) if gate.telemetry else ():
        yield label, text(told, limit=1_000)
