"""What a gate's name and its options come to."""

from __future__ import annotations

import pytest

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.sentry_options import release_name
from gaterunner.config.types import Gate, SentryRules
from tests.fake_sentry import FakeSentry
from tests.sentry.asking import HEAD, Asker

HOUR = 3600.0


def gate(text: str) -> Gate:
    return parse_workflow(f"workflow: {{gates: [{text}]}}".encode(), ".gaterunner.yml").gates[0]


@pytest.mark.parametrize(
    ("name", "environment", "window_s"),
    [
        ("staging-sentry-24h-clean", "staging", 24 * HOUR),
        ("eu-west-sentry-90m-clean", "eu-west", 1.5 * HOUR),
        ("prod-sentry-sentry-7d-clean", "prod-sentry", 7 * 24 * HOUR),
        ("canary-sentry-1d12h-clean", "canary", 36 * HOUR),
    ],
)
def test_a_name_holds_environment_and_window(name: str, environment: str, window_s: float) -> None:
    found = gate(name)
    assert found.kind == "sentry-clean"
    longest = 3 * window_s if window_s > 24 * HOUR else 72 * HOUR
    assert found.sentry == SentryRules(environment=environment, window_s=window_s, max_wait_s=longest)


@pytest.mark.parametrize(
    "name", ["staging-sentry-clean", "staging-sentry-24-clean", "sentry-24h-clean", "staging-24h-clean"]
)
def test_another_name_is_that_of_a_command(name: str) -> None:
    assert gate(f"{{{name}: 'true'}}").kind == "command"


def test_what_is_not_said_has_its_default() -> None:
    rules = gate("staging-sentry-24h-clean").sentry
    assert rules is not None
    assert (rules.settle_s, rules.max_wait_s, rules.minimum, rules.traffic) == (600, 72 * HOUR, 1, "spans")
    assert (rules.url, rules.organization, rules.projects, rules.ignore) == (None, None, (), ())
    assert rules.token == "SENTRY_AUTH_TOKEN"
    assert release_name(rules, HEAD) == HEAD


def test_every_option_can_be_said() -> None:
    options = (
        "environment: canary, window: 2h, settle: 5m, max-wait: 4h, release: 'api@{head:12}', "
        "traffic: {minimum: 500, source: sessions}, ignore: ['level:warning'], url: 'https://sentry.example.com/team', "
        "organization: acme, projects: [api, worker], token: STAGING_SENTRY_TOKEN"
    )
    rules = gate(f"{{day: {{kind: sentry-clean, sentry: {{{options}}}}}}}").sentry
    assert rules == SentryRules(
        environment="canary",
        window_s=2 * HOUR,
        settle_s=300,
        max_wait_s=4 * HOUR,
        release="api@{head:12}",
        traffic="sessions",
        minimum=500,
        ignore=("level:warning",),
        url="https://sentry.example.com/team",
        organization="acme",
        projects=("api", "worker"),
        token="STAGING_SENTRY_TOKEN",
    )
    assert release_name(rules, HEAD) == f"api@{HEAD[:12]}"


def test_the_options_are_what_is_asked(sentry: FakeSentry) -> None:
    asker = Asker(sentry)
    asker.environment = {"OUR_SENTRY_TOKEN": sentry.environment["SENTRY_AUTH_TOKEN"]}
    sentry.state.deployed(f"web@{HEAD[:8]}", "canary")
    sentry.state.releases[f"web@{HEAD[:8]}"].projects = ("web",)
    result = asker(
        environment="canary",
        release="web@{head:8}",
        url=f"{sentry.url}/",
        organization="acme",
        projects=("web",),
        token="OUR_SENTRY_TOKEN",
    )
    assert f"release web@{HEAD[:8]} in canary is clean since" in result.reason
    assert sentry.refused == []


@pytest.mark.parametrize(
    ("told", "address"),
    [
        (None, "https://sentry.io"),
        ("https://de.sentry.io/", "https://de.sentry.io"),
        ("http://sentry.lan:9000", "http://sentry.lan:9000"),
    ],
)
def test_without_an_address_it_is_sentrys_own(
    sentry: FakeSentry, monkeypatch: pytest.MonkeyPatch, told: str | None, address: str
) -> None:
    reached = []

    def nowhere(self: object, method: str, url: str, **_: object) -> None:
        reached.append(url)
        raise OSError

    monkeypatch.setattr("requests.Session.request", nowhere)
    asker = Asker(sentry)
    asker.environment = {**sentry.environment, "SENTRY_URL": told or ""}
    assert "the connection failed" in asker().reason
    assert set(reached) == {f"{address}/api/0/organizations/acme/projects/"}
