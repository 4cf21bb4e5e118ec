"""The places where gates run: this machine, and containers of a Docker engine that is reached once a gate needs it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gaterunner.errors import EvaluationError
from gaterunner.executors.base import Executor
from gaterunner.executors.identity import Identity
from gaterunner.executors.local import LocalExecutor
from gaterunner.plan import PlannedGate
from gaterunner.redaction import Redactor

if TYPE_CHECKING:
    from gaterunner.containers.engine import Engine


class Places:
    """One run's executors. Used from several threads.

    ``run`` labels what the engine is asked to make, ``identity`` is whom gates run as.
    """

    def __init__(
        self, environment: Mapping[str, str], redactor: Redactor, *, identity: Identity | None, run: str
    ) -> None:
        self._environment = environment
        self._redactor = redactor
        self._identity = identity
        self._run = run
        self._lock = threading.Lock()
        self._local = LocalExecutor(redactor, identity=identity)
        self._docker: Executor | None = None
        self._engine: Engine | None = None
        self._fault: EvaluationError | None = None

    def executor_for(self, planned: PlannedGate) -> Executor:
        """Where a gate runs. Raises ``EvaluationError`` when it needs an engine and none is to be had."""
        if planned.image is None:
            return self._local
        engine = self.engine()
        with self._lock:
            if self._docker is None:
                from gaterunner.executors.docker import DockerExecutor

                self._docker = DockerExecutor(engine, self._redactor, identity=self._identity, run=self._run)
            return self._docker

    def digest_of(self, image: str) -> str | None:
        """The digest of an image that the engine already has; None when it has none of that name, or there is none."""
        try:
            engine = self.engine()
        except EvaluationError:  # told by the gate that needs it
            return None
        from gaterunner.containers.images import local_digest

        return local_digest(engine, image)

    def engine(self) -> Engine:
        """The engine; what an earlier run left there is removed first. Raises ``EvaluationError``, always the same."""
        with self._lock:
            if self._fault is not None:
                raise self._fault
            if self._engine is None:
                try:
                    self._engine = self._connect()
                except EvaluationError as error:
                    self._fault = error
                    raise
            return self._engine

    def _connect(self) -> Engine:
        from gaterunner.containers.engine import Engine
        from gaterunner.containers.leftovers import sweep

        engine = Engine.connect(self._environment)
        sweep(engine)
        return engine
