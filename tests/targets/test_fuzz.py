"""Whatever a branch writes, reading it ends with an answer and without an exception."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaterunner.targets.connection import read_connection
from gaterunner.targets.environment import named_by
from gaterunner.targets.scan import scan
from gaterunner.targets.settings import elsewhere, targets_of

PIECES = (
    *(
        "postgresql",
        "jdbc:",
        "mysql",
        "mongodb+srv",
        "redis",
        "sqlserver",
        "oracle:thin:",
        "h2:tcp",
        "://",
        ":/",
        "//",
        "@",
    ),
    *(
        ":",
        "/",
        "?",
        "#",
        "&",
        ";",
        ",",
        "=",
        "%",
        "%2F",
        "%00",
        "[",
        "]",
        "::1",
        "(",
        ")",
        "{",
        "}",
        "${X}",
        "<%= ENV['X'] %>",
    ),
    *(
        "host",
        "hostaddr=",
        "HOST: ",
        "dbname=",
        "service=",
        "Server=",
        "DB_HOST=",
        "PGHOST",
        "DATABASES = ",
        "default",
        "url: ",
    ),
    *(
        "localhost",
        "prod.corp.net",
        "10.0.0.1",
        "\u043e",
        "\u0130",
        "\ud800",
        "\x00",
        "\x01",
        "\x02",
        "\n",
        "\t",
        " ",
        "'",
        '"',
    ),
    *(
        "&a ",
        "*a",
        "<<: ",
        "- ",
        "# ",
        "\\",
        "tcp(",
        "@tcp(x)/y",
        "psql -h ",
        "||",
        " or ",
        "f'{x}'",
        "os.environ['X']",
        ".",
    ),
)
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=25).map("".join)
PATHS = (
    *(
        ".env",
        "app/settings.py",
        "config/database.yml",
        "application.yml",
        "application.properties",
        "appsettings.json",
    ),
    *("schema.prisma", "alembic.ini", "my.cnf", ".pg_service.conf", "knexfile.js", "config/config.json"),
)


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_connections_variables_and_code(text: str) -> None:
    reading = read_connection(text)
    assert reading is None or all(str(target) for target in reading.targets)
    list(
        named_by(
            {"DATABASE_URL": text, "PGHOST": text, "PGPORT": text, "PGHOSTADDR": text, "ANY": text, "DB_HOST": text}
        )
    )
    data = text.encode("utf-8", "surrogatepass")
    assert all(0 <= seen.start < max(1, len(data)) for seen in scan(data, bare=True))


@pytest.mark.parametrize("path", PATHS)
@given(text=TEXTS)
@settings(max_examples=60, deadline=None)
def test_settings_files(path: str, text: str) -> None:
    for named in targets_of(path, text, {"X": "prod.corp.net", "RAILS_ENV": "test"}):
        elsewhere(path, named.part, {})
