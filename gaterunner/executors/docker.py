"""Runs gates in containers of a Docker engine, with nothing of this machine in them but the checkout."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from pathlib import Path, PurePosixPath
from threading import Event
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from gaterunner.containers.faults import engine_errors, faults, is_gone, told
from gaterunner.containers.images import Image, ensure_image
from gaterunner.containers.leftovers import labels_of
from gaterunner.containers.lifecycle import State
from gaterunner.containers.mounts import WORKSPACE, Sentinel, another_folder, planted, prove_sight, workspace_mount
from gaterunner.errors import EvaluationError
from gaterunner.executors.base import Container, Execution, Job
from gaterunner.executors.docker_container import (
    UNSEEN,
    GateContainer,
    Rights,
    container_config,
    ended_state,
    joined_networks,
    made,
)
from gaterunner.executors.docker_stream import Attached
from gaterunner.executors.identity import Identity
from gaterunner.executors.observed import Observed, execution_of, pass_on
from gaterunner.output import BoundedLog, OutputCleaner
from gaterunner.redaction import Redactor

if TYPE_CHECKING:
    from gaterunner.containers.engine import Engine

GATE_LABEL = "dev.gaterunner.gate"
_POLL_S = 0.1
_READ_S = 1.0
_NOTED_S = 5.0
_PATIENCE_S = 15.0
# What docker-init says when it cannot execute the shell (see `tini.c`), and runc when it cannot execute docker-init.
_NO_SHELL = re.compile(rb"(?:\A|\n)(?:\[FATAL tini \(\d+\)\] exec \S+ failed|exec \S+/docker-init): ([^\n]*)")


class DockerExecutor:
    """An ``Executor`` for containers; every job has a ``container``.

    ``identity`` is whom gates run as (see ``owner_of``), None to stay what gaterunner is; ``run`` labels what is made.
    A gate that must end is asked with SIGTERM and killed ``grace_s`` seconds later, with its container. Safe to use
    from several threads, one gate each.
    """

    name = "docker"

    def __init__(
        self, engine: Engine, redactor: Redactor, *, identity: Identity | None, run: str, grace_s: float = 5.0
    ) -> None:
        self._engine = engine
        self._redactor = redactor
        self._identity = identity
        self._grace_s = grace_s
        self._labels = labels_of(run, engine.own_container)
        self._seen: set[Path] = set()
        self._rights: Rights | None = None

    def run(self, job: Job, *, on_lines: Callable[[Sequence[str]], None], cancelled: Event) -> Execution:
        """Runs the job to its end. Raises ``EvaluationError`` only for faults of ours: a log that cannot be written."""
        if job.container is None:
            raise ValueError("a job without a container is not for this executor")
        run = _ContainerRun(self, job, job.container, on_lines, cancelled)
        return execution_of(job, run.observe)

    # What follows is for `_ContainerRun`.

    @property
    def engine(self) -> Engine:
        """The engine."""
        return self._engine

    @property
    def redactor(self) -> Redactor:
        """What masks secrets."""
        return self._redactor

    @property
    def grace_s(self) -> float:
        """How long a gate may take to end when asked to."""
        return self._grace_s

    def labels_for(self, job: Job) -> dict[str, str]:
        """The labels of a gate's container."""
        return {**self._labels, GATE_LABEL: job.name}

    def rights(self) -> Rights:
        """Whom containers run as; the engine is asked once how it maps users."""
        with self._engine.lock("rights"):
            if self._rights is None:
                self._rights = _rights(self._engine, self._identity)
            return self._rights

    def is_proven(self, root: Path) -> bool:
        """Whether containers were seen to show a root."""
        return root in self._seen

    def prove(self, container: GateContainer, root: Path, sentinel: Sentinel | None) -> None:
        """Sees to it, once for a root, that containers show it. Raises ``EvaluationError``."""
        with self._engine.lock(f"sight {root}"):
            if root not in self._seen and sentinel is not None:
                prove_sight(self._engine, container.name, root, sentinel)
                self._seen.add(root)


def _rights(engine: Engine, identity: Identity | None) -> Rights:
    uid, gid = (identity.uid, identity.gid) if identity else (os.geteuid(), os.getegid())
    with faults(f"the Docker engine at {engine.address}"):
        options = engine.api.info().get("SecurityOptions") or []
    if any("name=rootless" in option for option in options):
        # What its containers call root is the engine's user, and only that can be us.
        return Rights(uid=0, gid=0)
    return Rights(uid=uid, gid=gid, machine_users=any("name=userns" in option for option in options))


class _ContainerRun:
    """One execution."""

    def __init__(
        self,
        executor: DockerExecutor,
        job: Job,
        wanted: Container,
        on_lines: Callable[[Sequence[str]], None],
        cancelled: Event,
    ) -> None:
        self._executor = executor
        self._engine = executor.engine
        self._job = job
        self._wanted = wanted
        self._on_lines = on_lines
        self._cancelled = cancelled

    def observe(self, log: BoundedLog) -> Observed:
        """Everything from the image to the end of the container."""
        if self._cancelled.is_set():
            return Observed(ended="interrupted")
        if not self._job.cwd.is_dir():
            message = f"cwd: {self._job.cwd} is not a directory; correct `cwd:` in the workflow file"
            return Observed(ended="not-started", error=message)
        try:
            image = ensure_image(self._engine, self._wanted.image, on_line=self._tell, cancelled=self._cancelled)
        except EvaluationError as error:
            return self._not_started(error)
        return replace(self._in_container(image, log), image_digest=image.digest)

    def _in_container(self, image: Image, log: BoundedLog) -> Observed:
        root = self._job.root
        try:
            _refuse_hiding(image, self._wanted.image)
            with nullcontext() if self._executor.is_proven(root) else planted(root) as sentinel:
                config = container_config(
                    self._job,
                    self._wanted,
                    image=image.id,
                    rights=self._executor.rights(),
                    mount=workspace_mount(self._engine, root),
                    labels=self._executor.labels_for(self._job),
                    sentinel=sentinel.path if sentinel else "",
                )
                with made(self._engine, config, joined_networks(self._wanted)[1:]) as container:
                    self._executor.prove(container, root, sentinel)
                    with closing(container.attach()) as attached:
                        container.start()
                        return self._watched(container, attached, log, sentinel)
        except EvaluationError as error:
            return self._not_started(error)

    def _watched(
        self, container: GateContainer, attached: Attached, log: BoundedLog, sentinel: Sentinel | None
    ) -> Observed:
        with _Keeper(container, attached, self._job.timeout_s, self._executor.grace_s, self._cancelled) as keeper:
            cleaner = OutputCleaner(self._executor.redactor)
            while not attached.ended:
                output = attached.read(_READ_S)
                if attached.begun and sentinel is not None:
                    sentinel.remove()
                pass_on(cleaner.feed(output), log, self._on_lines)
            pass_on(cleaner.finish(), log, self._on_lines)
        return self._ended(container, attached, keeper)

    def _ended(self, container: GateContainer, attached: Attached, keeper: _Keeper) -> Observed:
        try:
            state = ended_state(container, within_s=_NOTED_S, pause=time.sleep)
        except engine_errors() as error:
            return Observed(ended=keeper.reason or "lost", error=None if keeper.reason else self._lost(error))
        if keeper.reason is not None:
            return Observed(ended=keeper.reason)
        if state.running:
            return Observed(ended="lost", error=self._lost(None))
        if not attached.begun and UNSEEN.encode() in attached.errors:
            raise another_folder(self._engine, self._job.root)
        return _observed(state, attached.errors, self._job, self._wanted)

    def _lost(self, error: Exception | None) -> str:
        where = f"the Docker engine at {self._engine.address}"
        if error is None:
            return f"the connection to {where} broke while the gate ran; see to the way there, then run it again"
        if is_gone(error):
            return f"{where} went away while the gate ran; see in its log why it stopped, then run the gate again"
        return told(error, "the gate's container was gone before its end could be seen").line

    def _not_started(self, error: EvaluationError) -> Observed:
        if self._cancelled.is_set():
            return Observed(ended="interrupted")
        return Observed(ended="not-started", error=self._executor.redactor(error.line))

    def _tell(self, line: str) -> None:
        self._on_lines([self._executor.redactor(line)])


def _refuse_hiding(image: Image, reference: str) -> None:
    """A volume that an image declares would lie over what the checkout has, and leave a folder of root's in it."""
    for volume in image.volumes:
        if PurePosixPath(WORKSPACE) in PurePosixPath(volume).parents:
            raise EvaluationError(
                f"image {reference} declares a volume at {volume}, which would hide that folder of the checkout",
                help="use an image without that VOLUME",
            )


class _Keeper:
    """Ends a gate that is over time or cancelled, also while a reader of our own output lets everything wait.

    ``reason`` is what it ended it for, None when the gate ended by itself.
    """

    def __init__(
        self, container: GateContainer, attached: Attached, timeout_s: float, grace_s: float, cancelled: Event
    ) -> None:
        self._container = container
        self._attached = attached
        self._deadline = time.monotonic() + timeout_s
        self._grace_s = grace_s
        self._cancelled = cancelled
        self._over = Event()
        self._thread = threading.Thread(target=self._keep, name="gaterunner-keeper", daemon=True)
        self.reason: Literal["timed-out", "interrupted"] | None = None

    def __enter__(self) -> _Keeper:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._cancelled.is_set():
            left = self._deadline - time.monotonic()
            if left <= 0:
                break
            if self._over.wait(min(left, _POLL_S)):
                return
        if self._over.is_set():
            return
        self.reason = "interrupted" if self._cancelled.is_set() else "timed-out"
        for signal, patience_s in (("SIGTERM", self._grace_s), ("SIGKILL", _PATIENCE_S)):
            self._container.signal(signal)
            if self._over.wait(patience_s):
                return
        self._attached.end()


def _observed(state: State, errors: bytes, job: Job, wanted: Container) -> Observed:
    """For a container that ended by itself."""
    no_shell = _NO_SHELL.search(errors) if state.exit_code != 0 else None
    if no_shell is not None:
        return Observed(ended="not-started", error=_shell_fault(job, wanted, no_shell[1].decode("utf-8", "replace")))
    if state.out_of_memory and state.exit_code != 0:
        return Observed(ended="out-of-memory")
    notes: tuple[str, ...] = ()
    if state.out_of_memory:
        notes = ("a process of the gate was ended because `resources: memory` was used up; its command succeeded",)
    return Observed(ended="exited", exit_code=state.exit_code, notes=notes)


def _shell_fault(job: Job, wanted: Container, why: str) -> str:
    if "no such file" not in why.lower():
        return f"the shell {job.shell} of image {wanted.image} could not be started: {why.lower()}"
    if job.shell == "bash":
        return f"image {wanted.image} has no bash; set `shell: sh` on this gate, or use an image with bash"
    return f"image {wanted.image} has no sh, which gates are run with; use an image with a shell"
