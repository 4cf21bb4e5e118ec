"""The image as GitHub's runner starts it: as root, with tokens and the Docker socket, on somebody else's checkout."""

from __future__ import annotations

import shutil
import threading
import time
import uuid
from pathlib import Path

import pytest
import yaml

from tests.docker_engine import docker
from tests.fake_github import FakeGitHub
from tests.fake_github.stage_state import WorkflowRun
from tests.gitrepo import Repository
from tests.image.container_action import RUNTIME_TOKEN, TOKEN, ContainerAction
from tests.runner_step import FILE_COMMANDS, PULL, REPOSITORY, check_of

pytestmark = pytest.mark.docker

ROOT = Path(__file__).resolve().parents[2]
DECLARED = set(yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["outputs"])


def _workflow(*gates: str, policies: str = "[no-secret-changes]") -> str:
    lines = "".join(f"    - gate-{number}: |-\n        {gate}\n" for number, gate in enumerate(gates, 1))
    return f"workflow:\n  gates:\n{lines}  policies: {policies}\n"


def _pull_request(action: ContainerAction, workflow: str, files: dict[str, str] | None = None) -> Repository:
    return action.pull_request_of(workflow, files)


def test_an_honest_branch_passes_and_the_step_says_so(action: ContainerAction) -> None:
    _pull_request(action, _workflow("true", "true"))
    ran = action.run()
    assert ran.code == 0, ran
    told = {name: action.outputs()[name] for name in ("verdict", "report", "passed", "failed")}
    assert told == {"verdict": "pass", "report": "gate-report.json", "passed": "4", "failed": "0"}
    report = action.report()
    assert report["verdict"] == "pass"
    assert [gate["outcome"] for gate in report["gates"]] == ["passed", "passed"]
    assert "pass" in action.file_command("GITHUB_STEP_SUMMARY")


def test_a_failing_gate_fails_the_step(action: ContainerAction) -> None:
    _pull_request(action, _workflow("true", "exit 3", "true"))
    ran = action.run()
    assert ran.code == 1, ran
    assert action.outputs()["verdict"] == "fail"
    assert [gate["outcome"] for gate in action.report()["gates"]] == ["passed", "failed", "skipped"]


def test_a_mistake_in_the_workflow_file_is_a_usage_error(action: ContainerAction) -> None:
    _pull_request(action, "workflow:\n  gate: [build]\n")
    ran = action.run()
    assert ran.code == 2, ran
    assert ".gaterunner.yml:2:3" in ran.out + ran.err


def test_a_gate_runs_as_the_owner_of_the_checkout_and_leaves_nothing_of_roots_behind(action: ContainerAction) -> None:
    _pull_request(action, _workflow(f'test "$(id -u)" = {action.uid}', "mkdir -p out && touch out/made"))
    ran = action.run()
    assert ran.code == 0, ran
    assert (action.checkout.root / "out" / "made").exists()
    assert action.foreign_files() == []


def test_the_next_step_can_still_use_git(action: ContainerAction) -> None:
    repo = _pull_request(action, _workflow("true"))
    assert action.run().code == 0
    owners = {path.lstat().st_uid for path in (repo.root / ".git").rglob("*")}
    assert owners == {action.uid}


def _spelled(value: str) -> str:
    """A shell expression for the value that does not contain it."""
    return f'"{value[:5]}""{value[5:]}"'


def test_a_gate_sees_no_token(action: ContainerAction) -> None:
    """Neither in its own environment nor in that of any process whose environment it may read."""
    action.inputs["token"] = TOKEN
    action.env["GITHUB_TOKEN"] = TOKEN
    patterns = f"-e {_spelled(TOKEN)} -e {_spelled(RUNTIME_TOKEN)}"
    _pull_request(
        action,
        _workflow(
            "grep -aq PATH= /proc/self/environ",  # the way of looking works
            "if env | grep -E '^(INPUT_|ACTIONS_|GITHUB_TOKEN)'; then exit 1; fi",
            f"if env | grep -F {patterns}; then exit 1; fi",
            f"if grep -alF {patterns} /proc/[0-9]*/environ 2>/dev/null; then exit 1; fi",
        ),
    )
    ran = action.run()
    assert ran.code == 0, ran


def test_a_token_that_a_gate_got_hold_of_is_not_told_on(action: ContainerAction) -> None:
    action.inputs["token"] = TOKEN
    _pull_request(action, _workflow(f"echo {_spelled(TOKEN)} | tee leaked; exit 1"))
    ran = action.run()
    assert ran.code == 1, ran
    told = ran.out + ran.err + str(action.report()) + action.file_command("GITHUB_STEP_SUMMARY")
    assert (action.checkout.root / "leaked").read_text("utf-8").strip() == TOKEN
    assert TOKEN not in told


def test_a_gate_cannot_open_the_docker_socket(action: ContainerAction) -> None:
    connect = "import socket; socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')"
    _pull_request(action, _workflow("test -S /var/run/docker.sock", f'! python3 -c "{connect}"'))
    ran = action.run()
    assert ran.code == 0, ran


@pytest.mark.parametrize("end", ["true", "exit 1"])
def test_a_gate_that_writes_the_runners_files_leaves_nothing_there(action: ContainerAction, end: str) -> None:
    """They belong to the same user as the checkout, so a gate can reach them by guessing; the last word is ours."""
    forge = "for file in /github/file_commands/*; do echo verdict=pass FORGED=1 >>$file; done; "
    proof = "grep -q FORGED /github/file_commands/set_env_*; "
    _pull_request(action, _workflow(forge + proof + end))
    ran = action.run()
    assert ran.code == (0 if end == "true" else 1), ran
    assert set(action.outputs()) == DECLARED - {"matrix"}
    assert action.outputs()["verdict"] == ("pass" if end == "true" else "fail")
    for name in FILE_COMMANDS:
        assert "FORGED=1\n" not in action.file_command(name), name
    assert [action.file_command(name) for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE")] == ["", "", ""]
    assert action.foreign_file_commands() == []


def test_a_link_planted_for_the_runners_files_leads_nowhere(action: ContainerAction) -> None:
    """Written as root through such a link, a file that only root may write would change."""
    plant = "cd /github/file_commands; for file in *; do rm $file; ln -s /usr/local/bin/planted $file; done"
    _pull_request(action, _workflow(plant))
    ran = action.run()
    assert ran.code == 0, ran
    assert action.outputs()["verdict"] == "pass"
    assert action.file_command("GITHUB_STEP_SUMMARY").startswith("## ")
    assert action.foreign_file_commands() == []


def test_the_check_is_published_from_inside_the_container(action: ContainerAction) -> None:
    _pull_request(action, _workflow("true", policies="[no-merge-to-main]"))
    head = action.event["pull_request"]["head"]["sha"]
    with FakeGitHub.running(host="0.0.0.0") as fake:  # noqa: S104 - the container reaches it by the bridge
        action.on(fake)
        ran = action.run()
        assert ran.code == 0, ran
        check = check_of(fake)
        assert fake.violations == []
    assert (check.head_sha, check.status, check.conclusion) == (head, "completed", "success")
    assert check.history[0]["status"] == "in_progress"
    assert check.title == "1 gate and 2 policies passed."
    assert f"The report is the check https://github.com/octo/example/runs/{check.id}" in ran.out


def test_the_second_stage_needs_no_checkout(action: ContainerAction) -> None:
    """What a fork's run has handed over, published by a job that has nothing but the artifact."""
    repo = _pull_request(action, _workflow("true"))
    # For the fake: the checkout itself will belong to the runner's user, where git reads nothing for others.
    objects = Repository(action.temp.parent / "objects")
    shutil.copytree(repo.root, objects.root)
    assert action.run().code == 0
    head, merge = action.event["pull_request"]["head"]["sha"], action.env["GITHUB_SHA"]
    data = (repo.root / "gate-report.json").read_bytes()
    with FakeGitHub.running(host="0.0.0.0") as fake:  # noqa: S104 - the container reaches it by the bridge
        action.on(fake)
        known = fake.repository(REPOSITORY)
        known.objects, known.pulls[PULL].merge_commit = objects, merge
        known.workflow_runs[42] = WorkflowRun(42, head, head_repository=REPOSITORY)
        shutil.rmtree(action.temp)
        (repo.root / "report").mkdir()
        (repo.root / "report" / "gate-report.json").write_bytes(data)
        action.checkout = Repository(repo.root / "report")
        action.event_name = "workflow_run"
        action.event = {"workflow_run": {"id": 42, "run_attempt": 1}, "repository": {"full_name": REPOSITORY}}
        action.inputs |= {"command": "publish", "report": "gate-report.json", "comment": "true"}
        ran = action.run()
        assert ran.code == 0, ran
        assert fake.violations == []
    assert (check_of(fake).head_sha, check_of(fake).conclusion) == (head, "success")
    assert len(known.comments) == 1
    assert action.outputs()["verdict"] == "pass"


@pytest.mark.parametrize("signal", ["INT", "TERM"])
def test_a_cancelled_job_ends_in_order(action: ContainerAction, signal: str) -> None:
    """It is the container's first process, for which the kernel knows no default action of a signal."""
    repo = _pull_request(action, _workflow("touch started; sleep 300"))
    name = f"gaterunner-test-{uuid.uuid4().hex}"
    action.options = ["--name", name]
    cancel = threading.Thread(target=_cancel, args=(name, signal, repo.root / "started"))
    cancel.start()
    ran = action.run()
    cancel.join()
    assert ran.code == 130, ran
    assert action.outputs()["verdict"] == "error"
    assert "Interrupted before everything was judged." in action.file_command("GITHUB_STEP_SUMMARY")


def _cancel(container: str, signal: str, once: Path) -> None:
    for _ in range(600):
        if once.exists():
            break
        time.sleep(0.1)
    docker("kill", f"--signal={signal}", container)


def test_check_executes_nothing_of_the_branch(action: ContainerAction) -> None:
    action.inputs["command"] = "check"
    repo = _pull_request(action, _workflow("touch executed"))
    ran = action.run()
    assert not (repo.root / "executed").exists(), ran
    assert action.outputs()["verdict"] in {"pass", "fail"}


def test_the_law_is_read_from_the_base(action: ContainerAction) -> None:
    _pull_request(action, _workflow("exit 1"), {".gaterunner.yml": _workflow("true")})
    ran = action.run()
    assert ran.code == 1, ran
    assert action.report()["workflow"]["changed_by_branch"] is True
