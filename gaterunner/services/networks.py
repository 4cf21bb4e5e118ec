"""The networks of services.

Each group of services has an internal network: what is on it reaches the group and nothing else. A gate on this machine
cannot join it, so for such gates, and for `publish:`, services are on one more network, shared by the run, where they
reach neither each other nor the outside but can have their ports published on the engine's machine.
"""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from gaterunner.containers.faults import engine_errors, faults
from gaterunner.errors import EvaluationError

if TYPE_CHECKING:
    from gaterunner.containers.engine import Engine

# An internal network keeps the way out closed, but the engine's machine has an address on it, and with that everything
# that listens on all addresses there. Without the address there is nobody to ask.
_NO_MACHINE = {"com.docker.network.bridge.inhibit_ipv4": "true"}
_NO_TALK = {
    "com.docker.network.bridge.enable_icc": "false",
    "com.docker.network.bridge.enable_ip_masquerade": "false",
}


class Network:
    """One network of the engine; made when it is first needed, removed by ``remove``. Used from several threads."""

    def __init__(self, engine: Engine, labels: dict[str, str], *, internal: bool) -> None:
        self._engine = engine
        self._labels = labels
        self._internal = internal
        self._lock = threading.Lock()
        self._joined: set[str] = set()
        self.name = f"gaterunner-{secrets.token_hex(6)}"
        self._id = ""
        self._is_over = False

    @property
    def id(self) -> str:
        """The engine's id of the network, empty until it is made."""
        return self._id

    def make(self) -> None:
        """Makes it, unless that was done. Raises ``EvaluationError``, also when it was removed already."""
        with self._lock:
            if self._is_over:
                raise EvaluationError("the run is over: its networks are no longer made")
            if not self._id:
                with faults("a network for services"):
                    made = self._engine.api.create_network(
                        self.name,
                        driver="bridge",
                        internal=self._internal,
                        options=_NO_MACHINE if self._internal else _NO_TALK,
                        labels=self._labels,
                    )
                self._id = str(made["Id"])

    def join(self, container: str) -> None:
        """Puts a container on it, once. Raises ``EvaluationError``."""
        self.make()
        with self._lock:
            if container in self._joined:
                return
            with faults("the network for services, which a container could not join"):
                self._engine.api.connect_container_to_network(container, self._id)
            self._joined.add(container)

    def remove(self) -> None:
        """Puts every container off it and removes it; raises nothing, and does nothing when it was never made."""
        with self._lock:
            self._is_over = True
            if not self._id:
                return
            api, network, self._id = self._engine.api, self._id, ""
            quietly = engine_errors()
            with suppress(*quietly):
                for container in api.inspect_network(network)["Containers"] or {}:
                    with suppress(*quietly):
                        api.disconnect_container_from_network(container, network, force=True)
            with suppress(*quietly):
                api.remove_network(network)
