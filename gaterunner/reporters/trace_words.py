"""What the human forms say of a program's own telemetry, in the same words everywhere.

The sentences hold names that the program gave; each form cleans or escapes them like any other text.
"""

from __future__ import annotations

from gaterunner.gates.telemetry import signals
from gaterunner.model import OperationUse, TelemetryStats
from gaterunner.reporters.quantities import count

_MAX_OPERATIONS = 8
_MAX_LOST = 5


def telemetry_words(stats: TelemetryStats) -> str:
    """``1 transaction, 2 spans, 3 logs``; ``no telemetry`` where nothing came."""
    counts = signals(stats)
    numbers = (
        (counts.transactions, "transaction"),
        (counts.spans, "span"),
        (counts.logs, "log"),
        (counts.errors, "error event"),
    )
    return ", ".join(count(number, word) for number, word in numbers if number) or "no telemetry"


def telemetry_facts(stats: TelemetryStats) -> list[tuple[str, str]]:
    """All of it, each with a label: what came, in how many traces and by what, the operations, what is not in it."""
    came = f"{telemetry_words(stats)} in {count(stats.traces, 'trace')} and {count(stats.payloads, 'payload')}"
    by = f", sent by {', '.join(stats.sources[:_MAX_OPERATIONS])}" if stats.sources else ""
    facts = [("Telemetry", came + by), ("Operations", operation_words(stats))]
    if stats.others:
        facts.append(("Beside", ", ".join(f"{number:,} {kind}" for kind, number in stats.others[:_MAX_OPERATIONS])))
    if stats.discarded:
        facts.append(("Discarded", f"{count(stats.discarded, 'item')} by the SDK itself (sampling, filters)"))
    if stats.lost:
        facts.append(("Uncounted", "; ".join(stats.lost[:_MAX_LOST])))
    return [(label, told) for label, told in facts if told]


def operation_words(stats: TelemetryStats) -> str:
    """``http.server 3 (mean 12 ms, longest 40 ms), db 5``, the most frequent first."""
    shown = stats.operations[:_MAX_OPERATIONS]
    more = len(stats.operations) - len(shown) + stats.operations_left_out
    return ", ".join(_use(use) for use in shown) + (f" and {more:,} more" if more else "")


def _use(use: OperationUse) -> str:
    words = f"{use.name} {use.count:,}"
    if use.mean_ms is None or use.longest_ms is None:
        return words
    return f"{words} (mean {_milliseconds(use.mean_ms)}, longest {_milliseconds(use.longest_ms)})"


def _milliseconds(number: float) -> str:
    return f"{number:,.1f} ms" if number < 10 else f"{number:,.0f} ms"  # noqa: PLR2004 -- as with seconds
