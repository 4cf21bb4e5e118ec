"""Gates with an `image` from inside the action's container: beside it, on the workspace of the runner's machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.docker_engine import BASE_IMAGE, docker
from tests.image.conftest import RUNNER_UID
from tests.image.container_action import RUNTIME_TOKEN, TOKEN, ContainerAction

pytestmark = pytest.mark.docker

IMAGE = BASE_IMAGE or "python:3.13.14-slim-bookworm"
MADE = 'echo "made as $(id -u) in $PWD" >made'


@pytest.fixture(autouse=True)
def nothing_is_left(action: ContainerAction) -> Iterator[None]:
    """No container of a gate or service outlives the action, whatever became of it."""
    yield
    left = docker("ps", "--all", "--filter", "label=dev.gaterunner.run", "--format", "{{.ID}} {{.Mounts}}").stdout
    assert str(action.checkout.root) not in left


def _workflow(*gates: str, more: str = "") -> str:
    lines = "".join(f"    - {gate}\n" for gate in gates)
    return f"workflow:\n{more}  gates:\n{lines}"


def _outcomes(action: ContainerAction) -> dict[str, str]:
    return {gate["name"]: gate["outcome"] for gate in action.report()["gates"]}


def test_a_gate_with_an_image_runs_on_the_runners_workspace(action: ContainerAction) -> None:
    """Another path on the runner's machine, another in our container, another in the gate's: the same files."""
    action.pull_request_of(
        _workflow(
            f"unit: {{image: {IMAGE}, run: '{MADE}; cat app.py'}}",
            "after: grep -q made made",
        )
    )

    ran = action.run()

    assert ran.code == 0, ran
    assert (action.checkout.root / "made").read_text() == f"made as {RUNNER_UID} in /workspace\n"
    assert action.foreign_files() == []
    unit, after = action.report()["gates"]
    assert (unit["executor"], after["executor"]) == ("docker", "local")
    assert re.fullmatch(r"(\S+@)?sha256:[0-9a-f]{64}", unit["image_digest"])


def test_a_red_gate_in_a_container_is_red(action: ContainerAction) -> None:
    action.pull_request_of(_workflow(f"unit: {{image: {IMAGE}, run: exit 7}}"))

    ran = action.run()

    assert ran.code == 1, ran
    assert action.report()["gates"][0]["exit_code"] == 7


def test_the_gates_container_holds_neither_socket_nor_token(action: ContainerAction) -> None:
    action.inputs["token"] = TOKEN
    action.env["GITHUB_TOKEN"] = TOKEN
    action.pull_request_of(
        _workflow(
            f"socket: {{image: {IMAGE}, run: 'test ! -e /var/run/docker.sock && test ! -e /run/docker.sock'}}",
            f"mounts: {{image: {IMAGE}, run: '! grep -E \"docker.sock|/github\" /proc/self/mountinfo'}}",
            f'environment: {{image: {IMAGE}, run: \'! cat /proc/[0-9]*/environ | tr "\\\\0" "\\\\n" | grep -aE'
            ' "^(INPUT_|ACTIONS_|GITHUB_|RUNNER_)"\'}',
            f"user: {{image: {IMAGE}, run: 'test \"$(id -u)\" = {RUNNER_UID} && ! touch /root/x 2>/dev/null'}}",
        )
    )

    ran = action.run()

    assert ran.code == 0, ran
    told = ran.out + ran.err + str(action.report())
    assert TOKEN not in told
    assert RUNTIME_TOKEN not in told


def test_all_gates_run_in_containers_where_the_step_says_so(action: ContainerAction) -> None:
    action.inputs["executor"] = "docker"
    action.pull_request_of(_workflow("unit: 'test \"$PWD\" = /workspace'", more=f"  image: {IMAGE}\n"))

    ran = action.run()

    assert ran.code == 0, ran
    assert action.report()["gates"][0]["executor"] == "docker"


def test_a_workspace_that_is_not_mounted_is_a_clear_error(action: ContainerAction) -> None:
    """Another container could only be shown an empty folder of that name, in which a gate finds no fault."""
    action.pull_request_of(_workflow(f"unit: {{image: {IMAGE}, run: 'true'}}"))
    action.workspace = "/elsewhere"
    action.options = ["--entrypoint", "sh"]

    ran = action.run(
        "-c",
        "cp -a /elsewhere/. /github/workspace/ && /opt/gaterunner/bin/python -I -m gaterunner action; "
        "code=$?; cp gate-report.json /elsewhere/; exit $code",
    )

    assert ran.code == 3, ran
    (gate,) = action.report()["gates"]
    assert gate["outcome"] == "errored"
    assert "/github/workspace lies in the file system of the container that gaterunner runs in" in gate["reason"]
    assert "mount the checkout into this container" in ran.out


def test_a_folder_below_the_mounted_one_is_found_as_well(action: ContainerAction) -> None:
    """As on a runner that mounts all of its work folder."""
    action.pull_request_of(_workflow(f"unit: {{image: {IMAGE}, run: '{MADE}'}}"))
    work, inside = action.checkout.root.parent, f"/__w/{action.checkout.root.name}"
    work.chmod(0o755)  # the runner's user gets through to its checkout
    action.options = ["--volume", f"{work}:/__w", "--workdir", inside]
    action.env["GITHUB_WORKSPACE"] = inside

    ran = action.run()

    assert ran.code == 0, ran
    assert (action.checkout.root / "made").exists()


def test_without_the_socket_only_gates_with_an_image_cannot_run(action: ContainerAction) -> None:
    action.socket = False
    action.inputs["keep-going"] = "true"
    action.pull_request_of(
        _workflow(
            f"unit: {{image: {IMAGE}, run: 'true', needs: []}}",
            "lint: {run: 'true', needs: []}",
        )
    )

    ran = action.run()

    assert ran.code == 3, ran
    assert _outcomes(action) == {"unit": "errored", "lint": "passed"}
    (unit, _lint) = action.report()["gates"]
    assert "no Docker engine" in unit["reason"]
    assert "\n" not in unit["reason"]


def test_an_image_that_is_not_to_be_had_is_a_clear_error(action: ContainerAction) -> None:
    action.pull_request_of(_workflow("unit: {image: gaterunner.invalid/nothing:1, run: 'true'}"))

    ran = action.run()

    assert ran.code == 3, ran
    assert "gaterunner.invalid/nothing:1" in action.report()["gates"][0]["reason"]


def test_gates_with_and_without_an_image_share_services(action: ContainerAction, redis_image: str) -> None:
    action.network = "bridge"
    ping = (
        'python3 -c \'import os, socket; s = socket.create_connection((os.environ["CACHE_HOST"], '
        'int(os.environ["CACHE_PORT"])), 20); s.sendall(b"PING\\r\\n"); assert s.recv(7) == b"+PONG\\r\\n"\''
    )
    action.pull_request_of(
        f"""\
workflow:
  services:
    cache: {redis_image}
  gates:
    - inside:
        image: {IMAGE}
        run: |
          {ping}
    - outside:
        run: |
          {ping}
"""
    )

    ran = action.run()

    assert ran.code == 0, ran
    assert _outcomes(action) == {"inside": "passed", "outside": "passed"}


def test_a_cache_in_the_runners_folder_serves_the_next_job(action: ContainerAction) -> None:
    """What the container leaves there as root, actions/cache has to read as the runner's user."""
    folder = action.temp / "gaterunner-cache"
    # As the runner rewrites a path of its own machine, see its ContainerActionHandler.
    action.inputs["cache"] = "/github/runner_temp/gaterunner-cache"
    action.pull_request_of(
        _workflow(
            f"unit: {{image: {IMAGE}, run: cat app.py, inputs: [app.py]}}", "lint: {run: cat app.py, inputs: [app.py]}"
        )
    )

    first = action.run()
    assert first.code == 0, first
    assert [gate["cached"] for gate in action.report()["gates"]] == [False, False]
    kept = [folder, *folder.rglob("*")]
    assert {path.lstat().st_uid for path in kept} == {RUNNER_UID}

    (action.checkout.root / "gate-report.json").unlink()  # the next job has a checkout of its own
    second = action.run()

    assert second.code == 0, second
    assert [gate["cached"] for gate in action.report()["gates"]] == [True, True]
    (action.checkout.root / "gate-report.json").unlink()
    action.inputs["fresh"] = "true"
    assert action.run().code == 0
    assert [gate["cached"] for gate in action.report()["gates"]] == [False, False]
