"""What is published of a received report: itself, itself without its pass, or why there is none. Pure.

A check that is ``success`` or ``neutral`` lets a pull request be merged. A report gets one only where nothing is left
open about where it comes from; in every other case it becomes one that blocks, and says why.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from gaterunner import __version__
from gaterunner.errors import EvaluationError
from gaterunner.failures import failures_of, index_of
from gaterunner.model import Mode, Problem, Report, ToolInfo, Trouble, Verdict
from gaterunner.reporters.check_run import conclusion_of
from gaterunner.verdict import decide, describe

_HELP = "docs/forks.md says what a second stage can confirm; a person may look at the run, and judge"


class Source(Struct, frozen=True, kw_only=True):
    """Where a report comes from, as GitHub or the operator says.

    ``doubts`` are sentences about what could not be confirmed of the run; with any, no report of it counts as a pass.
    ``not_green`` says so where the run itself did not end well. ``told`` is a sentence for the reader. ``run_url`` is
    None where no run is known.
    """

    repository: str
    head_sha: str
    run_url: str | None
    pull_request: int | None = None
    doubts: tuple[str, ...] = ()
    not_green: str | None = None
    told: str | None = None


def settle(report: Report, source: Source) -> Report:
    """What is published of ``report``. Raises ``EvaluationError`` for one of another run, or of a part of one."""
    mismatch = next(_mismatches(report, source), None)
    if mismatch is not None:
        raise EvaluationError(
            f"the report that was handed over is not taken: {mismatch}",
            help="publish the report of this very run, from the artifact of this very run",
        )
    return _settled(report, source)


def unusable(problems: tuple[Problem, ...], source: Source, *, started: str) -> Report:
    """The report of a run whose own cannot be used; ``started`` is ISO 8601 UTC."""
    report = Report(
        verdict=Verdict.ERROR,
        sentence=describe(Verdict.ERROR, (), (), scope="gates+policies", problems=problems),
        started=started,
        duration_s=0.0,
        tool=ToolInfo(version=__version__),
        change=None,
        workflow=None,
        problems=problems,
        run_url=source.run_url,
    )
    return replace(report, failures=index_of(failures_of(report)))


def _mismatches(report: Report, source: Source) -> Iterator[str]:
    """Why a report cannot be that of this run, or not one of a whole run."""
    verdict = decide(report.gates, report.policies, scope=report.scope, problems=report.problems)
    if verdict is not report.verdict:
        yield f"its verdict is {report.verdict}, and its own results come to {verdict}"
    if report.part is not None or report.partial or report.scope == "gates":
        yield "it is about some of the gates only"
    if report.run_url is not None and source.run_url is not None and report.run_url != source.run_url:
        yield f"it says that it is of the run {report.run_url}, and this is {source.run_url}"
    change = report.change
    if change is None:
        if not report.problems:
            yield "it does not say which commit it is about"
        return
    if change.head != source.head_sha:
        yield f"it is about commit {change.head}, and the run was for {source.head_sha}"
    if change.dirty:
        yield "it is about files that were not committed"
    if change.repository is not None and change.repository.casefold() != source.repository.casefold():
        yield f"it is about {change.repository}, and this is {source.repository}"
    if None not in (change.pull_request, source.pull_request) and change.pull_request != source.pull_request:
        yield f"it is about pull request #{change.pull_request}, and the run was for #{source.pull_request}"


def _settled(report: Report, source: Source) -> Report:
    doubts = (*source.doubts, *((source.not_green,) if source.not_green else ()))
    return held_back(_with_what_is_known(report, source), doubts)


def held_back(report: Report, doubts: tuple[str, ...], *, help: str = _HELP) -> Report:
    """The report, which is no pass any more where there are ``doubts`` about what it rests on."""
    if not doubts or conclusion_of(report) not in ("success", "neutral"):
        return report
    # Shadow mode is the report's own word as well, and a neutral check satisfies a required one.
    problems = tuple(Problem(trouble=Trouble.EVALUATION, message=doubt, help=help) for doubt in doubts)
    held = replace(
        report,
        verdict=Verdict.ERROR,
        mode=Mode.ENFORCE,
        sentence=f"Could not evaluate whether this is genuine: {doubts[0]}. The report itself says {report.verdict}.",
        problems=(*report.problems, *problems),
    )
    return replace(held, failures=index_of(failures_of(held)))


def _with_what_is_known(report: Report, source: Source) -> Report:
    """The report with everything that it says twice, or of itself, in our words."""
    gates = report.gates
    if source.doubts:
        # Somebody might paste them into a shell.
        gates = tuple(replace(gate, command=None) for gate in gates)
    change = report.change and replace(
        report.change,
        repository=source.repository,
        pull_request=source.pull_request,
        notes=(*((source.told,) if source.told else ()), *report.change.notes),
    )
    settled = replace(
        report,
        sentence=describe(report.verdict, report.gates, report.policies, scope=report.scope, problems=report.problems),
        change=change,
        gates=gates,
        run_url=source.run_url,
    )
    return replace(settled, failures=index_of(failures_of(settled)))
