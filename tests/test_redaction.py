"""No secret is shown, learned or guessed."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote

import pytest

from gaterunner.redaction import SHAPES, Redactor, has_token_shape, make_password

LETTERS = "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zC"
# Composed from parts, so that no scanner takes this file for a leak.
TOKENS = {
    "GitHub": "gh" + "p_" + LETTERS + "abcd",
    "GitHub fine-grained": "github" + "_pat_" + LETTERS * 2,
    "GitLab": "gl" + "pat-" + LETTERS[:20],
    "AWS": "AK" + "IA" + "ABCDEFGH23456ABC",
    "Slack": "xo" + "xb-" + "123456789012-" + LETTERS,
    "Stripe": "sk" + "_live_" + LETTERS,
    "Google": "AI" + "za" + LETTERS + "abc",
    "npm": "np" + "m_" + LETTERS + "abcd",
    "JWT": "ey" + "J" + LETTERS + "." + "ey" + "J" + LETTERS + "." + LETTERS,
    "Anthropic": "sk" + "-ant-" + LETTERS,
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())
def test_a_well_known_token_is_masked(token: str) -> None:
    assert Redactor()(f"before {token} after") == "before *** after"
    assert has_token_shape(token)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:" + "hunter22@example.com/x", "https://me:***@example.com/x"),
        ("Authorization: Bearer " + LETTERS, "Authorization: Bearer ***"),
        ("hooks.slack" + ".com/services/" + LETTERS, "hooks.slack.com/services/***"),
    ],
)
def test_what_surrounds_a_secret_stays(text: str, shown: str) -> None:
    assert Redactor()(text) == shown


def test_ordinary_text_is_untouched() -> None:
    text = "https://example.com:8080/a@b sk-learn eyJ AKIA task-force-risk-averse ghp_ 4d7a9f user@host:path"
    assert Redactor()(text) == text


def test_a_learned_value_is_masked_in_every_spelling() -> None:
    value = 'pa"ss/wo rd+1'
    redactor = Redactor([value])
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + value.encode() + b"yz").decode()
        assert "***" in redactor(encoded)
    for spelling in (value, json.dumps(value)[1:-1], quote(value, safe="")):
        assert redactor(f"<{spelling}>") == "<***>"


def test_each_line_of_a_value_is_a_secret_but_short_ones_are_not() -> None:
    redactor = Redactor(["first-line-of-it\nsecond-line-of-it\nshort"])
    assert redactor("second-line-of-it short") == "*** short"


def test_values_can_be_learned_later() -> None:
    redactor = Redactor()
    redactor.learn("learned-later")
    assert redactor("learned-later") == "***"


def test_a_private_key_is_masked_over_its_lines() -> None:
    edge = "-" * 5
    key = [f"{edge}BEGIN RSA PRIVATE KEY{edge}", LETTERS, LETTERS, f"{edge}END RSA PRIVATE KEY{edge}", "after"]
    stream = Redactor().keys()
    shown = [stream(line) for line in key]
    assert LETTERS not in "".join(shown)
    assert shown[-1] == "after"
    assert LETTERS not in Redactor()("\n".join(key))
    assert LETTERS not in Redactor().keys()("\n".join(key))


def test_what_follows_a_private_key_in_the_same_text_stays() -> None:
    edge = "-" * 5
    text = f"before\n{edge}BEGIN PRIVATE KEY{edge}\n{LETTERS}\n{edge}END PRIVATE KEY{edge}\nafter\nall of it"
    once = Redactor()(text)
    assert once == f"before\n{edge}BEGIN PRIVATE KEY{edge}***\n***\n***\nafter\nall of it"
    assert Redactor()(once) == once


def test_a_private_key_on_one_line_is_masked() -> None:
    edge = "-" * 5
    text = f'{{"key": "{edge}BEGIN PRIVATE KEY{edge}\\n{LETTERS}\\n{edge}END PRIVATE KEY{edge}"}}\nafter'
    shown = Redactor()(text)
    assert LETTERS not in shown
    assert shown.endswith("\nafter")


def test_a_key_that_never_ends_does_not_hide_the_rest() -> None:
    stream = Redactor().keys()
    stream("-" * 5 + "BEGIN PRIVATE KEY" + "-" * 5)
    shown = [stream(f"line {number}") for number in range(300)]
    assert shown[-1] == "line 299"


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_no_expression_is_slow_on_hostile_lines(shape: object) -> None:
    redactor = Redactor()
    anchors = [anchor for one in SHAPES if one is shape for anchor in one.anchors]
    start = time.monotonic()
    for anchor in anchors:
        for filler in ("a", "A", "-", "/", " ", "=", "eyJaaaaaaaa.", "://"):
            redactor((anchor + filler * 300) * 8)
            redactor(anchor * 2000)
            redactor(anchor + filler * 8000)
    assert time.monotonic() - start < 5


def test_passwords_of_our_own_are_masked_by_their_shape() -> None:
    first, second = make_password(), make_password()
    redactor = Redactor([first])

    assert redactor(f"PGPASSWORD={first} {second}x") == "PGPASSWORD=*** ***x"


def test_hundreds_of_our_own_passwords_cost_no_more_than_none() -> None:
    redactor = Redactor([make_password() for _ in range(500)])

    assert redactor._known is None
