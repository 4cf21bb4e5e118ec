"""Whether the person who answers for the spec is somebody else than who made the branch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gaterunner.contract.findings import about
from gaterunner.contract.held import Held
from gaterunner.contract.types import Spec
from gaterunner.errors import EvaluationError
from gaterunner.model import Commit, Event, Finding, Severity
from gaterunner.waivers.approval import Approval
from gaterunner.waivers.matching import branch_people, is_one_of

if TYPE_CHECKING:
    from gaterunner.policies.context import PolicyContext

_HELP = "A contract needs two sides: let somebody else make the commits, or somebody else answer for the spec."
_ASK = "Give the job a token that may read pull requests (pull-requests: read), or name the owner by name and address."


def judge_owner(held: Held, spec: Spec, context: PolicyContext) -> Iterator[Finding]:
    """A finding where the owner made commits of the branch, or where nobody can tell.

    A merge that git makes by itself does not count: whoever brings the branch up to date on the web makes one. One that
    holds anything else does. What a login stands for only the forge knows; where none can be asked, names and addresses
    that hold it are all there is. Raises ``EvaluationError`` when the merges cannot be made again.
    """
    own = _made_by_somebody(context)
    if not own:
        return
    change = replace(context.change, commits=own)
    shas = {commit.sha for commit in own}
    at = spec.place("owner", 0)
    told: tuple[str, ...] = ()
    unknown: str | None = None
    if context.forge is not None and context.pull_request is not None:
        try:
            rows = [row for row in context.forge.authorship(context.pull_request) if row.commit in shas]
            told = tuple(login for row in rows for login in (row.author, row.committer) if login)
        except EvaluationError as error:
            unknown = error.line
    if is_one_of(spec.owner, branch_people(change, Approval(heads=(), branch_logins=told))):
        message = f"the owner of the spec, {spec.owner}, is author or committer of the branch"
        yield about(held, "owner-is-author", message, _HELP, key="", at=at)
    elif spec.owner.startswith("@"):
        yield from _by_login(held, spec, context, unknown)


def _made_by_somebody(context: PolicyContext) -> tuple[Commit, ...]:
    """The commits of the change without the merges that are what git makes of their parents."""
    commits = context.change.commits
    merges = context.repository.merges(commit for commit in commits if len(commit.parents) > 1)
    automatic = {made.commit for made in merges if not made.differing}
    return tuple(commit for commit in commits if commit.sha not in automatic)


def _by_login(held: Held, spec: Spec, context: PolicyContext, unknown: str | None) -> Iterator[Finding]:
    """Where an owner named by a login could still be one of the authors."""
    at, asked = spec.place("owner", 0), context.pull_request is not None
    message = f"whether the owner of the spec, {spec.owner}, made commits of the branch cannot be told"
    if unknown is not None:
        yield about(held, "owner-unknown", f"{message}: {unknown}", _ASK, key="", at=at)
    elif context.change.event is Event.MERGE_GROUP or (asked and context.forge is None):
        yield about(held, "owner-unknown", f"{message} here", _ASK, key="", at=at, severity=Severity.NOTICE)
    elif not asked:
        message = f"{message} here; on a pull request the accounts behind its commits are asked for"
        yield about(held, "owner-unknown", message, _ASK, key="", at=at, severity=Severity.NOTICE)
