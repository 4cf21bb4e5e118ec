"""What applies a repository's migrations, by the tool that it keeps them with."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gaterunner.config.conventions import Conventions, Resolution, Unresolved
from tests.conventions.trees import MappingTree

MANAGE = "import django\n"
FLYWAY = (
    'FLYWAY_URL="jdbc:postgresql://$PGHOST:$PGPORT/$PGDATABASE" FLYWAY_USER="$PGUSER"'
    ' FLYWAY_PASSWORD="$PGPASSWORD" flyway migrate'
)
COMMANDS: dict[str, tuple[dict[str, str], str]] = {
    "Django": ({"manage.py": MANAGE}, "python manage.py migrate --noinput"),
    "Django in a folder, with a lock file": (
        {"src/manage.py": MANAGE, "src/vendor/manage.py": MANAGE, "uv.lock": ""},
        "uv run --locked python src/manage.py migrate --noinput",
    ),
    "Alembic": ({"alembic.ini": ""}, "alembic upgrade head"),
    "Alembic in a folder": (
        {"api/alembic.ini": "", "poetry.lock": ""},
        "poetry run alembic -c api/alembic.ini upgrade head",
    ),
    "Rails": ({"bin/rails": "", "db/migrate/20250101000000_a.rb": ""}, "bin/rails db:migrate"),
    "Rails without its script": ({"Gemfile": "", "db/migrate/1_a.rb": ""}, "bundle exec rails db:migrate"),
    "Prisma": (
        {"prisma/schema.prisma": "", "package.json": "{}", "pnpm-lock.yaml": ""},
        "pnpm exec prisma migrate deploy",
    ),
    "Prisma in a folder": (
        {"packages/my db/schema.prisma": "", "package.json": "{}"},
        "npx --no-install prisma migrate deploy --schema 'packages/my db/schema.prisma'",
    ),
    "Flyway": (
        {"flyway.toml": "", "sql/V1__a.sql": ""},
        FLYWAY,
    ),
    "Diesel": ({"diesel.toml": "", "migrations/2025_a/up.sql": ""}, "diesel migration run --locked-schema"),
    "sqlx": ({"Cargo.toml": '[dependencies]\nsqlx = "0.8"\n', "migrations/20250101_a.sql": ""}, "sqlx migrate run"),
    "golang-migrate": (
        {"db/migrations/000001_a.up.sql": "", "db/migrations/000001_a.down.sql": ""},
        'migrate -path db/migrations -database "$DATABASE_URL?sslmode=disable" up',
    ),
    "goose": (
        {"migrations/0001_a.sql": "-- +goose Up\ncreate table a ();\n"},
        'GOOSE_DRIVER=postgres GOOSE_DBSTRING="$DATABASE_URL?sslmode=disable" goose -dir migrations up',
    ),
    "dbmate": (
        {"db/migrations/20250101000000_a.sql": "-- migrate:up\ncreate table a ();\n"},
        'DATABASE_URL="$DATABASE_URL?sslmode=disable" dbmate --no-dump-schema migrate',
    ),
}


def found(files: dict[str, str]) -> Resolution | Unresolved:
    return Conventions(MappingTree(files)).migrations("rehearse")


@pytest.mark.parametrize("case", COMMANDS)
def test_a_tools_own_command_applies_what_is_pending(case: str) -> None:
    files, command = COMMANDS[case]
    resolution = found(files)
    assert isinstance(resolution, Resolution), resolution
    assert resolution.command == command
    assert resolution.why.startswith(f"{case.partition(' ')[0]} (")


@pytest.mark.parametrize("folder", ["migrations", "db/migration", "supabase/migrations"])
def test_plain_files_are_applied_by_psql_in_their_order(folder: str) -> None:
    resolution = found({f"{folder}/0001_a.sql": "", f"{folder}/0002_b.sql": ""})
    assert isinstance(resolution, Resolution)
    assert f"{folder}/*.sql | sort -V" in resolution.command
    assert f"(2 SQL files in {folder}/)" in resolution.why


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_plain_files_are_applied_once_each_and_ways_back_never(tmp_path: Path, shell: str) -> None:
    """With a `psql` that only tells what it is asked for."""
    for name in ("0010_c", "0002_b", "0009_a.down", "U3__x", "V3__d e"):
        (tmp_path / "migrations").mkdir(exist_ok=True)
        (tmp_path / f"migrations/{name}.sql").write_text("")
    tool = tmp_path / "bin" / "psql"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\nfor a; do case $a in *WHERE*0002_b*) echo 1;; esac; done\n")
    tool.chmod(0o755)
    resolution = found({"migrations/0002_b.sql": ""})
    assert isinstance(resolution, Resolution)

    def ran() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [shell, "-e", "-c", resolution.command],
            cwd=tmp_path,
            env={"PATH": f"{tool.parent}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    assert (ran().returncode, ran().stdout.splitlines()) == (0, ["migrations/0010_c.sql", "migrations/V3__d e.sql"])
    (tmp_path / "migrations" / "0011_it's.sql").write_text("")
    assert (ran().returncode, ran().stdout.splitlines()[-1]) == (1, "no name for a migration: 0011_it's.sql")


def test_a_second_tool_is_told_and_not_run() -> None:
    resolution = found({"alembic.ini": "", "prisma/schema.prisma": "", "migrations/1_a.sql": ""})
    assert isinstance(resolution, Resolution)
    assert resolution.command == "alembic upgrade head"
    assert resolution.why == (
        "Alembic (alembic.ini); not run: Prisma (`npx --no-install prisma migrate deploy`); write `run:` for both"
    )


def test_without_a_tool_it_says_what_it_looked_for() -> None:
    nothing = found({"app.py": "", "manage.py": "print('of no framework')\n"})
    assert isinstance(nothing, Unresolved)
    assert nothing.message == "gate `rehearse` has no `run:`, and no tool that applies migrations is recognised"
    assert nothing.help.startswith("Write `run:` with the command that applies what is pending. Looked for: Django, ")


def test_a_broken_manifest_stops_the_search() -> None:
    broken = found({"prisma/schema.prisma": "", "package.json": "{"})
    assert isinstance(broken, Unresolved)
    assert broken.faulty == "package.json:1:2"
