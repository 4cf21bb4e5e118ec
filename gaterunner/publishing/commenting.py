"""Tells a finished run as the one comment below its pull request, where somebody asked for it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gaterunner.github.api import RepositoryApi
from gaterunner.github.comments import COMMENTING_S, Commented, write_comment
from gaterunner.github.errors import GitHubError, NotPermittedError
from gaterunner.github.reviewing import read_pull_request
from gaterunner.model import Report
from gaterunner.reporters.comment import marker_of, render_comment
from gaterunner.reporters.workflow_commands import Output, command

_PERMISSION = (
    "Give the job the permission pull-requests: write; a pull request from a fork or by Dependabot never gets a token "
    "with it, see docs/forks.md"
)


class NotCommented(Struct, frozen=True, kw_only=True):
    """There is no comment about this run. ``expected`` says that nothing went wrong."""

    reason: str
    expected: bool = False


class Commenting(Struct, frozen=True, kw_only=True):
    """Which comment is meant: the one of a check, below pull request ``number``, about its commit ``head_sha``."""

    api: RepositoryApi
    number: int | None
    head_sha: str
    check_name: str

    def write(self, report: Report, *, url: str | None, notes: Sequence[str] = ()) -> Commented | NotCommented:
        """Writes or edits the comment; never raises for GitHub. ``url`` is the page of the whole report.

        A run whose commit is no longer the head leaves the comment to the run of the newer one.
        """
        if self.number is None:
            return NotCommented(reason="this run is about no pull request", expected=True)
        marker = marker_of(self.check_name)
        try:
            head = read_pull_request(self.api, self.number, self.api.deadline(COMMENTING_S)).head.sha
            if head != self.head_sha:
                moved = f"the pull request is at {head} now, and this is about {self.head_sha}"
                return NotCommented(reason=moved, expected=True)
            body = render_comment(report, marker=marker, url=url, notes=notes)
            return write_comment(self.api, self.number, marker=marker, body=body)
        except NotPermittedError as error:
            return NotCommented(reason=f"{error.message}. {_PERMISSION}")
        except GitHubError as error:
            return NotCommented(reason=error.message)

    def tell(self, report: Report, *, url: str | None, stdout: Output) -> str | None:
        """Writes the comment in a step of a workflow, says what became of it, and gives its page."""
        done = self.write(report, url=url)
        if isinstance(done, Commented):
            return done.url
        kind = "notice" if done.expected else "warning"
        stdout.write(f"{command(kind, f'No comment was written: {done.reason}.', title='gaterunner')}\n")
        return None
