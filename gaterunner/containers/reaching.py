"""Where a gate in a container reaches what listens in gaterunner itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gaterunner.containers.faults import faults
from gaterunner.errors import EvaluationError

if TYPE_CHECKING:
    from gaterunner.containers.engine import Engine

_BRIDGE = "bridge"
_HELP = "run the gate on this machine instead, without `image` or `executor: docker`"


def address_for_gates(engine: Engine) -> str:
    """An address of ours that containers on the engine's own bridge reach, and nobody beyond the machine.

    On a machine that is the bridge's own; where gaterunner runs in a container itself, that container's, which joins
    the bridge for it. Raises ``EvaluationError`` where there is none.
    """
    if engine.is_remote:
        raise EvaluationError(
            f"gates in containers of the Docker engine at {engine.address} cannot send their telemetry here", help=_HELP
        )
    with engine.lock("address for gates"), faults("the address at which gates in containers reach gaterunner"):
        own = engine.own_container
        if own is None or own.host_network:
            return _gateway(engine)
        found = _address(engine, own.id)
        if not found:
            engine.api.connect_container_to_network(own.id, _BRIDGE)
            found = _address(engine, own.id)
    if not found:
        raise EvaluationError("gaterunner's own container has no address that gates could send to", help=_HELP)
    return found


def _gateway(engine: Engine) -> str:
    configs: list[dict[str, Any]] = (engine.api.inspect_network(_BRIDGE).get("IPAM") or {}).get("Config") or []
    found = next((each["Gateway"] for each in configs if ":" not in each.get("Gateway", ":")), None)
    if found is None:
        raise EvaluationError("the Docker engine's own bridge has no address that gates could send to", help=_HELP)
    return str(found)


def _address(engine: Engine, container: str) -> str:
    networks = engine.api.inspect_container(container)["NetworkSettings"]["Networks"]
    return str((networks.get(_BRIDGE) or {}).get("IPAddress") or "")
