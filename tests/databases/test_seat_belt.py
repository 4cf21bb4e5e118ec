"""The seat belt on a real server: it holds against a mistake, and not against intent."""

from __future__ import annotations

import pytest

from gaterunner.targets.seat_belt import seat_belt
from tests.databases.conftest import Server

pytestmark = pytest.mark.docker
REFUSED = "cannot execute CREATE TABLE in a read-only transaction"


def test_a_write_is_refused(server: Server) -> None:
    assert server.psql("CREATE TABLE free (a int)", env={}) == (True, "CREATE TABLE")

    done, said = server.psql("CREATE TABLE belted (a int)", env=dict(seat_belt({})))

    assert not done
    assert REFUSED in said
    assert server.psql("SELECT 1", env=dict(seat_belt({}))) == (True, "1")


def test_what_stood_in_the_variable_is_kept_and_cannot_win(server: Server) -> None:
    given = {"PGOPTIONS": "-c statement_timeout=5s -c default_transaction_read_only=off"}
    belted = {**given, **dict(seat_belt(given))}

    assert server.psql("SHOW statement_timeout", env=belted) == (True, "5s")
    assert server.psql("CREATE TABLE kept (a int)", env=belted)[0] is False


@pytest.mark.parametrize(
    "statements",
    [
        ("SET default_transaction_read_only = off", "CREATE TABLE undone_by_set (a int)"),
        ("BEGIN READ WRITE", "CREATE TABLE undone_by_begin (a int)", "COMMIT"),
    ],
)
def test_whoever_wants_to_undoes_it_which_is_why_it_is_called_a_seat_belt(
    server: Server, statements: tuple[str, ...]
) -> None:
    done, said = server.psql(*statements, env=dict(seat_belt({})))

    assert (done, "CREATE TABLE" in said) == (True, True)


def test_options_in_a_url_overrule_it(server: Server) -> None:
    url = "postgresql://127.0.0.1/dev?options=-c%20statement_timeout%3D5s"

    assert server.psql("CREATE TABLE overruled (a int)", env=dict(seat_belt({})), url=url) == (True, "CREATE TABLE")
