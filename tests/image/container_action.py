"""Starts the image as GitHub's runner starts a container action.

Flags, mounts and variables are those of the runner's DockerCommandManager and ContainerActionHandler: as root,
``--rm``, the Docker socket, the workspace and four folders of the runner, and values that name host paths rewritten to
the container's.
"""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

from tests.docker_engine import Ran, run_container
from tests.fake_github import FakeGitHub, Pull
from tests.gitrepo import Repository
from tests.runner_step import (
    FILE_COMMANDS,
    PULL,
    REPOSITORY,
    input_variables,
    parse_outputs,
    pull_request_payload,
    runner_variables,
)

_SOCKET = Path("/var/run/docker.sock")
# Worthless, and composed so that no scanner takes them for what they only resemble.
TOKEN = "ghs_" + "t0ken" * 4
RUNTIME_TOKEN = "runtime." + "t0ken" * 4


class ContainerAction:
    """One job: a checkout that belongs to the runner's user, an event, and the container that judges it.

    ``inputs`` and ``env`` are the step's ``with:`` and the workflow's ``env:``; both may be changed before ``run``.
    ``socket`` says whether the Docker socket is mounted, ``workspace`` where the checkout is.
    """

    def __init__(self, image: str, checkout: Repository, temp: Path, *, uid: int) -> None:
        self.image = image
        self.checkout = checkout
        self.temp = temp
        self.uid = uid
        self.inputs: dict[str, str] = {
            "token": "",
            "config": ".gaterunner.yml",
            "command": "run",
            "check-name": "gaterunner",
            "publish": "none",
            "report": "",
        }
        self.env: dict[str, str] = {}
        self.event_name = "push"
        self.event: dict[str, Any] = {}
        self.network = "none"
        self.options: list[str] = []
        self.socket = True
        self.workspace = "/github/workspace"
        self._suffix = uuid.uuid4().hex

    def pull_request(self, *, base: str, head: str, merge: str, branch: str, target: str = "main") -> None:
        """Makes the job one of a pull request, whose checkout is the test merge ``merge``."""
        self.event_name = "pull_request"
        self.event = pull_request_payload(base=base, head=head, merge=merge, branch=branch, target=target)
        self.env.update(
            GITHUB_SHA=merge,
            GITHUB_REF=f"refs/pull/{PULL}/merge",
            GITHUB_REF_NAME=f"{PULL}/merge",
            GITHUB_HEAD_REF=branch,
            GITHUB_BASE_REF=target,
        )

    def on(self, fake: FakeGitHub) -> None:
        """Lets the container reach a fake that listens on all of this machine's addresses, with a token for it."""
        self.network = "bridge"
        self.options = ["--add-host=fake.github.invalid:host-gateway"]
        self.env["GITHUB_API_URL"] = fake.url_at("fake.github.invalid")
        self.inputs.update({"token": fake.token(), "publish": "check"})
        sides = self.event["pull_request"]
        fake.repository(REPOSITORY).open_pull(Pull(PULL, head=sides["head"]["sha"], base=sides["base"]["sha"]))

    def pull_request_of(self, workflow: str, files: dict[str, str] | None = None) -> Repository:
        """A branch with one commit on a base that holds the workflow file, checked out as its test merge."""
        repo = self.checkout
        base = repo.commit("Adopt gates", {".gaterunner.yml": workflow})
        repo.switch("feat/x", create=True)
        head = repo.commit("Work", files or {"app.py": "print(1)\n"})
        repo.git("switch", "-q", "--detach", "main")
        repo.merge("feat/x", "Merge feat/x into main")
        self.pull_request(base=base, head=head, merge=repo.head, branch="feat/x")
        self.inputs["report"] = "gate-report.json"
        return repo

    def run(self, *arguments: str) -> Ran:
        """Runs the container to its end, with ``args:`` of action.yml unless others are given."""
        self._lay_out()
        return run_container(
            self.image,
            arguments or ("action",),
            # The runner's own order of flags does not matter to the engine; the working folder does.
            options=["--workdir", "/github/workspace", *self.options],
            network=self.network,
            env={**self._runner_variables(), **input_variables(self.inputs), **self.env},
            mounts=self._mounts(),
        )

    def outputs(self) -> dict[str, str]:
        """What the step wrote to GITHUB_OUTPUT: ``name=value`` lines and heredocs alike."""
        return parse_outputs(self.file_command("GITHUB_OUTPUT"))

    def file_command(self, name: str) -> str:
        """What the step wrote into one of the runner's files, e.g. GITHUB_STEP_SUMMARY."""
        return (self.temp / "_runner_file_commands" / self._file(name)).read_text("utf-8")

    def report(self) -> dict[str, Any]:
        """The JSON report at the path that the step gave as its output."""
        loaded = json.loads((self.checkout.root / self.outputs()["report"]).read_text("utf-8"))
        assert isinstance(loaded, dict)
        return loaded

    def foreign_files(self) -> list[str]:
        """Everything in the checkout that does not belong to the runner's user: what would break a later step."""
        root = self.checkout.root
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.lstat().st_uid != self.uid)

    def foreign_file_commands(self) -> list[str]:
        """The runner's files of this step that the runner could no longer write or remove."""
        folder = self.temp / "_runner_file_commands"
        return sorted(file.name for file in folder.iterdir() if file.is_symlink() or file.stat().st_uid != self.uid)

    def _lay_out(self) -> None:
        for folder in ("_github_home", "_github_workflow", "_runner_file_commands"):
            (self.temp / folder).mkdir(parents=True, exist_ok=True)
        for name in FILE_COMMANDS:
            (self.temp / "_runner_file_commands" / self._file(name)).touch()
        (self.temp / "_github_workflow" / "event.json").write_text(json.dumps(self.event), "utf-8")
        for root in (self.temp, self.checkout.root):
            for path in (root, *root.rglob("*")):
                os.chown(path, self.uid, self.uid if os.geteuid() == 0 else -1, follow_symlinks=False)

    def _mounts(self) -> dict[Path, str]:
        return {
            **({_SOCKET: str(_SOCKET)} if self.socket and _SOCKET.exists() else {}),
            self.temp: "/github/runner_temp",
            self.temp / "_github_home": "/github/home",
            self.temp / "_github_workflow": "/github/workflow",
            self.temp / "_runner_file_commands": "/github/file_commands",
            self.checkout.root: self.workspace,
        }

    def _runner_variables(self) -> dict[str, str]:
        return {
            **runner_variables(event=self.event_name, workspace="/github/workspace"),
            "HOME": "/github/home",
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            **{name: f"/github/file_commands/{self._file(name)}" for name in FILE_COMMANDS},
            "RUNNER_TEMP": "/github/runner_temp",
            "RUNNER_WORKSPACE": str(self.checkout.root.parent),
            "ACTIONS_RUNTIME_URL": "https://runtime.github.invalid/",
            "ACTIONS_RUNTIME_TOKEN": RUNTIME_TOKEN,
            "ACTIONS_CACHE_URL": "https://cache.github.invalid/",
            "ACTIONS_RESULTS_URL": "https://results.github.invalid/",
            "ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.github.invalid/",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": RUNTIME_TOKEN,
        }

    def _file(self, name: str) -> str:
        return f"{FILE_COMMANDS[name]}_{self._suffix}"
