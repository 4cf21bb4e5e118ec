"""The action's `command: publish`: from the event and the inputs to what is asked, and the result told in the step."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from gaterunner.action_inputs import Inputs
from gaterunner.errors import EXIT_ERROR, EXIT_PASS, GaterunnerError, UsageError
from gaterunner.github.events import read_event
from gaterunner.github.publisher import StepFiles, publish
from gaterunner.github.workflow_runs import read_workflow_run_event
from gaterunner.launch import show
from gaterunner.model import Report
from gaterunner.publishing.commenting import Commenting
from gaterunner.publishing.second_stage import DEFAULT_WORKFLOW, Expectation
from gaterunner.publishing.settling import Source
from gaterunner.publishing.stage import Asked, Ready, api_of, check_of, doubts_of, prepare
from gaterunner.report_files import check_files, write_files
from gaterunner.reporters.check_run_observer import NotPublished
from gaterunner.reporters.problems import render_problem
from gaterunner.reporters.step_files import check_url_of, outputs_of, published_outputs, tell_outputs
from gaterunner.reporters.workflow_commands import Fence, command, disarm


def publish_step(inputs: Inputs, env: Mapping[str, str]) -> int:
    """Publishes the report and returns the exit code: 0 when it is told, whatever it says, since the check says that.

    Raises ``GaterunnerError`` where it cannot be known which commit is meant.
    """
    check_files(inputs.files, folder=Path.cwd())
    asked = _asked(inputs, env)
    ready = prepare(asked)
    if ready is None:
        _say("notice", "A newer attempt of the run exists; it tells its own result, and nothing was published.")
        return EXIT_PASS
    for doubt in doubts_of(ready):
        _say("notice", f"Not confirmed: {doubt}.")
    with Fence(sys.stdout):
        show(ready.report, quote=disarm)
    return tell(asked, ready, inputs, env)


def tell(asked: Asked, ready: Ready, inputs: Inputs, env: Mapping[str, str]) -> int:
    """Writes the files that are asked for, publishes, and tells the outputs; 0 when all of it was done."""
    # Whoever asked for a file must not go on without it, and still the verdict is told.
    written = _write(ready.report, inputs)
    return _tell(asked, ready, inputs, env) or written


def _write(report: Report, inputs: Inputs) -> int:
    try:
        write_files(report, inputs.files, folder=Path.cwd())
    except GaterunnerError as error:
        _say("error", render_problem(*error.problems))
        return EXIT_ERROR
    return EXIT_PASS


def _tell(asked: Asked, ready: Ready, inputs: Inputs, env: Mapping[str, str]) -> int:
    check = check_of(asked, ready.target, form=inputs.form) if inputs.form else None
    summary, outputs = (Path(env[name]) if env.get(name) else None for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"))
    publication = publish(
        ready.report,
        check=check,
        files=StepFiles(summary=summary),
        stdout=sys.stdout,
        report_path=inputs.report,
        reason="`publish: none` was asked for",
    )
    url = check_url_of(publication)
    comment_url = None
    if inputs.comment:
        commenting = Commenting(
            api=api_of(asked),
            number=ready.source.pull_request,
            head_sha=ready.source.head_sha,
            check_name=asked.check_name,
        )
        comment_url = commenting.tell(ready.report, url=url, stdout=sys.stdout)
    published = published_outputs(inputs.files, check_url=url, comment_url=comment_url)
    tell_outputs(outputs, (*outputs_of(ready.report, report_path=inputs.report), *published), stdout=sys.stdout)
    return EXIT_ERROR if check is not None and isinstance(publication, NotPublished) else EXIT_PASS


def _asked(inputs: Inputs, env: Mapping[str, str]) -> Asked:
    if inputs.token is None:
        raise UsageError("`command: publish` has no token to publish with", help="leave `token` at its default")
    # read_inputs has made sure of it.
    report = Path(inputs.report or "")
    if env.get("GITHUB_EVENT_NAME") == "workflow_run":
        ended = read_workflow_run_event(env, Path.read_bytes)
        expected = Expectation(
            workflow=inputs.workflow or DEFAULT_WORKFLOW,
            config=inputs.config or ".gaterunner.yml",
            branches=inputs.branches,
        )
        return Asked(
            report=report,
            repository=ended.repository,
            token=inputs.token,
            check_name=inputs.check_name,
            run=ended.run_id,
            attempt=ended.run_attempt,
            expected=expected,
            api_url=ended.api_url,
            server_url=ended.server_url,
        )
    event = read_event(env, Path.read_bytes)
    return Asked(
        report=report,
        repository=event.repository,
        token=inputs.token,
        check_name=inputs.check_name,
        run=int(event.run_id) if event.run_id.isdecimal() else None,
        attempt=event.run_attempt,
        source=Source(
            repository=event.repository,
            head_sha=event.head_sha,
            run_url=event.run_url,
            pull_request=event.number,
        ),
        api_url=event.api_url,
        server_url=event.server_url,
    )


def _say(kind: str, message: str) -> None:
    sys.stdout.write(f"{command(kind, message, title='gaterunner')}\n")
