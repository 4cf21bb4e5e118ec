"""A step of GitHub's runner around `python -m gaterunner action`: checkout, event, variables and files as it has them.

step = PullRequest.open(tmp_path, workflow="workflow: ...").step(fake_github)
ran = step.run()
assert (ran.code, ran.outputs["verdict"]) == (0, "pass")
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.fake_github import FakeGitHub, Pull
from tests.fake_github.state import Run
from tests.gitrepo import Files, Repository

REPOSITORY = "octo/example"
PULL = 7
FILE_COMMANDS = {
    "GITHUB_ENV": "set_env",
    "GITHUB_PATH": "add_path",
    "GITHUB_OUTPUT": "set_output",
    "GITHUB_STATE": "save_state",
    "GITHUB_STEP_SUMMARY": "step_summary",
}
"""Variables and the names of the files they lead to; the runner adds a number that is new for every step."""

# For tests of an API that is not there: the same attempts with other pauses, as nobody waits minutes for a test.
HURRIED = """
import gaterunner.github.transport as transport
from gaterunner.reporters.check_run_observer import CheckRunObserver
transport._FIRST_PAUSE_S, transport._LONGEST_PAUSE_S = 0.01, 0.02
transport.Transport.__init__.__kwdefaults__["timeout_s"] = 1
CheckRunObserver.__init__.__kwdefaults__["finish_s"] = 4.0
"""
_MAIN = "from gaterunner.__main__ import main; main()"


class StepRan(Struct, frozen=True):
    """How a step ended, what it printed, and what it left in the runner's files, by the variables' names."""

    code: int
    out: str
    err: str
    files: dict[str, str]

    @property
    def outputs(self) -> dict[str, str]:
        return parse_outputs(self.files["GITHUB_OUTPUT"])

    @property
    def summary(self) -> str:
        return self.files["GITHUB_STEP_SUMMARY"]

    @property
    def commands(self) -> list[str]:
        """The lines that the runner obeys: those that look like commands and stand outside of every fence."""
        found, token = [], None
        for line in (self.out + self.err).splitlines():
            if token is not None:
                token = None if line.strip() == f"::{token}::" else token
            elif line.startswith("::stop-commands::"):
                token = line.removeprefix("::stop-commands::")
            elif line.lstrip().startswith("::") or "##[" in line:
                found.append(line)
        return found

    @property
    def told(self) -> str:
        """Everything that a reader of the job can see."""
        return "\n".join((self.out, self.err, *self.files.values()))


def parse_outputs(text: str) -> dict[str, str]:
    """What the runner makes of GITHUB_OUTPUT: ``name=value`` lines and heredocs alike."""
    values: dict[str, str] = {}
    lines = iter(text.splitlines())
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


def pull_request_payload(*, base: str, head: str, merge: str, branch: str, target: str = "main") -> dict[str, Any]:
    """The part of a pull request's event that anybody reads."""
    repository = {"full_name": REPOSITORY, "default_branch": "main", "fork": False}
    return {
        "action": "synchronize",
        "number": PULL,
        "repository": repository,
        "pull_request": {
            "number": PULL,
            "merge_commit_sha": merge,
            "user": {"login": "octocat"},
            "head": {"ref": branch, "sha": head, "repo": repository},
            "base": {"ref": target, "sha": base, "repo": repository},
        },
    }


def runner_variables(*, event: str, workspace: str) -> dict[str, str]:
    """What every job has in its environment, besides paths and what the event adds; no address leads anywhere."""
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION": "__self",
        "GITHUB_ACTOR": "octocat",
        "GITHUB_API_URL": "https://api.github.invalid",
        "GITHUB_SERVER_URL": "https://github.invalid",
        "GITHUB_GRAPHQL_URL": "https://api.github.invalid/graphql",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_JOB": "gates",
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_REPOSITORY_OWNER": "octo",
        "GITHUB_RUN_ID": "42",
        "GITHUB_RUN_NUMBER": "1",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RETENTION_DAYS": "90",
        "GITHUB_WORKFLOW": "gates",
        "GITHUB_WORKSPACE": workspace,
        "RUNNER_ARCH": "X64",
        "RUNNER_OS": "Linux",
        "RUNNER_NAME": "Hosted Agent",
        "RUNNER_ENVIRONMENT": "github-hosted",
        "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache",
    }


def input_variables(inputs: Mapping[str, str]) -> dict[str, str]:
    """A step's ``with:`` as the action sees it: upper case, spaces replaced, a dash stays a dash."""
    return {f"INPUT_{name.upper().replace(' ', '_')}": value for name, value in inputs.items()}


class Step:
    """One step in ``checkout``. ``inputs``, ``env`` and ``event`` may be changed before ``run``."""

    def __init__(self, checkout: Repository, temp: Path, *, event_name: str, event: dict[str, Any]) -> None:
        self.checkout = checkout
        self.temp = temp
        self.event: dict[str, Any] | bytes = event
        self.inputs = {
            "token": "",
            "config": ".gaterunner.yml",
            "command": "run",
            "check-name": "gaterunner",
            "publish": "check",
            "report": "",
        }
        suffix = uuid.uuid4().hex
        self.files = {name: temp / "_runner_file_commands" / f"{file}_{suffix}" for name, file in FILE_COMMANDS.items()}
        self.payload = temp / "_github_workflow" / "event.json"
        self.env = {
            **runner_variables(event=event_name, workspace=str(checkout.root)),
            **{name: str(file) for name, file in self.files.items()},
            "GITHUB_EVENT_PATH": str(self.payload),
            "RUNNER_TEMP": str(temp),
            "TMPDIR": str(temp),
            "RUNNER_WORKSPACE": str(checkout.root.parent),
        }

    def on(self, fake: FakeGitHub, *, writes: bool = True) -> Step:
        """Gives the step a token for the fake and the fake's address."""
        self.inputs["token"] = fake.token(writes=writes)
        self.env["GITHUB_API_URL"] = fake.url
        return self

    def start(self, preamble: str = "") -> subprocess.Popen[bytes]:
        """Starts the action; ``finish`` waits for it. The preamble is Python that its process executes first."""
        self.lay_out()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        return subprocess.Popen(
            [sys.executable, *(("-c", preamble + _MAIN) if preamble else ("-m", "gaterunner")), "action"],
            cwd=self.checkout.root,
            env={**kept, **self.env, **input_variables(self.inputs)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def finish(self, process: subprocess.Popen[bytes], *, timeout_s: float = 60) -> StepRan:
        """Waits for a started action, and ends it when it takes too long."""
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        files = {name: file.read_text("utf-8") for name, file in self.files.items() if file.exists()}
        return StepRan(code=process.returncode, out=out.decode(), err=err.decode(), files=files)

    def run(self, preamble: str = "") -> StepRan:
        """Runs the action to its end."""
        return self.finish(self.start(preamble))

    def lay_out(self) -> None:
        """Writes the event, and empty files for what the step tells the runner."""
        for file in (*self.files.values(), self.payload):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        self.payload.write_bytes(self.event if isinstance(self.event, bytes) else json.dumps(self.event).encode())


class PullRequest(Struct, frozen=True):
    """A pull request of ``branch`` into ``main``: ``base`` is main's tip, ``merge`` GitHub's test merge of both."""

    remote: Repository
    base: str
    head: str
    merge: str
    place: Path
    branch: str = "feat/x"

    @classmethod
    def open(cls, place: Path, workflow: str, files: Files | None = None, beside: Files | None = None) -> PullRequest:
        """``workflow`` is main's workflow file, with what is ``beside`` it, ``files`` the branch's only commit."""
        remote = Repository.create(place / "remote")
        # What GitHub's servers grant.
        remote.git("config", "uploadpack.allowFilter", "true")
        remote.git("config", "uploadpack.allowAnySHA1InWant", "true")
        remote.commit("Start", {"README.md": "# Example\n"})
        remote.commit("Adopt gates", {".gaterunner.yml": workflow, **(beside or {})})
        remote.switch("feat/x", create=True)
        head = remote.commit("Work", files or {"app.py": "print(1)\n"})
        remote.switch("main")
        base = remote.commit("Meanwhile", {"other.py": "print(2)\n"})
        remote.git("checkout", "-q", "--detach")
        merge = remote.merge("feat/x", "Merge feat/x into main")
        remote.git("update-ref", f"refs/pull/{PULL}/merge", merge)
        remote.switch("main")
        return cls(remote, base, head, merge, place)

    def step(self, fake: FakeGitHub | None = None, *, shallow: bool = False, event: str = "pull_request") -> Step:
        """The step of a job on this pull request; with a fake, it knows the pull request and the step its token."""
        step = Step(
            self._checkout(f"+{self.merge}:refs/remotes/pull/{PULL}/merge", shallow=shallow),
            self.place / "runner",
            event_name=event,
            event=pull_request_payload(base=self.base, head=self.head, merge=self.merge, branch=self.branch),
        )
        step.env |= {
            "GITHUB_SHA": self.merge,
            "GITHUB_REF": f"refs/pull/{PULL}/merge",
            "GITHUB_REF_NAME": f"{PULL}/merge",
            "GITHUB_HEAD_REF": self.branch,
            "GITHUB_BASE_REF": "main",
        }
        if fake is None:
            return step
        fake.repository(REPOSITORY).open_pull(Pull(number=PULL, head=self.head, base=self.base))
        return step.on(fake)

    def pushed(self, commit: str, *, before: str, branch: str = "main", shallow: bool = False) -> Step:
        """The step of a job on a push that moved ``branch`` from ``before`` to ``commit``."""
        self.remote.git("update-ref", f"refs/heads/{branch}", commit)
        step = Step(
            self._checkout(f"+{commit}:refs/remotes/origin/{branch}", shallow=shallow),
            self.place / "runner",
            event_name="push",
            event={
                "ref": f"refs/heads/{branch}",
                "before": before,
                "after": commit,
                "forced": False,
                "deleted": False,
                "repository": {"full_name": REPOSITORY, "default_branch": "main"},
            },
        )
        step.env |= {"GITHUB_SHA": commit, "GITHUB_REF": f"refs/heads/{branch}", "GITHUB_REF_NAME": branch}
        return step

    def queued(self) -> Step:
        """The step of a job in a merge queue, whose only entry is this pull request."""
        ref = f"refs/heads/gh-readonly-queue/main/pr-{PULL}-{self.base}"
        self.remote.git("update-ref", ref, self.merge)
        step = Step(
            self._checkout(f"+{self.merge}:{ref.replace('heads', 'remotes/origin')}", shallow=False),
            self.place / "runner",
            event_name="merge_group",
            event={
                "action": "checks_requested",
                "merge_group": {
                    "head_sha": self.merge,
                    "head_ref": ref,
                    "base_sha": self.base,
                    "base_ref": "refs/heads/main",
                },
                "repository": {"full_name": REPOSITORY, "default_branch": "main"},
            },
        )
        step.env |= {"GITHUB_SHA": self.merge, "GITHUB_REF": ref}
        return step

    def _checkout(self, what: str, *, shallow: bool) -> Repository:
        """As actions/checkout does it: an empty repository, one fetch, a detached HEAD."""
        clone = Repository.create(self.place / "workspace")
        clone.git("remote", "add", "origin", f"file://{self.remote.root}")
        ref = what.partition(":")[2]
        if shallow:
            wanted = ["--depth=1", "origin", what]
        else:
            everything = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
            # A branch is among all of them; git refuses to fetch two things to one place.
            wanted = ["origin", *everything, *([what] if ref.startswith("refs/remotes/pull/") else [])]
        clone.git("fetch", "-q", "--no-tags", "--prune", "--no-recurse-submodules", *wanted)
        clone.git("checkout", "-q", "--force", "--detach", ref)
        return clone


def check_of(fake: FakeGitHub) -> Run:
    """The only check run that there is."""
    (run,) = fake.repository(REPOSITORY).check_runs.values()
    return run
