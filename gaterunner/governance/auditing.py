"""The commands ``decisions replay``, ``verify`` and ``madr``: what an auditor asks of a log."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from gaterunner.config.types import DECISIONS_PATH
from gaterunner.errors import EXIT_FAIL, EXIT_PASS, EvaluationError, UsageError
from gaterunner.governance.asking import Place, place_of
from gaterunner.governance.chain import Fault, Log, Logged, read_log
from gaterunner.governance.deciding import read_report
from gaterunner.governance.entries import Entry, is_hash
from gaterunner.governance.log import read_file
from gaterunner.governance.madr import page, page_name
from gaterunner.governance.replay import replay
from gaterunner.launch import quoting
from gaterunner.logs import write_as_owner
from gaterunner.model import Outcome
from gaterunner.reporters.quantities import count
from gaterunner.reporters.terminal_style import symbols_for, write_text
from gaterunner.reporters.terminal_text import clean

REPLAY_SCHEMA = "gaterunner.replay/1"
VERIFY_SCHEMA = "gaterunner.chain/1"


class Replayed(Struct, frozen=True, kw_only=True):
    """One entry after its replay; ``why`` says why it is not as recorded."""

    index: int
    line: int
    phase: str
    question: str
    outcome: Literal["decided", "default", "escalated"]
    option: str | None
    hash: str
    same: bool
    why: str | None = None


class _Opened(Struct, frozen=True, kw_only=True):
    """A log, and the checkout that it is looked at from."""

    log: Log
    place: Place


def replay_log(folder: Path, file: Path | None, *, form: str) -> int:
    """Works every decision out again. 0 when all come out as recorded and the log is whole, else 1."""
    log = _open(folder, file).log
    replayed = [_replayed(each) for each in log.entries]
    sound = not log.faults and all(each.same for each in replayed)
    if form == "json":
        _print_json({"schema": REPLAY_SCHEMA, "same": sound, "entries": replayed, "faults": log.faults})
    else:
        _print(_replayed_lines(replayed, log))
    return EXIT_PASS if sound else EXIT_FAIL


def _replayed(logged: Logged) -> Replayed:
    body = logged.entry.body
    why = replay(body)
    return Replayed(
        index=body.index,
        line=logged.line,
        phase=body.phase,
        question=body.question.id,
        outcome=body.tally.outcome,
        option=body.tally.option,
        hash=logged.link.hash,
        same=why is None,
        why=why,
    )


def verify_log(folder: Path, file: Path | None, *, head: str | None, report: Path | None, form: str) -> int:
    """Walks the chain, and looks for a known hash in it. 0 when the log is whole and holds it, else 1."""
    known = _head_of(report) if report is not None else _whole(head)
    # With a known hash an empty log has an answer: it was cut off.
    opened = _open(folder, file, may_be_empty=known is not None)
    log = opened.log
    faults = (*log.faults, *_without(log, known, opened.place.genesis))
    if form == "json":
        _print_json(
            {
                "schema": VERIFY_SCHEMA,
                "whole": not faults,
                "head": log.head,
                "entries": len(log.entries),
                "faults": faults,
            }
        )
    else:
        _print(_verified_lines(log, faults, known))
    return EXIT_FAIL if faults else EXIT_PASS


def write_pages(folder: Path, file: Path | None, *, output: Path | None) -> int:
    """A page for each decision, on standard output or as files of a folder.

    Raises ``EvaluationError`` where they cannot be written, or the log is not whole or an entry is not what it follows
    from: a page gives what it tells the look of having been decided.
    """
    opened = _open(folder, file)
    entries = _sound(opened.log)
    if output is None:
        write_text(sys.stdout, quoting(os.environ)("\n".join(page(entry) for entry in entries)))
        return EXIT_PASS
    for entry in entries:
        path = output / page_name(entry)
        try:
            write_as_owner(path, page(entry).encode(), root=opened.place.root, owner=None)
        except OSError as error:
            raise EvaluationError(f"{path}: cannot write the page: {error.strerror}") from error
        _print([str(path)])
    return EXIT_PASS


def _sound(log: Log) -> list[Entry]:
    """All entries. Raises ``EvaluationError`` unless the log is whole and each of them comes out as recorded."""
    if log.faults:
        first = log.faults[0]
        raise EvaluationError(
            f"the log is not whole, line {first.line or 1}: {first.message}",
            help="see all of it: gaterunner decisions verify",
        )
    entries = [each.entry for each in log.entries]
    for each, entry in zip(log.entries, entries, strict=True):
        why = replay(entry.body)
        if why is not None:
            raise EvaluationError(
                f"line {each.line} of the log is not as it was decided: {why}",
                help="see all of it: gaterunner decisions replay",
            )
    return entries


def _open(folder: Path, file: Path | None, *, may_be_empty: bool = False) -> _Opened:
    """The log. Raises ``EvaluationError`` where there is none: of nothing, nothing can be said."""
    place = place_of(folder, dict(os.environ))
    data = read_file(place.root / DECISIONS_PATH if file is None else file)
    if data is None and file is not None:
        raise EvaluationError(f"{file}: there is no such file", help="name the log, or leave it out")
    if not data and not may_be_empty:
        raise EvaluationError(
            f"{DECISIONS_PATH if file is None else file}: there is no decision in it to look at",
            help="gaterunner decide QUESTION --record makes one; if there was one, `git log` says who took it away",
        )
    return _Opened(log=read_log(data or b"", place.genesis), place=place)


def _whole(head: str | None) -> str | None:
    """The hash that was given. Raises ``UsageError`` for a part of one, which no entry has."""
    if head is None or is_hash(head):
        return head
    raise UsageError(
        f"--head {head[:80]}: expected the hash of an entry, 64 hexadecimal digits in small letters",
        help="take the `head` that `gaterunner decisions verify`, a report or an attestation tells",
    )


def _head_of(report: Path) -> str:
    told = read_report(report).decision_log
    if told is None:
        raise UsageError(
            f"{report} tells of no decision log",
            help="take a report of a run with the policy `decisions` on the branch of a phase",
        )
    return told.head


def _without(log: Log, known: str | None, genesis: str) -> tuple[Fault, ...]:
    """A log that was cut off at its end, or made anew, does not hold the hash that was known of it."""
    if known is None or known in {genesis, *(each.link.hash for each in log.entries)}:
        return ()
    message = f"no entry has the known hash {known[:12]}…: entries are cut off at its end, or all of it was made anew"
    return (Fault(rule="truncated", line=None, message=message),)


def _replayed_lines(replayed: Sequence[Replayed], log: Log) -> list[str]:
    symbols = symbols_for(sys.stdout)
    lines = []
    for each in replayed:
        mark = symbols.of(Outcome.PASSED if each.same else Outcome.FAILED)
        answer = each.option if each.option is not None else "a person has to decide"
        lines.append(f"{mark} {each.index + 1:>4}  {clean(each.phase)}  {clean(each.question)}: {clean(answer)}")
        if each.why is not None:
            lines.append(f"        {clean(each.why)}")
    lines += _fault_lines(log.faults)
    wrong = sum(not each.same for each in replayed)
    total = count(len(replayed), "decision")
    lines.append(f"{total}, {wrong} not as recorded" if wrong else f"{total}, replayed byte by byte as recorded")
    return lines


def _verified_lines(log: Log, faults: Sequence[Fault], known: str | None) -> list[str]:
    lines = _fault_lines(faults)
    if not faults:
        lines.append(f"The log is whole: {count(len(log.entries), 'entry', 'entries')}.")
        later = _later(log, known)
        if known is not None:
            lines.append(f"It holds {known}, and {count(later, 'later entry', 'later entries')}.")
    return [*lines, f"head {log.head}"]


def _later(log: Log, known: str | None) -> int:
    hashes = [each.link.hash for each in log.entries]
    return len(hashes) - hashes.index(known) - 1 if known in hashes else len(hashes)


def _fault_lines(faults: Sequence[Fault]) -> list[str]:
    mark = symbols_for(sys.stdout).failed
    return [
        f"{mark} {fault.rule}{f', line {fault.line}' if fault.line else ''}: {clean(fault.message)}" for fault in faults
    ]


def _print(lines: Sequence[str]) -> None:
    write_text(sys.stdout, quoting(os.environ)("".join(f"{line}\n" for line in lines)))


def _print_json(told: dict[str, Any]) -> None:
    text = msgspec.json.format(msgspec.json.encode(told), indent=2).decode()
    write_text(sys.stdout, quoting(os.environ)(f"{text}\n"))
