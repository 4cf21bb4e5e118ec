"""A value is judged by itself, so nothing written beside it can talk a scanner out of it."""

from __future__ import annotations

import pytest

from gaterunner.secrets.placeholders import entropy, is_placeholder
from tests.secrets.credentials import CREDENTIALS

ASSIGNED = "assigned-credential"


@pytest.mark.parametrize("name", ["aws_sample", "aws_sample_secret", "stripe_sample", "github_x", "github_counting"])
def test_published_samples_and_fillers_are_no_secrets(name: str) -> None:
    assert is_placeholder("github-pat", CREDENTIALS[name], {})


@pytest.mark.parametrize(
    "value",
    [
        "changeme1",
        "your-token-here",
        "${TOKEN}",
        "<token>",
        "{{ token }}",
        "user:{password}",
        "%(token)s",
        "p455w0rd",
        "abc12345",
        "e2e-embed-shift-click",
        "i18n-catalogue-k8s-cluster",
        "...",
    ],
)
def test_stand_ins_are_no_secrets(value: str) -> None:
    assert is_placeholder(ASSIGNED, value, {})


@pytest.mark.parametrize("word", ["example", "dummy-", "test_", "your", "changeme-"])
@pytest.mark.parametrize("name", ["password", "hex32", "base64_32"])
def test_a_stand_in_word_beside_a_real_value_does_not_excuse_it(word: str, name: str) -> None:
    assert not is_placeholder(ASSIGNED, word + CREDENTIALS[name], {})


@pytest.mark.parametrize(
    "name", ["github_pat", "aws_key_id", "slack_bot", "stripe_live", "google_api", "rsa_key", "hex64", "jwt", "npm"]
)
def test_a_provider_token_is_never_a_stand_in(name: str) -> None:
    assert not is_placeholder("github-pat", CREDENTIALS[name], {})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "db.example.com", "x.invalid"])
def test_a_password_for_a_host_that_nobody_else_reaches_is_no_secret(host: str) -> None:
    captures = {"host": host, "username": "app"}
    assert is_placeholder("generic-credential-uri", CREDENTIALS["password_plain"], captures)


@pytest.mark.parametrize("host", ["db.acme.io", "localhost.acme.io", "example.com.acme.io", "127.0.0.1.acme.io"])
def test_a_host_that_only_begins_like_a_local_one_is_real(host: str) -> None:
    captures = {"host": host, "username": "app"}
    assert not is_placeholder("generic-credential-uri", CREDENTIALS["password_plain"], captures)


def test_entropy_counts_bits_per_character() -> None:
    assert entropy("aaaa") == 0
    assert entropy("abcd") == 2
