"""What settings files name to a program that has a gate's variables."""

from __future__ import annotations

import pytest

from gaterunner.targets.settings import elsewhere, is_settings, targets_of

DJANGO = """
import os, environ, dj_database_url
env = environ.Env()
HOST = os.environ.get("DB_HOST", "localhost")
DATABASES = {
    "default": {"ENGINE": "django.db.backends.postgresql", "NAME": "app", "HOST": HOST, "PORT": "5433"},
    "replica": dj_database_url.config(env="REPLICA_URL", default="postgres://u:p@replica.corp.net/app"),
    "files": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3", "HOST": ""},
    "named": {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"service": "prod"}},
}
CACHES = {"default": {"BACKEND": "django_redis", "LOCATION": f"redis://{os.environ['REDIS']}:6379/1"}}
"""
RAILS = """
default: &default
  adapter: postgresql
  pool: <%= ENV.fetch("RAILS_MAX_THREADS") { 5 } %>
  host: <%= ENV.fetch("DB_HOST", "localhost") %>
<% if ENV["CI"] %>
<% end %>
test:
  <<: *default
  database: app_test
production:
  <<: *default
  host: prod.corp.net
  url: <%= ENV["PRODUCTION_URL"] %>
"""
SPRING = """
spring:
  datasource:
    url: jdbc:postgresql://${DB_HOST:localhost}:5432/app
  data:
    redis: {host: cache.corp.net, port: 6380}
---
spring:
  config.activate.on-profile: prod
  datasource: {url: "jdbc:postgresql://prod.corp.net/app"}
"""


def told(path: str, text: str, env: dict[str, str] | None = None) -> list[str]:
    found = set()
    for named in targets_of(path, text, env or {}):
        where = elsewhere(path, named.part, env or {})
        suffix = f" ({where})" if where else ""
        found |= {
            f"{each}{suffix}" for each in (*named.reading.targets, *named.reading.services, *named.reading.unknown)
        }
    return sorted(found)


def test_django_with_its_defaults_and_with_a_gate_s_variables() -> None:
    assert told("app/settings.py", DJANGO) == ["localhost:5433/app", "prod", "replica.corp.net/app"]
    given = {"DB_HOST": "db.corp.net", "REPLICA_URL": "postgres://localhost/app", "REDIS": "cache.corp.net"}
    assert told("app/settings.py", DJANGO, given) == [
        "cache.corp.net/1",
        "db.corp.net:5433/app",
        "localhost/app",
        "prod",
    ]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ('"prod.corp.net"', ["prod.corp.net/a"]),
        ('"prod" + ".corp" + ".net"', ["prod.corp.net/a"]),
        ("f'{NAME}.corp.net'", ["prod.corp.net/a"]),
        ('os.getenv("X") or "prod.corp.net"', ["prod.corp.net/a"]),
        ('config("X", default="prod.corp.net")', ["prod.corp.net/a"]),
        ('"localhost" if DEBUG else "prod.corp.net"', ["localhost/a", "prod.corp.net/a"]),
        ('os.environ["X"]', []),
        ('""', []),
        ("read_secret('host')", ["the host is computed"]),
        ("HOSTS[0]", ["the host is computed"]),
    ],
)
def test_a_host_in_python_is_worked_out_without_running_it(host: str, expected: list[str]) -> None:
    database = f'{{"ENGINE": "x.postgresql", "NAME": "a", "HOST": {host}}}'
    text = f'import os\nNAME = "prod"\nDATABASES = {{"default": {database}}}\n'

    assert told("config/settings/base.py", text) == expected


def test_a_host_that_is_put_in_later_counts_as_well() -> None:
    text = 'DATABASES = {}\nif True:\n    DATABASES["default"]["HOST"] = "prod.corp.net"\n'

    assert told("settings.py", text) == ["prod.corp.net"]


def test_rails_by_its_parts() -> None:
    assert told("config/database.yml", RAILS) == ["localhost", "prod.corp.net (production)"]
    assert told("config/database.yml", RAILS, {"DB_HOST": "db.corp.net"}) == [
        "db.corp.net",
        "prod.corp.net (production)",
    ]
    assert told("config/database.yml", RAILS, {"RAILS_ENV": "production"}) == ["localhost", "prod.corp.net"]
    assert told("config/database.yml", "test: {adapter: mysql2, host: <%= read_host %>}") == ["the host is computed"]


def test_spring_by_its_profiles() -> None:
    path = "src/main/resources/application.yml"
    assert told(path, SPRING) == ["cache.corp.net:6380", "localhost/app", "prod.corp.net/app (production)"]
    assert "prod.corp.net/app" in told(path, SPRING, {"SPRING_PROFILES_ACTIVE": "prod"})
    properties = "spring.datasource.url=jdbc:mysql://${db.host}/app\ndb.host=prod.corp.net\n"
    assert told("src/main/resources/application.properties", properties) == ["prod.corp.net", "prod.corp.net/app"]
    elsewhere_only = told("src/main/resources/application-prod.properties", properties)
    assert elsewhere_only == ["prod.corp.net (production)", "prod.corp.net/app (production)"]


def test_json_with_parts_with_comments_and_without() -> None:
    sequelize = (
        '{"test": {"host": "127.0.0.1", "dialect": "mysql"}, "production": {"host": "p.corp.net", "dialect": "mysql"}}'
    )
    assert told("config/config.json", sequelize) == ["127.0.0.1", "p.corp.net (production)"]
    appsettings = '{\n  // ours\n  "ConnectionStrings": {"Main": "Server=p.corp.net;Database=app;User Id=me"}\n}'
    assert told("src/appsettings.json", appsettings) == ["p.corp.net/app"]
    assert told("src/appsettings.Production.json", appsettings) == ["p.corp.net/app (production)"]


def test_dotenv_files() -> None:
    text = (
        '# ours\nexport DATABASE_URL="postgres://u:${PW}@${HOST:-prod.corp.net}/app" # here\n'
        "REDIS_URL=redis://localhost:6379#x\nDB_HOST=${NOT_SET}\nQUOTED='postgres://q.corp.net/$a'\n"
    )
    assert told(".env", text) == ["localhost", "prod.corp.net/app", "q.corp.net/$a"]
    # What the gate has already is not overwritten.
    assert told(".env", "DATABASE_URL=postgres://prod.corp.net/app", {"DATABASE_URL": "postgres://localhost/app"}) == []
    assert told(".env.production", "PGHOST=prod.corp.net") == ["prod.corp.net (production)"]
    assert told(".env.production", "PGHOST=prod.corp.net", {"NODE_ENV": "production"}) == ["prod.corp.net"]


def test_prisma_alembic_mysql_and_service_files() -> None:
    prisma = 'datasource db {\n  url = env("DATABASE_URL")\n  directUrl = "postgresql://u:p@prod.corp.net/app"\n}\n'
    assert told("prisma/schema.prisma", prisma) == ["prod.corp.net/app"]
    assert told("alembic.ini", "[alembic]\nsqlalchemy.url = driver://user:pass@localhost/dbname\n") == []
    assert told("alembic.ini", "[alembic]\nsqlalchemy.url = postgresql://%(USER)s@prod.corp.net/a\n") == [
        "prod.corp.net/a"
    ]
    assert told("my.cnf", "[client]\nhost=prod.corp.net\n[mysqld]\nsocket=/x\n") == ["prod.corp.net"]
    assert told(".pg_service.conf", "[a]\nhost=prod.corp.net\n") == ["prod.corp.net (those who ask for service a)"]


def test_other_files_are_searched_for_addresses() -> None:
    assert told("knexfile.js", "module.exports = {connection: 'postgres://prod.corp.net/app'}") == ["prod.corp.net/app"]


@pytest.mark.parametrize(
    "text",
    [
        'config :app, Repo, database: "app", hostname: "prod.corp.net"',
        'config :app, App.Repo, hostname: "prod.corp.net", pool_size: 10',
        'config :app, App.Repo,\n  username: "postgres",\n  hostname: "prod.corp.net"\n',
        'config :app, App.Repo, hostname: System.get_env("DB") || "prod.corp.net"',
        'config :app, App.Repo, hostname: System.get_env("DB", "prod.corp.net")',
    ],
)
def test_the_host_of_ectos_settings_is_told_once(text: str) -> None:
    assert told("config/test.exs", text) == ["prod.corp.net"]


def test_a_host_that_serves_pages_is_none_of_a_database() -> None:
    assert told("config/test.exs", 'config :app, AppWeb.Endpoint, url: [host: "prod.corp.net"]') == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("settings.py", "def broken(:\n  url = 'postgres://prod.corp.net/app'"),
        ("settings.py", "x = " + "(" * 500),
        ("config/database.yml", "a: [\n url: postgres://prod.corp.net/app"),
        ("config/database.yml", "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a, *a]\n" for n in range(3))),
        ("appsettings.json", "{" * 3000),
        ("alembic.ini", "\0\0"),
        ("schema.prisma", "url = "),
        (".env", "\x00=\x00\nDATABASE_URL"),
        ("application.properties", "a\\\n\\\nb"),
    ],
)
def test_a_broken_file_raises_nothing(path: str, text: str) -> None:
    told(path, text)


def test_aliases_that_unfold_without_end_are_unknown() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))

    assert told("config/database.yml", bomb) == ["it unfolds to more than 100,000 values"]


def test_samples_and_others_code_are_no_settings() -> None:
    ours = (
        ".env",
        "a/.env.local",
        "app/settings/base.py",
        "server.env",
        "appsettings.Development.json",
        "prisma/schema.prisma",
    )
    assert [path for path in ours if not is_settings(path)] == []
    others = (
        ".env.example",
        "config/database.yml.sample",
        "node_modules/x/.env",
        "tests/fixtures/settings.py",
        "docs/settings.md",
    )
    assert [path for path in others if is_settings(path)] == []
