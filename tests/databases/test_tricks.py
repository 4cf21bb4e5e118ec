"""Tricks with addresses, on a real server: each really connects where it should not, and is read as what it does."""

from __future__ import annotations

import pytest

from gaterunner.targets.environment import named_by
from tests.databases.conftest import Server

pytestmark = pytest.mark.docker
WHERE = "SELECT current_database()"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://innocent.invalid/live?hostaddr=127.0.0.1",
        "postgresql://innocent.invalid/dev?host=127.0.0.1&dbname=live",
        "postgresql://innocent.invalid@127.0.0.1/live",
        "postgresql://%31%32%37.0.0.1/live",
        "host=innocent.invalid hostaddr=127.0.0.1 dbname=live",
    ],
)
def test_a_url_that_hides_its_host_connects_and_is_seen_through(server: Server, url: str) -> None:
    user = {"PGUSER": "innocent.invalid"} if "@" in url else {}
    if user:
        server.sql(f"""CREATE ROLE "innocent.invalid" LOGIN PASSWORD '{server.password}'""")

    assert server.psql(WHERE, env={}, url=url) == (True, "live")
    hosts = {target.host for named in named_by({"DATABASE_URL": url}) for target in named.reading.targets}
    assert "127.0.0.1" in hosts


def test_a_variable_that_overrules_a_url_connects_and_is_seen(server: Server) -> None:
    env = {"PGHOSTADDR": "127.0.0.1"}

    assert server.psql(WHERE, env=env, url="postgresql://innocent.invalid/live") == (True, "live")
    assert [named.by for named in named_by(env)] == ["PGHOSTADDR"]


def test_of_several_hosts_the_one_that_answers_is_taken(server: Server) -> None:
    url = "postgresql://innocent.invalid,127.0.0.1/live"

    assert server.psql(WHERE, env={}, url=url)[1].endswith("live")
    (named,) = named_by({"DATABASE_URL": url})
    assert [target.host for target in named.reading.targets] == ["innocent.invalid", "127.0.0.1"]
