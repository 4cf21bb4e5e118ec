"""Where a connection string leads, in the words of every client that may read it."""

from __future__ import annotations

import pytest

from gaterunner.targets.connection import read_connection
from gaterunner.targets.hosts import is_local, is_nowhere, normal_host, without_templates
from gaterunner.targets.types import NOTHING


def places(text: str) -> list[str]:
    reading = read_connection(text)
    assert reading is not None, text
    return [str(target) for target in reading.targets]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://u:p@dev.corp.net/app", ["dev.corp.net/app"]),
        ("postgresql+asyncpg://u:p@dev.corp.net:6432/app", ["dev.corp.net:6432/app"]),
        # An innocent host in front, and the one that libpq connects to behind it.
        ("postgresql://dev.corp.net/app?hostaddr=10.0.0.5", ["dev.corp.net/app", "10.0.0.5/app"]),
        ("postgres://localhost/app?host=prod.corp.net", ["localhost/app", "prod.corp.net/app"]),
        ("postgres://localhost/app?HOST=prod.corp.net&dbname=live", ["localhost/live", "prod.corp.net/live"]),
        ("postgres://localhost/app?host=%70rod.corp.net", ["localhost/app", "prod.corp.net/app"]),
        ("postgres://%70rod.corp.net/app", ["prod.corp.net/app"]),
        ("postgres://localhost%2Cprod.corp.net/app", ["localhost/app", "prod.corp.net/app"]),
        # Any of several hosts may be the one that answers.
        ("postgresql://a.corp.net:1,b.corp.net:2/app", ["a.corp.net:1/app", "b.corp.net:2/app"]),
        ("mongodb://a.corp.net:27017,b.corp.net/app", ["a.corp.net/app", "b.corp.net/app"]),
        # User-info that looks like a host, and an `@` in it.
        ("postgresql://localhost@prod.corp.net/app", ["prod.corp.net/app"]),
        ("postgresql://localhost:5432@prod.corp.net/app", ["prod.corp.net/app"]),
        ("postgresql://u:p@localhost@prod.corp.net/app", ["prod.corp.net/app"]),
        # For libpq the password ends the authority, for SQLAlchemy the last `@` does; no part of it is shown.
        ("postgresql://u:p/x@prod.corp.net/app", ["u", "prod.corp.net"]),
        ("postgresql://LOCALHOST.:5433/app", ["localhost:5433/app"]),
        ("postgresql://PROD.Corp.NET./app", ["prod.corp.net/app"]),
        ("postgresql://l\u043ecalhost/app", ["xn--lcalhost-nbh/app"]),
        ("postgresql://[::1]:5432/app", ["[::1]/app"]),
        ("postgresql://[::ffff:10.0.0.1]/app", ["10.0.0.1/app"]),
        ("postgresql://%2Fvar%2Frun%2Fpostgresql/app", ["socket /var/run/postgresql"]),
        ("postgresql:///app?host=/cloudsql/project:region:prod", ["socket /cloudsql/project:region:prod"]),
        ("postgresql:///app", ["localhost/app"]),
        ("postgresql://prod-{region}.corp.net/app", ["prod-*.corp.net/app"]),
        ("host=dev.corp.net hostaddr='10.0.0.4' dbname=app", ["dev.corp.net/app", "10.0.0.4/app"]),
        ("dbname=app user=me", ["localhost/app"]),
        ("jdbc:postgresql://a.corp.net:5432,b.corp.net/app?user=me", ["a.corp.net/app", "b.corp.net/app"]),
        ("jdbc:aws-wrapper:postgresql://prod.corp.net/app", ["prod.corp.net/app"]),
        ("r2dbc:pool:postgresql://prod.corp.net/app", ["prod.corp.net/app"]),
        ("jdbc:mysql://address=(host=prod.corp.net)(port=3306)/app", ["prod.corp.net"]),
        ("jdbc:sqlserver://prod.corp.net\\one:1433;databaseName=app;user=me", ["prod.corp.net/app"]),
        ("jdbc:sqlserver://;serverName=prod.corp.net;databaseName=app", ["prod.corp.net/app"]),
        ("jdbc:oracle:thin:@prod.corp.net:1521:SID", ["prod.corp.net/SID"]),
        ("jdbc:oracle:thin:@//prod.corp.net:1521/service", ["prod.corp.net/service"]),
        ("jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=prod.corp.net)(PORT=1521)))", ["prod.corp.net"]),
        ("jdbc:h2:tcp://prod.corp.net/app", ["prod.corp.net/app"]),
        ("jdbc:h2:ssl:prod.corp.net:9092/app", ["prod.corp.net:9092/app"]),
        ("jdbc:hsqldb:hsql://prod.corp.net/app", ["prod.corp.net/app"]),
        ("jdbc:derby://prod.corp.net:1527/app", ["prod.corp.net:1527/app"]),
        ("mysql:host=prod.corp.net;dbname=app", ["prod.corp.net/app"]),
        ("me:pw@tcp(prod.corp.net:3306)/app?parseTime=true", ["prod.corp.net/app"]),
        ("me:pw@cloudsql(project:region:prod)/app", ["socket /cloudsql/project:region:prod"]),
        ("Server=tcp:prod.corp.net,1433;Initial Catalog=app;User ID=me", ["prod.corp.net/app"]),
        ("Host=a.corp.net,b.corp.net;Database=app;Username=me", ["a.corp.net/app", "b.corp.net/app"]),
        ("Server=(localdb)\\mssqllocaldb;Database=app;Trusted_Connection=True", ["(localdb)/app"]),
        ("mongodb+srv://u:p@cluster.corp.net/app", ["cluster.corp.net/app"]),
        ("rediss://:p@cache.corp.net:6380/0", ["cache.corp.net:6380/0"]),
        ("cache.corp.net:6380,ssl=True,password=x", ["cache.corp.net:6380"]),
        ("mssql+pyodbc://?odbc_connect=Driver%3Dx%3BServer%3Dprod.corp.net%3BDatabase%3Dapp", ["prod.corp.net"]),
        # The characters that Python takes out of a URL, as browsers do.
        ("postgresql://prod.\ncorp.net/app", ["prod.corp.net/app"]),
    ],
)
def test_every_place_that_some_client_would_connect_to_is_told(text: str, expected: list[str]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "sqlite:///app.db",
        "jdbc:h2:mem:test",
        "jdbc:h2:~/app",
        "jdbc:hsqldb:mem:app",
        "jdbc:derby:app;create=true",
        "jdbc:tc:postgresql:16:///app",
        "file:./dev.db",
        "Data Source=app.db",
        ":memory:",
    ],
)
def test_files_memory_and_containers_of_tests_lead_nowhere(text: str) -> None:
    assert read_connection(text) == NOTHING


@pytest.mark.parametrize("text", ["https://corp.net/x", "hello world", "host", "a=b", "user@corp.net", ""])
def test_what_is_no_connection_string_is_none(text: str) -> None:
    assert read_connection(text) is None


def test_a_host_that_only_the_program_knows_is_unknown() -> None:
    reading = read_connection("postgresql://u:p@${DB_HOST}/app")

    assert reading is not None
    assert reading.targets == ()
    assert reading.unknown == ("its host is put together from what is not known here",)


def test_a_service_has_to_be_looked_up() -> None:
    for text in ("service=prod dbname=app", "postgresql://localhost/app?service=prod"):
        reading = read_connection(text)
        assert reading is not None
        assert reading.services == ("prod",)


def test_a_password_is_in_no_target() -> None:
    for text in (
        "postgresql://u:hunter2@h.corp.net/a",
        "postgresql://u:x/hunter2@h.corp.net/a",
        "host=h password=hunter2",
    ):
        assert "hunter2" not in str(places(text))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "0.0.0.0",  # noqa: S104  (no binding: what a client takes for this machine)
        "db",
        "postgres",
        "a.localhost",
        "x.test",
        "/var/run/x",
        ".",
    ],
)
def test_this_machine_and_what_only_a_network_beside_it_resolves_are_local(host: str) -> None:
    assert is_local(normal_host(host))


@pytest.mark.parametrize(
    "host",
    # Decimal and hexadecimal spellings of an address are names without a dot at first sight.
    [
        "10.0.0.1",
        "localhost.evil.net",
        "2130706433",
        "0x7f000001",
        "3232235777",
        "127.1",
        "l\u043ecalhost.net",
        "/cloudsql/p:r:i",
    ],
)
def test_what_only_looks_local_is_not(host: str) -> None:
    assert not is_local(normal_host(host))


def test_documentation_leads_nowhere() -> None:
    told = (
        "example.com",
        "db.example.org",
        "x.example",
        "a.invalid",
        "192.0.2.7",
        "2001:db8::1",
        "your-host.net",
        "xxxx",
    )
    assert all(map(is_nowhere, told))
    assert not any(map(is_nowhere, ("example.com.corp.net", "myexample.com", "10.0.0.1", "prod.corp.net")))


def test_a_template_with_a_domain_still_names_it() -> None:
    assert without_templates("prod-{region}.db.corp.net") == "prod-*.db.corp.net"
    assert without_templates("${REGION}.corp.net") == "*.corp.net"
    assert [without_templates(each) for each in ("{host}", "${DB_HOST}", "<host>", "%s", "...", "{{ host }}")] == [
        None
    ] * 6
