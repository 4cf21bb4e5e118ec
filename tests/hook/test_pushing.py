"""What a push of a branch with the hook comes to: real git, a real remote."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.gitrepo import Repository
from tests.hook.pushing import GREEN, RED, Developer
from tests.secrets.credentials import fill


@pytest.fixture
def developer(tmp_path: Path) -> Developer:
    """Someone whose clone has the hook."""
    found = Developer(tmp_path)
    found.install()
    return found


def test_a_red_branch_is_refused_and_a_green_one_goes_through(developer: Developer) -> None:
    red = developer.clone.commit("Break it", {"test.sh": RED})
    refused = developer.push()

    assert refused.code == 1
    assert "one test is red" in refused.err
    assert f"gaterunner: push of feat/x ({red[:12]}) refused" in refused.err
    assert developer.on_remote("feat/x") is None

    green = developer.clone.commit("Mend it", {"test.sh": GREEN})
    gone = developer.push()

    assert gone.code == 0, gone.err
    assert f"gaterunner: feat/x ({green[:12]}) may be pushed" in gone.err
    assert developer.on_remote("feat/x") == green


def test_nothing_of_the_report_goes_to_standard_output(developer: Developer) -> None:
    """`git push --porcelain` is read by programs."""
    developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})
    pushed = developer.push("--porcelain", "origin", "HEAD")

    assert "Verdict" not in pushed.out
    assert pushed.out.endswith("Done\n")


def test_what_lacks_only_an_approval_goes_through_as_there_is_none_before_the_push(developer: Developer) -> None:
    head = developer.clone.commit("Another test", {"test.sh": "exit 0 # again\n"})
    gone = developer.push()

    assert gone.code == 0, gone.err
    assert "its pull request needs an approval for guardrails" in gone.err
    assert developer.on_remote("feat/x") == head


def test_in_shadow_mode_nothing_is_kept_back(developer: Developer) -> None:
    developer.clone.switch("main")
    developer.clone.commit("Try it out", {".gaterunner.yml": "workflow: {mode: shadow, gates: [unit: sh test.sh]}\n"})
    developer.clone.git("push", "-q", "--no-verify", "origin", "main")
    developer.clone.switch("feat/y", create=True)
    head = developer.clone.commit("Break it", {"test.sh": RED})

    pushed = developer.push()

    assert pushed.code == 0
    assert "may be pushed, as the mode is shadow; the verdict is fail" in pushed.err
    assert developer.on_remote("feat/y") == head


def test_a_deleted_branch_needs_no_judgement(developer: Developer) -> None:
    developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})
    assert developer.push().code == 0
    developer.clone.commit("Break it", {"test.sh": RED})

    deleted = developer.push("origin", "--delete", "feat/x")

    assert deleted.code == 0
    assert "refs/heads/feat/x is deleted on origin: there is nothing to judge" in deleted.err
    assert developer.on_remote("feat/x") is None


def test_a_forced_push_is_judged_like_any_other(developer: Developer) -> None:
    first = developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})
    assert developer.push().code == 0
    developer.clone.git("reset", "-q", "--hard", "origin/main")
    red = developer.clone.commit("Break it instead", {"test.sh": RED})

    refused = developer.push("--force", "origin", "HEAD")

    assert (refused.code, developer.on_remote("feat/x")) == (1, first)
    assert f"({red[:12]}) refused" in refused.err


class TestTags:
    def test_one_on_what_the_remote_has_is_not_judged(self, developer: Developer) -> None:
        developer.clone.git("tag", "-a", "-m", "First", "v1", "origin/main")
        pushed = developer.push("origin", "v1")
        assert pushed.code == 0
        assert "refs/tags/v1: origin has its commits already" in pushed.err
        assert developer.on_remote("v1") is not None

    def test_one_that_brings_commits_is_judged(self, developer: Developer) -> None:
        developer.clone.commit("Break it", {"test.sh": RED})
        developer.clone.git("tag", "-a", "-m", "First", "v1")
        refused = developer.push("origin", "v1")
        assert refused.code == 1
        assert "push of refs/tags/v1" in refused.err
        assert developer.on_remote("v1") is None

    def test_one_that_names_no_commit_cannot_be_judged(self, developer: Developer) -> None:
        developer.clone.git("tag", "blob", "HEAD:test.sh")
        refused = developer.push("origin", "blob")
        assert refused.code == 1
        assert "which is no commit of this repository and cannot be judged" in refused.err


class TestBranches:
    def test_a_new_name_for_what_the_remote_has_is_not_judged(self, developer: Developer) -> None:
        pushed = developer.push("origin", "origin/main:refs/heads/feat/again")
        assert pushed.code == 0
        assert "refs/heads/feat/again: origin has its commits already" in pushed.err

    def test_what_moves_a_branch_is_judged_though_the_remote_has_it_elsewhere(self, developer: Developer) -> None:
        """`git push origin feat/x:main` is a merge by hand."""
        developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})
        assert developer.push().code == 0
        moved = developer.push("origin", "feat/x:main")
        assert "main (" in moved.err
        assert "may be pushed" in moved.err

    def test_a_branch_is_judged_under_the_name_that_it_gets(self, tmp_path: Path) -> None:
        developer = Developer(tmp_path)
        law = "workflow: {gates: [unit: sh test.sh], policies: [no-merge-to-main]}\n"
        developer.clone.switch("main")
        developer.clone.commit("Keep main", {".gaterunner.yml": law})
        assert developer.push("origin", "main").code == 0
        developer.install()
        developer.clone.switch("feat/y", create=True)
        developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})

        refused = developer.push("origin", "HEAD:main")

        assert refused.code == 1
        assert "the judged branch is main, which is protected" in refused.err
        assert developer.push("origin", "HEAD").code == 0

    def test_one_that_is_not_checked_out_is_refused_as_its_gates_cannot_run(self, developer: Developer) -> None:
        developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})
        developer.clone.switch("feat/y", create=True, at="origin/main")
        refused = developer.push("origin", "feat/x")
        assert refused.code == 1
        assert "which is not checked out, and gates run in the work tree" in refused.err
        assert "git switch feat/x; git push" in refused.err

    def test_several_names_for_one_commit_run_its_gates_once(self, developer: Developer) -> None:
        counted = developer.tools / "counted"
        developer.clone.commit("Work", {"test.sh": f"echo once >> {counted}\n"})
        pushed = developer.push("origin", "HEAD:refs/heads/a", "HEAD:refs/heads/b")
        assert pushed.code == 0, pushed.err
        assert counted.read_text() == "once\n"
        assert (developer.on_remote("a") is not None, developer.on_remote("b") is not None) == (True, True)

    def test_one_bad_ref_of_several_keeps_all_of_them_back(self, developer: Developer) -> None:
        developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})
        developer.clone.switch("feat/y", create=True, at="origin/main")
        developer.clone.commit("Break it", {"test.sh": RED})
        refused = developer.push("origin", "feat/y", "feat/x")
        assert refused.code == 1
        assert (developer.on_remote("feat/x"), developer.on_remote("feat/y")) == (None, None)

    @pytest.mark.parametrize("option", ["--all", "--mirror", "--tags"])
    def test_many_refs_at_once_are_judged_one_by_one(self, tmp_path: Path, option: str) -> None:
        developer = Developer(tmp_path)
        developer.install("--check")
        developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})
        developer.clone.git("tag", "v1")
        developer.clone.switch("feat/y", create=True, at="origin/main")
        developer.clone.commit("Oops", {"settings.py": fill('TOKEN = "{github_pat}"\n')})
        developer.clone.git("tag", "v2")

        refused = developer.push(option, "origin")

        assert refused.code == 1
        assert "may be pushed" in refused.err
        assert "refused" in refused.err
        assert (developer.on_remote("feat/x"), developer.on_remote("v1")) == (None, None)

    def test_a_name_beyond_ascii(self, developer: Developer) -> None:
        developer.clone.switch("feat/größe-λ", create=True)
        head = developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})
        pushed = developer.push("origin", "HEAD")
        assert pushed.code == 0, pushed.err
        assert developer.on_remote("feat/größe-λ") == head

    def test_what_the_user_names_need_not_be_a_ref(self, developer: Developer) -> None:
        developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})
        pushed = developer.push("origin", "HEAD^{commit}:refs/heads/feat/z")
        assert pushed.code == 0, pushed.err
        assert "has no branch name" not in pushed.err

    def test_nothing_to_push_is_nothing_to_judge(self, developer: Developer) -> None:
        pushed = developer.push("origin", "origin/main:main")
        assert (pushed.code, "gaterunner" in pushed.err) == (0, False)


class TestPoliciesOnly:
    def test_any_branch_is_judged_and_nothing_is_executed(self, tmp_path: Path) -> None:
        developer = Developer(tmp_path)
        developer.install("--check")
        developer.clone.commit("Break it", {"test.sh": f"touch {tmp_path}/executed; exit 1\n"})
        developer.clone.switch("feat/y", create=True, at="origin/main")
        (developer.clone.root / "scratch.txt").write_text("not committed\n")

        pushed = developer.push("origin", "feat/x")

        assert pushed.code == 0, pushed.err
        assert not (tmp_path / "executed").exists()

    def test_a_secret_is_not_pushed(self, tmp_path: Path) -> None:
        developer = Developer(tmp_path)
        developer.install("--check")
        developer.clone.commit("Oops", {"settings.py": fill('TOKEN = "{github_pat}"\n')})
        refused = developer.push()
        assert refused.code == 1
        assert "settings.py" in refused.err
        assert developer.on_remote("feat/x") is None


class TestWhatIsRefused:
    def test_a_dirty_work_tree(self, developer: Developer) -> None:
        developer.clone.commit("Work", {"test.sh": RED})
        developer.clone.write({"test.sh": GREEN})
        refused = developer.push()
        assert refused.code == 1
        assert "the gates would not see what is pushed" in refused.err
        assert "put them aside (git stash -u) and push again" in refused.err
        assert "--head" not in refused.err  # nobody who pushes has given that
        assert developer.on_remote("feat/x") is None

    def test_whatever_gaterunner_ends_with_that_is_not_0(self, developer: Developer) -> None:
        developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})
        (developer.tools / "gaterunner").write_text("#!/bin/sh\nkill -9 $$\n")
        assert developer.push().code == 1
        assert developer.on_remote("feat/x") is None

    def test_every_push_while_gaterunner_is_not_on_path(self, developer: Developer) -> None:
        developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})
        (developer.tools / "gaterunner").unlink()
        refused = developer.push(env={"PATH": "/usr/local/bin:/usr/bin:/bin"})
        assert refused.code == 1
        assert "gaterunner: push refused, nothing was judged: there is no gaterunner on PATH" in refused.err
        assert "pip install gaterunner" in refused.err
        assert developer.on_remote("feat/x") is None

    def test_what_is_not_git_speaking(self, developer: Developer) -> None:
        done = developer.gaterunner("hook", "pre-push", "origin")
        assert done.code == 0  # git pushes nothing when there is nothing to push
        assert done.err == ""

    def test_a_push_of_which_another_command_in_the_hook_has_read_the_names(self, developer: Developer) -> None:
        developer.clone.commit("Break it", {"test.sh": RED})
        developer.hook.write_text('#!/bin/sh\ncat > /dev/null\ngaterunner hook pre-push -- "$@"\n')
        refused = developer.push()
        assert refused.code == 1
        assert "git named nothing that is pushed, and origin lacks" in refused.err
        assert "keep it first, named=$(cat)" in refused.err
        assert developer.on_remote("feat/x") is None

    def test_a_branch_that_a_gate_moves_between_two_judgements(self, developer: Developer) -> None:
        """The gates run once for the commit; by the second name the policies would see what the gate put there."""
        move = "git update-ref refs/heads/feat/x origin/main; git symbolic-ref HEAD refs/heads/other\n"
        sly = f"git branch other; {move}"
        developer.clone.commit("Move it", {"test.sh": sly})

        refused = developer.push("origin", "feat/x:refs/heads/a", "feat/x:refs/heads/b")

        assert refused.code == 1
        assert "b would be" in refused.err
        assert "feat/x is at" in refused.err
        assert (developer.on_remote("a"), developer.on_remote("b")) == (None, None)

    def test_a_push_from_another_repository_than_that_of_the_work_tree(
        self, developer: Developer, tmp_path: Path
    ) -> None:
        """Its remotes, and so the base of the judgement, are others than those that git pushes to."""
        developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})
        Repository.clone(developer.clone, tmp_path / "another")
        there = ["--git-dir", str(developer.clone.root / ".git"), "--work-tree", str(tmp_path / "another")]

        refused = developer.git(*there, "push", "origin", "HEAD", folder=tmp_path / "another")

        assert refused.code == 1
        assert "git pushes from" in refused.err
        assert developer.on_remote("feat/x") is None


class TestSurroundings:
    def test_variables_that_git_sets_for_hooks_lead_nobody_astray(self, developer: Developer, tmp_path: Path) -> None:
        other = tmp_path / "other"
        other.mkdir()
        leftovers = "env | grep ^GIT_ | grep -v -e ^GIT_AUTHOR -e ^GIT_COMMITTER > variables"
        test = f"cd {other} && git init -q . && git rev-parse --show-toplevel > seen && {leftovers}; true\n"
        head = developer.clone.commit("Work", {"test.sh": test})
        index = (developer.clone.root / ".git" / "index").read_bytes()

        pushed = developer.push(
            "origin",
            "HEAD",
            env={
                "GIT_DIR": str(developer.clone.root / ".git"),
                "GIT_WORK_TREE": str(developer.clone.root),
                "GIT_INDEX_FILE": str(developer.clone.root / ".git" / "index"),
                "GIT_CONFIG_PARAMETERS": "'core.bare=true'",
            },
        )

        assert pushed.code == 0, pushed.err
        assert developer.on_remote("feat/x") == head
        assert (other / "seen").read_text().strip() == os.path.realpath(other)
        assert (other / "variables").read_text() == ""
        assert (developer.clone.root / ".git" / "index").read_bytes() == index

    def test_a_linked_work_tree_shares_the_hook(self, developer: Developer, tmp_path: Path) -> None:
        developer.clone.git("worktree", "add", "-q", "-b", "feat/linked", str(tmp_path / "linked"), "origin/main")
        (tmp_path / "linked" / "test.sh").write_text(RED)
        developer.clone.git("-C", str(tmp_path / "linked"), "commit", "-q", "-am", "Break it")

        refused = developer.push("origin", "HEAD", folder=tmp_path / "linked")

        assert refused.code == 1
        assert "push of feat/linked" in refused.err
        assert developer.on_remote("feat/linked") is None

    def test_a_submodule_has_a_hook_of_its_own(self, developer: Developer, tmp_path: Path) -> None:
        outer = Repository.create(tmp_path / "outer")
        outer.commit("Start", {"README.md": "outer\n"})
        allowed = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "protocol.file.allow", "GIT_CONFIG_VALUE_0": "always"}
        outer.git("submodule", "--quiet", "add", f"file://{developer.remote}", "inner", env=allowed)
        inner = Repository(outer.root / "inner")
        assert developer.gaterunner("hook", "install", folder=inner.root).code == 0
        inner.switch("feat/inner", create=True)
        inner.commit("Break it", {"test.sh": RED})
        assert developer.push("origin", "HEAD", folder=inner.root).code == 1
        assert developer.on_remote("feat/inner") is None

    def test_a_push_from_a_subfolder(self, developer: Developer) -> None:
        developer.clone.commit("Break it", {"test.sh": RED, "deep/down/app.py": "VALUE = 1\n"})
        assert developer.push("origin", "HEAD", folder=developer.clone.root / "deep" / "down").code == 1

    def test_a_push_to_an_address_instead_of_a_remote(self, developer: Developer) -> None:
        developer.clone.commit("Break it", {"test.sh": RED})
        assert developer.push(str(developer.remote), "HEAD").code == 1
        assert developer.on_remote("feat/x") is None

    def test_a_detached_head(self, developer: Developer) -> None:
        developer.clone.git("switch", "-q", "--detach")
        green = developer.clone.commit("Work", {"app.py": "VALUE = 1\n"})
        pushed = developer.push("origin", "HEAD:refs/heads/feat/z")
        assert pushed.code == 0, pushed.err
        assert "has no branch name" not in pushed.err
        assert developer.on_remote("feat/z") == green
