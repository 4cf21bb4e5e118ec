"""A run always ends with a report, whatever breaks on the way."""

from __future__ import annotations

import errno
import os
import threading

import pytest

from gaterunner.model import Report, Trouble, Verdict
from gaterunner.pipeline import Options, Surroundings, run
from gaterunner.redaction import Redactor
from gaterunner.reporters.broadcast import Broadcast
from gaterunner.secrets.engine import Engine
from tests.gitrepo import Repository


def judge(repo: Repository) -> Report:
    return run(
        Options(folder=repo.root),
        Surroundings(
            environment=os.environ,
            observer=Broadcast([], str, lambda _line: None),
            cancelled=threading.Event(),
            secrets=Engine(),
            redactor=Redactor(["hunter2-hunter2"]),
        ),
    )


def breaking(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr("gaterunner.pipeline.determine_change", fail)


def test_a_full_disk_is_told_as_such(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, OSError(errno.ENOSPC, "No space left on device", "/tmp/x"))  # noqa: S108  never opened

    [problem] = judge(repo).problems

    assert problem.message == "/tmp/x: No space left on device"  # noqa: S108
    assert problem.help is not None
    assert "free space" in problem.help


def test_a_defect_of_ours_is_an_error_with_a_file_to_send(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(repo.root.parent))
    monkeypatch.setenv("DEPLOY_TOKEN", "hunter2-hunter2")
    breaking(monkeypatch, RuntimeError("boom hunter2-hunter2"))

    report = judge(repo)

    assert report.verdict is Verdict.ERROR
    assert [(problem.trouble, problem.message) for problem in report.problems] == [
        (Trouble.EVALUATION, "internal error: RuntimeError: boom ***")
    ]
    [kept] = repo.root.parent.glob("gaterunner-crash-*.txt")
    assert "in fail" in kept.read_text()
    assert "hunter2" not in kept.read_text()
