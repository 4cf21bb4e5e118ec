"""Which trace a run belongs to, and what its gates are told of it.

Two notations are read and written: Sentry's (``SENTRY_TRACE`` and ``SENTRY_BAGGAGE``, which its SDKs read from the
environment: develop.sentry.dev/sdk/telemetry/traces) and that of the W3C (``TRACEPARENT``, ``TRACESTATE`` and
``BAGGAGE``: opentelemetry.io/docs/specs/otel/context/env-carriers).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from gaterunner import __version__

RELEASE = f"gaterunner@{__version__}"
ENVIRONMENT = "ci"

_SENTRY = re.compile(r"([0-9a-f]{32})-([0-9a-f]{16})(?:-([01]))?")
_W3C = re.compile(r"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_PRINTABLE = re.compile(r"[\x20-\x7e]{0,8192}")  # the W3C's bound for baggage, and more than it asks of tracestate

Pairs = tuple[tuple[str, str], ...]


class Trace(Struct, frozen=True, kw_only=True):
    """A trace: ``id`` is 32 hexadecimal digits, spans are 16.

    ``parent`` is the span of whoever started this run, None where the trace begins here. ``span`` is the run's own,
    None where nothing is recorded of it, and the trace is merely passed on. ``sampled`` is what whoever began it
    decided, None where that was left open. ``baggage`` and ``state`` are handed on as they came.
    """

    id: str
    parent: str | None
    span: str | None
    sampled: bool | None
    baggage: str
    state: str = ""

    def span_of(self, kind: str, name: str) -> str:
        """The span of one gate or policy, the same for all who ask."""
        made = hashlib.sha256(f"{self.id}\0{self.span}\0{kind}\0{name}".encode("utf-8", "surrogateescape"))
        return made.hexdigest()[:16]

    def for_gate(self, name: str, *, expected: bool = False) -> Pairs:
        """The variables by which a gate continues the trace, below its own span where there is one.

        ``expected`` says that the gate has to show spans of its program, which it could not if it were told not to.
        """
        span = self.parent if self.span is None else self.span_of("gate", name)
        sampled = True if expected or (self.sampled is None and self.span is not None) else self.sampled
        decided = {None: "", True: "-1", False: "-0"}[sampled]
        pairs = {
            "SENTRY_TRACE": f"{self.id}-{span}{decided}",
            "SENTRY_BAGGAGE": self.baggage,
            # This notation cannot leave the decision open.
            "TRACEPARENT": f"00-{self.id}-{span}-{'00' if sampled is False else '01'}",
            "TRACESTATE": self.state,
            "BAGGAGE": self.baggage,
        }
        return tuple((name, value) for name, value in pairs.items() if value)


def find_trace(environment: Mapping[str, str], *, recorded: bool, redact: Callable[[str], str]) -> Trace | None:
    """The trace of this run: the one that the environment names, else a new one; None where there is neither.

    ``recorded`` says that spans are sent for this run, without which no trace begins here. What cannot be read is taken
    for not given, as both specifications ask. No member of the baggage that ``redact`` would change is handed on.
    """
    named = _sentry_trace(environment) or _w3c_trace(environment)
    if named is None and not recorded:
        return None
    baggage = _members(environment, redact)
    span = os.urandom(8).hex() if recorded else None
    if named is not None:
        id, parent, sampled, state = named
        return Trace(id=id, parent=parent, span=span, sampled=sampled, baggage=baggage, state=state)
    id = os.urandom(16).hex()
    kept = ",".join(member for member in baggage.split(",") if not member.strip().startswith("sentry-"))
    own = _own_baggage(id)
    return Trace(id=id, parent=None, span=span, sampled=None, baggage=f"{kept},{own}" if kept else own)


def _sentry_trace(environment: Mapping[str, str]) -> tuple[str, str, bool | None, str] | None:
    match = _SENTRY.fullmatch(environment.get("SENTRY_TRACE", "").strip())
    if match is None or not _is_set(match[1], match[2]):
        return None
    return match[1], match[2], None if match[3] is None else match[3] == "1", ""


def _w3c_trace(environment: Mapping[str, str]) -> tuple[str, str, bool | None, str] | None:
    match = _W3C.fullmatch(environment.get("TRACEPARENT", "").strip())
    if match is None or not _is_set(match[2], match[3]) or (match[1] == "00" and match[5]):
        return None
    return match[2], match[3], bool(int(match[4], 16) & 1), _printable(environment.get("TRACESTATE", ""))


def _is_set(*ids: str) -> bool:
    return all(id.strip("0") for id in ids)


def _printable(value: str) -> str:
    return value.strip() if _PRINTABLE.fullmatch(value) else ""


def _members(environment: Mapping[str, str], redact: Callable[[str], str]) -> str:
    given = _printable(environment.get("SENTRY_BAGGAGE", "")) or _printable(environment.get("BAGGAGE", ""))
    return ",".join(member for each in given.split(",") if (member := each.strip()) and redact(member) == member)


def _own_baggage(id: str) -> str:
    """What Sentry's SDKs put there at the head of a trace, but for the public key: that is a part of the DSN."""
    from urllib.parse import quote

    members = {"trace_id": id, "release": RELEASE, "environment": ENVIRONMENT, "sampled": "true", "sample_rate": "1.0"}
    return ",".join(f"sentry-{name}={quote(value, safe='')}" for name, value in members.items())
