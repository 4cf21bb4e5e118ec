"""A real server that takes what SDKs send to Sentry and lacks its web API, as some self-hosted ones do."""

from __future__ import annotations

from pathlib import Path

from tests.command_line import gaterunner
from tests.gitrepo import Repository
from tests.telemetry.bugsink import running_bugsink

GATE = "staging-sentry-24h-clean"


def test_a_server_without_sentrys_web_api_cannot_evaluate_anything(repo: Repository, tmp_path: Path) -> None:
    repo.commit("Adopt", {".gaterunner.yml": f"workflow: {{gates: [{{build: 'true'}}, {GATE}]}}\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "VALUE = 1\n"})
    with running_bugsink(tmp_path) as server:
        address = "http://" + server.dsn.rpartition("@")[2].partition("/")[0]
        env = {
            "SENTRY_URL": address,
            "SENTRY_ORG": "acme",
            "SENTRY_PROJECT": "gates",
            "SENTRY_AUTH_TOKEN": "a-token-" + "of-this-test",
        }
        ran = gaterunner(repo.root, "run", "--gate", GATE, "--format", "json", env=env)
    assert ran.code == 3, ran
    assert ran.gate(GATE).reason.startswith(
        "/organizations/acme/projects/: the answer is a page (text/html), not JSON (404); is the address that of a "
        "Sentry"
    )
    assert "of-this-test" not in ran.out + ran.err
