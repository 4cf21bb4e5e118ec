"""What the options of a gate that asks Sentry must not contradict, and which of a gate's others it has no use for."""

from __future__ import annotations

from gaterunner.config.document import Mapping
from gaterunner.config.duration import MAX_WINDOW_S
from gaterunner.config.gates import SENTRY_CLEAN, ReadGate
from gaterunner.config.problems import Problems, quoted
from gaterunner.config.types import Position, SentryRules

_TAKEN = frozenset({"kind", "sentry", "needs", "paths", "advisory"})
_TWO_HOURS = 2 * 3600.0


def check_sentry(read: ReadGate, problems: Problems) -> None:
    """Notes everything that is wrong with a gate of the kind ``sentry-clean``, or with ``sentry`` of another one."""
    gate = read.gate
    where = f"gate {quoted(gate.name)}"
    if gate.kind != SENTRY_CLEAN:
        problems.add(
            read.nodes["sentry"].position,
            f"`sentry` of {where}: the gate executes a command and asks no Sentry",
            "add `kind: sentry-clean`, or remove `sentry`",
        )
        return
    for option, node in read.nodes.items():
        if option not in _TAKEN:
            help = f"remove `{option}`"
            if option == "run":
                help = "remove it; for a command of your own under this name write `{kind: command, run: …}`"
            problems.add(node.position, f"`{option}` of {where}: it asks Sentry and executes nothing", help)
    if gate.sentry is None:
        problems.add(
            gate.position,
            f"{where} names no environment to look at",
            "add `sentry: {environment: staging}`, or call it `staging-sentry-24h-clean`",
        )
    else:
        _check_times(read, gate.sentry, where, problems)


def _check_times(read: ReadGate, rules: SentryRules, where: str, problems: Problems) -> None:
    if not 0 < rules.window_s <= MAX_WINDOW_S:
        problems.add(_position(read, "window"), f"the window of {where}: expected more than nothing, and at most 30d")
    elif rules.window_s + rules.settle_s > rules.max_wait_s:
        message = f"`max-wait` of {where}: window and settle are longer, so it could never pass"
        problems.add(_position(read, "max-wait"), message, "raise `max-wait` under `sentry`, or shorten the window")
    elif rules.traffic == "sessions" and rules.window_s < _TWO_HOURS:
        message = f"`traffic` of {where}: Sentry counts sessions by whole hours, and the window may hold none"
        problems.add(_position(read, "traffic"), message, "use `source: spans`, or a window of 2h or more")


def _position(read: ReadGate, option: str) -> Position:
    """That of an option under ``sentry``, or of what stands in its place."""
    node = read.nodes.get("sentry")
    if not isinstance(node, Mapping):
        return read.gate.position
    return next((entry.key.position for entry in node.entries if entry.key.text == option), node.position)
