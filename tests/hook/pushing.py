"""A clone with a remote, as a developer has them, and real pushes from one to the other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.gitrepo import ENVIRONMENT, Repository

WORKFLOW = "workflow: {gates: [unit: sh test.sh], policies: [no-secret-changes]}\n"
GREEN, RED = "exit 0\n", "echo one test is red; exit 1\n"


class Pushed:
    """How a push ended."""

    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.code = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()


class Developer:
    """A clone on ``feat/x`` of a bare remote whose ``main`` holds the workflow file, with gaterunner on PATH."""

    def __init__(self, folder: Path) -> None:
        self.remote = folder / "remote.git"
        self.tools = folder / "tools"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", self.remote], check=True, env=ENVIRONMENT)
        first = Repository.create(folder / "first")
        first.commit("Start", {"test.sh": GREEN, ".gaterunner.yml": WORKFLOW})
        first.git("push", "-q", str(self.remote), "main")
        self.clone = Repository.clone(self.remote, folder / "clone")
        self.clone.switch("feat/x", create=True)
        self.put_on_path()

    def put_on_path(self) -> None:
        """A `gaterunner` like the one that pip installs."""
        self.tools.mkdir(exist_ok=True)
        tool = self.tools / "gaterunner"
        tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m gaterunner "$@"\n')
        tool.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        """What the developer's shell has set."""
        path = f"{self.tools}:{ENVIRONMENT['PATH']}"
        kept = {
            name: os.environ[name] for name in ("HOME", "XDG_CACHE_HOME", "KF_RULE_CACHE_DIR") if name in os.environ
        }
        root = str(Path(__file__).resolve().parents[2])
        return {**ENVIRONMENT, **kept, "PATH": path, "PYTHONPATH": root, "NO_COLOR": "1", "COLUMNS": "200", **more}

    def gaterunner(self, *arguments: str, folder: Path | None = None, env: Mapping[str, str] | None = None) -> Pushed:
        return self._run("gaterunner", *arguments, folder=folder, env=env)

    def install(self, *options: str) -> str:
        """Installs the hook and returns what was told."""
        told = self.gaterunner("hook", "install", *options)
        assert told.code == 0, told.err
        return told.out

    def push(self, *arguments: str, folder: Path | None = None, env: Mapping[str, str] | None = None) -> Pushed:
        """A real `git push` to the remote, `origin` unless the arguments say otherwise."""
        return self._run("git", "push", *(arguments or ("origin", "HEAD")), folder=folder, env=env)

    def git(self, *arguments: str, folder: Path) -> Pushed:
        return self._run("git", *arguments, folder=folder, env=None)

    def _run(self, *argv: str, folder: Path | None, env: Mapping[str, str] | None) -> Pushed:
        environment = self.environment(**(env or {}))
        tool = self.tools / argv[0]
        done = subprocess.run(
            [str(tool) if tool.exists() else argv[0], *argv[1:]],
            cwd=folder or self.clone.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return Pushed(done)

    def on_remote(self, ref: str) -> str | None:
        """What the remote has under this name."""
        done = subprocess.run(
            ["git", "-C", self.remote, "rev-parse", "--verify", "-q", ref],
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
            check=False,
        )
        return done.stdout.strip() or None

    @property
    def hook(self) -> Path:
        return self.clone.root / ".git" / "hooks" / "pre-push"
