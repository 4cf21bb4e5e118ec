"""How a repository applies its migrations, by the tool that it keeps them with. Pure: reads through ``Files`` only."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Iterable

from msgspec import Struct

from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.languages.python import environment_of
from gaterunner.config.conventions.node_manager import node_manager
from gaterunner.config.conventions.types import Resolution, Unresolved
from gaterunner.config.types import BOOKKEEPING_SCHEMA

# A develop database of the rehearsal speaks no TLS, and the Go drivers insist on it unless told otherwise.
_PLAIN_URL = '"$DATABASE_URL?sslmode=disable"'
_LOOKED_AT = 3  # files of a folder that are looked into for a tool's marks


class Applying(Struct, frozen=True, kw_only=True):
    """The command that applies whatever is pending, and what in the repository says so."""

    command: str
    evidence: str


def resolve_migrations(name: str, files: Files) -> Resolution | Unresolved:
    """What a rehearsal without `run:` executes. Raises ``SourceError`` on a broken manifest."""
    found = [(title, one) for title, find in _FINDERS if (one := find(files)) is not None]
    if not found:
        titles = ", ".join(TOOLS)
        return Unresolved(
            name=name,
            message=f"gate `{name}` has no `run:`, and no tool that applies migrations is recognised",
            help=f"Write `run:` with the command that applies what is pending. Looked for: {titles}.",
        )
    (title, one), *others = found
    # Plain files are also what others keep theirs in.
    also = [f"{other} (`{each.command}`)" for other, each in others if other not in _PLAIN_TITLES]
    rest = f"; not run: {', '.join(also)}; write `run:` for both" if also else ""
    return Resolution(name=name, command=one.command, source=title, why=f"{title} ({one.evidence}){rest}")


def _django(files: Files) -> Applying | None:
    path = _shallowest(path for path in files.paths if path.rpartition("/")[2] == "manage.py")
    if path is None or not files.contains(r"django", [path]):
        return None
    lock, runner = environment_of(files)
    evidence = f"{path}; {lock}" if lock else path
    return Applying(command=f"{runner}python {shlex.quote(path)} migrate --noinput", evidence=evidence)


def _alembic(files: Files) -> Applying | None:
    path = _shallowest(path for path in files.paths if path.rpartition("/")[2] == "alembic.ini")
    if path is None:
        return None
    lock, runner = environment_of(files)
    config = "" if path == "alembic.ini" else f" -c {shlex.quote(path)}"
    evidence = f"{path}; {lock}" if lock else path
    return Applying(command=f"{runner}alembic{config} upgrade head", evidence=evidence)


def _rails(files: Files) -> Applying | None:
    if not any(path.startswith("db/migrate/") for path in files.paths):
        return None
    if files.has("bin/rails"):
        return Applying(command="bin/rails db:migrate", evidence="bin/rails and db/migrate/")
    if files.has("Gemfile"):
        return Applying(command="bundle exec rails db:migrate", evidence="Gemfile and db/migrate/")
    return None


def _prisma(files: Files) -> Applying | None:
    path = files.first("prisma/schema.prisma", "schema.prisma") or _shallowest(
        path for path in files.paths if path.endswith("/schema.prisma")
    )
    if path is None:
        return None
    manager = node_manager(files)
    schema = "" if path in {"prisma/schema.prisma", "schema.prisma"} else f" --schema {shlex.quote(path)}"
    return Applying(
        command=f"{manager.execute} prisma migrate deploy{schema}",
        evidence=f"{path}; {manager.name}: {manager.evidence}",
    )


def _flyway(files: Files) -> Applying | None:
    path = files.first("flyway.toml", "flyway.conf", "conf/flyway.conf")
    if path is None:
        return None
    settings = 'FLYWAY_URL="jdbc:postgresql://$PGHOST:$PGPORT/$PGDATABASE" FLYWAY_USER="$PGUSER"'
    given = "" if path != "conf/flyway.conf" else f" -configFiles={path}"
    return Applying(command=f'{settings} FLYWAY_PASSWORD="$PGPASSWORD" flyway{given} migrate', evidence=path)


def _diesel(files: Files) -> Applying | None:
    if not files.has("diesel.toml"):
        return None
    # Without it `src/schema.rs` of the judged tree would be written anew.
    return Applying(command="diesel migration run --locked-schema", evidence="diesel.toml")


def _sqlx(files: Files) -> Applying | None:
    folder = _folder(files, r"\d+_[^/]+\.sql")
    if folder is None or not files.contains(r"^\s*sqlx\b", ["Cargo.toml"]):
        return None
    source = "" if folder == "migrations" else f" --source {shlex.quote(folder)}"
    return Applying(command=f"sqlx migrate run{source}", evidence=f"sqlx in Cargo.toml and {folder}/")


def _golang_migrate(files: Files) -> Applying | None:
    folder = _folder(files, r"\d+_[^/]+\.up\.sql")
    if folder is None:
        return None
    return Applying(
        command=f"migrate -path {shlex.quote(folder)} -database {_PLAIN_URL} up", evidence=f"*.up.sql in {folder}/"
    )


def _goose(files: Files) -> Applying | None:
    folder = _marked(files, r"^--\s*\+goose\s+Up")
    if folder is None:
        return None
    setting = f"GOOSE_DRIVER=postgres GOOSE_DBSTRING={_PLAIN_URL}"
    return Applying(command=f"{setting} goose -dir {shlex.quote(folder)} up", evidence=f"`+goose Up` in {folder}/")


def _dbmate(files: Files) -> Applying | None:
    folder = _marked(files, r"^--\s*migrate:up")
    if folder is None:
        return None
    given = "" if folder == "db/migrations" else f" --migrations-dir {shlex.quote(folder)}"
    command = f"DATABASE_URL={_PLAIN_URL} dbmate{given} --no-dump-schema migrate"
    return Applying(command=command, evidence=f"`migrate:up` in {folder}/")


def _supabase(files: Files) -> Applying | None:
    """Its files are plain SQL; the tool itself would start a database of its own."""
    return _plain(files, "supabase/migrations")


def _numbered(files: Files) -> Applying | None:
    folder = _folder(files, r"[VUR]?\d+[-_.][^/]*\.sql")
    return None if folder is None else _plain(files, folder)


def _plain(files: Files, folder: str) -> Applying | None:
    """Every file once, in the order of names, noted by name: who applies them by hand goes by that as well."""
    count = sum(path.startswith(f"{folder}/") and path.endswith(".sql") for path in files.paths)
    if not count:
        return None
    evidence = f"{count} SQL file{'' if count == 1 else 's'} in {folder}/"
    return Applying(command=_PSQL.replace("FOLDER", shlex.quote(folder)), evidence=evidence)


# `.down.sql` files and Flyway's `U…` are ways back. Sorted as versions, since `10` comes after `9`.
_PSQL = """
sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@" </dev/null; }
sql -c 'SET client_min_messages = warning' -c 'CREATE SCHEMA IF NOT EXISTS KEPT' \\
  -c 'CREATE TABLE IF NOT EXISTS KEPT.applied (name text PRIMARY KEY)'
printf '%s\\n' FOLDER/*.sql | sort -V | while IFS= read -r file; do
  name="${file##*/}"
  case "$name" in
    *.down.sql | *.undo.sql | U[0-9]*) continue ;;
    *\\'*) echo "no name for a migration: $name"; exit 1 ;;
  esac
  [ -z "$(sql -c "SELECT 1 FROM KEPT.applied WHERE name = '$name'")" ] || continue
  echo "$file"
  sql -f "$file"
  sql -c "INSERT INTO KEPT.applied VALUES ('$name')"
done
""".strip().replace("KEPT", BOOKKEEPING_SCHEMA)


def _folder(files: Files, name: str) -> str | None:
    """The folder nearest to the root that is called migrations and holds files of such a name."""
    there = re.compile(rf"((?:.*/)?migrations?)/{name}\Z")
    found = (match[1] for path in files.paths if (match := there.match(path)))
    return _shallowest(found)


def _marked(files: Files, mark: str) -> str | None:
    """The folder of SQL files in which a tool's mark stands."""
    folder = _shallowest(
        path.rpartition("/")[0] for path in files.paths if path.endswith(".sql") and "migrat" in path.lower()
    )
    if folder is None:
        return None
    there = [path for path in files.paths if path.rpartition("/")[0] == folder and path.endswith(".sql")]
    return folder if files.contains(mark, there[:_LOOKED_AT]) else None


def _shallowest(paths: Iterable[str]) -> str | None:
    return min(paths, key=lambda path: (path.count("/"), posixpath.normpath(path)), default=None)


# In the order of how telling the evidence is.
_FINDERS: tuple[tuple[str, Callable[[Files], Applying | None]], ...] = (
    ("Django", _django),
    ("Alembic", _alembic),
    ("Rails", _rails),
    ("Prisma", _prisma),
    ("Flyway", _flyway),
    ("Diesel", _diesel),
    ("sqlx", _sqlx),
    ("golang-migrate", _golang_migrate),
    ("goose", _goose),
    ("dbmate", _dbmate),
    ("Supabase", _supabase),
    ("numbered SQL files", _numbered),
)
_PLAIN_TITLES = ("Supabase", "numbered SQL files")
TOOLS = tuple(title for title, _ in _FINDERS)
"""The tools that are recognised, in the order in which they are looked for."""
