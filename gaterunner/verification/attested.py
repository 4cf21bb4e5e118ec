"""Compares a report with what attestations say of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from gaterunner.model import Report
from gaterunner.reporters.attestation import PREDICATE_TYPE, STATEMENT_TYPE, predicate_of
from gaterunner.verification.checks import Check, differs, holds
from gaterunner.verification.envelopes import Attested, Statement

_REQUIRED = ("result", "configuration")
_MOST_DIFFERENCES = 20


def check_attestations(data: bytes, report: Report | None, attestations: Sequence[Attested]) -> Iterator[Check]:
    """What the attestations say of ``data``, the bytes of the report; ``report`` is None when it could not be read.

    Those of another predicate type, such as build provenance, are passed over; of the others every one has to hold.
    """
    about = [each for each in attestations if each.statement.predicate_type == PREDICATE_TYPE]
    if not about:
        others = ", ".join(sorted({each.statement.predicate_type for each in attestations}))
        yield differs("attestation", f"none is a test result ({PREDICATE_TYPE}); found {others}")
        return
    for each in about:
        yield from _statement(data, report, each.statement)


def _statement(data: bytes, report: Report | None, statement: Statement) -> Iterator[Check]:
    if statement.type != STATEMENT_TYPE:
        yield differs("statement", f"its type is {statement.type}, expected {STATEMENT_TYPE}")
    digest = sha256(data).hexdigest()
    named = [subject.digest["sha256"] for subject in statement.subject if "sha256" in subject.digest]
    if digest in named:
        yield holds("digest", f"the attestation is about this report: sha256 {digest}")
    else:
        yield differs("digest", f"the report's sha256 is {digest}, the attestation is about {_any(named)}")
    if report is not None:
        yield from _predicate(report, statement.predicate)


def _any(digests: Sequence[str]) -> str:
    return " or ".join(digests[:5]) or "nothing with a sha256"


def _predicate(report: Report, attested: dict[str, Any]) -> Iterator[Check]:
    expected = msgspec.to_builtins(predicate_of(report))
    missing = [name for name in _REQUIRED if name not in attested]
    if missing:
        yield differs("predicate", f"it lacks {' and '.join(missing)}, which every test result has")
    found = list(_differences(expected, attested, "predicate"))
    for where, ours, theirs in found[:_MOST_DIFFERENCES]:
        yield differs(where, f"the report says {ours}, the attestation says {theirs}")
    if len(found) > _MOST_DIFFERENCES:
        yield differs("predicate", f"and {len(found) - _MOST_DIFFERENCES} more differences")
    if not missing and not found:
        yield holds("predicate", f"it says what the report says: {attested['result']}")


def _differences(expected: Any, attested: Any, where: str) -> Iterator[tuple[str, str, str]]:
    """Where two differ that both have it: another version of gaterunner may know more fields, or fewer."""
    if isinstance(expected, dict) and isinstance(attested, dict):
        for key in expected:
            if key in attested:
                yield from _differences(expected[key], attested[key], f"{where}.{key}")
    elif isinstance(expected, list | tuple) and isinstance(attested, list | tuple) and len(expected) == len(attested):
        for number, (ours, theirs) in enumerate(zip(expected, attested, strict=True)):
            yield from _differences(ours, theirs, f"{where}[{number}]")
    elif expected != attested:
        yield where, _shown(expected), _shown(attested)


def _shown(value: Any) -> str:
    return msgspec.json.encode(value).decode()
