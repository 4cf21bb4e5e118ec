"""Which phases a history shows to be done: in the words of git and of the forges, reverts taken into account."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import Workflow
from gaterunner.contract.landed import Landed, landings, refuse_unknown
from gaterunner.errors import EvaluationError
from gaterunner.git import Repository as Checkout
from gaterunner.policies.context import Mainline, Message
from tests.gitrepo import Repository

WORKFLOW = parse_workflow(b"workflow: {phases: [hardening, protection], gates: [build]}", ".gaterunner.yml")


def phases_of(repo: Repository, workflow: Workflow = WORKFLOW, commit: str = "main") -> dict[str, Landed]:
    with Checkout.open(repo.root, env=dict(os.environ)) as checkout:
        id = repo.git("rev-parse", commit)
        found = landings(checkout, workflow, id)
        refuse_unknown(found.unknown, id)
        return {each.phase: each for each in found.landed}


def work_on(repo: Repository, branch: str, message: str = "Work") -> None:
    repo.switch(branch, create=True, at="main")
    repo.commit(message, {f"{branch.replace('/', '-')}.py": "done = True\n"})
    repo.switch("main")


MERGES = {
    "GitHub": "Merge pull request #12 from octocat/feat/hardening\n\nHarden the dashboard",
    "GitHub, of a fork": "Merge pull request #12 from some-one/feat/hardening",
    "GitLab": "Merge branch 'feat/hardening' into 'main'\n\nHarden the dashboard\n\nSee merge request group/app!12",
    "git": "Merge branch 'feat/hardening'",
    "git, into another name": "Merge branch 'feat/hardening' into trunk",
    "git, pulled": "Merge branch 'feat/hardening' of https://example.invalid/app",
    "git, of a remote": "Merge remote-tracking branch 'origin/feat/hardening'",
    "Bitbucket": "Merged in feat/hardening (pull request #12)\n\nHarden\n\nApproved-by: Somebody",
    "Bitbucket Data Center": "Merge pull request #12 in KEY/app from feat/hardening to main\n\n* commit '1a2b3c4'",
    "Bitbucket Data Center 7": "Pull request #12: Harden\n\nMerge in KEY/app from feat/hardening to main\n\n* commit",
    "Bitbucket, of a fork": "Merge pull request #12 in KEY/app from ~someone/app:feat/hardening to main",
    "Gitea": "Merge pull request 'Harden the \\'dashboard\\'' (#12) from feat/hardening into main",
    "Gitea, of a fork": "Merge pull request 'Harden' (#12) from someone/app:feat/hardening into main",
    "Azure DevOps": "Merge pull request 12 from feat/hardening into main",
    "a title of one's own, with the trailer": "Harden the dashboard (#12)\n\nGaterunner-Phase: hardening",
}


@pytest.mark.parametrize("message", MERGES.values(), ids=MERGES)
def test_a_merge_tells_its_phase_in_the_words_of_every_forge(repo: Repository, message: str) -> None:
    work_on(repo, "feat/hardening")
    merged = repo.merge("feat/hardening", message)

    found = phases_of(repo)

    assert list(found) == ["hardening"]
    assert (found["hardening"].commit, found["hardening"].kind) == (merged, "merge")
    assert found["hardening"].commits == (merged,)


def test_the_evidence_is_a_sentence_with_the_commit_in_it(repo: Repository) -> None:
    work_on(repo, "feat/hardening")
    merged = repo.merge("feat/hardening", "Merge pull request #12 from octocat/feat/hardening")

    assert phases_of(repo)["hardening"].evidence == (
        f"{merged[:12]} merges `feat/hardening`: `Merge pull request #12 from octocat/feat/hardening`"
    )


OTHERS = {
    "another branch": "Merge pull request #12 from octocat/feat/other",
    "a longer name": "Merge branch 'feat/hardening-again'",
    "the branch of a fork's folder": "Merge branch 'someone/feat/hardening'",
    "what the target was merged into": "Merge branch 'main' into feat/hardening",
    "a mention in the text": "Add a page\n\nMerge branch 'feat/hardening' was not done.",
    "a trailer of no phase": "Merge\n\nGaterunner-Phase: unheard-of",
    "a title of a pull request that reads like the trailer": (
        "Merge pull request #12 from octocat/fix/typo\n\nGaterunner-Phase: hardening"
    ),
    "the same on GitLab": (
        "Merge branch 'fix/typo' into 'main'\n\nGaterunner-Phase: hardening\n\nSee merge request g/p!1"
    ),
    "a line like the trailer, amid prose": "Explain phases\n\nWrite\nGaterunner-Phase: hardening\nand commit.",
}


@pytest.mark.parametrize("message", OTHERS.values(), ids=OTHERS)
def test_what_names_no_phase_of_the_workflow_proves_none(repo: Repository, message: str) -> None:
    work_on(repo, "feat/other")
    repo.merge("feat/other", message)

    assert phases_of(repo) == {}


def test_a_plain_commit_cannot_speak_as_a_merge(repo: Repository) -> None:
    repo.commit("Merge pull request #12 from octocat/feat/hardening", {"a.py": "a = 1\n"})

    assert phases_of(repo) == {}


def test_what_was_merged_into_another_branch_first_is_not_on_the_first_parent_line(repo: Repository) -> None:
    work_on(repo, "feat/hardening")
    repo.switch("feat/other", create=True)
    repo.commit("Beside", {"beside.py": "b = 1\n"})
    repo.merge("feat/hardening", "Merge branch 'feat/hardening' into feat/other")
    repo.switch("main")
    repo.merge("feat/other", "Merge branch 'feat/other'")

    assert phases_of(repo) == {}


def test_a_squashed_commit_is_known_by_its_trailer(repo: Repository) -> None:
    squashed = repo.commit(
        "Harden the dashboard (#12)\n\n* Add filters\n\nGaterunner-Phase: hardening\n\n* Fix a type\n\n"
        "---------\n\nCo-authored-by: Somebody <somebody@example.invalid>",
        {"a.py": "a = 1\n"},
    )

    found = phases_of(repo)["hardening"]

    assert (found.kind, found.commit, found.commits) == ("squash", squashed, (squashed,))
    assert found.evidence == (f"{squashed[:12]} bears `Gaterunner-Phase: hardening`: `Harden the dashboard (#12)`")


def test_bitbucket_gives_a_squashed_commit_the_message_of_a_merge(repo: Repository) -> None:
    squashed = repo.commit("Merged in feat/hardening (pull request #12)\n\nHarden", {"a.py": "a = 1\n"})

    found = phases_of(repo)["hardening"]

    assert (found.kind, found.commit) == ("squash", squashed)
    assert "is what became of `feat/hardening`" in found.evidence


def test_rebased_commits_are_all_named_the_newest_first(repo: Repository) -> None:
    first = repo.commit("Add filters\n\nGaterunner-Phase: hardening", {"a.py": "a = 1\n"})
    repo.commit("Something else", {"b.py": "b = 1\n"})
    last = repo.commit("Fix a type\n\ngaterunner-phase: hardening\nSigned-off-by: S <s@e.invalid>", {"a.py": "a = 2\n"})

    found = phases_of(repo)["hardening"]

    assert (found.kind, found.commit, found.commits) == ("rebase", last, (last, first))
    assert found.evidence == f"{last[:12]} and 1 more bear `Gaterunner-Phase: hardening`: `Fix a type`"


def test_phases_come_in_the_order_of_the_workflow(repo: Repository) -> None:
    for phase in ("protection", "hardening"):
        work_on(repo, f"feat/{phase}")
        repo.merge(f"feat/{phase}", f"Merge branch 'feat/{phase}'")

    assert list(phases_of(repo)) == ["hardening", "protection"]


def test_an_octopus_brings_several_phases(repo: Repository) -> None:
    work_on(repo, "feat/hardening")
    work_on(repo, "feat/protection")
    repo.git("merge", "-q", "--no-ff", "feat/hardening", "feat/protection")

    assert list(phases_of(repo)) == ["hardening", "protection"]


def test_a_branch_of_the_phases_own_choice(repo: Repository) -> None:
    phase = replace(WORKFLOW.phases[0], branch="topic/hard")
    work_on(repo, "topic/hard")
    repo.merge("topic/hard", "Merge pull request #3 from octocat/topic/hard")

    assert list(phases_of(repo, replace(WORKFLOW, phases=(phase,)))) == ["hardening"]


def done_at(commit: str) -> Workflow:
    return replace(WORKFLOW, phases=(replace(WORKFLOW.phases[0], done_at=commit),))


def test_the_law_may_name_the_commit_that_a_history_does_not_tell_of(repo: Repository) -> None:
    work_on(repo, "feat/hardening")
    inner = repo.git("rev-parse", "feat/hardening")
    repo.merge("feat/hardening", "Harden")

    found = phases_of(repo, done_at(inner))["hardening"]

    assert (found.kind, found.commit, found.commits) == ("declared", inner, ())
    assert found.evidence == f"`done-at` of the law names {inner[:12]}, which the history holds"


@pytest.mark.parametrize("where", ["beside", "nowhere"])
def test_a_commit_that_the_history_does_not_hold_completes_nothing(repo: Repository, where: str) -> None:
    work_on(repo, "feat/hardening")
    commit = repo.git("rev-parse", "feat/hardening") if where == "beside" else "1" * 40

    assert phases_of(repo, done_at(commit)) == {}


def reverted_phases(repo: Repository) -> dict[str, str]:
    with Checkout.open(repo.root, env=dict(os.environ)) as checkout:
        return {each.phase: each.by for each in landings(checkout, WORKFLOW, repo.head).reverted}


def test_a_merge_that_was_reverted_proves_nothing_until_the_revert_is(repo: Repository) -> None:
    work_on(repo, "feat/hardening")
    merged = repo.merge("feat/hardening", "Merge branch 'feat/hardening'")
    repo.git("revert", "--no-edit", "-m", "1", merged)
    by = repo.head
    assert phases_of(repo) == {}
    assert reverted_phases(repo) == {"hardening": by}

    repo.git("revert", "--no-edit", by)

    assert phases_of(repo)["hardening"].commit == merged
    assert reverted_phases(repo) == {}


REVERTS = {
    "GitHub's button, merged": "Merge pull request #13 from octocat/revert-12-feat/hardening",
    "GitHub's button, squashed": 'Revert "Harden (#12)" (#13)\n\nReverts octocat/app#12',
    "GitLab's button, merged": "Merge branch 'revert-{short}' into 'main'\n\nRevert\n\nSee merge request group/app!13",
    "GitLab's button, its commit": "Revert \"Merge branch 'feat/hardening'\"\n\nThis reverts merge request !12",
    "git, by the commit": 'Revert "Harden"\n\nThis reverts commit {commit}, reversing\nchanges made to {parent}.',
}


@pytest.mark.parametrize("message", REVERTS.values(), ids=REVERTS)
def test_what_the_buttons_revert_counts_as_reverted(repo: Repository, message: str) -> None:
    work_on(repo, "feat/hardening")
    forge = "Merge branch 'feat/hardening' into 'main'\n\nHarden\n\nSee merge request group/app!12"
    if "GitLab" not in message and "merge request" not in message and "revert-{short}" not in message:
        forge = "Merge pull request #12 from octocat/feat/hardening"
    merged = repo.merge("feat/hardening", forge)
    work_on(repo, "undo")
    by = repo.merge("undo", message.format(commit=merged, short=merged[:8], parent="0" * 40))

    assert phases_of(repo) == {}
    assert reverted_phases(repo) == {"hardening": by}


def test_a_phase_that_landed_again_after_its_revert_is_done(repo: Repository) -> None:
    work_on(repo, "feat/hardening")
    merged = repo.merge("feat/hardening", "Merge branch 'feat/hardening'")
    repo.git("revert", "--no-edit", "-m", "1", merged)
    again = repo.commit("Harden, second attempt\n\nGaterunner-Phase: hardening", {"b.py": "b = 1\n"})

    assert phases_of(repo)["hardening"].commits == (again,)


def test_thousands_of_reverts_cost_no_time() -> None:
    """Each commit is looked for among all that was reverted after it."""
    spoken = [
        Message(commit=f"{at:040x}", parents=("f" * 40,), committed="", text=f"Back\n\nThis reverts commit {at:08x}aa.")
        for at in range(20_000)
    ]
    text = "Harden\n\nGaterunner-Phase: hardening"
    spoken.append(Message(commit=f"{7:08x}aa" + "0" * 30, parents=("f" * 40,), committed="", text=text))
    began = time.process_time()

    found = landings(Spoken(tuple(spoken)), WORKFLOW, "f" * 40)

    assert [(each.phase, each.by) for each in found.reverted] == [("hardening", f"{7:040x}")]
    assert time.process_time() - began < 5  # 0.3 s; compared one by one, 40 s


def test_a_shallow_clone_is_told_apart_from_a_phase_that_never_landed(repo: Repository, tmp_path: Path) -> None:
    work_on(repo, "feat/hardening")
    repo.merge("feat/hardening", "Merge branch 'feat/hardening'")
    work_on(repo, "feat/protection")
    repo.merge("feat/protection", "Merge branch 'feat/protection'")
    one, both = (Repository.clone(repo, tmp_path / f"depth-{depth}", "--depth", str(depth)) for depth in (1, 3))

    with pytest.raises(EvaluationError) as raised:
        phases_of(one)

    assert str(raised.value.message) == (
        f"the history of {repo.head[:12]} is cut off (a shallow clone), so it cannot be told whether `hardening` and "
        "`protection` landed"
    )
    assert "fetch-depth: 0" in (raised.value.help or "")
    assert list(phases_of(both)) == ["hardening", "protection"]


class Spoken:
    """A history of these messages."""

    def __init__(self, messages: tuple[Message, ...]) -> None:
        self._messages = messages

    def mainline(self, commit: str, asked: object = ()) -> Mainline:
        return Mainline(messages=self._messages)


class Silent:
    def mainline(self, commit: str, asked: object = ()) -> Mainline:
        raise AssertionError(commit, asked)


def test_a_workflow_without_phases_asks_git_nothing() -> None:
    none = parse_workflow(b"workflow: {gates: [build]}", ".gaterunner.yml")

    assert landings(Silent(), none, "0" * 40).landed == ()


@pytest.mark.parametrize(
    "text", [b"Merge \xff\xfe 'feat", b"Merge\r\n\r\nGaterunner-Phase: hardening\r\n", b"Merge " * 50_000]
)
def test_messages_of_any_bytes_are_read(repo: Repository, text: bytes) -> None:
    work_on(repo, "feat/hardening")
    tree = repo.git("rev-parse", "feat/hardening^{tree}")
    made = repo.git("commit-tree", tree, "-p", "main", "-p", "feat/hardening", input=text)
    repo.git("reset", "-q", "--hard", made)

    assert list(phases_of(repo)) == (["hardening"] if b"Phase" in text else [])
