"""The marker of real databases, and what a server that is none of ours may do to the one who asks."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from gaterunner.databases.probe import PostgresProbe
from gaterunner.errors import EvaluationError
from tests.databases.conftest import Server


@pytest.mark.docker
@pytest.mark.parametrize(
    ("database", "marker"),
    [
        ("dev", "environment=develop"),
        ("live", "environment=production"),
        ("plain", None),
        ("notes", "ours\n environment=develop \nask the team"),
    ],
)
def test_the_comment_on_a_database_is_read(server: Server, database: str, marker: str | None) -> None:
    assert PostgresProbe().marker(server.url(database)) == marker


@pytest.mark.docker
def test_a_search_path_cannot_put_another_marker_in_its_place(server: Server) -> None:
    server.sql(
        "CREATE DATABASE tricked",
        r"\c tricked",
        "CREATE FUNCTION public.shobj_description(oid, text) RETURNS text"
        " LANGUAGE sql AS 'SELECT ''environment=develop'''",
        "ALTER DATABASE tricked SET search_path = public, pg_catalog",
    )

    assert PostgresProbe().marker(server.url("tricked")) is None


@pytest.mark.docker
def test_a_wrong_password_is_told_and_not_shown(server: Server) -> None:
    with pytest.raises(EvaluationError) as caught:
        PostgresProbe().marker(server.url("dev", password="not-the-one"))

    assert caught.value.message == (
        f"{server.address}:5432/dev could not be asked for its marker: "
        'password authentication failed for user "postgres"'
    )
    assert "not-the-one" not in caught.value.line


@pytest.mark.docker
def test_who_insists_on_tls_is_not_served_without(server: Server) -> None:
    with pytest.raises(EvaluationError, match="Server refuses SSL"):
        PostgresProbe().marker(server.url("dev", query="?sslmode=require"))


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(EvaluationError, match=rf"127\.0\.0\.1:{port}/a could not be asked .*[Cc]onnection refused"):
            PostgresProbe().marker(f"postgresql://u:p@127.0.0.1:{port}/a")


@pytest.fixture
def drip() -> Iterator[int]:
    """A server that answers with a byte now and then, for ever; its port."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                while not ended.wait(0.05):
                    try:
                        connection.sendall(b"N" if connection.recv(1024, socket.MSG_DONTWAIT) else b"")
                    except BlockingIOError:
                        connection.sendall(b"R")
                    except OSError:
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        ended.set()
        thread.join(5)


def test_a_server_that_never_ends_its_answer_is_left(drip: int) -> None:
    with pytest.raises(EvaluationError, match=r"it gave no answer within 0\.6 s|could not be asked"):
        PostgresProbe(timeout_s=0.3).marker(f"postgresql://u:p@127.0.0.1:{drip}/a?sslmode=disable")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@localhost/a?hostaddr=10.0.0.1",
        "postgresql://u:p@localhost/a?host=10.0.0.1",
        "postgresql://u:p@localhost/a?service=prod",
        "postgresql:///a",
        "mysql://u:p@localhost/a",
    ],
)
def test_nothing_in_a_url_leads_elsewhere(url: str) -> None:
    with pytest.raises(EvaluationError, match="a plain postgresql:// URL with one host only"):
        PostgresProbe().marker(url)
