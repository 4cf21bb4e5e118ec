"""A commit in a folder that a gate can run in."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from gaterunner.baseline import worktree
from gaterunner.baseline.worktree import Worktrees
from gaterunner.errors import EvaluationError
from gaterunner.executors.identity import Identity
from gaterunner.git.repository import Repository as Checkout
from gaterunner.git.worktree import overlaid
from tests.gitrepo import Repository

NOBODY = Identity(uid=65534, gid=65534)


def opened(repo: Repository) -> Checkout:
    return Checkout.open(repo.root, env=dict(os.environ))


def worktrees(checkout: Checkout, parent: Path, identity: Identity | None = None) -> Worktrees:
    parent.mkdir(exist_ok=True)
    return Worktrees(checkout, identity=identity, parent=parent)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_commit_lies_there_as_a_checkout_of_its_own(repo: Repository, tmp_path: Path) -> None:
    (repo.root / "run.sh").write_text("echo 1\n")
    (repo.root / "run.sh").chmod(0o755)
    (repo.root / "link").symlink_to("run.sh")
    base = repo.commit("Base", {"a/b.txt": "old\n", "g\u00fc\n.txt": "x"})
    repo.commit("Head", {"a/b.txt": "new\n"})
    with opened(repo) as checkout, worktrees(checkout, tmp_path / "tmp").of(base, contained=True) as folder:
        assert (folder / "a/b.txt").read_text() == "old\n"
        assert os.access(folder / "run.sh", os.X_OK)
        assert (folder / "link").readlink() == Path("run.sh")
        assert git(folder, "rev-parse", "HEAD") == base
        assert git(folder, "status", "--porcelain") == ""
        assert git(folder, "rev-list", "--count", "HEAD") == "1"
        assert git(folder, "fsck", "--full") == ""
        assert not (folder / ".git/objects/info/alternates").exists()
        assert str(repo.root) not in (folder / ".git/config").read_text()
    assert list((tmp_path / "tmp").iterdir()) == []
    assert git(repo.root, "worktree", "list").count("\n") == 0


def test_nothing_that_the_repository_plants_is_run(repo: Repository, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    (repo.root / ".git/hooks").mkdir(exist_ok=True)
    (repo.root / ".git/hooks/post-checkout").symlink_to(trap)
    base = repo.commit("Base", {".gitattributes": "*.txt filter=trap ident\n", "a.txt": "a\n"})
    for key in ("filter.trap.smudge", "filter.trap.process", "core.fsmonitor", "uploadpack.packObjectsHook"):
        repo.git("config", key, str(trap))
    repo.git("config", "core.hooksPath", str(repo.root / ".git/hooks"))
    with opened(repo) as checkout, worktrees(checkout, tmp_path / "tmp").of(base, contained=True) as folder:
        assert (folder / "a.txt").read_text() == "a\n"
        assert not (folder / ".git/hooks").exists()
    assert not (tmp_path / "sprung").exists()


def test_line_ends_are_those_of_a_checkout(repo: Repository, tmp_path: Path) -> None:
    base = repo.commit("Base", {".gitattributes": "*.bat eol=crlf\n", "a.bat": "a\n"})
    with opened(repo) as checkout, worktrees(checkout, tmp_path / "tmp").of(base, contained=True) as folder:
        assert (folder / "a.bat").read_bytes() == b"a\r\n"


def test_what_is_not_committed_can_be_judged_too(repo: Repository, tmp_path: Path) -> None:
    from gaterunner.git.snapshot import take

    head = repo.commit("Head", {"a.txt": "a"})
    repo.write({"a.txt": "dirty"})
    with opened(repo) as checkout:
        snapshot = take(checkout, head)
        assert snapshot is not None
        with worktrees(checkout, tmp_path / "tmp").of(snapshot.commit, contained=True) as folder:
            assert (folder / "a.txt").read_text() == "dirty"


def test_a_missing_object_is_told(repo: Repository, tmp_path: Path) -> None:
    base = repo.commit("Base", {"a.txt": "only here"})
    blob = repo.git("rev-parse", "HEAD:a.txt")
    (repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with (
        opened(repo) as checkout,
        pytest.raises(EvaluationError, match="git failed while copying the objects") as error,
        worktrees(checkout, tmp_path / "tmp").of(base, contained=True),
    ):
        pass
    assert error.value.help is not None
    assert "fetch-depth: 0" in error.value.help
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_it_belongs_to_whom_gates_run_as(repo: Repository, tmp_path: Path) -> None:
    base = repo.commit("Base", {"a/b.txt": "x"})
    (repo.root / "link").symlink_to("/etc/passwd")
    base = repo.commit("Link")
    with opened(repo) as checkout, worktrees(checkout, tmp_path / "tmp", NOBODY).of(base, contained=True) as folder:
        names = [folder, *folder.rglob("*")]
        assert {(path.lstat().st_uid, path.lstat().st_gid) for path in names} == {(65534, 65534)}
        assert folder.parent.stat().st_uid == 0
        assert folder.parent.stat().st_mode & 0o777 == 0o711
    assert Path("/etc/passwd").stat().st_uid == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_nobody_gets_in_before_all_of_it_is_given(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = repo.commit("Base", {"a/b.txt": "x"})
    original = worktree._give
    seen: list[int] = []

    def look_and_give(tree: Path, identity: Identity) -> None:
        original(tree, identity)
        seen.append(tree.parent.stat().st_mode & 0o777)

    monkeypatch.setattr(worktree, "_give", look_and_give)
    with opened(repo) as checkout, worktrees(checkout, tmp_path / "tmp", NOBODY).of(base, contained=True):
        pass
    assert seen == [0o700]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_it_may_lie_in_a_folder_that_gates_can_write_to(repo: Repository, tmp_path: Path) -> None:
    (repo.root / "run.sh").write_text("echo 1\n")
    (repo.root / "run.sh").chmod(0o755)
    (repo.root / "link").symlink_to("/etc/passwd")
    base = repo.commit("Base", {"a/b.txt": "x"})
    parent = tmp_path / "theirs"
    parent.mkdir()
    os.chown(parent, 65534, 65534)
    with opened(repo) as checkout, worktrees(checkout, parent, NOBODY).of(base, contained=True) as folder:
        assert folder.is_relative_to(parent)
        assert {path.lstat().st_uid for path in (folder, *folder.rglob("*"))} == {65534}
        assert os.access(folder / "run.sh", os.X_OK)
        assert (folder / "link").readlink() == Path("/etc/passwd")
        assert git(folder, "-c", f"safe.directory={folder}", "status", "--porcelain") == ""
    assert list(parent.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could be tricked")
@pytest.mark.parametrize(
    ("step", "told"),
    [("write_checkout", "could not be filled: Not a directory"), ("_copy", "was exchanged while it was filled")],
)
def test_a_gate_that_exchanges_the_folder_gets_nothing_of_root_s(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, told: str
) -> None:
    base = repo.commit("Base", {"a/b.txt": "x"})
    parent, victim = tmp_path / "theirs", tmp_path / "victim"
    parent.mkdir()
    os.chown(parent, 65534, 65534)
    (victim / "content/a").mkdir(parents=True)
    (victim / "content/a/b.txt").write_text("root's")
    original = getattr(worktree, step)

    def exchange_first(*arguments: object) -> None:
        for folder in parent.iterdir():
            folder.rename(tmp_path / "taken")
            folder.symlink_to(victim)
        monkeypatch.setattr(worktree, step, original)
        original(*arguments)

    monkeypatch.setattr(worktree, step, exchange_first)
    with (
        opened(repo) as checkout,
        pytest.raises(EvaluationError, match=told),
        worktrees(checkout, parent, NOBODY).of(base, contained=True),
    ):
        pass
    assert (victim / "content/a/b.txt").read_text() == "root's"
    assert {path.stat().st_uid for path in (victim, *victim.rglob("*"))} == {0}


@pytest.mark.parametrize("step", ["write_checkout", "_copy"])
def test_a_gate_in_a_container_cannot_have_files_written_elsewhere(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """It is the user that we are, but sees nothing of this machine but the checkout."""
    base = repo.commit("Base", {".bashrc": "the branch's"})
    victim = tmp_path / "home"
    (victim / "content").mkdir(parents=True)
    original = getattr(worktree, step)
    with opened(repo) as checkout:

        def exchange_first(*arguments: object) -> None:
            for folder in checkout.git_dir.glob("gaterunner-run-*"):
                folder.rename(tmp_path / "taken")
                folder.symlink_to(victim)
            monkeypatch.setattr(worktree, step, original)
            original(*arguments)

        monkeypatch.setattr(worktree, step, exchange_first)
        places = Worktrees(checkout, identity=None, parent=checkout.git_dir)
        with (
            pytest.raises(EvaluationError, match=r"could not be filled|was exchanged"),
            places.of(base, contained=True),
        ):
            pass
    assert list(victim.rglob("*")) == [victim / "content"]


def test_a_gate_of_this_machine_gets_its_folder_where_tools_search(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = repo.commit("Base", {"a.txt": "x"})
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    with opened(repo) as checkout:
        places = Worktrees(checkout, identity=None, parent=checkout.git_dir)
        with places.of(base) as mine, places.of(base, contained=True) as boxed:
            assert mine.is_relative_to(tmp_path / "tmp")
            assert boxed.is_relative_to(repo.root / ".git")


def test_it_is_removed_whatever_happens_in_it(repo: Repository, tmp_path: Path) -> None:
    base = repo.commit("Base", {"a.txt": "x"})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()

    def work(folder: Path) -> None:
        (folder / "out").symlink_to(outside)
        (folder / "deep/er").mkdir(parents=True)
        (folder / "deep/er/file").touch()
        (folder / "deep/er").chmod(0o500)
        (folder / "deep").chmod(0o000)
        raise KeyError

    with (
        opened(repo) as checkout,
        pytest.raises(KeyError),
        worktrees(checkout, tmp_path / "tmp").of(base, contained=True) as folder,
    ):
        work(folder)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert (outside / "kept").exists()


def test_the_base_s_files_are_laid_over_the_head_s(repo: Repository, tmp_path: Path) -> None:
    base = repo.commit("Base", {"src.py": "old", "tests/a.py": "old", "tests/b.py": "old", "tests/c": "file"})
    head = repo.commit(
        "Head", {"src.py": "new", "tests/a.py": "new", "tests/b.py": None, "tests/d.py": "new", "tests/c": None}
    )
    head = repo.commit("Folder", {"tests/c/x": "folder"})
    with opened(repo) as checkout:
        commit = overlaid(checkout, head, base, lambda path: path.startswith("tests/"))
        assert commit is not None
        with worktrees(checkout, tmp_path / "tmp").of(commit, contained=True) as folder:
            found = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts]
            told = {path.relative_to(folder).as_posix(): path.read_text() for path in found}
    assert told == {
        "README.md": "# Example\n",
        "src.py": "new",
        "tests/a.py": "old",
        "tests/b.py": "old",
        "tests/c": "file",
    }


def test_the_same_files_need_not_be_laid_over(repo: Repository) -> None:
    base = repo.commit("Base", {"src.py": "old", "tests/a.py": "same"})
    head = repo.commit("Head", {"src.py": "new"})
    with opened(repo) as checkout:
        assert overlaid(checkout, head, base, lambda path: path.startswith("tests/")) is None
