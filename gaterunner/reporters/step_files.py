"""The files through which a step hands its outputs and its summary to the runner."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from gaterunner.errors import EvaluationError
from gaterunner.model import Outcome, Report
from gaterunner.reporters.markdown import render_markdown

STEP_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
"""The variables that name the files through which a step speaks to the runner (docs.github.com, workflow commands)."""

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


def forget_what_gates_wrote(files: Iterable[Path]) -> None:
    """Replaces the runner's files of this step by empty ones of the same owner.

    They belong to the user that gates run as, so a gate that guesses their names could have set outputs, variables or a
    summary of its own, or have put a link in their place. Call it when no gate is alive, and before writing to them.
    Raises ``EvaluationError`` when one cannot be replaced.
    """
    for file in files:
        try:
            owner = file.parent.stat()
            file.unlink(missing_ok=True)
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
            try:
                if os.geteuid() == 0:
                    os.fchown(handle, owner.st_uid, owner.st_gid)
            finally:
                os.close(handle)
        except OSError as error:
            raise EvaluationError(f"{file} could not be emptied: {error.strerror}") from error


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
        # As where they are emptied: a link in the place of the runner's file is never followed.
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
    except OSError as error:
        raise EvaluationError(f"{file} could not be written: {error.strerror}") from error
