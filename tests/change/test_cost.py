"""The number of git processes does not grow with the change."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest

from gaterunner.change import ChangeOptions, determine_change
from gaterunner.git import Repository
from tests import gitrepo


def processes(repo: gitrepo.Repository, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Commits of the change, and how many processes it takes to determine and read all of it."""
    started = 0

    class Counted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            nonlocal started
            started += 1
            super().__init__(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", Counted)
        with Repository.open(repo.root, env=os.environ) as repository:
            change = determine_change(repository, ChangeOptions(), None)
            records = repository.records(change.base, change.judged)
            list(repository.blobs(record.blob for record in records))
            repository.read(change.base, "README.md")
            repository.tree(change.judged)
            repository.local_branches()
    return len(change.commits), started


@pytest.mark.parametrize("dirty", [False, True], ids=["clean", "dirty"])
def test_three_commits_cost_as_many_processes_as_three_hundred(
    dirty: bool, repo: gitrepo.Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.switch("feat/x", create=True)
    for number in range(3):
        repo.commit(f"Commit {number}", {f"{number}.txt": "x\n"})
    repo.write({"0.txt": "dirty\n"} if dirty else {})
    few = processes(repo, monkeypatch)
    stream = b"".join(
        b"commit refs/heads/feat/x\ncommitter A <a@example.invalid> %d +0000\ndata 1\nx\n%b"
        b"M 100644 inline f%d.txt\ndata 2\n%d\n\n"
        % (1_760_000_000 + n, b"from refs/heads/feat/x^0\n" if n == 0 else b"", n, n % 10)
        for n in range(297)
    )
    repo.git("fast-import", "--quiet", input=stream)
    repo.git("reset", "-q", "--hard", "feat/x")
    repo.write({"0.txt": "dirty\n"} if dirty else {})
    many = processes(repo, monkeypatch)
    assert (few[0], many[0]) == (3, 300)
    assert few[1] == many[1]
