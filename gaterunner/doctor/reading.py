"""Reads the facts from GitHub. What cannot be read becomes ``Unread`` and says what would let it be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import DEFAULT_PATH
from gaterunner.doctor.answers import Unread
from gaterunner.doctor.ci import CiWorkflow, UnreadableCi, read_ci
from gaterunner.doctor.code_owners import LOCATIONS, MOST_BYTES
from gaterunner.doctor.facts import (
    ActionsSettings,
    Facts,
    LawFile,
    OutsideWorkflow,
    Owners,
    OwnersError,
    RecentPull,
    TokenSettings,
)
from gaterunner.doctor.points.reading import ADMINISTRATION
from gaterunner.errors import WorkflowFileError
from gaterunner.github import inspection
from gaterunner.github.api import RepositoryApi
from gaterunner.github.errors import GitHubError, NotPermittedError, UnreachableError
from gaterunner.github.protection import read_protection
from gaterunner.github.transport import DEFAULT_API_URL
from gaterunner.policies.forge import Protection, RequiredWorkflow
from gaterunner.policies.target_protection import GITHUB_ACTIONS

T = TypeVar("T")

CONTENTS = "give the token *Contents: read* (in a workflow `permissions: contents: read`)"
ACTIONS = "give the token *Actions: read* (in a workflow `permissions: actions: read`)"
PULLS = "give the token *Pull requests: read* (in a workflow `permissions: pull-requests: read`)"
_AGAIN = "look again later; https://www.githubstatus.com says what is wrong with GitHub"

_FILE_MODES = ("100644", "100755")
_MOST_WORKFLOWS = 200
_NEWEST = 30
_ASKED = 5
_WAITING = ("action_required", "waiting")


def read_facts(api: RepositoryApi, *, api_url: str = DEFAULT_API_URL) -> Facts:
    """Everything that the points look at. Raises ``GitHubError`` where not even the repository can be read."""
    found = inspection.read_repository(api)
    branch = found.default_branch
    files = _Files(api, branch)
    protection = _fact(lambda: read_protection(api, branch), f"how {branch} is protected", CONTENTS)
    on_github = api_url.rstrip("/") == DEFAULT_API_URL
    return Facts(
        repository=found.full_name,
        branch=branch,
        actions_app=GITHUB_ACTIONS
        if on_github
        else _fact(lambda: inspection.read_actions_app(api), "which app GitHub Actions is", CONTENTS),
        protection=protection,
        law=files.law(),
        paths=files.paths,
        ci=files.ci(),
        outside=_outside(api, protection),
        disabled=_fact(lambda: _disabled(api), "which workflows are switched off", ACTIONS),
        owners=files.owners(),
        owner_errors=files.owner_errors(),
        actions=_fact(lambda: _actions(api), "whether GitHub Actions is switched on", ADMINISTRATION),
        token=_fact(lambda: _token(api), "what GITHUB_TOKEN may do by default", ADMINISTRATION),
        pulls=_pulls(api, found),
    )


def _fact(read: Callable[[], T], what: str, help: str) -> T | Unread:
    """What ``read`` gives, or why ``what`` is not known."""
    try:
        return read()
    except UnreachableError as error:
        return Unread(f"{what} could not be read: {error.message}", _AGAIN)
    except NotPermittedError as error:
        return Unread(f"the token may not read {what} ({error.status})", help)
    except GitHubError as error:
        # GitHub answers 404 for what a token may not see as well as for what is not there.
        return Unread(f"{what} could not be read: {error.message}", help)


class _Files:
    """The files of the default branch that matter here, from one commit."""

    def __init__(self, api: RepositoryApi, branch: str) -> None:
        self._api = api
        self._commit = ""
        found = _fact(lambda: self._list(branch), f"the files of {branch}", CONTENTS)
        self._entries: dict[str, inspection.Entry] = {} if isinstance(found, Unread) else found
        self.paths: tuple[str, ...] | Unread = found if isinstance(found, Unread) else tuple(found)

    def _list(self, branch: str) -> dict[str, inspection.Entry]:
        """The root, and below it only the folders that are looked into: a whole tree may be too much for GitHub."""
        tip = inspection.read_tip(self._api, branch)
        self._commit = tip.commit
        root = inspection.read_tree(self._api, tip.tree)
        found = {entry.path: entry for entry in root if entry.type == "blob"}
        for entry in root:
            if entry.type == "tree" and entry.path in (".github", ".gaterunner", "docs"):
                rows = inspection.read_tree(self._api, entry.sha, recursive=entry.path != "docs")
                found |= {f"{entry.path}/{row.path}": row for row in rows if row.type == "blob"}
        return found

    def _text(self, path: str, *, most: int = inspection.MOST_FILE_BYTES) -> str:
        return inspection.read_blob(self._api, self._entries[path], most=most).decode("utf-8", "replace")

    def law(self) -> LawFile | Unread | None:
        if isinstance(self.paths, Unread):
            return self.paths
        entry = self._entries.get(DEFAULT_PATH)
        if entry is None:
            return None
        if entry.mode not in _FILE_MODES:
            return Unread(f"{DEFAULT_PATH} is no plain file", "make it one: no link is followed there")
        data = _fact(lambda: inspection.read_blob(self._api, entry), DEFAULT_PATH, CONTENTS)
        if isinstance(data, Unread):
            return data
        try:
            return LawFile(workflow=parse_workflow(data, DEFAULT_PATH))
        except WorkflowFileError as error:
            return LawFile(workflow=None, problems=error.problems)

    def ci(self) -> tuple[CiWorkflow | UnreadableCi, ...] | Unread:
        if isinstance(self.paths, Unread):
            return self.paths
        names = [path for path in self.paths if _is_workflow(path)]
        if len(names) > _MOST_WORKFLOWS:
            return Unread(f"there are {len(names)} workflow files", f"doctor looks at {_MOST_WORKFLOWS} at most")
        found: list[CiWorkflow | UnreadableCi] = []
        for path in names:
            text = _fact(lambda: self._text(path), path, CONTENTS)  # noqa: B023  called at once
            if isinstance(text, Unread):
                return text
            plain = self._entries[path].mode in _FILE_MODES
            found.append(read_ci(path, text) if plain else UnreadableCi(path, "it is a symbolic link"))
        return tuple(found)

    def owners(self) -> Owners | Unread | None:
        if isinstance(self.paths, Unread):
            return self.paths
        path = next((path for path in LOCATIONS if path in self._entries), None)
        if path is None:
            return None
        text = _fact(lambda: self._text(path, most=2 * MOST_BYTES), path, CONTENTS)
        return text if isinstance(text, Unread) else Owners(path, text)

    def owner_errors(self) -> tuple[OwnersError, ...] | Unread:
        if isinstance(self.paths, Unread):
            return self.paths
        if not any(path in self._entries for path in LOCATIONS):
            return ()
        found = _fact(
            lambda: inspection.read_owners_errors(self._api, self._commit), "the errors of CODEOWNERS", CONTENTS
        )
        return found if isinstance(found, Unread) else tuple(OwnersError(e.line, e.kind, e.message) for e in found)


def _is_workflow(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return folder == ".github/workflows" and name.endswith((".yml", ".yaml"))


def _disabled(api: RepositoryApi) -> tuple[str, ...]:
    return tuple(each.path for each in inspection.read_workflow_states(api) if each.state != "active")


def _actions(api: RepositoryApi) -> ActionsSettings:
    found = inspection.read_actions(api)
    return ActionsSettings(enabled=found.enabled, pins_required=found.sha_pinning_required)


def _token(api: RepositoryApi) -> TokenSettings:
    found = inspection.read_token_settings(api)
    return TokenSettings(default=found.default_workflow_permissions, approves=found.can_approve_pull_request_reviews)


def _outside(api: RepositoryApi, protection: Protection | Unread) -> tuple[OutsideWorkflow, ...]:
    return () if isinstance(protection, Unread) else tuple(_required(api, each) for each in protection.workflows)


def _required(api: RepositoryApi, workflow: RequiredWorkflow) -> OutsideWorkflow:
    what = f"{workflow.path} of the repository {workflow.repository}"
    ci: CiWorkflow | UnreadableCi | Unread
    try:
        name = inspection.read_repository_of(api, workflow.repository).full_name
        what = f"{name}/{workflow.path}"
        data = inspection.read_content(api, name, workflow.path, workflow.commit or workflow.ref)
        ci = read_ci(what, data.decode("utf-8", "replace"))
    except GitHubError as error:
        ci = Unread(f"the required workflow {what} could not be read: {error.message}", f"for {what}: {CONTENTS}")
    return OutsideWorkflow(name=what, pinned=workflow.commit is not None, ci=ci)


def _pulls(api: RepositoryApi, repository: inspection.RepositoryAnswer) -> tuple[RecentPull, ...] | Unread:
    branch = repository.default_branch
    found = _fact(lambda: inspection.read_newest_pulls(api, branch, _NEWEST), "the newest pull requests", PULLS)
    if isinstance(found, Unread):
        return found
    asked = {pull.number for pull in [pull for pull in found if pull.state == "open"][:_ASKED]}
    return tuple(_pull(api, pull, repository.full_name, asked=pull.number in asked) for pull in found)


def _pull(api: RepositoryApi, pull: inspection.PullAnswer, repository: str, *, asked: bool) -> RecentPull:
    """One pull request; which workflows it started is asked only of the newest open ones."""
    login = (pull.user.login if pull.user else None) or "somebody whose account is gone"
    recent = RecentPull(
        number=pull.number,
        author=login,
        is_bot=login.endswith("[bot]") or (pull.user is not None and pull.user.type == "Bot"),
        from_fork=_is_fork(pull, repository),
        is_open=asked,
    )
    if not asked:
        return recent
    runs = _fact(lambda: inspection.read_runs(api, pull.head.sha), f"which workflows #{pull.number} started", ACTIONS)
    if isinstance(runs, Unread):
        return replace(recent, runs=runs)
    waiting = sum(_waits(run) for run in runs.workflow_runs)
    conflicts = None
    if not runs.total_count:
        asked_for = _fact(lambda: inspection.read_conflicts(api, pull.number), "conflicts", PULLS)
        conflicts = None if isinstance(asked_for, Unread) else asked_for
    return replace(recent, runs=runs.total_count, waiting=waiting, conflicts=conflicts)


def _waits(run: inspection.Run) -> bool:
    return run.status in _WAITING or run.conclusion in _WAITING


def _is_fork(pull: inspection.PullAnswer, repository: str) -> bool:
    """True also for a fork that is gone."""
    return pull.head.repo is None or pull.head.repo.full_name.casefold() != repository.casefold()
