"""Which values of a payload should not have left the program."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gaterunner.receiver.exposure import exposures, masked
from gaterunner.redaction import Redactor

CARD = "4111" + " 1111" * 3
TOKEN = "gh" + "p_" + "a1B2" * 10


def found(content: Any, *secrets: str) -> list[str]:
    raw = json.dumps(content, ensure_ascii=False).encode()
    return [f"{each.kind}: {each.what} in {each.where}" for each in exposures(raw, content, Redactor(secrets))]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"user": {"email": "hidden"}}, ["personal-data: a person's email in user.email"]),
        ({"user": {"ip_address": "{{auto}}"}}, ["personal-data: a person's ip address in user.ip_address"]),
        ({"data": {"user.name": "Jo"}}, ["personal-data: a person's name in data.user.name"]),
        ({"data": {"to": "<jo@example.com>"}}, ["personal-data: an e-mail address in data.to"]),
        ({"jo@example.com": 1}, ["personal-data: an e-mail address in the payload itself"]),
        ({"note": f"paid with {CARD}."}, []),
        ({"note": f"paid with {CARD}"}, ["personal-data: a payment card's number in note"]),
        ({"client.address": "8.8.8.8"}, ["personal-data: a client's address in client.address"]),
        ({"phone": "555 01 23"}, ["personal-data: a person's phone in phone"]),
        (
            {"headers": {"Authorization": "Basic abc"}},
            ["secret: a value under a name for secrets in headers.Authorization"],
        ),
        (
            {"http.request.header.x-api-key": ["k"]},
            ["secret: a value under a name for secrets in http.request.header.x-api-key"],
        ),
        ({"cookies": {"sid": "1"}}, ["secret: a value under a name for secrets in cookies.sid"]),
        ({"log": f"with {TOKEN}"}, ["secret: what has the form of a credential, or is one of this run in log"]),
        ({"log": "with correct-horse"}, ["secret: what has the form of a credential, or is one of this run in log"]),
    ],
)
def test_what_is_told(content: Any, told: list[str]) -> None:
    assert found(content, "correct-" + "horse") == told


@pytest.mark.parametrize(
    "content",
    [
        {"headers": {"Authorization": "[Filtered]", "Cookie": "", "X-Api-Key": "***"}, "password": None},
        {"vars": {"token": "None", "secret": "'[Filtered]'", "password": False}},
        {"modules": {"cookies": "2.2.1", "token": "1"}},
        {"user": {"id": "4711"}},
        {"name": "api", "contexts": {"runtime": {"name": "CPython"}}},
        {"client.address": "127.0.0.1", "net.peer.ip": "10.0.0.3"},
        {"url": "git@github.com:org/repo.git", "file": "logo@2x.png", "module": "/node_modules/.pnpm/node@8.0.0/x.js"},
        {"id": "4111111111111112", "trace": "4111111111111111aaaa", "time": "1750000000000000000"},
        {"message": "the password was wrong, ask for a new token"},
    ],
)
def test_what_is_none(content: Any) -> None:
    assert found(content) == []


def test_what_is_written_with_escapes_is_seen() -> None:
    content = {"to": "jo@example.com"}
    raw = json.dumps(content).replace("@", "\\u0040").encode()
    assert [each.where for each in exposures(raw, content, Redactor())] == ["to"]


def test_far_into_a_long_text() -> None:
    assert found({"body": "x " * 400_000 + "jo@example.com " + "y " * 400_000}) == [
        "personal-data: an e-mail address in body"
    ]


def test_a_sentence_is_shown_without_what_is_in_it() -> None:
    assert masked(f"no user\njo@example.com, {CARD}, {TOKEN}", Redactor()) == "no user ***, ***, ***"


def test_a_payload_of_any_depth_is_walked() -> None:
    content: Any = {"user": {"email": "x"}}
    for _ in range(5_000):
        content = {"a": content}
    (told,) = exposures(b'{"user"', content, Redactor())
    assert told.where == "a.a.a.a.user.email"
