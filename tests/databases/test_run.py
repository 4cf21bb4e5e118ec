"""A whole run against a real server: what a user sees, and that no gate is started unless the policy holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.model import PolicyResult
from tests.command_line import gaterunner
from tests.databases.conftest import Server
from tests.gitrepo import Repository

pytestmark = pytest.mark.docker

WORKFLOW = """
workflow:
  gates:
    - unit: touch "$STARTED"
  policies:
    - no-prod-db-writes: {{allow: ["{address}"], marker: {marker}}}
"""


def run(repo: Repository, server: Server, database: str, marker: str, tmp_path: Path) -> tuple[int, PolicyResult, bool]:
    repo.commit("Add the workflow", {".gaterunner.yml": WORKFLOW.format(address=server.address, marker=marker)})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "VALUE = 1\n"})
    started = tmp_path / "started"
    env = {
        "PGHOST": server.address,
        "PGUSER": "reader",
        "PGDATABASE": database,
        "STARTED": str(started),
    }
    ran = gaterunner(repo.root, "run", "--base", "main", "--format", "json", env=env)
    return ran.code, ran.policy("no-prod-db-writes"), started.exists()


@pytest.fixture(scope="module")
def trusting(server: Server) -> Server:
    """The same server with a role that needs no password, as the operator's environment hands none to gates."""
    server.sql("CREATE ROLE reader LOGIN")
    server.trust("reader")
    return server


def test_the_right_marker_lets_gates_start(repo: Repository, trusting: Server, tmp_path: Path) -> None:
    code, policy, started = run(repo, trusting, "dev", "required", tmp_path)

    assert (code, policy.outcome, started) == (0, "passed", True)
    assert "marker right in 1 of 1 database" in policy.observed


@pytest.mark.parametrize(
    ("database", "rule"), [("live", "no-prod/marker-mismatch"), ("plain", "no-prod/marker-missing")]
)
def test_another_or_no_marker_keeps_gates_from_starting(
    repo: Repository, trusting: Server, tmp_path: Path, database: str, rule: str
) -> None:
    code, policy, started = run(repo, trusting, database, "required", tmp_path)

    assert (code, policy.outcome, started) == (1, "failed", False)
    assert [finding.rule for finding in policy.findings] == [rule]


def test_a_marker_that_cannot_be_read_is_an_error(repo: Repository, trusting: Server, tmp_path: Path) -> None:
    code, policy, started = run(repo, trusting, "gone", "required", tmp_path)

    assert (code, policy.outcome, started) == (3, "errored", False)
    assert 'database "gone" does not exist' in policy.reason
