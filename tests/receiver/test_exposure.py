"""Which values of a payload should not have left the program."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from gaterunner.receiver.exposure import exposures, masked
from gaterunner.receiver.items import UnreadableError
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
        ({"user": {"ip_address": "8.8.8.8"}}, ["personal-data: a person's ip address in user.ip_address"]),
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


def encoded(told: str) -> str:
    return base64.b64encode(told.encode()).decode()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"log": f"first line\n{TOKEN}"}, ["secret: what has the form of a credential, or is one of this run in log"]),
        ({"log": f"first line\n{CARD}"}, ["personal-data: a payment card's number in log"]),
        ({"path": "/users/jo@example.com"}, ["personal-data: an e-mail address in path"]),
        ({"key": "user:jo@example.com"}, ["personal-data: an e-mail address in key"]),
        ({"url": "/orders?email=jo%40example.com"}, ["personal-data: an e-mail address in url"]),
        ({"url": "/login?a=1&password=hunter2"}, ["secret: a value under a name for secrets in url.password"]),
        ({"query_string": "api_key=hunter2"}, ["secret: a value under a name for secrets in query_string.api_key"]),
        ({"body": json.dumps({"password": "hunter2"})}, ["secret: a value under a name for secrets in body.password"]),
        ({"blob": encoded(f"x={TOKEN}")}, ["secret: what has the form of a credential, or is one of this run in blob"]),
        ({"blob": encoded('{"to": "jo@example.com", "n": 1}')}, ["personal-data: an e-mail address in blob.to"]),
        ({"accessToken": "x"}, ["secret: a value under a name for secrets in accessToken"]),
        ({"DB_PASSWORD": "x"}, ["secret: a value under a name for secrets in DB_PASSWORD"]),
        ({"headers": [["X-Api-Key", "k"]]}, ["secret: a value under a name for secrets in headers.X-Api-Key"]),
        (
            {"headers": [{"name": "Authorization", "value": "k"}]},
            ["secret: a value under a name for secrets in headers.Authorization"],
        ),
        (
            {"attributes": {"user.name": {"value": "Jo", "type": "string"}}},
            ["personal-data: a person's name in attributes.user.name"],
        ),
        (
            {"to /jo%40example.com": 1},
            ["personal-data: an e-mail address in the payload itself"],
        ),
    ],
)
def test_what_is_wrapped_or_written_in_another_way_is_told(content: Any, told: list[str]) -> None:
    assert found(content) == told


def test_the_first_of_very_many_values_is_looked_at() -> None:
    content = {"all": [TOKEN, *("x" for _ in range(300_000))]}
    assert found(content) == ["secret: what has the form of a credential, or is one of this run in all"]


def test_very_many_places_are_told_without_their_names() -> None:
    told = found({**{f"to{number}": "jo@example.com" for number in range(2_000)}, "key": TOKEN})
    assert len(told) == 2_001
    assert sum(each.endswith("in a further place") for each in told) == 1_001


def test_more_values_than_are_looked_at_are_told() -> None:
    inner = json.dumps([1] * 390_000)
    with pytest.raises(UnreadableError, match="more than 400,000 values"):
        found({"token": "", "all": [inner, inner, inner]})


def test_a_secret_in_a_name_is_masked_before_the_name_is_cut() -> None:
    secret = "correct-horse-" + "battery-staple"
    told = found({"x" * 40 + secret: {"password": "x"}}, secret)
    assert [each.rpartition(" in ")[2] for each in told] == ["the payload itself", f"{'x' * 40}***.password"]


@pytest.mark.parametrize(
    "content",
    [
        {"release": "0a1b2c3d" * 5, "path": "/usr/lib/python3/dist-packages/sentry_sdk/integrations/wsgi"},
        {"sql": "UPDATE users SET name = %s WHERE id = $1", "message": "token= is empty, password=? is not"},
        {"url": "/orders?page=2&sort=-id&token=", "next": "/orders?password=%5BFiltered%5D"},
        {"exception": {"values": [{"type": "KeyError", "value": "'nothing here to see'"}]}},
        {
            "dsn": "https://key@sentry.example.com/1",
            "url": "amqp://guest@queue.example.com",
            "v": "/.pnpm/x@5.0.0-b.rc/y",
        },
        {"gen_ai": {"next_page_token_count": 3, "max_tokens": "30"}},
    ],
)
def test_what_only_looks_like_it(content: Any) -> None:
    assert found(content) == []


@pytest.mark.parametrize(
    "content",
    [
        {"headers": {"Authorization": "[Filtered]", "Cookie": "", "X-Api-Key": "***"}, "password": None},
        {"vars": {"token": "None", "secret": "'[Filtered]'", "password": False}},
        {"modules": {"cookies": "2.2.1", "token": "1"}},
        {"user": {"id": "4711"}},
        {"user": {"ip_address": "127.0.0.1"}, "attributes": {"user.ip_address": {"value": "::1", "type": "string"}}},
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
