"""Statements are found in whatever form they are handed on, and nothing that is none is taken for one."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.verification.envelopes import read_attestations
from tests.verification.envelopes import bundle, envelope

STATEMENT: dict[str, Any] = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "report.json", "digest": {"sha256": "a" * 64}}],
    "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
    "predicate": {"result": "PASSED", "configuration": []},
}


def found(given: Any) -> list[tuple[str, bool]]:
    data = given if isinstance(given, bytes) else json.dumps(given).encode()
    return [(each.statement.subject[0].digest["sha256"][:1], each.enveloped) for each in read_attestations(data)]


@pytest.mark.parametrize(
    ("given", "enveloped"),
    [
        (STATEMENT, False),
        (envelope(STATEMENT), True),
        (bundle(STATEMENT), True),
        ({"attestations": [{"bundle": bundle(STATEMENT), "repository_id": 1}]}, True),
        ([{"attestation": {"bundle": bundle(STATEMENT)}, "verificationResult": {"statement": STATEMENT}}], True),
    ],
    ids=["statement", "DSSE", "Sigstore bundle", "GitHub's API", "gh attestation verify"],
)
def test_a_statement_is_found_in_every_form(given: Any, *, enveloped: bool) -> None:
    assert found(given) == [("a", enveloped)]


def test_a_download_has_one_bundle_a_line() -> None:
    lines = b"\n".join(json.dumps(bundle(STATEMENT)).encode() for _ in range(3))

    assert found(lines + b"\n") == [("a", True)] * 3


def test_a_payload_in_the_other_alphabet_of_base64_is_read() -> None:
    given = envelope({**STATEMENT, "predicate": {"result": "PASSED", "configuration": [], "note": "??>>~~ÿÿÿ"}})
    given["payload"] = given["payload"].replace("+", "-").replace("/", "_")

    assert found(given) == [("a", True)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", "the attestation is not valid JSON"),
        (b"\xff\xfe{}", "the attestation is not valid JSON"),
        (b"{}\n{", "the attestation is not valid JSON"),
        (b"[" * 100_000, "the attestation is not valid JSON"),
        ({}, "the attestation holds no in-toto statement"),
        ("text", "the attestation holds no in-toto statement"),
        ({"predicateType": "x"}, "the attestation holds no in-toto statement"),
        ({"bundle": {"bundle": {"bundle": []}}}, "the attestation holds no in-toto statement"),
        ({"_type": 1}, "the attestation's statement is not one of in-toto: Expected `str`, got `int` - at `$._type`"),
        ({**STATEMENT, "subject": "report"}, "the attestation's statement is not one of in-toto"),
        (
            {"payload": "e30=", "payloadType": "text/plain"},
            "the envelope's payloadType is 'text/plain', expected 'application/vnd.in-toto+json'",
        ),
        (
            {"payload": "not base64!", "payloadType": "application/vnd.in-toto+json"},
            "the envelope's payload cannot be read",
        ),
        (
            {"payload": base64.b64encode(b"{").decode(), "payloadType": "application/vnd.in-toto+json"},
            "the envelope's payload cannot be read",
        ),
    ],
)
def test_what_is_none_is_refused_in_one_sentence(given: Any, said: str) -> None:
    with pytest.raises(EvaluationError) as told:
        found(given)

    assert told.value.message.startswith(said)
    assert told.value.help


def test_envelopes_in_envelopes_end_somewhere() -> None:
    nested: Any = STATEMENT
    for _ in range(50):
        nested = envelope(nested)

    with pytest.raises(EvaluationError, match="no in-toto statement"):
        found(nested)
