"""The options under ``telemetry`` of a gate as a type, and what they come to."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct, UnsetType

from gaterunner.config.option_types import as_tuple, text_of
from gaterunner.config.problems import Fault
from gaterunner.config.telemetry_rules import EXPECT, WATCH, TelemetryRules, Wanted

_WORD = r"^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,99}$(?!\n)"
_KINDS: tuple[Wanted, ...] = ("transactions", "spans", "logs", "errors")


def _word_fault(text: str) -> Fault | None:
    return None if re.match(_WORD, text) else Fault("a name such as `http.server`, without spaces")


Word = Annotated[str, text_of(_WORD, _word_fault, "a name such as `http.server`")]
Words = Annotated[
    Word | Annotated[tuple[Word, ...], Meta(min_length=1)], Meta(extra={"expected": "a name or a list of names"})
]
Least = Annotated[int, Meta(ge=0, le=1_000_000)]


class TelemetryMinimum(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options under ``telemetry: minimum``."""

    transactions: Annotated[Least, Meta(description="Root spans: one for each request or job.")] = 0
    spans: Annotated[Least, Meta(description="All other spans.")] = 0
    logs: Annotated[Least, Meta(description="Structured log records.")] = 0
    errors: Annotated[Least, Meta(description="Error events; asking for some also allows them.")] = 0


class TelemetryOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The options under ``telemetry``. `expect` of its own is short for an empty map."""

    minimum: Annotated[
        TelemetryMinimum, Meta(description="How many items of each kind must arrive. Default: one, of any kind.")
    ] = TelemetryMinimum()
    operations: Annotated[
        Words | UnsetType,
        Meta(description="Operations that must be seen, such as `http.server`; `db` also stands for `db.query`."),
    ] = ()
    attributes: Annotated[
        dict[Word, Words],
        Meta(
            description="For an operation, or for `transactions`, `spans`, `logs` or `errors`: the attributes that "
            "every item of it must carry.",
            extra={"expected": "a map of operations to lists of attributes"},
        ),
    ] = {}
    errors: Annotated[
        Literal["fail", "allow"], Meta(description="What becomes of the gate when error events arrive.")
    ] = "fail"
    personal_data: Annotated[
        Literal["fail", "warn", "allow"],
        Meta(description="What becomes of the gate when payloads tell who a person is."),
    ] = "fail"


Telemetry = Annotated[
    Literal["expect", "watch"] | TelemetryOptions,
    Meta(extra={"expected": "`expect`, `watch`, or a map with what is expected"}),
]


def telemetry_rules(options: str | TelemetryOptions | UnsetType) -> TelemetryRules | None:
    """What a gate's ``telemetry`` asks for; None where it has none."""
    if isinstance(options, UnsetType):
        return None
    if isinstance(options, str):
        return WATCH if options == "watch" else EXPECT
    minimum = tuple((kind, least) for kind in _KINDS if (least := getattr(options.minimum, kind)))
    return TelemetryRules(
        minimum=minimum,
        operations=as_tuple(options.operations),
        attributes=tuple((of, as_tuple(names)) for of, names in options.attributes.items()),
        errors="allow" if options.minimum.errors else options.errors,
        personal_data=options.personal_data,
    )
