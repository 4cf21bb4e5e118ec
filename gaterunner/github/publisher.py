"""The end of a run on GitHub: check, job summary, outputs, and what is said where there can be no check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.model import Report
from gaterunner.reporters.check_run_observer import CheckRunObserver, NotPublished, Publication, Published
from gaterunner.reporters.step_files import outputs_of, write_outputs, write_summary
from gaterunner.reporters.workflow_commands import (
    MOST_PER_KIND,
    Output,
    annotation_commands,
    command,
    verdict_command,
)

_NEEDED = {"check": "checks: write", "status": "statuses: write"}


class StepFiles(Struct, frozen=True, kw_only=True):
    """The files that the runner gave this step; None where there is none."""

    summary: Path | None = None
    outputs: Path | None = None


def publish(
    report: Report,
    *,
    check: CheckRunObserver | None,
    files: StepFiles,
    stdout: Output,
    report_path: str | None,
    reason: str = "no token was given",
) -> Publication:
    """Tells a finished run in every way that is open, and returns what became of the check.

    Without a check (``check`` is None for ``reason``, or GitHub refuses it) the verdict and the findings are shown by
    workflow commands, and the reason stands in the log and in the summary; the verdict is then the job's own status. A
    commit status in its place holds no findings, so those are shown in the same way.
    Never raises for GitHub or the runner's files: what could not be written is said in ``stdout``.
    """
    publication: Publication = check.finish(report) if check else NotPublished(reason=reason)
    notes = publication_notes(publication)
    if isinstance(publication, Published) and publication.form == "check" and publication.url:
        stdout.write(f"The report is the check {publication.url}\n")
    # Before the findings, which may use up what GitHub shows of one step.
    for note in notes:
        # Without a check to publish, nothing went wrong that anybody would have to look into.
        stdout.write(f"{command('warning' if check else 'notice', note, title='gaterunner')}\n")
    if isinstance(publication, NotPublished) or publication.form == "status":
        for line in _instead_of_a_check(report, check):
            stdout.write(f"{line}\n")
    try:
        if files.summary:
            write_summary(files.summary, report, notes=notes)
        if files.outputs:
            write_outputs(files.outputs, outputs_of(report, report_path=report_path))
    except EvaluationError as error:
        stdout.write(f"{command('warning', error.message, title='gaterunner')}\n")
    stdout.flush()
    return publication


def _instead_of_a_check(report: Report, check: CheckRunObserver | None) -> Iterator[str]:
    verdict = verdict_command(report)
    if verdict is not None:
        yield verdict
    changed = check.changed if check else frozenset()
    lines = check.changed_lines if check else {}
    # One of each kind less: the verdict and the reason have taken one.
    yield from annotation_commands(report, changed=changed, lines=lines, most=MOST_PER_KIND - 1)


def publication_notes(publication: Publication) -> tuple[str, ...]:
    """What a reader should know about the publishing itself."""
    if not isinstance(publication, NotPublished):
        return publication.notes
    why = "" if publication.permitted else f" {_permission(publication)}"
    return (
        f"No {publication.form} was published: {publication.reason}.{why} The status of this job carries the verdict.",
    )


def _permission(publication: NotPublished) -> str:
    return (
        f"Give the job the permission {_NEEDED[publication.form]}; "
        "a pull request from a fork or by Dependabot never gets a token with it."
    )
