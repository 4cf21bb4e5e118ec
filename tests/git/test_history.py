"""Commits, files and records of a range."""

from __future__ import annotations

import pytest

from gaterunner.errors import EvaluationError
from tests import gitrepo
from tests.git.conftest import Open

NONE = "0" * 40
ODD = ("with space", 'quo"te', "new\nline", "tab\there", ":colon", "ünï", "back\\slash", "'")


def test_files_are_listed_without_folding_renames(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.commit("Base", {"old.py": "1\n2\n3\n", "gone.py": "x\n", "pic": b"\0\1", "exec.sh": "echo\n"})
    repo.git("mv", "old.py", "new.py")
    (repo.root / "exec.sh").chmod(0o755)
    head = repo.commit("Change", {"gone.py": None, "pic": b"\0\2", "README.md": "# Changed\nmore\n"})
    files = {file.path: file for file in open_repository(repo.root).diff_files(base, head)}
    assert {path: file.status for path, file in files.items()} == {
        "README.md": "M",
        "exec.sh": "M",
        "gone.py": "D",
        "new.py": "A",
        "old.py": "D",
        "pic": "M",
    }
    assert (files["README.md"].insertions, files["README.md"].deletions) == (2, 1)
    assert (files["old.py"].insertions, files["old.py"].deletions) == (0, 3)
    assert (files["exec.sh"].old_mode, files["exec.sh"].new_mode) == ("100644", "100755")
    assert (files["exec.sh"].insertions, files["exec.sh"].deletions) == (0, 0)
    assert files["pic"].insertions is None
    assert (files["gone.py"].new_mode, files["gone.py"].new_blob) == ("000000", NONE)


def test_symlinks_and_submodules_are_what_they_are(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.commit("Base", {"link": "a file\n"})
    (repo.root / "link").unlink()
    (repo.root / "link").symlink_to("/etc/passwd")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{base},module")
    repo.git("add", "link")
    repo.git("commit", "-q", "-m", "Change")
    files = {file.path: file for file in open_repository(repo.root).diff_files(base, repo.head)}
    assert (files["link"].status, files["link"].new_mode) == ("T", "120000")
    assert (files["module"].new_mode, files["module"].new_blob) == ("160000", base)
    records = {record.path: record for record in open_repository(repo.root).records(base, repo.head)}
    assert (records["module"].mode, records["module"].blob) == ("160000", base)
    assert records["link"].mode == "120000"


def test_any_path_survives(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    head = repo.commit("Odd", {name: name + "\n" for name in ODD})
    repository = open_repository(repo.root)
    assert {file.path for file in repository.diff_files(base, head)} == set(ODD)
    assert all(file.insertions for file in repository.diff_files(base, head))
    assert {record.path for record in repository.records(base, head)} == set(ODD)
    assert {entry.path for entry in repository.tree(head)} == {*ODD, "README.md"}
    for name in ODD:
        assert repository.read(head, name) == f"{name}\n".encode()


def test_a_path_that_is_not_utf_8_survives(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    path = b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    head = repo.commit("Latin", {path: "x\n"})
    repository = open_repository(repo.root)
    assert [file.path for file in repository.diff_files(base, head)] == [path]
    assert [record.path for record in repository.records(base, head)] == [path]
    assert repository.read(head, path) == b"x\n"


def test_records_come_commit_by_commit_oldest_first(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    one = repo.commit("One", {"a": "1\n", "b": "1\n"})
    two = repo.commit("Two", {"a": "2\n"})
    three = repo.commit("Three", {"a": None})
    records = list(open_repository(repo.root).records(base, three))
    assert [(record.commit, record.path, record.status) for record in records] == [
        (one, "a", "A"),
        (one, "b", "A"),
        (two, "a", "M"),
        (three, "a", "D"),
    ]
    assert records[0].parent_blobs == (NONE,)
    assert records[2].parent_blobs == (records[0].blob,)
    assert (records[3].blob, records[3].mode) == (NONE, "000000")


def test_a_first_commit_adds_all_its_files(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    repo.git("switch", "-q", "--orphan", "alone")
    alone = repo.commit("Alone", {"x": "x\n"})
    records = list(open_repository(repo.root).records(base, alone))
    assert [(record.path, record.status, record.parent_blobs) for record in records] == [("x", "A", (NONE,))]


def test_a_merge_shows_what_neither_parent_held(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.commit("Base", {"a": "base\n", "b": "base\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Branch", {"a": "branch\n"})
    repo.switch("main")
    main = repo.commit("Main", {"b": "main\n"})
    repo.switch("feat/x")
    repo.git("merge", "-q", "--no-ff", "--no-commit", "main")
    repo.write({"a": "evil\n", "hidden": "only here\n"})
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Merge main")
    repository = open_repository(repo.root)
    records = [record for record in repository.records(base, repo.head) if record.commit == repo.head]
    assert [(record.path, record.status, len(record.parent_blobs)) for record in records] == [
        ("a", "MM", 2),
        ("hidden", "AA", 2),
    ]
    assert records[1].parent_blobs == (NONE, NONE)
    assert records[0].mode == "100644"
    assert main in {commit.sha for commit in repository.commits(base, repo.head)}


def test_a_merge_of_three_has_three_parents(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    for name in ("one", "two"):
        repo.switch(name, create=True, at=base)
        repo.commit(name, {name: name})
    repo.switch("three", create=True, at=base)
    repo.commit("three", {"three": "three"})
    repo.git("merge", "-q", "--no-ff", "--no-commit", "one", "two")
    repo.write({"hidden": "x\n"})
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Octopus")
    records = [record for record in open_repository(repo.root).records(base, repo.head) if record.commit == repo.head]
    assert [(record.path, record.parent_blobs) for record in records] == [("hidden", (NONE, NONE, NONE))]


def test_commits_are_told_newest_first(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    one = repo.commit("One: a subject\n\nand a body")
    two = repo.commit("Two")
    second, first = open_repository(repo.root).commits(base, two)
    assert (first.sha, first.parents, first.subject) == (one, (base,), "One: a subject")
    assert (second.sha, second.parents) == (two, (one,))
    assert (first.author, first.author_email) == ("Author", "author@example.invalid")
    assert first.authored == first.committed == "2025-06-15T15:08:40Z"


def test_a_commit_of_no_calendar_is_still_listed(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    tree = repo.git("rev-parse", "HEAD^{tree}")
    body = f"tree {tree}\nparent {base}\nauthor  <> 99999999999999 +0000\ncommitter x\x1b[31m <> -5 +0000\n\n\n"
    odd = repo.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", input=body.encode())
    (commit,) = open_repository(repo.root).commits(base, odd)
    assert (commit.sha, commit.author, commit.subject) == (odd, "", "")


def test_a_range_with_a_missing_file_content_is_an_error(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    head = repo.commit("Add", {"a": "content\n"})
    blob = repo.git("rev-parse", "HEAD:a")
    (repo.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    repository = open_repository(repo.root)
    records = list(repository.records(base, head))
    with pytest.raises(EvaluationError, match=f"object {blob} is missing") as caught:
        list(repository.blobs(record.blob for record in records))
    assert "fetch-depth: 0" in str(caught.value.help)
    with pytest.raises(EvaluationError, match="comparing"):
        repository.diff_files(base, head)


def test_a_range_with_a_missing_directory_is_an_error(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    repo.commit("Add", {"a/b": "content\n"})
    head = repo.commit("More", {"a/b": "more\n"})
    tree = repo.git("rev-parse", "HEAD~1:a")
    (repo.root / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    repository = open_repository(repo.root)
    with pytest.raises(EvaluationError, match="reading what the commits"):
        list(repository.records(base, head))


def test_a_range_with_a_missing_commit_is_an_error(repo: gitrepo.Repository, open_repository: Open) -> None:
    base = repo.head
    middle = repo.commit("One", {"a": "1\n"})
    head = repo.commit("Two", {"a": "2\n"})
    (repo.root / ".git" / "objects" / middle[:2] / middle[2:]).unlink()
    repository = open_repository(repo.root)
    with pytest.raises(EvaluationError, match="listing the commits"):
        list(repository.records(base, head))
    with pytest.raises(EvaluationError, match="listing the commits"):
        repository.commits(base, head)
