"""The files through which a step hands its outputs and its summary to the runner."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gaterunner.errors import EvaluationError
from gaterunner.model import Finding, Outcome, Report
from gaterunner.reporters.gantt import render_gantt
from gaterunner.reporters.markdown import render_markdown
from gaterunner.reporters.markdown_text import clean, shorten, size
from gaterunner.reporters.publication import Publication, Published
from gaterunner.reporters.workflow_commands import Output, command

if TYPE_CHECKING:
    from gaterunner.reporters.forms import ReportFile

STEP_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
"""The variables that name the files through which a step speaks to the runner (docs.github.com, workflow commands)."""

SUMMARY_BYTES = 1_000_000
"""GitHub drops a step's summary entirely above 1 MiB (1,048,576 bytes)."""

_SENTENCE_CHARACTERS = 500


FILE_FORMS = ("html", "sarif", "junit", "markdown", "numbers", "predicate")
"""The forms besides JSON whose files are outputs of the action, each by its name."""


def outputs_of(report: Report, *, report_path: str | None) -> tuple[tuple[str, str], ...]:
    """The action's outputs about a report, as action.yml describes them; ``report_path`` is where its JSON lies.

    ``passed`` and ``failed`` count gates and policies; one that is unproven counts as failed. ``findings`` and
    ``new-findings`` leave out those that are waived.
    """
    outcomes = [gate.outcome for gate in report.gates] + [policy.outcome for policy in report.policies]
    findings = [finding for finding in _findings(report) if finding.waived_by is None]
    return (
        ("verdict", str(report.verdict)),
        ("sentence", shorten(clean(report.sentence), _SENTENCE_CHARACTERS)),
        ("report", report_path or ""),
        ("passed", str(sum(outcome is Outcome.PASSED for outcome in outcomes))),
        ("failed", str(sum(outcome in (Outcome.FAILED, Outcome.UNPROVEN) for outcome in outcomes))),
        ("findings", str(len(findings))),
        ("new-findings", str(sum(finding.standing == "new" for finding in findings))),
    )


def published_outputs(
    files: Sequence[ReportFile], *, check_url: str | None, comment_url: str | None
) -> tuple[tuple[str, str], ...]:
    """The action's outputs about what was written and published; empty where it was not."""
    written = {file.form: str(file.path) for file in files}
    return (
        *((form, written.get(form, "")) for form in FILE_FORMS),
        ("check-url", check_url or ""),
        ("comment-url", comment_url or ""),
    )


def check_url_of(publication: Publication) -> str | None:
    """The page of the check run; None where there is none, as beside a commit status."""
    return publication.url if isinstance(publication, Published) and publication.form == "check" else None


def _findings(report: Report) -> Iterable[Finding]:
    for gate in report.gates:
        yield from gate.findings
    for policy in report.policies:
        yield from policy.findings


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


def tell_outputs(file: Path | None, outputs: tuple[tuple[str, str], ...], *, stdout: Output) -> None:
    """``write_outputs`` where there is such a file; one that cannot be written is said in ``stdout``."""
    if file is None:
        return
    try:
        write_outputs(file, outputs)
    except EvaluationError as error:
        stdout.write(f"{command('warning', error.message, title='gaterunner')}\n")


def write_summary(file: Path, report: Report, *, notes: tuple[str, ...] = ()) -> None:
    """Appends the report and a chart of its gates to the file named by GITHUB_STEP_SUMMARY, within what GitHub shows.

    Raises ``EvaluationError`` when the file cannot be written.
    """
    try:
        written = file.stat().st_size if file.exists() else 0
    except OSError as error:
        raise EvaluationError(f"{file} could not be read: {error.strerror}") from error
    chart = _chart(report)
    room = SUMMARY_BYTES - written - size(chart)
    if room > 0:
        _append(file, f"{render_markdown(report, limit_bytes=room, notes=notes)}{chart}")


def _chart(report: Report) -> str:
    chart = render_gantt(report)
    return f"\n### When gates ran\n\n{chart}" if chart else ""


def _append(file: Path, text: str) -> None:
    try:
        # As where they are emptied: a link in the place of the runner's file is never followed.
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
    except OSError as error:
        raise EvaluationError(f"{file} could not be written: {error.strerror}") from error
