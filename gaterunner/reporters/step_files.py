"""The files through which a step hands its outputs and its summary to the runner."""

from __future__ import annotations

import secrets
from pathlib import Path

from gaterunner.errors import EvaluationError
from gaterunner.model import Outcome, Report
from gaterunner.reporters.markdown import render_markdown

SUMMARY_BYTES = 1_000_000
"""GitHub drops a step's summary entirely above 1 MiB (1,048,576 bytes)."""


def outputs_of(report: Report, *, report_path: str | None) -> tuple[tuple[str, str], ...]:
    """The action's outputs as action.yml describes them: ``verdict``, ``report`` (a path) and two numbers.

    ``passed`` and ``failed`` count gates and policies; one that is unproven counts as failed.
    """
    outcomes = [gate.outcome for gate in report.gates] + [policy.outcome for policy in report.policies]
    return (
        ("verdict", str(report.verdict)),
        ("report", report_path or ""),
        ("passed", str(sum(outcome is Outcome.PASSED for outcome in outcomes))),
        ("failed", str(sum(outcome in (Outcome.FAILED, Outcome.UNPROVEN) for outcome in outcomes))),
    )


def write_outputs(file: Path, outputs: tuple[tuple[str, str], ...]) -> None:
    """Appends outputs to the file named by GITHUB_OUTPUT; a value may have any number of lines.

    Raises ``EvaluationError`` when the file cannot be written.
    """
    text = ""
    for name, value in outputs:
        # A value that knew the delimiter could set other outputs.
        delimiter = f"end-{secrets.token_hex(16)}"
        text += f"{name}<<{delimiter}\n{value}\n{delimiter}\n"
    _append(file, text)


def write_summary(file: Path, report: Report, *, notes: tuple[str, ...] = ()) -> None:
    """Appends the report to the file named by GITHUB_STEP_SUMMARY, within what GitHub shows.

    Raises ``EvaluationError`` when the file cannot be written.
    """
    try:
        written = file.stat().st_size if file.exists() else 0
    except OSError as error:
        raise EvaluationError(f"{file} could not be read: {error.strerror}") from error
    room = SUMMARY_BYTES - written
    if room > 0:
        _append(file, render_markdown(report, limit_bytes=room, notes=notes))


def _append(file: Path, text: str) -> None:
    try:
        with file.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
    except OSError as error:
        raise EvaluationError(f"{file} could not be written: {error.strerror}") from error
