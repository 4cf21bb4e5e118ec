"""The container action: GitHub's INPUT_* and GITHUB_* to the same options as the command line's, no logic."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from gaterunner.errors import EXIT_ERROR, EXIT_PASS, EvaluationError, GaterunnerError, UsageError
from gaterunner.executors.environment import secret_values
from gaterunner.github.checks import CheckTarget, make_external_id
from gaterunner.github.client import GitHubClient
from gaterunner.github.events import GitHubEvent, read_event
from gaterunner.github.publisher import StepFiles, publish
from gaterunner.launch import cancelling_signals, note, show, write_report
from gaterunner.model import Mode, Report
from gaterunner.pipeline import Options, Surroundings, run
from gaterunner.redaction import Redactor
from gaterunner.reporters.broadcast import Broadcast
from gaterunner.reporters.check_run_observer import CheckRunObserver
from gaterunner.reporters.problems import render_problem
from gaterunner.reporters.step_files import STEP_FILES, forget_what_gates_wrote
from gaterunner.reporters.terminal_observer import TerminalObserver
from gaterunner.reporters.workflow_commands import Fence, command, disarm
from gaterunner.secrets.engine import Engine
from gaterunner.verdict import exit_code

_CHOICES = {"command": ("run", "check"), "publish": ("check", "none")}


class Inputs(Struct, frozen=True, kw_only=True):
    """The action's inputs, as documented in ``action.yml``."""

    command: str
    config: str | None
    token: str | None
    check_name: str
    publish: str
    report: str | None


def read_inputs(env: Mapping[str, str]) -> Inputs:
    """The inputs that the runner hands over; an empty one is one that was not given. Raises ``UsageError``."""

    def given(name: str) -> str | None:
        # The runner keeps dashes and puts names in capitals (docs.github.com, "Metadata syntax", inputs).
        return env.get(f"INPUT_{name.upper()}", "").strip() or None

    def chosen(name: str) -> str:
        value = given(name) or _CHOICES[name][0]
        if value not in _CHOICES[name]:
            raise UsageError(f"input `{name}` is {value!r}", help=f"expected one of: {', '.join(_CHOICES[name])}")
        return value

    return Inputs(
        command=chosen("command"),
        config=given("config"),
        token=given("token"),
        check_name=given("check-name") or "gaterunner",
        publish=chosen("publish"),
        report=given("report"),
    )


def run_action() -> int:
    """Judges what the event is about, publishes the result in every way that is open, and returns the exit code."""
    env = dict(os.environ)
    try:
        inputs = read_inputs(env)
        event = read_event(env, Path.read_bytes)
        return _run(inputs, event, env)
    except GaterunnerError as error:
        for problem in error.problems:
            sys.stdout.write(command("error", render_problem(problem), title="gaterunner") + "\n")
        return error.exit_code


def _run(inputs: Inputs, event: GitHubEvent, env: Mapping[str, str]) -> int:
    check = _check(inputs, event, env)
    display = TerminalObserver(sys.stdout, fence=disarm)
    redactor = Redactor(secret_values(env))
    with cancelling_signals() as cancelled, Fence(sys.stdout):
        report = run(
            Options(
                folder=Path.cwd(),
                scope="policies" if inputs.command == "check" else "gates+policies",
                config=inputs.config,
            ),
            Surroundings(
                environment=env,
                observer=Broadcast([display, *([check] if check else [])], redactor, note),
                cancelled=cancelled,
                secrets=Engine(),
                redactor=redactor,
                event=event,
                forge=_client(inputs, event),
                token=inputs.token,
                image_digest=env.get("GATERUNNER_IMAGE_DIGEST") or None,
            ),
        )
        display.finished(report)
        show(report)
    code = job_exit_code(report)
    files = StepFiles(summary=_file(env, "GITHUB_STEP_SUMMARY"), outputs=_file(env, "GITHUB_OUTPUT"))
    try:
        forget_what_gates_wrote(Path(env[name]) for name in STEP_FILES if env.get(name))
    except EvaluationError as error:
        # What a gate may have written there stands; the job must not look green beside it.
        sys.stdout.write(command("error", error.message, title="gaterunner") + "\n")
        code, files = code or EXIT_ERROR, StepFiles()
    publish(
        report,
        check=check,
        files=files,
        stdout=sys.stdout,
        report_path=_keep_report(report, inputs),
        reason="`publish: none` was asked for" if inputs.publish == "none" else "no token was given",
    )
    return code


def job_exit_code(report: Report) -> int:
    """The exit code of the job: that of the verdict, and 0 in shadow mode, where the job must not block either.

    See docs/decisions/0002-shadow-mode-and-exit-codes.md.
    """
    return EXIT_PASS if report.mode is Mode.SHADOW and not report.problems else exit_code(report)


def _client(inputs: Inputs, event: GitHubEvent) -> GitHubClient | None:
    if inputs.token is None:
        return None
    return GitHubClient.connect(token=inputs.token, repository=event.repository, api_url=event.api_url)


def _check(inputs: Inputs, event: GitHubEvent, env: Mapping[str, str]) -> CheckRunObserver | None:
    # A client of its own: the policies ask GitHub from another thread.
    client = _client(inputs, event) if inputs.publish == "check" else None
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
        started_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        details_url=f"{event.server_url}/{event.repository}/actions/runs/{event.run_id}",
        pull_request=event.number,
    )
    return CheckRunObserver(client, target)


def _keep_report(report: Report, inputs: Inputs) -> str | None:
    if inputs.report is None:
        return None
    try:
        write_report(report, Path(inputs.report), folder=Path.cwd())
    except GaterunnerError as error:
        sys.stdout.write(command("warning", error.message, title="gaterunner") + "\n")
        return None
    return inputs.report


def _file(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]) if env.get(name) else None
