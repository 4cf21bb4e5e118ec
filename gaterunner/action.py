"""The container action: GitHub's INPUT_* and GITHUB_* to the same options as the command line's, no logic."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from io import TextIOWrapper
from pathlib import Path

from msgspec import Struct

from gaterunner import __version__
from gaterunner.action_inputs import Inputs, read_inputs
from gaterunner.crash import describe_crash
from gaterunner.databases.probe import PostgresProbe
from gaterunner.errors import EXIT_ERROR, EXIT_PASS, EvaluationError, GaterunnerError, UsageError
from gaterunner.executors.environment import secret_values
from gaterunner.git.changed_lines import changed_lines
from gaterunner.github.api import RepositoryApi
from gaterunner.github.checks import CheckTarget, make_external_id
from gaterunner.github.client import GitHubClient
from gaterunner.github.events import GitHubEvent, read_event
from gaterunner.github.publisher import StepFiles, publish
from gaterunner.github.transport import Transport
from gaterunner.launch import cancelling_signals, note, show
from gaterunner.model import Report, ToolInfo
from gaterunner.pipeline import Options, Surroundings, run
from gaterunner.publishing.commenting import Commenting
from gaterunner.redaction import Redactor
from gaterunner.report import Results, build_report
from gaterunner.report_files import check_files, write_files
from gaterunner.reporters.broadcast import Broadcast
from gaterunner.reporters.check_run import conclusion_of
from gaterunner.reporters.check_run_observer import CheckRunObserver
from gaterunner.reporters.problems import render_problem
from gaterunner.reporters.step_files import (
    STEP_FILES,
    check_url_of,
    forget_what_gates_wrote,
    outputs_of,
    published_outputs,
    tell_outputs,
    write_outputs,
)
from gaterunner.reporters.terminal_observer import TerminalObserver
from gaterunner.reporters.workflow_commands import Fence, command, disarm
from gaterunner.secrets.beside import EngineBeside
from gaterunner.telemetry.opening import Telemetry, open_telemetry
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
        with cancelling_signals() as cancelled, open_telemetry(env, redactor, _note) as telemetry:
            return _run(env, telemetry, cancelled)
    except Exception as error:  # noqa: BLE001  a defect of ours ends the job red, whatever was published before
        problem = describe_crash(error)
        sys.stdout.write(command("error", redactor(render_problem(problem)), title="gaterunner") + "\n")
        return EXIT_ERROR


def _run(env: Mapping[str, str], telemetry: Telemetry, cancelled: threading.Event) -> int:
    redactor = telemetry.redactor
    told = _Told(env=env, reason="there was nothing to judge")
    try:
        inputs = read_inputs(env)
        if inputs.command == "publish":
            from gaterunner.publishing.step import publish_step

            return publish_step(inputs, env)
        event = read_event(env, Path.read_bytes)
        if inputs.command == "pending":
            from gaterunner.reevaluation.pending import pending_step

            return pending_step(inputs, event, env)
        if inputs.onto is not None:
            from gaterunner.reevaluation.step import reevaluate_step

            return reevaluate_step(inputs, event, env, telemetry, cancelled)
        check, forge = _check(inputs, event, env), _client(inputs, event)
    except GaterunnerError as error:
        report = _not_started(error, redactor)
        telemetry.finished(report)
        return _publish(report, told)
    with Fence(sys.stdout):
        display = TerminalObserver(sys.stdout, fence=disarm, grouped=True)
        surroundings = Surroundings(
            environment=env,
            observer=Broadcast([display, *([check] if check else []), *telemetry.observers], redactor, _note),
            cancelled=cancelled,
            secrets=EngineBeside(),
            databases=PostgresProbe(),
            redactor=redactor,
            event=event,
            forge=forge,
            token=inputs.token,
            image_digest=env.get("GATERUNNER_IMAGE_DIGEST") or None,
            note=_note,
            trace=telemetry.trace,
        )
        judged = _judged(inputs, surroundings)
        if judged is not None:
            _show(judged, inputs)
    if judged is None:
        return EXIT_PASS
    telemetry.finished(judged)
    commenting = _commenting(inputs, event) if inputs.comment and inputs.is_whole else None
    told = _Told(env=env, inputs=inputs, check=check, commenting=commenting, reason=_why_no_check(inputs))
    return _publish(judged, told)


def _judged(inputs: Inputs, surroundings: Surroundings) -> Report | None:
    try:
        return _judge(inputs, surroundings)
    except GaterunnerError as error:
        return _not_started(error, surroundings.redactor)


def _judge(inputs: Inputs, surroundings: Surroundings) -> Report | None:
    """Does what the command says; a plan has no report. Raises ``GaterunnerError`` where none can be made."""
    check_files(inputs.files, folder=Path.cwd())
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
    return "no token was given" if inputs.form else "`publish: none` was asked for"


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


class _Told(Struct, frozen=True, kw_only=True):
    """How a run is told: by which check (None for ``reason``) and by which comment, and what the step was asked for."""

    env: Mapping[str, str]
    reason: str
    inputs: Inputs | None = None
    check: CheckRunObserver | None = None
    commenting: Commenting | None = None


def _publish(report: Report, told: _Told) -> int:
    code, env = job_exit_code(report), told.env
    summary, outputs = _file(env, "GITHUB_STEP_SUMMARY"), _file(env, "GITHUB_OUTPUT")
    try:
        forget_what_gates_wrote(Path(env[name]) for name in STEP_FILES if env.get(name))
    except EvaluationError as error:
        # What a gate may have written there stands; the job must not look green beside it.
        _error(error.message)
        code, summary, outputs = code or EXIT_ERROR, None, None
    wanted = told.inputs.files if told.inputs else ()
    try:
        write_files(report, wanted, folder=Path.cwd())
    except GaterunnerError as error:
        # As on the command line: whoever asked for a report must not go on without one.
        _error(render_problem(*error.problems))
        code, wanted = code or EXIT_ERROR, ()
    report_path = next((str(file.path) for file in wanted if file.form == "json"), None)
    files = StepFiles(summary=summary)
    publication = publish(
        report, check=told.check, files=files, stdout=sys.stdout, report_path=report_path, reason=told.reason
    )
    url = check_url_of(publication)
    comment_url = told.commenting.tell(report, url=url, stdout=sys.stdout) if told.commenting else None
    published = published_outputs(wanted, check_url=url, comment_url=comment_url)
    tell_outputs(outputs, (*outputs_of(report, report_path=report_path), *published), stdout=sys.stdout)
    return code


def _error(message: str) -> None:
    sys.stdout.write(f"{command('error', message, title='gaterunner')}\n")


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


def _commenting(inputs: Inputs, event: GitHubEvent) -> Commenting | None:
    if inputs.token is None:
        return None
    api = RepositoryApi(Transport(token=inputs.token, api_url=event.api_url), event.repository)
    return Commenting(api=api, number=event.number, head_sha=event.head_sha, check_name=inputs.check_name)


def _check(inputs: Inputs, event: GitHubEvent, env: Mapping[str, str]) -> CheckRunObserver | None:
    # A client of its own: the policies ask GitHub from another thread.
    client, form = _client(inputs, event), inputs.form
    if client is None or form is None:
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
        branch=event.head_branch if event.name == "push" else None,
    )
    return CheckRunObserver(
        client,
        target,
        form=form,
        changed_lines=partial(changed_lines, folder=Path.cwd(), env=env),
    )


def _file(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]) if env.get(name) else None


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
