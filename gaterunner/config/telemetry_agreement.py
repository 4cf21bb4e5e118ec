"""What `telemetry` of a gate must not contradict, and which gates have it without saying so."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from gaterunner.config.document import Mapping
from gaterunner.config.gates import ReadGate
from gaterunner.config.problems import Problems, quoted
from gaterunner.config.settings import Settings
from gaterunner.config.telemetry_rules import WATCH
from gaterunner.config.types import Gate

POLICY = "observability"
WATCHED = ("smoke", "integration", "e2e")
"""Gates of these names run the program as it would run; see ``with_telemetry``."""
_ADDRESSES = (
    *("SENTRY_DSN", "SENTRY_TRACES_SAMPLE_RATE", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"),
    *("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"),
    "OTEL_SDK_DISABLED",
)


def check_telemetry(read: ReadGate, settings: Settings, problems: Problems) -> None:
    """Notes what would keep a gate's telemetry from arriving, or from being judged."""
    gate = read.gate
    node = read.nodes.get("telemetry")
    if gate.telemetry is None or node is None:
        return
    where = f"`telemetry` of gate {quoted(gate.name)}"
    if gate.kind != "command":
        problems.add(node.position, f"{where}: only a gate that runs the program has any", "remove `telemetry`")
    if gate.shards > 1:
        message = f"{where}: what a shard sends is only a part, and cannot be held against anything"
        problems.add(node.position, message, "remove `shards` or `telemetry`")
    if (gate.image is not None or settings.executor == "docker") and gate.network in ("none", "services"):
        message = f"{where}: with `network: {gate.network}` nothing that it sends can arrive"
        problems.add(read.nodes["network"].position, message, "write `network: bridge`, or remove `telemetry`")
    env = read.nodes.get("env")
    for entry in env.entries if isinstance(env, Mapping) else ():
        if entry.key.text in _ADDRESSES:
            message = f"`env` of gate {quoted(gate.name)}: {quoted(entry.key.text)} is set by `telemetry`"
            problems.add(entry.key.position, message, "remove one of the two")


def with_telemetry(gates: tuple[Gate, ...], policies: Collection[str]) -> tuple[Gate, ...]:
    """The gates of a workflow with ``policies``, in which some are watched that do not say so.

    That is where the policy `observability` is declared and no gate has a `telemetry`: then gates that by their names
    run the whole program are watched, so that the policy has something to go by.
    """
    if POLICY not in policies or any(gate.telemetry is not None for gate in gates):
        return gates
    return tuple(replace(gate, telemetry=WATCH) if _can_be_watched(gate) else gate for gate in gates)


def _can_be_watched(gate: Gate) -> bool:
    return (
        gate.name in WATCHED
        and gate.kind == "command"
        and gate.shards == 1
        and gate.network in (None, "bridge")
        and not any(name in _ADDRESSES for name, _ in gate.env)
    )
