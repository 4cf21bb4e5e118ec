"""A re-evaluation on GitHub: with a token that may write and with secrets at hand, so nothing of the branch runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace

from gaterunner import __version__
from gaterunner.change import ChangeOptions, determine_change
from gaterunner.errors import UsageError
from gaterunner.failures import failures_of, index_of
from gaterunner.gates.wording import some
from gaterunner.git import Repository
from gaterunner.github.events import GitHubEvent
from gaterunner.model import Change, Outcome, Problem, Report, Skip, Trouble, Verdict
from gaterunner.pipeline import Options, Surroundings, report_of
from gaterunner.plan import PlannedGate
from gaterunner.publishing.received import Received
from gaterunner.publishing.settling import held_back
from gaterunner.reevaluation.run import Reevaluating
from gaterunner.reevaluation.standing import Standing, refuse_another_report
from gaterunner.reevaluation.taking import judged_commit, refuse_other_change

EVENTS = ("deployment_status", "schedule", "workflow_dispatch")
"""What starts a re-evaluation."""

_HELP = "run the first stage again once nothing has to be waited for any more; docs/pending.md says what is confirmed"


def reevaluate_on_github(options: Options, surroundings: Surroundings, onto: Path, standing: Standing) -> Report:
    """Evaluates what waits in the report ``onto`` of a pull request; never raises for what it finds.

    ``surroundings.event`` is what started this run. What is judged is what the first run judged, whatever is checked
    out, by the law of the target as it is now.
    """
    event = surroundings.event
    if event is None:
        raise UsageError("there is no event", help="run it as a step of a GitHub workflow")
    here = replace(surroundings, event=_about(standing, event))
    report = report_of(_ReevaluatingOnGitHub(options, here, onto, standing), here)
    return held_back(_without_hope(report), standing.source.doubts, help=_HELP)


def _without_hope(report: Report) -> Report:
    """The report; where all that is missing are gates that no look may execute, the next one need not be waited for."""
    counting = [gate for gate in report.gates if not gate.advisory]
    unreached = [gate.name for gate in counting if gate.skip is Skip.NOT_REACHED]
    beside = {gate.outcome for gate in counting} | {policy.outcome for policy in report.policies}
    if report.problems or report.verdict is not Verdict.ERROR or not unreached or Outcome.ERRORED in beside:
        return report
    problem = Problem(
        trouble=Trouble.EVALUATION,
        message=f"nothing waits any more, and {some(unreached)} was never reached, which cannot be executed here",
        help="run the first stage again; and put what waits at the end of the list of gates",
    )
    ended = replace(report, sentence=f"Could not evaluate: {problem.message}.", problems=(problem,))
    return replace(ended, failures=index_of(failures_of(ended)))


def _about(standing: Standing, event: GitHubEvent) -> GitHubEvent:
    """The event as one about the pull request, of the kind on which no code of a branch may be executed."""
    pull = standing.pull
    return replace(
        event,
        name="pull_request_target",
        head_sha=pull.head,
        head_branch=pull.head_branch,
        base_branch=pull.base_branch,
        base_sha=pull.base,
        number=pull.number,
        author=pull.author,
        before=None,
        forced=False,
    )


class _ReevaluatingOnGitHub(Reevaluating):
    executes: ClassVar[bool] = False

    def __init__(self, options: Options, surroundings: Surroundings, onto: Path, standing: Standing) -> None:
        super().__init__(options, surroundings, onto)
        self._standing = standing

    def read_earlier(self) -> Received:
        return refuse_another_report(super().read_earlier(), self._standing)

    def determine_change(self, repository: Repository) -> Change:
        # Asked of git and of the remote as it stands there: it has to be an id, and nothing else.
        judged = judged_commit(self.earlier)
        options = ChangeOptions(token=self._surroundings.token, committed=True, judged=judged)
        change = determine_change(repository, options, self._surroundings.event)
        self.results = replace(self.results, change=change)
        refuse_other_change(self.earlier, change, __version__)
        return change

    def names(self) -> tuple[str, ...]:
        waiting = tuple(gate.name for gate in self.earlier.report.gates if gate.outcome is Outcome.PENDING)
        return self._options.gates or waiting

    def refuse_to_execute(self, repository: Repository, change: Change, running: Sequence[PlannedGate]) -> None:  # noqa: ARG002  whatever is checked out
        executing = [planned.gate.name for planned in running if planned.executes]
        raise UsageError(
            f"{some(executing)} would execute the branch's code, beside a token that may write",
            help="re-evaluate only gates that execute nothing, and run the others on pull_request",
        )
