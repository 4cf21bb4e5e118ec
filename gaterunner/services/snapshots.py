"""The state of one gate's database, told by `pg_dump` and `psql` of the server's own container.

They work as the gate's role, never as the superuser: casts that a migration leaves behind are code, and what asks for
them executes it.
"""

from __future__ import annotations

from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from gaterunner.config.types import BOOKKEEPING_SCHEMA
from gaterunner.database_state import Snapshot, TableRows, read_dump
from gaterunner.redaction import Redactor
from gaterunner.services.base import ServiceError
from gaterunner.services.health import WaitInterruptedError

if TYPE_CHECKING:
    from gaterunner.services.container import ServiceContainer
    from gaterunner.services.database import Granted

_WITHIN_S = 300.0
_MOST_BYTES = 32 * 1024 * 1024
_BEGINS, _ENDS = "-- PostgreSQL database dump", "-- PostgreSQL database dump complete"
_ROWS_END = "gaterunner: all"

# By way of a file, as what the tools warn of on the way must not stand in the middle of what they tell.
_DUMP = f"""
told=$(mktemp) && trap 'rm -f "$told"' EXIT && pg_dump --schema-only --no-owner --no-tablespaces --no-security-labels \\
  --exclude-schema={BOOKKEEPING_SCHEMA} --file "$told" && cat "$told"
"""

# No name of a column can hide the row's own, as `gaterunner_row.*` is qualified. Tables of extensions are theirs.
_ROWS = r"""
SELECT format(
  'SELECT %L || chr(9) || count(*) || chr(9)'
  ' || md5(coalesce(string_agg(digest, '''' ORDER BY digest COLLATE "C"), ''''))'
  ' FROM (SELECT md5((gaterunner_row.*)::text) AS digest FROM ONLY %I.%I AS gaterunner_row) AS told',
  nspname || '.' || relname, nspname, relname)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
  AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
ORDER BY nspname, relname \gexec
SELECT 'gaterunner: all';
"""
_PSQL = (
    'told=$(mktemp) && trap \'rm -f "$told"\' EXIT && printf %s "$GATERUNNER_SQL"'
    ' | psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --file - --output "$told"'
    ' && cat "$told"'
)


def take_snapshot(server: ServiceContainer, granted: Granted, redactor: Redactor, *, cancelled: Event) -> Snapshot:
    """What a gate's database holds now. Raises ``ServiceError`` when the server does not tell."""
    ask = partial(_told, server, granted, redactor, cancelled=cancelled)
    dump = ask(_DUMP)
    begin = dump.find(_BEGINS)
    if begin < 0 or _ENDS not in dump:
        raise ServiceError(
            f"the schema of the gate's database is larger than {_MOST_BYTES // 1024**2} MB",
            help="rehearse its parts in gates of their own",
        )
    return Snapshot(objects=read_dump(dump[begin:]), rows=_rows(ask(_PSQL)))


def _rows(told: str) -> tuple[TableRows, ...]:
    lines = told.splitlines()
    if not lines or lines[-1] != _ROWS_END:
        raise ServiceError("the rows of the gate's database could not be told", help="it may have too many tables")
    read = (line.rsplit("\t", 2) for line in lines[:-1])
    return tuple(TableRows(table=each[0], count=int(each[1]), digest=each[2]) for each in read)


def _told(
    server: ServiceContainer,
    granted: Granted,
    redactor: Redactor,
    script: str,
    *,
    cancelled: Event,
) -> str:
    given = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.complete.port),
        "PGUSER": granted.role,
        "PGPASSWORD": granted.password,
        "PGDATABASE": granted.name,
        # A role may set its own search path, and nothing that stands in it may be taken for PostgreSQL's.
        "PGOPTIONS": "-c search_path=pg_catalog",
        "GATERUNNER_SQL": _ROWS,
    }
    answer = server.execute(
        ["/bin/sh", "-c", script], given, timeout_s=_WITHIN_S, cancelled=cancelled, kept=_MOST_BYTES
    )
    if cancelled.is_set():
        raise WaitInterruptedError("interrupted while the gate's database was looked at")
    if answer.code != 0:
        said = next((line.strip() for line in answer.output.splitlines() if "rror" in line), answer.output[-200:])
        raise ServiceError(
            redactor(f"the gate's database could not be looked at on {server}: {said}"),
            help="`database.service` needs an image with pg_dump and psql, as PostgreSQL's own has them",
        )
    return answer.output
