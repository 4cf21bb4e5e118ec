"""What a run was made of: the target's own files, or some that the pull request brought along in whatever way."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.github.api import RepositoryApi
from gaterunner.github.errors import GitHubError
from gaterunner.github.reviewing import Reference
from gaterunner.github.transport import Transport
from gaterunner.github.workflow_runs import PullRequestOfRun, changed_by_merge
from tests.fake_github import FakeGitHub
from tests.github.samples import StoppedClock
from tests.gitrepo import Files, Repository

PATHS = (".github/workflows", ".github/actions", "ci/gates.yml", ".gaterunner")
START: Files = {
    "README.md": "# Example\n",
    ".github/workflows/gates.yml": "on: pull_request\n",
    ".github/CODEOWNERS": "* @octocat\n",
    "ci/gates.yml": "workflow: {gates: [unit]}\n",
    "ci/other.yml": "a: 1\n",
}


@pytest.fixture
def remote(tmp_path: Path) -> Repository:
    remote = Repository.create(tmp_path / "remote")
    remote.commit("Start", START)
    remote.switch("feat/x", create=True)
    return remote


def merged(remote: Repository, *, target: str = "main", branch: str = "feat/x") -> PullRequestOfRun:
    """The pull request with GitHub's test merge of it."""
    head = remote.git("rev-parse", branch)
    remote.git("checkout", "-q", "-f", "--detach", target)
    base = remote.git("rev-parse", target)
    remote.git("merge", "-q", "--no-ff", "-m", "Merge", head)
    merge = remote.git("rev-parse", "HEAD")
    return PullRequestOfRun(
        number=7,
        state="open",
        head=Reference(sha=head, ref=branch),
        base=Reference(sha=base, ref=target),
        merge_commit_sha=merge,
    )


def changed(fake: FakeGitHub, remote: Repository, pull: PullRequestOfRun) -> tuple[str, ...]:
    fake.repository("octo/example").objects = remote
    transport = Transport(token=fake.token(writes=False), api_url=fake.url, clock=StoppedClock().clock)
    return changed_by_merge(RepositoryApi(transport, "octo/example"), pull, PATHS)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"app.py": "1\n"}, ()),
        ({".github/CODEOWNERS": "* @mallory\n", "ci/other.yml": "a: 2\n"}, ()),
        ({"docs/.github/workflows/gates.yml": "x\n", ".Github/workflows/gates.yml": "x\n"}, ()),
        ({".github/workflows/gates.yml": "on: push\n"}, (".github/workflows",)),
        ({".github/workflows/gates.yml": None}, (".github/workflows",)),
        ({".github/workflows/deep/er.yml": "x\n"}, (".github/workflows",)),
        ({".github/actions/a/action.yml": "x\n"}, (".github/actions",)),
        ({"ci/gates.yml": "workflow: {gates: [lint]}\n"}, ("ci/gates.yml",)),
        ({"ci/gates.yml": None, "ci/other.yml": None}, ("ci/gates.yml",)),
        ({".gaterunner": "a file\n"}, (".gaterunner",)),
        ({".gaterunner/spec.md": "x\n", ".github/workflows/b.yml": "x\n"}, (".github/workflows", ".gaterunner")),
    ],
)
def test_only_what_lies_at_these_paths_counts(
    fake_github: FakeGitHub, remote: Repository, files: Files, told: tuple[str, ...]
) -> None:
    remote.commit("Work", files)

    assert changed(fake_github, remote, merged(remote)) == told


def test_a_folder_that_becomes_a_link_or_a_submodule_has_changed(fake_github: FakeGitHub, remote: Repository) -> None:
    remote.git("rm", "-rq", ".github")
    (remote.root / ".github").symlink_to("elsewhere")
    remote.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},.gaterunner")
    remote.git("add", ".github")
    remote.git("commit", "-q", "-m", "Work")

    assert changed(fake_github, remote, merged(remote)) == (".github/workflows", ".github/actions", ".gaterunner")


def test_a_mode_is_a_change(fake_github: FakeGitHub, remote: Repository) -> None:
    remote.git("update-index", "--chmod=+x", ".github/workflows/gates.yml")
    remote.git("commit", "-q", "-m", "Work")

    assert changed(fake_github, remote, merged(remote)) == (".github/workflows",)


def test_what_the_target_changed_meanwhile_is_not_the_pull_requests_doing(
    fake_github: FakeGitHub, remote: Repository
) -> None:
    remote.commit("Work", {"app.py": "1\n"})
    remote.switch("main")
    remote.commit("Harden", {".github/workflows/gates.yml": "on: merge_group\n"})

    assert changed(fake_github, remote, merged(remote)) == ()


def test_a_history_with_two_merge_bases_hides_nothing(fake_github: FakeGitHub, remote: Repository) -> None:
    """The branch takes the old workflow by a merge of its own; compared with one of both bases, nothing has changed."""
    remote.switch("main")
    old = remote.commit("Meanwhile", {"a.py": "1\n"})
    remote.git("checkout", "-q", "-b", "harden", "HEAD~1")
    hardened = remote.commit("Harden", {".github/workflows/gates.yml": "on: merge_group\n"})
    remote.switch("main")
    remote.git("merge", "-q", "--no-ff", "-m", "Merge harden", hardened)
    remote.git("checkout", "-q", "-B", "feat/x", old)
    remote.git("merge", "-q", "--no-ff", "--strategy", "ours", "-m", "Merge harden, in our way", hardened)
    pull = merged(remote)
    bases = remote.git("merge-base", "--all", "main", "feat/x").split()

    assert set(bases) == {old, hardened}
    assert remote.git("diff", "--name-only", old, pull.head.sha) == ""
    assert changed(fake_github, remote, pull) == (".github/workflows",)


def test_a_merge_of_something_else_is_refused(fake_github: FakeGitHub, remote: Repository) -> None:
    remote.commit("Work", {"app.py": "1\n"})
    honest = merged(remote)
    remote.git("checkout", "-q", "feat/x")
    evil = remote.commit("Evil", {".github/workflows/gates.yml": "on: push\n"})
    for merge, head in ((honest.merge_commit_sha, evil), (evil, evil), (None, evil)):
        pull = PullRequestOfRun(
            number=7, state="open", head=Reference(sha=head, ref="x"), base=honest.base, merge_commit_sha=merge
        )
        with pytest.raises(GitHubError, match="test merge"):
            changed(fake_github, remote, pull)
