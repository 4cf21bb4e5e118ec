"""What one attempt of a gate did to its database, the next does not find."""

from __future__ import annotations

import pytest

from tests.command_line import gaterunner
from tests.gitrepo import Repository

pytestmark = pytest.mark.docker

WORKFLOW = """
workflow:
  database: {{environment: develop, service: {image}}}
  gates:
    - integration:
        run: |
          psql -c 'CREATE TABLE visited ()'
          test -e tried || {{ touch tried; false; }}
        image: {image}
        database: true
        retries: 1
"""


def test_each_attempt_gets_a_fresh_database(repo: Repository, postgres_image: str) -> None:
    repo.commit("Adopt gates", {".gaterunner.yml": WORKFLOW.format(image=postgres_image), ".gitignore": "tried\n"})
    repo.switch("feat/x", create=True)

    ran = gaterunner(repo.root, "run", "--format", "json")

    assert ran.code == 0, ran
    assert [str(attempt.outcome) for attempt in ran.gate("integration").tries] == ["failed", "passed"]
    assert [use.name for use in ran.gate("integration").services] == ["database"]
