"""A rehearsal of going back, for a terminal and as JSON."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator

import msgspec

from gaterunner.gates.wording import NAMED, some
from gaterunner.launch import quoting
from gaterunner.model import GateResult, Outcome
from gaterunner.reporters.terminal_style import Style, symbols_for, wants_color, write_text
from gaterunner.reporters.terminal_text import clean, wrap
from gaterunner.reversal.types import Rehearsal, Undone

_SHORT = 12
_MOST_PATHS = 50
_TAIL = 10


def render_json(found: Rehearsal) -> str:
    """The rehearsal under its schema, ``gaterunner.rollback/1``."""
    text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"
    # GitHub's runner looks for ##[ anywhere in a line; in JSON the same text can be written without it.
    return text.replace("##[", "##\\u005b")


def show(found: Rehearsal) -> None:
    """Prints it for a person on standard output."""
    style = Style(color=wants_color(sys.stdout, os.environ), symbols=symbols_for(sys.stdout))
    text = render_text(found, style=style, width=shutil.get_terminal_size((100, 24)).columns)
    write_text(sys.stdout, quoting(os.environ)(text))


def render_text(found: Rehearsal, *, style: Style, width: int) -> str:
    """Each thing with what came of it, then the verdict."""
    lines = [f"Going back from {clean(found.onto_name)} ({found.onto[:_SHORT]})", ""]
    for result in found.rehearsals:
        named = f" ({result.name})" if len(found.rehearsals) > 1 else ""
        lines += _change(f"this change{named}", result, style, width)
    for undone in found.undone:
        lines += _undone(undone, style, width)
    for note in found.notes:
        lines += wrap(clean(note), width, indent="    ", first="  ")
    lines += ["", style.paint(f"verdict: {found.verdict}", "bold"), ""]
    return "\n".join(lines)


def _change(name: str, result: GateResult, style: Style, width: int) -> Iterator[str]:
    yield from _head(result.outcome, name, result.reason, style, width)
    for finding in result.findings:
        if finding.help:
            yield from wrap(clean(finding.help), width, indent="      ")
    yield from _tail(result)


def _undone(undone: Undone, style: Style, width: int) -> Iterator[str]:
    yield from _head(undone.outcome, undone.name, undone.reason, style, width)
    if undone.evidence:
        yield from wrap(clean(undone.evidence), width, indent="      ")
    # The reason names the first few: all are listed where that leaves some out.
    for path in undone.conflicts[:_MOST_PATHS] if len(undone.conflicts) > NAMED else ():
        yield f"      {clean(path)}"
    if len(undone.conflicts) > _MOST_PATHS:
        yield f"      and {len(undone.conflicts) - _MOST_PATHS} more"
    if undone.migrations:
        told = f"keep what was applied: {some(undone.migrations, most=_TAIL)}"
        yield from wrap(clean(told), width, indent="      ")
    if undone.help:
        yield from wrap(clean(undone.help), width, indent="      ")
    for gate in undone.gates:
        yield from (f"    {line}" for line in _head(gate.outcome, gate.name, gate.reason, style, width - 4))
        yield from _tail(gate)


def _head(outcome: Outcome, name: str, reason: str, style: Style, width: int) -> list[str]:
    lines = wrap(clean(f"{name}: {reason}"), width, indent="      ", first=f"  {style.symbols.of(outcome)} ")
    lines[0] = lines[0].replace(style.symbols.of(outcome), style.mark(outcome), 1)
    return lines


def _tail(result: GateResult) -> Iterator[str]:
    if result.outcome is not Outcome.PASSED:
        yield from (f"      | {clean(line)}" for line in result.log_tail[-_TAIL:])
