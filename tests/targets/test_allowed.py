"""The allow-list: what an entry names, and what it may not be."""

from __future__ import annotations

import pytest

from gaterunner.targets.allowed import AllowList, Standing, parse_entry
from gaterunner.targets.types import Target


def target(host: str, port: int | None = 5432, database: str | None = "app") -> Target:
    return Target(engine="postgresql", host=host, port=port, database=database)


@pytest.mark.parametrize(
    ("entry", "named", "not_named"),
    [
        ("dev.corp.net", target("dev.corp.net"), target("prod.corp.net")),
        ("DEV.corp.net.", target("dev.corp.net"), target("dev.corp.net.evil.net")),
        ("*.dev.corp.net", target("db1.dev.corp.net"), target("a.b.dev.corp.net")),
        ("db-*.corp.net", target("db-3.corp.net"), target("db-3.prod.corp.net")),
        ("dev.corp.net:6432", target("dev.corp.net", 6432), target("dev.corp.net", 5432)),
        ("dev.corp.net/app_*", target("dev.corp.net", database="app_test"), target("dev.corp.net", database="app")),
        ("dev.corp.net/app", target("dev.corp.net"), target("dev.corp.net", database=None)),
        ("10.1.2.*", target("10.1.2.3"), target("10.1.20.3")),
        ("[fd00::1]:5432", target("fd00::1"), target("fd00::2")),
        ("/cloudsql/p:r:dev", target("/cloudsql/p:r:dev"), target("/cloudsql/p:r:prod")),
    ],
)
def test_an_entry_names_a_host_a_port_and_a_database(entry: str, named: Target, not_named: Target) -> None:
    allowed = AllowList(allow=[entry])

    assert allowed.standing(named) is Standing.ALLOWED
    assert allowed.standing(not_named) is Standing.REFUSED


@pytest.mark.parametrize(
    "entry", ["*", "*.*", "*:5432", "dev.*", "*.1.2.3", "postgres://dev.corp.net", "u@dev.corp.net", "", "a b"]
)
def test_an_entry_that_would_allow_hosts_of_anybody_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="a database as `host`"):
        parse_entry(entry)


def test_the_stricter_list_wins() -> None:
    allowed = AllowList(allow=["*.corp.net"], read_only=["replica.corp.net"])

    assert allowed.standing(target("replica.corp.net")) is Standing.READ_ONLY


def test_a_host_known_in_part_is_named_only_by_an_entry_that_names_all_it_can_be() -> None:
    allowed = AllowList(allow=["db-1.dev.corp.net", "*.test.corp.net"])

    assert allowed.standing(target("db-*.dev.corp.net")) is Standing.REFUSED
    assert allowed.standing(target("db-*.test.corp.net")) is Standing.ALLOWED


def test_this_machine_is_allowed_unless_refused_and_services_always_are() -> None:
    assert AllowList().standing(target("localhost")) is Standing.LOCAL
    refusing = AllowList(local=False, own=["database"])
    assert refusing.standing(target("localhost")) is Standing.REFUSED
    assert refusing.standing(target("database")) is Standing.OWN
