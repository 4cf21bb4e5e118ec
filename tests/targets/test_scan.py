"""Connection strings in the middle of something."""

from __future__ import annotations

import time

import pytest

from gaterunner.model import Hunk
from gaterunner.targets.files import TooManyError, additions, is_prose
from gaterunner.targets.scan import client_calls, scan, scan_text


def found(text: str, *, bare: bool = False) -> list[str]:
    return [str(target) for seen in scan_text(text, bare=bare) for target in seen.reading.targets]


@pytest.mark.parametrize(
    "text",
    [
        'engine = create_engine("postgresql://svc:pw@prod.corp.net:5432/app")',
        'conn = psycopg2.connect("host=prod.corp.net dbname=app user=me")',
        'conn = psycopg2.connect(host="prod.corp.net", dbname="app")',
        'dsn := "me:pw@tcp(prod.corp.net:3306)/app"',
        'os.environ["PGHOST"] = "prod.corp.net"',
        'os.environ.setdefault("PGHOST", "prod.corp.net")',
        '{"url": "postgres:\\/\\/me:pw@prod.corp.net\\/app"}',
        'String url = "jdbc:postgresql://prod.corp.net/app";',
        'String url = "jdbc:h2:tcp://prod.corp.net/app";',
        'String url = "jdbc:log4jdbc:hsqldb:hsql://prod.corp.net/app";',
        'ENV["DB_HOST"] = "prod.corp.net"',
        "see <postgres://prod.corp.net/app>.",
        'host = os.environ.get("DB_HOST") or "prod.corp.net"',
        'const host = process.env.PGHOST || "prod.corp.net"',
        'const host = process.env.PGHOST ?? "prod.corp.net"',
        'ENV["PGHOST"] ||= "prod.corp.net"',
        'ENV.fetch("DB_HOST") { "prod.corp.net" }',
        "'host' => env('DB_HOST', 'prod.corp.net'),",
        'subprocess.run(["psql", "-h", "prod.corp.net", "-c", statement])',
    ],
)
def test_an_address_is_found_in_code(text: str) -> None:
    assert {each.partition("/")[0] for each in found(text)} == {"prod.corp.net"}


@pytest.mark.parametrize(
    "text",
    [
        "DB_HOST: prod.corp.net",
        "spring.redis.host=prod.corp.net",
        "export PGHOST=prod.corp.net",
        "PGHOST ?= prod.corp.net",
        "PGHOST := prod.corp.net",
        "psql -h prod.corp.net -c 'select 1'",
        "pg_dump --host=prod.corp.net app",
        "host=${DB_HOST:-prod.corp.net}",
    ],
)
def test_an_address_without_quotes_is_found_in_settings(text: str) -> None:
    assert found(text, bare=True) == ["prod.corp.net"]


@pytest.mark.parametrize(
    "text",
    [
        "DB_HOST = settings.DATABASE.HOST",
        'db_host = config.get("x")',
        "self.db_host: str = host.name",
        'requests.get("https://api.corp.net", headers={"Host": "api.corp.net"})',
        'app.run(host="web.corp.net")',
        "postgres://${DB_HOST}/app",
        'f"postgresql://{user}:{password}@{host}/{name}"',
        '"postgresql://" + host',
        "postgres://user:pass@<host>/db",
    ],
)
def test_honest_code_names_no_database(text: str) -> None:
    assert found(text) == []


def test_a_hosted_database_is_known_by_its_vendor() -> None:
    assert found("const h = 'app.abc123.eu-west-1.rds.amazonaws.com'") == ["app.abc123.eu-west-1.rds.amazonaws.com"]
    assert found("https://aws.amazon.com/rds and https://rds.amazonaws.com.evil.net") == []


def test_the_clients_of_a_shell_are_told_a_host() -> None:
    command = "psql -h prod.corp.net -c 'select 1' && mysql --host=b.corp.net; pg_dump -hc.corp.net | gzip"

    assert [str(target) for seen in client_calls(command) for target in seen.reading.targets] == [
        "prod.corp.net",
        "b.corp.net",
        "c.corp.net",
    ]
    assert [seen.reading.unknown for seen in client_calls("psql -h $(cat host)")] == [("its host is a variable",)]


def test_only_added_lines_count_and_their_numbers_are_right() -> None:
    lines = [f"line {number}" for number in range(1, 41)]
    lines[4] = lines[24] = lines[25] = 'URL = "postgres://prod.corp.net/app"'
    data = "\n".join(lines).encode()

    seen = list(additions("app.py", data, [Hunk(24, 1, 25, 1), Hunk(39, 0, 40, 1)]))

    assert [addition.line for addition in seen] == [25]


def test_a_host_is_understood_by_the_lines_around_that_did_not_change() -> None:
    data = b'conn = psycopg2.connect(\n    dbname="app",\n    host="prod.corp.net",\n)\n'

    assert [addition.line for addition in additions("app.py", data, [Hunk(3, 1, 3, 1)])] == [3]


def test_utf_16_is_read() -> None:
    data = 'URL = "postgres://prod.corp.net/app"\n'.encode("utf-16")

    assert [str(addition.reading.targets[0]) for addition in additions("a.cs", data, [Hunk(0, 0, 1, 1)])] == [
        "prod.corp.net/app"
    ]


def test_offsets_are_right_behind_characters_of_several_bytes() -> None:
    text = "x = 'İé' \npg = 'postgres://prod.corp.net/app'"

    (seen,) = scan(text.encode())
    assert text.encode()[seen.start :].startswith(b"postgres://")


def test_what_lies_across_a_chunk_is_found_once() -> None:
    chunk = 4 * 1024 * 1024
    url = b" postgres://prod.corp.net/app\n"
    data = b"x" * (chunk - 12) + url + b"y" * chunk

    assert len(list(scan(data))) == 1


def test_prose_is_read_by_people_only() -> None:
    assert all(map(is_prose, ("README", "docs/a.md", "CHANGES.rst", "a/notes.txt")))
    assert not any(map(is_prose, ("app.py", "readme.py/x.go", "Makefile", "tests/test_a.py", ".env.example")))


@pytest.mark.parametrize(
    "line", [b'"https://registry.example/a", x = 1\n', b"host=dbname=", b"postgres://a@", b"DB_HOST ", b"@@@tcp("]
)
def test_time_grows_with_the_size_only(line: bytes) -> None:
    def seconds(times: int) -> float:
        data = line * times
        begin = time.perf_counter()
        list(scan(data))
        return time.perf_counter() - begin

    small, large = seconds(8_000), seconds(64_000)
    assert large < 8 * 4 * max(small, 0.02)  # with room for a busy machine; a square would be 64 times as much


def test_a_file_of_nothing_but_addresses_is_not_read_for_minutes() -> None:
    data = b'"postgres://a.corp.net/a" ' * 30_000

    with pytest.raises(TooManyError):
        list(additions("app.py", data, [Hunk(0, 0, 1, 1)]))


@pytest.mark.parametrize("long_lines", [0, 3])
def test_an_added_line_is_found_far_down_in_a_long_file(long_lines: int) -> None:
    lines = [b"x = 1\n"] * 20_000 + [b"y" * 50_000 + b"\n"] * long_lines
    lines[15_000] = b'URL = "postgresql://app@db.corp.net/app"\n'
    data = b"".join(lines)

    (whole,) = additions("app.py", data, [Hunk(0, 0, 1, len(lines))])
    (one,) = additions("app.py", data, [Hunk(15_000, 0, 15_001, 1)])

    assert (whole.line, one.line) == (15_001, 15_001)
    assert list(additions("app.py", data, [Hunk(15_000, 0, 1, 15_000), Hunk(15_001, 0, 15_002, 4_000)])) == []
