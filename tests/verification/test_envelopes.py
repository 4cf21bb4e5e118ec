"""Statements are found in whatever form they are handed on, and nothing that is none is taken for one."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaterunner.errors import EvaluationError
from gaterunner.verification.envelopes import read_attestations
from tests.verification.envelopes import bundle, envelope

STATEMENT: dict[str, Any] = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "report.json", "digest": {"sha256": "a" * 64}}],
    "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
    "predicate": {"result": "PASSED", "configuration": []},
}


def found(told: Any) -> list[tuple[str, bool]]:
    data = told if isinstance(told, bytes) else json.dumps(told).encode()
    return [(each.statement.subject[0].digest["sha256"][:1], each.enveloped) for each in read_attestations(data)]


@pytest.mark.parametrize(
    ("told", "enveloped"),
    [
        (STATEMENT, False),
        (envelope(STATEMENT), True),
        (bundle(STATEMENT), True),
        ({"attestations": [{"bundle": bundle(STATEMENT), "repository_id": 1}]}, True),
        ([{"attestation": {"bundle": bundle(STATEMENT)}, "verificationResult": {"statement": STATEMENT}}], True),
    ],
    ids=["statement", "DSSE", "Sigstore bundle", "GitHub's API", "gh attestation verify"],
)
def test_a_statement_is_found_in_every_form(told: Any, *, enveloped: bool) -> None:
    assert found(told) == [("a", enveloped)]


def test_a_download_has_one_bundle_a_line() -> None:
    lines = b"\n".join(json.dumps(bundle(STATEMENT)).encode() for _ in range(3))

    assert found(lines + b"\n") == [("a", True)] * 3


def test_a_payload_in_the_other_alphabet_of_base64_is_read() -> None:
    told = envelope({**STATEMENT, "predicate": {"result": "PASSED", "configuration": [], "note": "??>>~~ÿÿÿ"}})
    told["payload"] = told["payload"].replace("+", "-").replace("/", "_")

    assert found(told) == [("a", True)]


@pytest.mark.parametrize(
    ("told", "said"),
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
def test_what_is_none_is_refused_in_one_sentence(told: Any, said: str) -> None:
    with pytest.raises(EvaluationError) as refused:
        found(told)

    assert refused.value.message.startswith(said)
    assert refused.value.help


def test_envelopes_in_envelopes_end_somewhere() -> None:
    nested: Any = STATEMENT
    for _ in range(10):
        nested = envelope(nested)

    with pytest.raises(EvaluationError, match="no in-toto statement"):
        found(nested)


_KEYS = (
    "_type",
    "subject",
    "predicateType",
    "predicate",
    "payload",
    "payloadType",
    "dsseEnvelope",
    "bundle",
    "attestation",
)
_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([STATEMENT, bundle(STATEMENT)])
)
_DOCUMENTS = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5)
)


@settings(deadline=None, max_examples=100)
@given(_DOCUMENTS | st.binary(max_size=40))
def test_whatever_it_is_given_it_finds_statements_or_says_why_not(document: Any) -> None:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()

    with suppress(EvaluationError):  # any other exception fails the test
        assert all(isinstance(each.statement.predicate, dict) for each in read_attestations(data))
