"""What is planted in a repository neither runs nor deceives.

Each trap writes a marker file when it runs. Everything that gaterunner reads of a repository is then read.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.git import Repository, snapshot
from tests import gitrepo
from tests.git.conftest import Open


def read_everything(repository: Repository, base: str, head: str) -> list[str]:
    """Calls all there is and returns the paths that were seen as changed."""
    repository.commits(base, head)
    records = list(repository.records(base, head))
    files = repository.diff_files(base, head)
    list(repository.blobs(record.blob for record in records))
    repository.tree_view(head).read("a.txt")
    repository.local_branches()
    repository.merge_base(base, head)
    snapshot.take(repository, head)
    return [file.path for file in files]


@pytest.fixture
def trap(tmp_path: Path) -> Callable[[], str]:
    """A program that leaves a marker; the test fails when the marker is there in the end."""
    script = tmp_path / "trap.sh"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/marker\ncat\n")
    script.chmod(0o755)
    return lambda: str(script)


def config(repo: gitrepo.Repository, key: str, value: str) -> None:
    repo.git("config", key, value)


def hooks(repo: gitrepo.Repository, trap: str) -> None:
    (repo.root / "hooks").mkdir()
    for name in ("post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman", "pre-commit"):
        (repo.root / ".git" / "hooks" / name).write_text(f"#!/bin/sh\n{trap} </dev/null\n")
        (repo.root / ".git" / "hooks" / name).chmod(0o755)


def hooks_path(repo: gitrepo.Repository, trap: str) -> None:
    folder = repo.root / ".git" / "elsewhere"
    folder.mkdir()
    for name in ("post-index-change", "reference-transaction"):
        (folder / name).symlink_to(trap)
    config(repo, "core.hooksPath", str(folder))


def attributes(repo: gitrepo.Repository, line: str) -> None:
    repo.write({".gitattributes": line})
    (repo.root / ".git" / "info").mkdir(exist_ok=True)
    (repo.root / ".git" / "info" / "attributes").write_text(line)


def filters(repo: gitrepo.Repository, trap: str) -> None:
    config(repo, "filter.evil.clean", trap)
    config(repo, "filter.evil.smudge", trap)
    config(repo, "filter.evil.process", trap)
    attributes(repo, "* filter=evil\n")


def textconv(repo: gitrepo.Repository, trap: str) -> None:
    config(repo, "diff.evil.textconv", trap)
    config(repo, "diff.evil.command", trap)
    attributes(repo, "* diff=evil\n")


def included(repo: gitrepo.Repository, trap: str) -> None:
    (repo.root / ".git" / "more").write_text(f"[core]\n\tfsmonitor = {trap}\n[diff]\n\texternal = {trap}\n")
    config(repo, "includeIf.gitdir:**.path", "more")


def aliases(repo: gitrepo.Repository, trap: str) -> None:
    for name in ("log", "diff-tree", "rev-list", "cat-file", "config", "for-each-ref"):
        config(repo, f"alias.{name}", f"!{trap}")


SETTINGS = {
    "fsmonitor": "core.fsmonitor",
    "external diff": "diff.external",
    "pager": "core.pager",
    "pager of log": "pager.log",
    "ssh": "core.sshCommand",
    "editor": "core.editor",
    "credential helper": "credential.helper",
    "gpg": "gpg.program",
    "upload-pack": "remote.origin.uploadpack",
    "alternate refs": "core.alternateRefsCommand",
}
PLANTS: dict[str, Callable[[gitrepo.Repository, str], None]] = {
    "hooks": hooks,
    "hooks path": hooks_path,
    "filters": filters,
    "textconv": textconv,
    "included settings": included,
    "aliases": aliases,
    **{
        name: lambda repo, trap, key=key: config(repo, key, trap)  # type: ignore[misc]  # bound per row
        for name, key in SETTINGS.items()
    },
}


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_nothing_planted_runs(
    plant: Callable[[gitrepo.Repository, str], None],
    repo: gitrepo.Repository,
    trap: Callable[[], str],
    tmp_path: Path,
    open_repository: Open,
) -> None:
    base = repo.head
    head = repo.commit("Change", {"a.txt": "1\n", "b.txt": "1\n"})
    plant(repo, trap())
    repo.write({"a.txt": "2\n"})
    os.utime(repo.root / "b.txt", (1, 1))
    (tmp_path / "marker").unlink(missing_ok=True)
    assert read_everything(open_repository(repo.root), base, head) == ["a.txt", "b.txt"]
    assert not (tmp_path / "marker").exists()


def test_the_trap_is_a_trap(repo: gitrepo.Repository, trap: Callable[[], str], tmp_path: Path) -> None:
    repo.commit("Change", {"a.txt": "1\n"})
    filters(repo, trap())
    repo.write({"a.txt": "2\n"})
    repo.git("diff", "--stat")
    assert (tmp_path / "marker").exists()


def test_git_is_not_taken_from_the_checkout(
    repo: gitrepo.Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (repo.root, repo.root / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / "git").write_text(f"#!/bin/sh\ntouch {tmp_path}/marker\n")
        (folder / "git").chmod(0o755)
    monkeypatch.chdir(repo.root)
    with Repository.open(repo.root, env={**os.environ, "PATH": f"bin:.::{os.environ['PATH']}"}) as repository:
        assert repository.head_commit() == repo.head
    assert not (tmp_path / "marker").exists()


def test_a_replacement_does_not_deceive(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    head = repo.commit("Evil", {"a.txt": "evil\n"})
    repo.git("switch", "-q", "--detach", base)
    honest = repo.commit("Honest", {"a.txt": "honest\n"})
    repo.git("switch", "-q", "main")
    evil_blob = repo.git("rev-parse", f"{head}:a.txt")
    repo.git("replace", evil_blob, repo.git("rev-parse", f"{honest}:a.txt"))
    repo.git("replace", head, honest)
    repository = open_repository(repo.root)
    assert [commit.subject for commit in repository.commits(base, head)] == ["Evil"]
    assert repository.read(head, "a.txt") == b"evil\n"
    assert [blob.data for blob in repository.blobs([evil_blob])] == [b"evil\n"]


def test_a_graft_does_not_deceive(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    hidden = repo.commit("Hidden", {"secret": "x\n"})
    head = repo.commit("Head", {"secret": None})
    (repo.root / ".git" / "info").mkdir(exist_ok=True)
    (repo.root / ".git" / "info" / "grafts").write_text(f"{head} {base}\n")
    repository = open_repository(repo.root)
    assert [commit.sha for commit in repository.commits(base, head)] == [head, hidden]
    assert {record.commit for record in repository.records(base, head)} == {head, hidden}


def test_a_made_up_end_of_history_is_an_error(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    repo.commit("Hidden", {"secret": "x\n"})
    head = repo.commit("Head", {"secret": None})
    (repo.root / ".git" / "shallow").write_text(f"{head}\n")
    repository = open_repository(repo.root)
    with pytest.raises(EvaluationError, match=f"is cut off at commit {head}"):
        repository.commits(base, head)
    with pytest.raises(EvaluationError, match=f"is cut off at commit {head}"):
        list(repository.records(base, head))


@pytest.mark.parametrize("line", ["* -diff\n", "* binary\n", "* -text -diff linguist-generated\n"])
def test_attributes_do_not_hide_lines(line: str, repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    head = repo.commit("Hide", {"a.txt": "1\n2\n3\n", ".gitattributes": line})
    attributes(repo, line)
    files = {file.path: file for file in open_repository(repo.root).diff_files(base, head)}
    assert files["a.txt"].insertions == 3


def test_a_forged_cache_of_parents_does_not_deceive(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    repo.commit("Hidden", {"secret": "x\n"})
    head = repo.commit("Head", {"secret": None})
    (repo.root / ".git" / "info").mkdir(exist_ok=True)
    repo.git("commit-graph", "write", "--reachable")
    graph = repo.root / ".git" / "objects" / "info" / "commit-graph"
    graph.chmod(0o644)
    data = bytearray(graph.read_bytes())
    data[-60:-20] = bytes(40)
    graph.write_bytes(bytes(data))
    assert len(open_repository(repo.root).commits(base, head)) == 2


def test_a_partial_clone_does_not_fetch_behind_our_back(
    repo: gitrepo.Repository, tmp_path: Path, open_repository: Open, trap: Callable[[], str]
) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    base = repo.head
    repo.commit("One", {"a.txt": "1\n"})
    repo.commit("Two", {"a.txt": "2\n"})
    clone = gitrepo.Repository.clone(repo, tmp_path / "clone", "--filter=blob:none")
    clone.git("config", "remote.origin.uploadpack", trap())
    repository = open_repository(clone.root)
    with pytest.raises(EvaluationError, match="is missing in this repository"):
        list(repository.blobs(record.blob for record in repository.records(base, clone.head)))
    assert not (tmp_path / "marker").exists()


def edits_seen(repository: Repository, head: str) -> list[str]:
    taken = snapshot.take(repository, head)
    return [] if taken is None else [file.path for file in repository.diff_files(head, taken.commit)]


def test_a_file_watcher_does_not_hide_an_edit(repo: gitrepo.Repository, open_repository: Open, tmp_path: Path) -> None:
    head = repo.commit("Change", {"a.txt": "1\n"})
    watcher = tmp_path / "watcher"
    watcher.write_text("#!/bin/sh\nprintf 'token\\0'\n")  # says that nothing ever changes
    watcher.chmod(0o755)
    config(repo, "core.fsmonitor", str(watcher))
    repo.git("update-index", "--fsmonitor")
    repo.git("update-index", "--fsmonitor-valid", "a.txt", "README.md")
    repo.write({"a.txt": "hidden edit\n"})
    assert repo.git("diff", "--name-only") == ""
    assert edits_seen(open_repository(repo.root), head) == ["a.txt"]


def test_a_stale_list_of_untracked_files_does_not_hide_one(repo: gitrepo.Repository, open_repository: Open) -> None:
    config(repo, "core.untrackedCache", "true")
    repo.git("update-index", "--force-untracked-cache")
    repo.git("status", "--porcelain")
    stamp = repo.root.stat()
    repo.write({"new.txt": "x\n"})
    os.utime(repo.root, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert edits_seen(open_repository(repo.root), repo.head) == ["new.txt"]


def test_forged_times_do_not_hide_an_edit(repo: gitrepo.Repository, open_repository: Open) -> None:
    head = repo.commit("Change", {"a.txt": "one\n"})
    os.utime(repo.root / "a.txt", (1_700_000_000, 1_700_000_000))
    repo.git("update-index", "--refresh")
    config(repo, "core.trustctime", "false")
    config(repo, "core.checkStat", "minimal")
    # The kernel's own time of change cannot be set back; its clock may need a moment to move on.
    before = (repo.root / "a.txt").stat().st_ctime_ns
    while (repo.root / "a.txt").stat().st_ctime_ns // 10**9 == before // 10**9:
        repo.write({"a.txt": "two\n"})
        os.utime(repo.root / "a.txt", (1_700_000_000, 1_700_000_000))
    assert repo.git("diff", "--name-only") == ""
    assert edits_seen(open_repository(repo.root), head) == ["a.txt"]
