"""A receiver for one execution of a gate, where the gate can reach it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gaterunner.config.telemetry_rules import TelemetryRules
from gaterunner.receiver.receiver import LOOPBACK, Receiver, receiving
from gaterunner.redaction import Redactor

if TYPE_CHECKING:
    from gaterunner.containers.engine import Engine

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
# Which of OpenTelemetry's variables take one signal elsewhere than the endpoint for all of them says.
_OF_ONE_SIGNAL = re.compile(r"OTEL_EXPORTER_OTLP_(?:TRACES|LOGS|METRICS)_(?:ENDPOINT|PROTOCOL|INSECURE|CERTIFICATE)")


@contextmanager
def received(rules: TelemetryRules, redact: Redactor, engine: Callable[[], Engine] | None) -> Iterator[Receiver]:
    """A receiver for the block. ``engine`` gives that of a gate in a container; None for a gate on this machine.

    Raises ``EvaluationError`` when the gate could not reach it.
    """
    host = LOOPBACK
    if engine is not None:
        from gaterunner.containers.reaching import address_for_gates

        host = address_for_gates(engine())
    with receiving(rules, redact, host=host) as receiver:
        yield receiver


def with_receiver(env: Mapping[str, str], receiver: Receiver) -> dict[str, str]:
    """A gate's environment with the receiver's addresses, which win, and no proxy on the way there."""
    kept = {name: value for name, value in env.items() if not _OF_ONE_SIGNAL.fullmatch(name)}
    found = {**kept, **dict(receiver.environment)}
    if any(name.lower() in _PROXIES for name in env):
        for name in ("no_proxy", "NO_PROXY"):  # programs differ in which of the two they read
            others = env.get(name) or env.get(name.swapcase(), "")
            found[name] = f"{others},{receiver.host}" if others else receiver.host
    return found
