"""Starts what the command line asks for: signals, display, outputs. Everything that is judged lies in ``pipeline``."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

from gaterunner.databases.probe import PostgresProbe
from gaterunner.errors import EXIT_PASS, GaterunnerError
from gaterunner.executors.environment import secret_values
from gaterunner.model import Report
from gaterunner.pipeline import Options, Surroundings, planned, run
from gaterunner.redaction import Redactor
from gaterunner.report_files import check_files, write_files
from gaterunner.reporters.broadcast import Broadcast
from gaterunner.reporters.forms import ReportFile
from gaterunner.reporters.observer import Observer
from gaterunner.reporters.terminal_observer import TerminalObserver
from gaterunner.reporters.terminal_style import symbols_for, wants_color, wants_progress, write_text
from gaterunner.secrets.beside import EngineBeside
from gaterunner.telemetry.opening import LogFormat, Telemetry, open_telemetry
from gaterunner.verdict import exit_code

Judge = Callable[[Options, Surroundings], Report]


def launch(
    options: Options,
    *,
    form: str,
    files: Sequence[ReportFile] = (),
    by: Judge = run,
    log_format: LogFormat = "text",
) -> int:
    """Judges, by running gates and policies unless told otherwise; tells the result and returns its exit code.

    ``files`` are written whatever the verdict. Raises ``UsageError`` before anything is run for one that never could
    be, and ``EvaluationError`` in the end when one could not be; where standard error is for lines of JSON, it is told
    there instead.
    """
    with telemetry_by_hand(log_format) as telemetry:
        try:
            return _launch(options, form=form, files=files, by=by, telemetry=telemetry)
        except GaterunnerError as error:
            telemetry.problems(error.problems)
            if telemetry.has_lines:
                return error.exit_code
            raise


def telemetry_by_hand(log_format: LogFormat = "text") -> Telemetry:
    """What this process's environment asks for; a context around one run, with all that is told of it."""
    environment = dict(os.environ)
    redactor = Redactor(secret_values(environment))
    return open_telemetry(environment, redactor, note, json_lines=sys.stderr if log_format == "json" else None)


def _launch(options: Options, *, form: str, files: Sequence[ReportFile], by: Judge, telemetry: Telemetry) -> int:
    check_files(files, folder=options.folder, printed=form == "json")
    result = judge(options, by, telemetry)
    if form == "json":
        from gaterunner.reporters.json import encode_report

        # GitHub's runner looks for ##[ anywhere in a line; in JSON the same text can be written without it.
        sys.stdout.buffer.write(encode_report(result).replace(b"##[", b"##\\u005b"))
        sys.stdout.flush()
    else:
        show(result, report_file=_json_file(files), quote=quoting(os.environ))
    write_files(result, files, folder=options.folder)
    return exit_code(result)


def judge(options: Options, by: Judge = run, telemetry: Telemetry | None = None) -> Report:
    """Judges the branch in a folder by hand, with live progress on standard error, or what ``telemetry`` puts there."""
    environment = dict(os.environ)
    telemetry = telemetry or Telemetry(Redactor(secret_values(environment)), note)
    redactor = telemetry.redactor
    displays: list[Observer] = []
    if not telemetry.has_lines:
        displays.append(
            TerminalObserver(
                sys.stderr,
                live=wants_progress(sys.stderr, environment),
                color=wants_color(sys.stderr, environment),
                fence=quoting(environment),
            )
        )
    with cancelling_signals() as cancelled:
        report = by(
            options,
            Surroundings(
                environment=environment,
                observer=Broadcast([*displays, *telemetry.observers], redactor, telemetry.note),
                cancelled=cancelled,
                secrets=EngineBeside(),
                databases=PostgresProbe(),
                redactor=redactor,
                image_digest=environment.get("GATERUNNER_IMAGE_DIGEST"),
                trace=telemetry.trace,
                note=telemetry.note,
            ),
        )
        for display in displays:
            display.finished(report)
        telemetry.finished(report)
    return report


def show(report: Report, *, report_file: Path | None = None, quote: Callable[[str], str] = str) -> None:
    """Prints the report for a person on standard output; ``quote`` is the last to see its text."""
    from gaterunner.reporters.terminal import render_text

    text = render_text(
        report,
        width=shutil.get_terminal_size((100, 24)).columns,
        color=wants_color(sys.stdout, os.environ),
        symbols=symbols_for(sys.stdout),
        report_file=str(report_file) if report_file else None,
        index=not sys.stdout.isatty(),
    )
    write_text(sys.stdout, quote(text))


def write_report(report: Report, file: Path, *, folder: Path) -> None:
    """Writes the JSON report; inside the checkout it belongs to the checkout's owner. Raises ``EvaluationError``."""
    write_files(report, (ReportFile("json", file),), folder=folder)


def _json_file(files: Sequence[ReportFile]) -> Path | None:
    return next((file.path for file in files if file.form == "json"), None)


def show_plan(options: Options, *, form: str) -> int:
    """Prints what would run and why."""
    from gaterunner.reporters.plan import render_plan, render_plan_json

    with planned(options, _unwatched()) as (change, law, plan):
        sys.stdout.write(render_plan_json(change, law, plan) if form == "json" else render_plan(change, law, plan))
    return EXIT_PASS


def show_matrix(options: Options, *, parts: int) -> int:
    """Prints the matrix of a fan-out on one line, and what is worth knowing about it on standard error."""
    from gaterunner.fanout.run import fan_out

    fanned = fan_out(options, _unwatched(), limit=parts)
    for each in fanned.notes:
        note(each)
    sys.stdout.write(f"{fanned.matrix}\n")
    return EXIT_PASS


def launch_onto(
    options: Options, onto: Path, *, form: str, files: Sequence[ReportFile] = (), log_format: LogFormat = "text"
) -> int:
    """Evaluates some gates anew, takes the others from an earlier report, and returns the exit code of the verdict."""
    from gaterunner.reevaluation.run import reevaluate

    return launch(options, form=form, files=files, by=partial(reevaluate, onto=onto), log_format=log_format)


def collect_parts(
    options: Options,
    parts: Sequence[Path],
    *,
    form: str,
    files: Sequence[ReportFile] = (),
    log_format: LogFormat = "text",
) -> int:
    """Judges by what the parts of a fan-out found, and returns the exit code of the verdict."""
    from gaterunner.fanout.run import collect

    return launch(options, form=form, files=files, by=partial(collect, parts=parts), log_format=log_format)


def _unwatched() -> Surroundings:
    return Surroundings(
        environment=dict(os.environ),
        observer=Broadcast([], str, note),
        cancelled=threading.Event(),
        secrets=EngineBeside(),
        redactor=Redactor(),
    )


def validate(file: Path | None) -> int:
    """Checks one file as it lies, or the workflow file and those beside it. Raises ``WorkflowFileError`` with all that
    is wrong."""
    from gaterunner.validation import validate_file, validate_folder

    for line in validate_folder(Path()) if file is None else [validate_file(file)]:
        sys.stdout.write(f"{line}\n")
    return EXIT_PASS


@contextmanager
def cancelling_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, so that a run ends in order: gates ended, report written."""
    cancelled = threading.Event()

    def cancel(_number: int, _frame: FrameType | None) -> None:
        cancelled.set()

    before = {number: signal.signal(number, cancel) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancelled
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def note(line: str) -> None:
    """Tells something about the run itself, beside the report."""
    sys.stderr.write(quoting(os.environ)(f"note: {line}\n"))


def quoting(environment: Mapping[str, str]) -> Callable[[str], str]:
    """What text goes through before it is printed.

    Names and output of the branch are no commands, also where a step of GitHub Actions starts this by hand.
    """
    if environment.get("GITHUB_ACTIONS") != "true":
        return str
    from gaterunner.reporters.workflow_commands import disarm

    return disarm
