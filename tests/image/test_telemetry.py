"""A gate in a container sends its telemetry to gaterunner, which runs in a container itself."""

from __future__ import annotations

import json

import pytest

from tests.docker_engine import BASE_IMAGE
from tests.image.container_action import ContainerAction
from tests.runner.test_receiving import BY_HAND

pytestmark = pytest.mark.docker

IMAGE = BASE_IMAGE or "python:3.13.14-slim-bookworm"


def test_gates_beside_and_in_our_container_reach_the_receiver(action: ContainerAction) -> None:
    send = f"python3 -c {json.dumps('import os; exec(os.environ[chr(80)])')}"
    env = json.dumps({"P": BY_HAND})
    action.pull_request_of(
        "workflow:\n  gates:\n"
        f"    - beside: {{image: {IMAGE}, run: '{send}', telemetry: expect, env: {env}}}\n"
        f"    - inside: {{run: '{send}', telemetry: expect, env: {env}}}\n"
    )

    action.network = "bridge"
    ran = action.run()

    assert ran.code == 0, (ran, [gate["reason"] for gate in action.report()["gates"]])
    gates = action.report()["gates"]
    assert [gate["telemetry"]["sentry"]["transactions"] for gate in gates] == [1, 1]
