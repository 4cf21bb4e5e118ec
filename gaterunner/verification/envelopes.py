"""Finds the in-toto statements in a file: bare, in a DSSE envelope, in a Sigstore bundle, or in what ``gh`` prints.

Nothing here says that a signature is good: that takes Sigstore's trust root and the identity of the signer, which
``gh attestation verify`` looks at.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct, field

from gaterunner.errors import EvaluationError
from gaterunner.reporters.repeated_keys import RepeatedKeyError, refuse_repeated_keys

_PAYLOAD_TYPE = "application/vnd.in-toto+json"
_DEEPEST = 8
_HELP = (
    "give the statement that --attestation wrote, a Sigstore bundle (`gh attestation download`), or what "
    "`gh attestation verify --format json` prints"
)


class Subject(Struct, frozen=True):
    """What a statement is about. Only the digest counts; the name is whatever the signer called it."""

    digest: dict[str, str] = {}
    name: str | None = None


class Statement(Struct, frozen=True):
    """An in-toto statement of any predicate. Unknown fields are passed over, as in-toto's parsing rules ask."""

    type: str = field(name="_type")
    subject: tuple[Subject, ...]
    predicate_type: str = field(name="predicateType")
    predicate: dict[str, Any] = {}


class Attested(Struct, frozen=True):
    """A statement as it was found; ``enveloped`` says that there is a signature, not that it is good."""

    statement: Statement
    enveloped: bool


def read_attestations(data: bytes) -> tuple[Attested, ...]:
    """All statements in ``data``: one JSON document, or one on each line. Raises ``EvaluationError`` without any."""
    found: list[Attested] = []
    for document in _documents(data):
        found += _statements(document, enveloped=False, depth=0)
    if not found:
        raise EvaluationError("the attestation holds no in-toto statement", help=_HELP)
    return tuple(found)


def _documents(data: bytes) -> Iterator[Any]:
    try:
        yield _decoded(data)
    except RepeatedKeyError as error:
        raise EvaluationError(f"the attestation says two things at once: {error}", help=_HELP) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as whole:
        lines = [line for line in data.splitlines() if line.strip()]
        try:
            documents = [_decoded(line) for line in lines] if len(lines) > 1 else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, RepeatedKeyError):
            documents = None
        if documents is None:
            raise EvaluationError(f"the attestation is not valid JSON: {whole}", help=_HELP) from None
        yield from documents


def _decoded(data: bytes) -> Any:
    decoded = msgspec.json.decode(data)
    refuse_repeated_keys(data)
    return decoded


def _statements(given: Any, *, enveloped: bool, depth: int) -> Iterator[Attested]:
    if depth > _DEEPEST:
        return
    if isinstance(given, list):
        for each in given:
            yield from _statements(each, enveloped=enveloped, depth=depth + 1)
    if not isinstance(given, dict):
        return
    if "_type" in given:
        yield Attested(_statement(given), enveloped)
    elif "payload" in given:
        yield from _statements(_payload(given), enveloped=True, depth=depth + 1)
    else:
        # A bundle holds its envelope, and GitHub's API and command line wrap bundles.
        for key in ("dsseEnvelope", "bundle", "attestation", "attestations"):
            if key in given:
                yield from _statements(given[key], enveloped=enveloped, depth=depth + 1)


def _statement(given: dict[str, Any]) -> Statement:
    try:
        return msgspec.convert(given, Statement, strict=True)
    except msgspec.ValidationError as error:
        raise EvaluationError(f"the attestation's statement is not one of in-toto: {error}", help=_HELP) from None


def _payload(envelope: dict[str, Any]) -> Any:
    kind, payload = envelope.get("payloadType"), envelope.get("payload")
    if kind != _PAYLOAD_TYPE:
        raise EvaluationError(
            f"the envelope's payloadType is {kind!r}, expected {_PAYLOAD_TYPE!r}",
            help="only attestations of in-toto statements are read",
        )
    try:
        # DSSE allows both alphabets of Base64.
        text = str(payload).replace("-", "+").replace("_", "/")
        return _decoded(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise EvaluationError(f"the envelope's payload cannot be read: {error}", help=_HELP) from None
