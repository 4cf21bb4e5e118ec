"""A Sentry that only listens, and a repository with something to judge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fake_github.fixtures import fake_github
from tests.gitrepo import Repository
from tests.telemetry.sink import Sink, listening

__all__ = ["fake_github"]

WORKFLOW = """\
workflow:
  gates:
    - build: make --version >/dev/null; env >"$SEEN"
    - unit: {run: "echo output-of-unit; exit 1 # --token argument-of-unit", advisory: true}
  policies: [no-merge-to-main]
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as listener:
        yield listener


@pytest.fixture
def branch(repo: Repository) -> Repository:
    """A branch with a gate that passes, a gate that fails without deciding, and a policy."""
    repo.commit("Add the workflow", {".gaterunner.yml": WORKFLOW})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "VALUE = 1\n"})
    return repo
