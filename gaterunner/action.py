"""The container action: GitHub's INPUT_* and GITHUB_* to the same options as the command line's, no logic."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path

from gaterunner import __version__
from gaterunner.action_inputs import Inputs, read_inputs
from gaterunner.crash import describe_crash
from gaterunner.databases.probe import PostgresProbe
from gaterunner.errors import EXIT_ERROR, EXIT_PASS, EvaluationError, GaterunnerError, UsageError
from gaterunner.executors.environment import secret_values
from gaterunner.github.checks import CheckTarget, make_external_id
from gaterunner.github.client import GitHubClient
from gaterunner.github.events import GitHubEvent, read_event
from gaterunner.github.publisher import StepFiles, publish
from gaterunner.launch import cancelling_signals, note, show, write_report
from gaterunner.model import Report, ToolInfo
from gaterunner.pipeline import Options, Surroundings, run
from gaterunner.redaction import Redactor
from gaterunner.report import Results, build_report
from gaterunner.reporters.broadcast import Broadcast
from gaterunner.reporters.check_run import conclusion_of
from gaterunner.reporters.check_run_observer import CheckRunObserver
from gaterunner.reporters.problems import render_problem
from gaterunner.reporters.step_files import STEP_FILES, forget_what_gates_wrote, write_outputs
from gaterunner.reporters.terminal_observer import TerminalObserver
from gaterunner.reporters.workflow_commands import Fence, command, disarm
from gaterunner.secrets.engine import Engine
from gaterunner.verdict import exit_code


def run_action() -> int:
    """Judges what the event is about, publishes the result in every way that is open, and returns the exit code."""
    env = dict(os.environ)
    redactor = Redactor(secret_values(env))
    if isinstance(sys.stdout, TextIOWrapper):
        # The runner reads UTF-8, whatever the locale of the step says.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        # Until the end: the runner sends a second signal to a step that is being cancelled, while it still publishes.
        with cancelling_signals() as cancelled:
            return _run(env, redactor, cancelled)
    except Exception as error:  # noqa: BLE001  a defect of ours ends the job red, whatever was published before
        problem = describe_crash(error)
        sys.stdout.write(command("error", redactor(render_problem(problem)), title="gaterunner") + "\n")
        return EXIT_ERROR


def _run(env: Mapping[str, str], redactor: Redactor, cancelled: threading.Event) -> int:
    try:
        inputs = read_inputs(env)
        event = read_event(env, Path.read_bytes)
        check, forge = _check(inputs, event, env), _client(inputs, event)
    except GaterunnerError as error:
        return _publish(_not_started(error, redactor), None, inputs=None, env=env, reason="there was nothing to judge")
    with Fence(sys.stdout):
        display = TerminalObserver(sys.stdout, fence=disarm, grouped=True)
        surroundings = Surroundings(
            environment=env,
            observer=Broadcast([display, *([check] if check else [])], redactor, _note),
            cancelled=cancelled,
            secrets=Engine(),
            databases=PostgresProbe(),
            redactor=redactor,
            event=event,
            forge=forge,
            token=inputs.token,
            image_digest=env.get("GATERUNNER_IMAGE_DIGEST") or None,
            note=_note,
        )
        try:
            report = _judge(inputs, surroundings)
        except GaterunnerError as error:
            report = _not_started(error, redactor)
        if report is not None:
            _show(report, inputs)
    if report is None:
        return EXIT_PASS
    return _publish(report, check, inputs=inputs, env=env, reason=_why_no_check(inputs))


def _judge(inputs: Inputs, surroundings: Surroundings) -> Report | None:
    """Does what the command says; a plan has no report. Raises ``GaterunnerError`` where none can be made."""
    if inputs.command == "plan":
        _plan(inputs, surroundings)
        return None
    if inputs.command == "collect":
        event = surroundings.event
        if event is not None and event.policies_only:
            raise UsageError(
                f"on {event.name} no code of the branch may be executed, so there can be no parts to collect",
                help="use the command `check` there, and fan out on pull_request",
            )
        from gaterunner.fanout.run import collect

        return collect(_options(inputs), surroundings, inputs.reports(Path.cwd()))
    return run(_options(inputs), surroundings)


def _plan(inputs: Inputs, surroundings: Surroundings) -> None:
    """Tells the runner the matrix. Nothing of the branch was executed that could have written its files before."""
    from gaterunner.fanout.parts import DEFAULT_PARTS
    from gaterunner.fanout.run import fan_out

    made = fan_out(_options(inputs), surroundings, limit=inputs.matrix_parts or DEFAULT_PARTS)
    for line in (*made.notes, made.matrix):
        sys.stdout.write(f"{disarm(line)}\n")
    outputs = _file(surroundings.environment, "GITHUB_OUTPUT")
    if outputs is not None:
        write_outputs(outputs, (("matrix", made.matrix),))


def _options(inputs: Inputs) -> Options:
    return Options(
        folder=Path.cwd(),
        scope="policies" if inputs.command == "check" else "gates+policies",
        config=inputs.config,
        gates=inputs.gates,
        jobs=inputs.jobs,
        keep_going=inputs.keep_going,
        executor=inputs.executor,
        fresh=inputs.fresh,
        cache=inputs.cache,
        part=inputs.part,
    )


def _why_no_check(inputs: Inputs) -> str:
    if inputs.part is not None:
        return "this is one part of a fan-out"
    if inputs.gates:
        return "only some of the gates were run"
    if inputs.command == "plan":
        return "a plan is no verdict"
    return "no token was given" if inputs.publish else "`publish: none` was asked for"


def _not_started(error: GaterunnerError, redactor: Redactor) -> Report:
    """The report of a step that was not told, or not understandably, what to judge."""
    return build_report(
        Results(scope="gates+policies", problems=error.problems),
        started=_now(),
        duration_s=0.0,
        tool=ToolInfo(version=__version__),
        redact=redactor,
    )


def _show(report: Report, inputs: Inputs) -> None:
    sys.stdout.write("\n")
    try:
        show(report, report_file=Path(inputs.report) if inputs.report else None, quote=disarm)
    except Exception as error:  # noqa: BLE001  the check and the summary are still to be told the verdict
        _note(render_problem(describe_crash(error)))


def _publish(
    report: Report, check: CheckRunObserver | None, *, inputs: Inputs | None, env: Mapping[str, str], reason: str
) -> int:
    code = job_exit_code(report)
    files = StepFiles(summary=_file(env, "GITHUB_STEP_SUMMARY"), outputs=_file(env, "GITHUB_OUTPUT"))
    try:
        forget_what_gates_wrote(Path(env[name]) for name in STEP_FILES if env.get(name))
    except EvaluationError as error:
        # What a gate may have written there stands; the job must not look green beside it.
        sys.stdout.write(command("error", error.message, title="gaterunner") + "\n")
        code, files = code or EXIT_ERROR, StepFiles()
    report_path = inputs.report if inputs else None
    try:
        if report_path is not None:
            write_report(report, Path(report_path), folder=Path.cwd())
    except GaterunnerError as error:
        # As on the command line: whoever asked for a report must not go on without one.
        sys.stdout.write(command("error", render_problem(*error.problems), title="gaterunner") + "\n")
        code, report_path = code or EXIT_ERROR, None
    publish(report, check=check, files=files, stdout=sys.stdout, report_path=report_path, reason=reason)
    return code


def _note(line: str) -> None:
    # The runner reads commands from standard error as well, and out of step with standard output's fence.
    note(disarm(line))


def job_exit_code(report: Report) -> int:
    """The exit code of the job: that of the verdict, and 0 where the check is neutral: the job must not block either.

    See docs/decisions/0002-shadow-mode-and-exit-codes.md.
    """
    return EXIT_PASS if conclusion_of(report) == "neutral" else exit_code(report)


def _client(inputs: Inputs, event: GitHubEvent) -> GitHubClient | None:
    if inputs.token is None:
        return None
    return GitHubClient.connect(token=inputs.token, repository=event.repository, api_url=event.api_url)


def _check(inputs: Inputs, event: GitHubEvent, env: Mapping[str, str]) -> CheckRunObserver | None:
    # A client of its own: the policies ask GitHub from another thread.
    client = _client(inputs, event) if inputs.publish else None
    if client is None:
        return None
    target = CheckTarget(
        name=inputs.check_name,
        head_sha=event.head_sha,
        external_id=make_external_id(
            run_id=event.run_id,
            run_attempt=str(event.run_attempt),
            job=env.get("GITHUB_JOB", ""),
            name=inputs.check_name,
            head_sha=event.head_sha,
        ),
        started_at=_now(),
        details_url=event.run_url,
        pull_request=event.number,
    )
    return CheckRunObserver(client, target)


def _file(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]) if env.get(name) else None


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
