"""Runs one shell line as a gate in a container, for tests."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any, Literal

from gaterunner.config.types import Resources
from gaterunner.containers.engine import Engine
from gaterunner.containers.leftovers import RUN_LABEL
from gaterunner.executors.base import Container, Execution, Job
from gaterunner.executors.docker import DockerExecutor
from gaterunner.executors.identity import Identity
from gaterunner.redaction import Redactor

IMAGE = os.environ.get("GATERUNNER_TEST_BASE_IMAGE", "debian:bookworm-slim")
ENV = {"GATERUNNER": "1", "HOME": "/tmp"}  # noqa: S108 -- the container's


class ContainerBench:
    """A directory to run in, an engine, and what the last run printed."""

    def __init__(self, root: Path, engine: Engine) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self.engine = engine
        self.log = root.parent / f"{root.name}.log"
        self.lines: list[str] = []
        self.cancelled = Event()
        self.redactor = Redactor()
        self.name = f"test-{secrets.token_hex(8)}"

    def run(
        self,
        command: str,
        *,
        image: str = IMAGE,
        timeout_s: float = 60.0,
        grace_s: float = 0.5,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        resources: Resources = Resources(),  # noqa: B008 -- it is frozen
        network: Literal["none", "services", "bridge"] = "none",
        networks: tuple[str, ...] = (),
        identity: Identity | None = None,
        shell: Literal["bash", "sh"] = "bash",
        log_limit: int = 1 << 20,
        on_lines: Callable[[Sequence[str]], None] | None = None,
    ) -> Execution:
        self.lines = []
        job = Job(
            name="gate",
            command=command,
            shell=shell,
            root=self.root,
            cwd=cwd or self.root,
            env=ENV if env is None else env,
            timeout_s=timeout_s,
            log=self.log,
            log_limit=log_limit,
            container=Container(image=image, resources=resources, network=network, networks=networks),
        )
        executor = DockerExecutor(self.engine, self.redactor, identity=identity, run=self.name, grace_s=grace_s)
        return executor.run(job, on_lines=on_lines or self.lines.extend, cancelled=self.cancelled)

    def left(self) -> list[Any]:
        """The containers of this bench that the engine still has."""
        return list(self.engine.api.containers(all=True, filters={"label": f"{RUN_LABEL}={self.name}"}))
