"""Counts what arrives, payload by payload, in bounded memory. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from gaterunner.config.telemetry_rules import TelemetryRules
from gaterunner.evidence.telemetry import Lacking, TelemetryEvidence
from gaterunner.model import Finding, OperationUse, Severity, SignalCounts, TelemetryStats
from gaterunner.receiver.exposure import exposures, masked
from gaterunner.receiver.items import Item, Part, Payload, UnreadableError
from gaterunner.redaction import Redactor

MAX_FINDINGS = 50
"""Of error events, of secrets and of personal data; further ones are counted."""
_SHOWN_OPERATIONS = 30
_MAX_OPERATIONS = 2_000
_MAX_TRACES = 50_000
_MAX_NAMES = 50
_MAX_LOST = 20
_LONGEST_NAME = 80
_LONGEST_MASKED = 64 * 1024
_LONGEST_MESSAGE = 300
_SPANS = ("transactions", "spans")
_REST = "(further operations)"


class _Operation(Struct):
    count: int = 0
    timed: int = 0
    total_ms: float = 0.0
    longest_ms: float = 0.0

    def add(self, duration_ms: float | None) -> None:
        self.count += 1
        if duration_ms is not None:
            self.timed += 1
            self.total_ms += duration_ms
            self.longest_ms = max(self.longest_ms, duration_ms)


class Tally:
    """Takes payloads one after the other, then gives the sum. ``rules`` say what has to be looked for in items."""

    def __init__(self, rules: TelemetryRules, redact: Redactor) -> None:
        self._rules = rules
        self._redact = redact
        self._signals: dict[str, Counter[str]] = {"sentry": Counter(), "otlp": Counter()}
        self._payloads = 0
        self._bytes = 0
        self._discarded = 0
        self._traces: set[bytes] = set()
        self._others: Counter[str] = Counter()
        self._sources: dict[str, None] = {}
        self._operations: dict[str, _Operation] = {}
        self._lost: Counter[str] = Counter()
        self._errors: dict[str, Finding] = {}
        # Of each for itself: what is only warned about must not keep a secret from being told.
        self._exposed: dict[str, dict[str, Finding]] = {"secret": {}, "personal-data": {}}
        self._names: dict[str, str] = {}
        self._more = 0
        self._asked = Counter[str]()
        self._without = Counter[tuple[str, str]]()
        self._items = Counter[tuple[str, str]]()

    def add(self, payload: Payload, size: int) -> None:
        """Counts one payload that was ``size`` bytes as it was sent."""
        self._payloads += 1
        self._bytes += size
        self._discarded += payload.discarded
        if payload.lost:
            self.lose("the SDK could not send everything (its queue was full, or a request failed)", payload.lost)
        if payload.source and len(self._sources) < _MAX_NAMES:
            self._sources.setdefault(self._name(payload.source), None)
        for part in payload.parts:
            if part.count:
                kind = self._name(part.kind)
                self._others[kind if kind in self._others or len(self._others) < _MAX_NAMES else "other"] += part.count
            for item in part.items:
                self._signals[payload.protocol][item.signal] += 1
                self._count(item)
            self._examine(part)

    def lose(self, sentence: str, count: int = 1) -> None:
        """Something could not be counted: why, in a sentence, and how often."""
        sentence = masked(sentence, self._redact)[:_LONGEST_MESSAGE]
        if sentence in self._lost or len(self._lost) < _MAX_LOST:
            self._lost[sentence] += count
        else:
            self._lost["something else could not be counted"] += count

    def _count(self, item: Item) -> None:
        if item.trace and len(self._traces) < _MAX_TRACES:
            self._traces.add(hashlib.blake2b(item.trace.encode("utf-8", "replace"), digest_size=8).digest())
        if item.signal in _SPANS:
            name = self._name(item.operation) or "default"
            known = name in self._operations or len(self._operations) < _MAX_OPERATIONS
            self._operations.setdefault(name if known else _REST, _Operation()).add(item.duration_ms)
            for asked in self._rules.operations:
                self._asked[asked] += is_of(item.operation, asked)
        for of, attributes in self._rules.attributes:
            if item.signal == of or (item.signal in _SPANS and is_of(item.operation, of)):
                for attribute in attributes:
                    self._items[of, attribute] += 1
                    self._without[of, attribute] += not item.carries(attribute)
        if item.signal == "errors":
            self._note(self._errors, "telemetry/error-event", masked(item.error, self._redact) or "an error event")

    def _examine(self, part: Part) -> None:
        try:
            for exposure in exposures(part.raw, part.content, self._redact):
                if exposure.kind == "personal-data" and self._rules.personal_data == "allow":
                    continue
                message = f"{exposure.what} in {self._name(part.kind)}: {exposure.where}"
                self._note(self._exposed[exposure.kind], f"telemetry/{exposure.kind}", message)
        except UnreadableError as error:
            self.lose(f"a payload could not be looked at as a whole: {error}")

    def _note(self, place: dict[str, Finding], rule: str, message: str) -> None:
        message = message[:_LONGEST_MESSAGE]
        key = f"{rule}\0{message}"
        if key in place:
            return
        if len(place) >= MAX_FINDINGS:
            self._more += 1
            return
        warned = rule == "telemetry/personal-data" and self._rules.personal_data == "warn"
        told = warned or (rule == "telemetry/error-event" and self._rules.errors == "allow")
        place[key] = Finding(
            rule=rule,
            severity=(Severity.WARNING if warned else Severity.NOTICE) if told else Severity.ERROR,
            message=message,
            help=_HELP[rule],
            fingerprint=hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16],
        )

    def _name(self, told: str) -> str:
        """As it may be shown. The same few come again and again."""
        found = self._names.get(told)
        if found is None:
            found = masked(told[:_LONGEST_MASKED], self._redact)[:_LONGEST_NAME]
            if len(told) <= _LONGEST_MESSAGE and len(self._names) < _MAX_OPERATIONS:
                self._names[told] = found
        return found

    def evidence(self) -> TelemetryEvidence:
        """The sum."""
        ranked = sorted(self._operations.items(), key=lambda each: (-each[1].count, each[0]))
        stats = TelemetryStats(
            sentry=_counts(self._signals["sentry"]),
            otlp=_counts(self._signals["otlp"]),
            payloads=self._payloads,
            bytes=self._bytes,
            traces=len(self._traces),
            others=tuple(sorted(self._others.items())),
            sources=tuple(self._sources),
            operations=tuple(_uses(ranked[:_SHOWN_OPERATIONS])),
            operations_left_out=max(0, len(ranked) - _SHOWN_OPERATIONS),
            discarded=self._discarded,
            lost=tuple(
                sentence if count == 1 else f"{sentence} ({count:,} times)" for sentence, count in self._lost.items()
            ),
        )
        return TelemetryEvidence(
            stats=stats,
            errors=tuple(self._errors.values()),
            exposed=tuple(finding for found in self._exposed.values() for finding in found.values()),
            more=self._more,
            operations=tuple((name, self._asked[name]) for name in self._rules.operations),
            lacking=tuple(self._lacking()),
        )

    def _lacking(self) -> Iterator[Lacking]:
        for of, attributes in self._rules.attributes:
            for attribute in attributes:
                items, without = self._items[of, attribute], self._without[of, attribute]
                if without or not items:
                    yield Lacking(of=of, attribute=attribute, without=without, items=items)


_HELP = {
    "telemetry/error-event": "correct what raises it; where an error is what the gate tries out, say `errors: allow`",
    "telemetry/secret": "leave it out before it is sent: in `before_send`, in the SDK's scrubber, or where it is set",
    "telemetry/personal-data": "send an id that means nothing elsewhere; or say `personal-data: warn` on the base",
}


def is_of(operation: str, asked: str) -> bool:
    """Whether an operation is the one that is asked for, or begins with it: ``db`` is also ``db.query``."""
    return operation == asked or operation.startswith(f"{asked}.")


def _counts(counter: Counter[str]) -> SignalCounts:
    return SignalCounts(**{name: counter[name] for name in SignalCounts.__struct_fields__})


def _uses(operations: Iterable[tuple[str, _Operation]]) -> Iterator[OperationUse]:
    for name, seen in operations:
        yield OperationUse(
            name=name,
            count=seen.count,
            mean_ms=round(seen.total_ms / seen.timed, 3) if seen.timed else None,
            longest_ms=seen.longest_ms if seen.timed else None,
        )
