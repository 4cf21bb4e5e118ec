"""The command ``decide``: asks, prints the answer, and says by its exit code whether a person is needed."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gaterunner.config.types import DECISIONS_PATH
from gaterunner.errors import EXIT_FAIL, EXIT_PASS, EvaluationError
from gaterunner.governance.asking import Answer, Asked, ask, place_of
from gaterunner.governance.canonical import plain, plain_panel, plain_question
from gaterunner.launch import note, quoting
from gaterunner.model import Report
from gaterunner.reporters.decision import render_answer
from gaterunner.reporters.json import decode_report
from gaterunner.reporters.terminal_style import Style, symbols_for, wants_color, write_text

SCHEMA = "gaterunner.answer/1"


_TO_A_PERSON = (
    "record it with --record, and have the branch's head approved by somebody who is no author of it; or let the "
    "spec's owner add the scores or the option that it lacks, on the target branch"
)


def decide_question(
    *,
    question: str,
    folder: Path,
    phase: str | None,
    base: str | None,
    config: str | None,
    report: Path | None,
    form: str,
    record: bool,
) -> int:
    """Prints the panel's answer, and records it where asked; 0 when there is one, 1 when a person has to decide.

    Raises ``GaterunnerError``.
    """
    asked = Asked(
        question=question,
        folder=folder,
        phase=phase,
        base=base,
        config=config,
        report=read_report(report) if report is not None else None,
    )
    environment = dict(os.environ)
    answer = ask(asked, environment)
    recorded = _record(answer, folder, environment) if record else None
    print_answer(answer, form)
    if recorded is not None:
        note(recorded)
    if answer.tally.outcome != "escalated":
        return EXIT_PASS
    note(_TO_A_PERSON)
    return EXIT_FAIL


def _record(answer: Answer, folder: Path, environment: Mapping[str, str]) -> str:
    from gaterunner.governance.log import append

    place = place_of(folder, environment)
    recorded = append(answer, place.root, place.genesis)
    number = recorded.entry.body.index + 1
    if not recorded.is_new:
        return f"{DECISIONS_PATH} says so already, in line {number}: nothing was added"
    return f"recorded in line {number} of {DECISIONS_PATH}; commit it with the branch"


def read_report(file: Path) -> Report:
    """The JSON report in a file. Raises ``EvaluationError``."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise EvaluationError(f"{file}: cannot read the report: {error.strerror}", help="check the path") from error
    return decode_report(data)


def print_answer(answer: Answer, form: str) -> None:
    """The answer on standard output, as text or as JSON."""
    quote = quoting(os.environ)
    if form == "json":
        write_text(sys.stdout, quote(render_json(answer)))
        return
    style = Style(color=wants_color(sys.stdout, os.environ), symbols=symbols_for(sys.stdout))
    width = shutil.get_terminal_size((100, 24)).columns
    write_text(sys.stdout, quote(render_answer(answer, style=style, width=width)))


def render_json(answer: Answer) -> str:
    """The answer under its schema, ``gaterunner.answer/1``; exact fractions are text, such as ``13/4``."""
    told = {
        "schema": SCHEMA,
        "phase": answer.phase,
        "spec": {"path": answer.spec.path, "sha256": answer.spec.sha256, "source": answer.spec_source},
        "question": plain_question(answer.question),
        "facts": plain(answer.facts),
        "panel": {"source": answer.panel_source, "sha256": answer.panel.sha256, **plain_panel(answer.panel)},
        "tally": plain(answer.tally),
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"
