"""Which check waits on a pull request's head, and what GitHub says about the run that left it in progress.

The second witness of a published pass, a run that ended green, cannot be had here: a run that waits ends red. In its
place stands the check itself. No gate ever had the token that writes it, and it names the report by its sha256.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.errors import EvaluationError, UsageError
from gaterunner.github.api import RepositoryApi
from gaterunner.github.pending_checks import OpenPull, PendingCheck, read_open_pull, read_pending_check
from gaterunner.github.workflow_runs import read_run
from gaterunner.model import Verdict
from gaterunner.publishing.received import Received
from gaterunner.publishing.second_stage import Expectation, look_up
from gaterunner.publishing.settling import Source, settle
from gaterunner.reporters.check_run import marked_report

SECOND_STAGE = "publish"
"""The job in the external id of a check that was published for a run without a token: hearsay, not the run's word."""


class Standing(Struct, frozen=True, kw_only=True):
    """A pull request with a check in progress, and where the report comes from that it waits with."""

    pull: OpenPull
    check: PendingCheck
    source: Source


class Nothing(Struct, frozen=True, kw_only=True):
    """There is nothing to go on with, for this reason."""

    reason: str


def pending_check(api: RepositoryApi, pull: OpenPull, check_name: str) -> PendingCheck | Nothing:
    """The check that waits on a pull request's head, or why none can be gone on with. Raises ``GitHubError``."""
    where = f"pull request #{pull.number}"
    if pull.from_fork:
        return Nothing(reason=f"{where} comes from a fork, whose report nobody vouches for: its own run has to go on")
    check = read_pending_check(api, pull.head, check_name)
    if check is None:
        return Nothing(reason=f"no check {check_name!r} by GitHub Actions is in progress on {where}")
    if check.job == SECOND_STAGE:
        return Nothing(reason=f"the check on {where} was published for a run that had no token: that has to go on")
    if read_run(api, check.run).conclusion is None:
        return Nothing(reason=f"run {check.run} of {where} has not ended yet")
    return check


def read_standing(
    api: RepositoryApi,
    *,
    repository: str,
    number: int,
    check_name: str,
    expected: Expectation,
    server_url: str,
) -> Standing | Nothing:
    """What there is to go on with for one pull request. Raises ``UsageError`` and ``GitHubError``."""
    pull = read_open_pull(api, repository, number)
    if pull is None:
        return Nothing(reason=f"pull request #{number} is not open")
    check = pending_check(api, pull, check_name)
    if isinstance(check, Nothing):
        return check
    source = look_up(api, repository=repository, run=check.run, attempt=None, expected=expected, server_url=server_url)
    if source is None:
        raise UsageError(f"run {check.run} cannot be found out about")
    # It ended red because it waits; what can be said for it instead is in the check.
    return Standing(pull=pull, check=check, source=replace(source, not_green=None, told=None))


def refuse_another_report(received: Received, standing: Standing) -> Received:
    """The report as far as it can be that of the run. Raises ``EvaluationError`` for any but the one that waits."""
    named = marked_report(standing.check.summary)
    if named is None:
        raise EvaluationError(
            "the check in progress does not say which report it waits with",
            help="run the first stage again with this version of gaterunner",
        )
    if named != received.sha256:
        raise EvaluationError(
            f"the report is not the one that the check waits with: its sha256 is {received.sha256[:12]}, and the check "
            f"names {named[:12]}",
            help="take the artifact of the very run that left the check in progress; if it is, something else in that "
            "run has written over it",
        )
    if received.report.verdict is not Verdict.PENDING:
        raise EvaluationError(
            f"the earlier report waits for nothing: its verdict is {received.report.verdict}",
            help="run the first stage again",
        )
    return replace(received, report=settle(received.report, standing.source))
