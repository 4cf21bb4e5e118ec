"""Which phase a change belongs to, and which spec it is held to, also where a merge queue made the commit."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from gaterunner.change import ChangeOptions, determine_change
from gaterunner.contract.held import Held, spec_of
from gaterunner.errors import EvaluationError
from gaterunner.git.repository import Repository as Checkout
from gaterunner.model import Event, Outcome, Severity
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.forge import Authorship, Forge, PullRequest
from gaterunner.policies.spec import Options, evaluate
from gaterunner.secrets.engine import Engine
from tests.contract.contracts import PATH, result, spec, workflow
from tests.gitrepo import Repository
from tests.policies.branches_of_a_phase import PROVEN, START, WORK
from tests.waivers.samples import Reviewed


class Hosted(Reviewed):
    """A forge that knows the branch of each pull request by its head, and who made its commits."""

    def __init__(self, branches: Mapping[str, str], *, made: tuple[Authorship, ...] | EvaluationError = ()) -> None:
        super().__init__()
        self.branches = branches
        self.made = made

    def pull_requests_of(self, commit: str) -> tuple[PullRequest, ...]:
        if commit not in self.branches:
            return ()
        branch = self.branches[commit]
        return (PullRequest(number=7, merged=False, target="main", merge_commit=None, head=commit, branch=branch),)

    def authorship(self, number: int) -> tuple[Authorship, ...]:
        assert number == 7
        if isinstance(self.made, EvaluationError):
            raise self.made
        return self.made


@contextmanager
def seen(repo: Repository, forge: Forge | None = None, **changed: object) -> Iterator[PolicyContext]:
    """What a policy sees of the branch that is checked out; ``changed`` is otherwise about its change."""
    number = 7 if changed.pop("pull_request", False) else None
    with Checkout.open(repo.root, env=dict(os.environ)) as checkout:
        change = replace(determine_change(checkout, ChangeOptions(base="main"), None), **changed)
        yield PolicyContext(
            change=change,
            repository=checkout,
            secrets=Engine(),
            workflow=workflow(),
            forge=forge,
            gates=(result("unit", PROVEN),),
            pull_request=number,
        )


def with_phases(tmp_path: Path) -> Repository:
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {**START, PATH: spec(), "specs/alerts.md": spec(id="alerts")})
    for branch, files in (("feat/filters", WORK), ("feat/alerts", {"app/alerts.py": "x\n"}), ("fix/quick", {"x": "1"})):
        repo.switch(branch, create=True, at="main")
        repo.commit(f"Work on {branch}", files)
    return repo


def queue(repo: Repository, *branches: str) -> str:
    """A merge queue's branch with these on it; returns its name."""
    repo.switch("queue", create=True, at="main")
    for branch in branches:
        repo.merge(branch, f"Merge pull request #7 from acme/{branch}")
    name = f"gh-readonly-queue/main/pr-7-{repo.head}"
    repo.git("branch", "-q", "-m", name)
    return name


def held_in_queue(repo: Repository, *branches: str) -> Held:
    heads = {repo.git("rev-parse", branch): branch for branch in branches}
    name = queue(repo, *branches)
    with seen(repo, Hosted(heads), event=Event.MERGE_GROUP, branch=name, target="main") as context:
        return spec_of(context)


def test_a_branch_belongs_to_its_phase(tmp_path: Path) -> None:
    repo = with_phases(tmp_path)
    repo.switch("feat/filters")
    with seen(repo) as context:
        held = spec_of(context)
    assert held.phase is not None
    assert held.spec is not None
    assert (held.phase.name, held.path, held.source, held.spec.id) == ("filters", PATH, "base", "filters")
    assert (held.changed_by_branch, held.differs, held.is_broken) == (False, False, False)


def test_a_queued_pull_request_belongs_to_the_phase_of_its_branch(tmp_path: Path) -> None:
    held = held_in_queue(with_phases(tmp_path), "feat/alerts")
    assert held.spec is not None
    assert held.spec.id == "alerts"


@pytest.mark.parametrize("others", [("feat/alerts",), ("fix/quick",)], ids=["another phase", "no phase"])
def test_several_at_once_have_no_spec(tmp_path: Path, others: tuple[str, ...]) -> None:
    held = held_in_queue(with_phases(tmp_path), "feat/filters", *others)
    assert (held.spec, held.phase, held.several) == (None, None, True)
    assert held.why is not None
    assert held.why.endswith(
        "no one spec is for all of them; let the queue take one pull request at a time (group size 1)"
    )


def test_several_at_once_are_unproven(tmp_path: Path) -> None:
    repo = with_phases(tmp_path)
    heads = {repo.git("rev-parse", branch): branch for branch in ("feat/filters", "feat/alerts")}
    name = queue(repo, "feat/filters", "feat/alerts")
    with seen(repo, Hosted(heads), event=Event.MERGE_GROUP, branch=name, target="main") as context:
        judged = evaluate(context, Options())
    assert (judged.outcome, [one.rule for one in judged.findings]) == (Outcome.UNPROVEN, ["spec/several-phases"])


def test_a_queue_that_nobody_can_tell_about_is_not_judged(tmp_path: Path) -> None:
    repo = with_phases(tmp_path)
    name = queue(repo, "feat/filters")
    with (
        seen(repo, None, event=Event.MERGE_GROUP, branch=name, target="main") as context,
        pytest.raises(EvaluationError, match="nobody can be asked for its pull requests"),
    ):
        spec_of(context)
    with (
        seen(repo, Hosted({}), event=Event.MERGE_GROUP, branch=name, target="main") as context,
        pytest.raises(EvaluationError, match="no pull request into main has the queued head"),
    ):
        spec_of(context)


# --- the owner's account --------------------------------------------------------------------------------------------


def owned(tmp_path: Path, login: str | None) -> tuple[Repository, Hosted]:
    """The branch of a phase whose spec `@owner` owns, with commits of an account; None where that cannot be told."""
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {**START, PATH: spec(owner='"@owner"')})
    repo.switch("feat/filters", create=True)
    commit = repo.commit("Work", WORK)
    made = (Authorship(commit=commit, author=login, committer="web-flow"),)
    return repo, Hosted({}, made=made if login else EvaluationError("GitHub answered 403"))


@pytest.mark.parametrize(
    ("login", "outcome", "rules"),
    [
        ("agent", Outcome.PASSED, []),
        ("Owner", Outcome.FAILED, ["spec/owner-is-author"]),
        (None, Outcome.UNPROVEN, ["spec/owner-unknown"]),
    ],
)
def test_an_owner_s_login_is_compared_with_accounts(
    tmp_path: Path, login: str | None, outcome: Outcome, rules: list[str]
) -> None:
    repo, forge = owned(tmp_path, login)
    with seen(repo, forge, pull_request=True) as context:
        judged = evaluate(context, Options())
    assert (judged.outcome, [one.rule for one in judged.findings if one.severity is Severity.ERROR]) == (outcome, rules)


def test_the_owner_s_merge_of_the_target_is_no_work(tmp_path: Path) -> None:
    repo, forge = owned(tmp_path, "agent")
    repo.switch("main")
    repo.commit("Elsewhere", {"README.md": "x\n"})
    repo.switch("feat/filters")
    merge = repo.merge("main")
    assert not isinstance(forge.made, EvaluationError)
    forge.made = (*forge.made, Authorship(commit=merge, author="owner", committer="web-flow"))
    with seen(repo, forge, pull_request=True) as context:
        assert evaluate(context, Options()).outcome is Outcome.PASSED


class SameHead(Hosted):
    """Two pull requests with one head: #8 from the branch of an easier phase, told first, and #7."""

    def pull_requests_of(self, commit: str) -> tuple[PullRequest, ...]:
        found = super().pull_requests_of(commit)
        return (*(replace(each, number=8, branch="feat/alerts") for each in found), *found)


def test_of_two_pull_requests_with_one_head_the_queued_one_says_the_phase(tmp_path: Path) -> None:
    repo = with_phases(tmp_path)
    head = repo.git("rev-parse", "feat/filters")
    name = queue(repo, "feat/filters")
    with seen(repo, SameHead({head: "feat/filters"}), event=Event.MERGE_GROUP, branch=name, target="main") as context:
        held = spec_of(context)
    assert held.phase is not None
    assert held.phase.name == "filters"


def test_below_the_newest_of_a_group_nobody_can_tell_which_one_it_is(tmp_path: Path) -> None:
    repo = with_phases(tmp_path)
    heads = {repo.git("rev-parse", branch): branch for branch in ("feat/filters", "fix/quick")}
    name = queue(repo, "feat/filters", "fix/quick")
    with (
        seen(repo, SameHead(heads), event=Event.MERGE_GROUP, branch=name, target="main") as context,
        pytest.raises(EvaluationError, match="cannot be told: #8 and #7 have the queued head"),
    ):
        spec_of(context)
