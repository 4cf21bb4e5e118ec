"""The action with the input `onto`: one pull request's waiting gates, evaluated anew and told on the same check."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gaterunner.action_inputs import Inputs
from gaterunner.databases.probe import PostgresProbe
from gaterunner.errors import EXIT_ERROR, EXIT_PASS, UsageError
from gaterunner.github.checks import CheckTarget
from gaterunner.github.client import GitHubClient
from gaterunner.github.events import GitHubEvent
from gaterunner.launch import note, show
from gaterunner.pipeline import Options, Surroundings
from gaterunner.publishing.second_stage import DEFAULT_WORKFLOW, Expectation
from gaterunner.publishing.stage import Asked, Ready, api_of
from gaterunner.publishing.step import tell
from gaterunner.reevaluation.on_github import EVENTS, reevaluate_on_github
from gaterunner.reevaluation.standing import Nothing, Standing, read_standing
from gaterunner.report_files import check_files
from gaterunner.reporters.broadcast import Broadcast
from gaterunner.reporters.check_run import is_tried_again
from gaterunner.reporters.terminal_observer import TerminalObserver
from gaterunner.reporters.workflow_commands import Fence, command, disarm
from gaterunner.secrets.beside import EngineBeside
from gaterunner.telemetry.opening import Telemetry


def reevaluate_step(
    inputs: Inputs, event: GitHubEvent, env: Mapping[str, str], telemetry: Telemetry, cancelled: threading.Event
) -> int:
    """Goes on with the check and returns 0 when the verdict stands there, whatever it is: the check says that.

    What could not be evaluated leaves the check in progress, and the job is red until a later one can. Raises
    ``GaterunnerError`` where it cannot be known which check is meant.
    """
    check_files(inputs.files, folder=Path.cwd())
    asked, onto, number = _asked(inputs, event)
    standing = read_standing(
        api_of(asked),
        repository=asked.repository,
        number=number,
        check_name=asked.check_name,
        expected=asked.expected,
        server_url=asked.server_url,
    )
    if isinstance(standing, Nothing):
        _say(f"Nothing was evaluated: {standing.reason}.")
        return EXIT_PASS
    for doubt in standing.source.doubts:
        _say(f"Not confirmed: {doubt}.")
    with Fence(sys.stdout):
        display = TerminalObserver(sys.stdout, fence=disarm, grouped=True)
        surroundings = Surroundings(
            environment=env,
            observer=Broadcast([display, *telemetry.observers], telemetry.redactor, _note),
            cancelled=cancelled,
            secrets=EngineBeside(),
            databases=PostgresProbe(),
            redactor=telemetry.redactor,
            event=event,
            forge=GitHubClient.connect(token=asked.token, repository=asked.repository, api_url=asked.api_url),
            token=asked.token,
            image_digest=env.get("GATERUNNER_IMAGE_DIGEST") or None,
            note=_note,
            trace=telemetry.trace,
        )
        report = reevaluate_on_github(_options(inputs), surroundings, onto, standing)
        show(report, quote=disarm)
    telemetry.finished(report)
    ready = Ready(report=report, source=standing.source, target=_target(standing, inputs, event))
    return tell(asked, ready, inputs, env) or (EXIT_ERROR if is_tried_again(report) else EXIT_PASS)


def _asked(inputs: Inputs, event: GitHubEvent) -> tuple[Asked, Path, int]:
    if event.name not in EVENTS:
        raise UsageError(
            f"the input `onto` is not for the event {event.name}, whose own run judges everything",
            help=f"start it on one of: {', '.join(EVENTS)}",
        )
    if inputs.token is None or inputs.form != "check":
        raise UsageError(
            "the input `onto` goes on with a check, and nothing may be published",
            help="leave `token` and `publish` at their defaults, and give the job the permission checks: write",
        )
    if inputs.onto is None or inputs.pull_request is None:
        raise UsageError("nobody said which report to go on with", help="set `onto` and `pull-request`")
    asked = Asked(
        report=inputs.onto,
        repository=event.repository,
        token=inputs.token,
        check_name=inputs.check_name,
        expected=Expectation(
            workflow=inputs.workflow or DEFAULT_WORKFLOW,
            config=inputs.config or ".gaterunner.yml",
            branches=inputs.branches,
        ),
        api_url=event.api_url,
        server_url=event.server_url,
    )
    return asked, inputs.onto, inputs.pull_request


def _options(inputs: Inputs) -> Options:
    return Options(
        folder=Path.cwd(), config=inputs.config, gates=inputs.gates, executor=inputs.executor, fresh=inputs.fresh
    )


def _target(standing: Standing, inputs: Inputs, event: GitHubEvent) -> CheckTarget:
    return CheckTarget(
        name=inputs.check_name,
        head_sha=standing.pull.head,
        external_id=standing.check.external_id,
        started_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        details_url=event.run_url,
        pull_request=standing.pull.number,
        going_on=standing.check.id,
    )


def _say(message: str) -> None:
    sys.stdout.write(f"{command('notice', message, title='gaterunner')}\n")


def _note(line: str) -> None:
    note(disarm(line))
