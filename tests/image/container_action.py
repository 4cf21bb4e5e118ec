"""Starts the image as GitHub's runner starts a container action.

Flags, mounts and variables are those of the runner's DockerCommandManager and ContainerActionHandler: as root,
``--rm``, the Docker socket, the workspace and four folders of the runner, and values that name host paths rewritten to
the container's.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.docker_engine import Ran, run_container
from tests.gitrepo import Repository

FILE_COMMANDS = ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
_SOCKET = Path("/var/run/docker.sock")
# Worthless, and composed so that no scanner takes them for what they only resemble.
TOKEN = "ghs_" + "t0ken" * 4
RUNTIME_TOKEN = "runtime." + "t0ken" * 4


class ContainerAction:
    """One job: a checkout that belongs to the runner's user, an event, and the container that judges it.

    ``inputs`` and ``env`` are the step's ``with:`` and the workflow's ``env:``; both may be changed before ``run``.
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
        self._suffix = uuid.uuid4().hex

    def pull_request(self, *, base: str, head: str, merge: str, branch: str, target: str = "main") -> None:
        """Makes the job one of a pull request, whose checkout is the test merge ``merge``."""
        self.event_name = "pull_request"
        repository = {"full_name": "octo/example", "default_branch": "main", "fork": False}
        self.event = {
            "action": "synchronize",
            "number": 7,
            "repository": repository,
            "pull_request": {
                "number": 7,
                "merge_commit_sha": merge,
                "head": {"ref": branch, "sha": head, "repo": repository},
                "base": {"ref": target, "sha": base, "repo": repository},
            },
        }
        self.env.update(
            GITHUB_SHA=merge,
            GITHUB_REF="refs/pull/7/merge",
            GITHUB_REF_NAME="7/merge",
            GITHUB_HEAD_REF=branch,
            GITHUB_BASE_REF=target,
        )

    def run(self, *arguments: str) -> Ran:
        """Runs the container to its end, with ``args:`` of action.yml unless others are given."""
        self._lay_out()
        return run_container(
            self.image,
            arguments or ("action",),
            # The runner's own order of flags does not matter to the engine; the working folder does.
            options=["--workdir", "/github/workspace"],
            network=self.network,
            env={**self._runner_variables(), **self._inputs(), **self.env},
            mounts=self._mounts(),
        )

    def outputs(self) -> dict[str, str]:
        """What the step wrote to GITHUB_OUTPUT: ``name=value`` lines and heredocs alike."""
        values: dict[str, str] = {}
        lines = iter(self.file_command("GITHUB_OUTPUT").splitlines())
        for line in lines:
            name, mark, value = line.partition("<<") if "<<" in line.split("=", 1)[0] else line.partition("=")
            if mark == "<<":
                delimiter, held = value, []
                for inner in lines:
                    if inner == delimiter:
                        break
                    held.append(inner)
                value = "\n".join(held)
            values[name] = value
        return values

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
            **({_SOCKET: str(_SOCKET)} if _SOCKET.exists() else {}),
            self.temp: "/github/runner_temp",
            self.temp / "_github_home": "/github/home",
            self.temp / "_github_workflow": "/github/workflow",
            self.temp / "_runner_file_commands": "/github/file_commands",
            self.checkout.root: "/github/workspace",
        }

    def _inputs(self) -> Mapping[str, str]:
        # The runner upper-cases and replaces spaces only: a dash stays a dash.
        return {f"INPUT_{name.upper().replace(' ', '_')}": value for name, value in self.inputs.items()}

    def _runner_variables(self) -> dict[str, str]:
        return {
            "CI": "true",
            "HOME": "/github/home",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION": "__self",
            "GITHUB_ACTOR": "octocat",
            "GITHUB_API_URL": "https://api.github.invalid",
            "GITHUB_SERVER_URL": "https://github.invalid",
            "GITHUB_GRAPHQL_URL": "https://api.github.invalid/graphql",
            "GITHUB_EVENT_NAME": self.event_name,
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            "GITHUB_JOB": "gaterunner",
            "GITHUB_REPOSITORY": "octo/example",
            "GITHUB_REPOSITORY_OWNER": "octo",
            "GITHUB_RUN_ID": "42",
            "GITHUB_RUN_NUMBER": "1",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RETENTION_DAYS": "90",
            "GITHUB_WORKFLOW": "gates",
            "GITHUB_WORKSPACE": "/github/workspace",
            **{name: f"/github/file_commands/{self._file(name)}" for name in FILE_COMMANDS},
            "RUNNER_ARCH": "X64",
            "RUNNER_OS": "Linux",
            "RUNNER_NAME": "Hosted Agent",
            "RUNNER_ENVIRONMENT": "github-hosted",
            "RUNNER_TEMP": "/github/runner_temp",
            "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache",
            "RUNNER_WORKSPACE": str(self.checkout.root.parent),
            "ACTIONS_RUNTIME_URL": "https://runtime.github.invalid/",
            "ACTIONS_RUNTIME_TOKEN": RUNTIME_TOKEN,
            "ACTIONS_CACHE_URL": "https://cache.github.invalid/",
            "ACTIONS_RESULTS_URL": "https://results.github.invalid/",
            "ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.github.invalid/",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": RUNTIME_TOKEN,
        }

    def _file(self, name: str) -> str:
        words = {"GITHUB_OUTPUT": "set_output", "GITHUB_ENV": "set_env", "GITHUB_STATE": "save_state"}
        words |= {"GITHUB_PATH": "add_path", "GITHUB_STEP_SUMMARY": "step_summary"}
        return f"{words[name]}_{self._suffix}"
