"""Everything that doctor reads of a repository, before anything is judged. Pure."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.config.types import Workflow
from gaterunner.doctor.answers import Unread
from gaterunner.doctor.ci import Calls, CiWorkflow, UnreadableCi, calls_of
from gaterunner.model import Problem
from gaterunner.policies.forge import Protection


class LawFile(Struct, frozen=True, kw_only=True):
    """The workflow file of the default branch: ``workflow``, or else the problems that it has."""

    workflow: Workflow | None
    problems: tuple[Problem, ...] = ()


class Owners(Struct, frozen=True):
    """The CODEOWNERS file that GitHub reads."""

    path: str
    text: str


class OwnersError(Struct, frozen=True):
    """A line of CODEOWNERS that GitHub does not obey, in its own words."""

    line: int
    kind: str
    message: str


class OutsideWorkflow(Struct, frozen=True, kw_only=True):
    """A workflow that a ruleset requires: where it lies, whether that is pinned to a commit, and what it says."""

    name: str
    pinned: bool
    ci: CiWorkflow | UnreadableCi | Unread


class TokenSettings(Struct, frozen=True, kw_only=True):
    """What GITHUB_TOKEN may do where a workflow says nothing (``read`` or ``write``), and whether it may approve."""

    default: str
    approves: bool


class ActionsSettings(Struct, frozen=True, kw_only=True):
    """Whether Actions is switched on, and whether it runs only actions that are pinned to a commit."""

    enabled: bool
    pins_required: bool


class RecentPull(Struct, frozen=True, kw_only=True):
    """One of the newest pull requests into the default branch.

    ``runs`` counts the workflow runs that it started for its head, ``waiting`` those of them that wait for somebody to
    let them run. ``conflicts`` is None where GitHub has not found out.
    """

    number: int
    author: str
    is_bot: bool
    from_fork: bool
    is_open: bool
    runs: int | Unread = 0
    waiting: int = 0
    conflicts: bool | None = None


class Facts(Struct, frozen=True, kw_only=True):
    """What was read of ``repository`` (owner/name) and its default ``branch``.

    ``actions_app`` is the id of the app that GitHub Actions reports as. ``paths`` are the files of the default branch
    at its root, in `.github/`, `.gaterunner/` and, where CODEOWNERS may lie there, `docs/`. ``disabled`` are the paths
    of workflows that somebody or GitHub has switched off. ``outside`` are the workflows that rulesets require.
    """

    repository: str
    branch: str
    actions_app: int | Unread
    protection: Protection | Unread
    law: LawFile | Unread | None
    paths: tuple[str, ...] | Unread
    ci: tuple[CiWorkflow | UnreadableCi, ...] | Unread
    outside: tuple[OutsideWorkflow, ...]
    disabled: tuple[str, ...] | Unread
    owners: Owners | Unread | None
    owner_errors: tuple[OwnersError, ...] | Unread
    actions: ActionsSettings | Unread
    token: TokenSettings | Unread
    pulls: tuple[RecentPull, ...] | Unread

    @property
    def calls(self) -> Calls | Unread:
        """Where GitHub workflows call gaterunner, required ones from outside among them."""
        if isinstance(self.ci, Unread):
            return self.ci
        outside = [each.ci for each in self.outside if not isinstance(each.ci, Unread)]
        return calls_of((*self.ci, *outside), own=self.repository.casefold().endswith("/gaterunner"))
