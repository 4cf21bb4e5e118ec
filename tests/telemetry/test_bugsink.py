"""Our telemetry at a real server, which keeps errors, asks for no spans, and refuses all once its quota is used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gaterunner import __version__
from tests.command_line import gaterunner
from tests.gitrepo import Repository
from tests.telemetry.bugsink import Bugsink, running_bugsink
from tests.telemetry.sink import read_envelope

WORKFLOW = """\
workflow:
  gates:
    - build: "true"
    - docs: {run: "true", cwd: nowhere}
"""


@pytest.fixture
def bugsink(tmp_path: Path) -> Iterator[Bugsink]:
    with running_bugsink(tmp_path) as server:
        yield server


# One test, as installing the server takes longer than everything it is asked.
def test_a_real_server_gets_the_errors_and_is_left_alone_once_it_asks_for_that(
    repo: Repository, bugsink: Bugsink
) -> None:
    repo.commit("Add the workflow", {".gaterunner.yml": WORKFLOW})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "VALUE = 1\n"})
    without = gaterunner(repo.root, "run")

    ran = gaterunner(repo.root, "run", env={"GATERUNNER_SENTRY_DSN": bugsink.dsn})

    assert (ran.code, without.code) == (3, 3)
    assert "telemetry" not in ran.err
    [event] = bugsink.events()
    assert event["release"] == f"gaterunner@{__version__}"
    assert event["data"]["environment"] == "ci"
    assert event["data"]["logentry"]["message"].startswith("gate docs errored: cwd: ")
    sent = [headers["type"] for envelope in bugsink.envelopes() for headers, _ in read_envelope(envelope.encode())[1]]
    # The answer to the error asks for neither transactions nor spans for a day.
    assert "transaction" not in sent
    assert {"event", "log"} <= set(sent)

    assert bugsink.answers()[0] == 200

    again = gaterunner(repo.root, "run", env={"GATERUNNER_SENTRY_DSN": bugsink.dsn})

    assert again.code == 3
    assert "telemetry" not in again.err
    assert bugsink.answers()[-1] == 429
    assert len(bugsink.events()) == 1
