"""Reads the comment on a PostgreSQL database, by pg8000: pure Python, so that no client has to be installed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from gaterunner.errors import EvaluationError

if TYPE_CHECKING:
    import ssl
    from urllib.parse import SplitResult

TIMEOUT_S = 5.0
"""How long one step of the conversation may take; all of it takes at most twice as long."""

# With its schema: a database's own search path could put another function in its place.
_QUERY = (
    "SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database"
    " WHERE datname = pg_catalog.current_database()"
)
_ACCEPTED = frozenset({"sslmode"})
_HELP = "see whether the gate's user and password may connect from here, and whether the server speaks TLS"


class PostgresProbe:
    """A ``policies.context.DatabaseProbe``. It connects to the one host of a URL and follows nothing else in it."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s

    def marker(self, url: str) -> str | None:
        """The comment on the database; None when it has none.

        TLS is asked for first; ``sslmode=require`` and stronger do not go on without it, ``verify-ca`` and
        ``verify-full`` also check the certificate against those of this machine, ``disable`` does not ask. Raises
        ``EvaluationError``, which never holds the password.
        """
        from urllib.parse import unquote  # most runs ask no database

        parts = _parts(url)
        place = f"{parts.hostname}:{parts.port or 5432}{parts.path}"
        answer: list[str | None] = []
        trouble: list[str] = []

        def ask() -> None:
            try:
                answer.append(self._ask(parts))
            except Exception as error:  # noqa: BLE001  the driver raises its own, the socket's and struct's errors
                trouble.append(_told(error))

        # The driver's timeout is for each read; a server that sends a byte now and then would hold it for ever.
        thread = threading.Thread(target=ask, name="marker", daemon=True)
        thread.start()
        thread.join(2 * self._timeout_s)
        if answer:
            return answer[0]
        password = unquote(parts.password or "")
        why = trouble[0] if trouble else f"it gave no answer within {2 * self._timeout_s:g} s"
        if password:
            why = why.replace(password, "***")
        raise EvaluationError(f"{place} could not be asked for its marker: {why}", help=_HELP)

    def _ask(self, parts: SplitResult) -> str | None:
        from urllib.parse import parse_qs, unquote

        from pg8000.native import Connection  # type: ignore[import-untyped] # it ships no types

        sslmode = parse_qs(parts.query).get("sslmode", ["prefer"])[0]
        connection = Connection(
            unquote(parts.username or ""),
            host=parts.hostname,
            port=parts.port or 5432,
            database=unquote(parts.path.removeprefix("/")) or None,
            password=unquote(parts.password) if parts.password else None,
            timeout=self._timeout_s,
            ssl_context=_tls(sslmode),
            application_name="gaterunner",
        )
        try:
            rows: Any = connection.run(_QUERY)
        finally:
            connection.close()
        return str(rows[0][0]) if rows and rows[0][0] is not None else None


def _parts(url: str) -> SplitResult:
    """Raises ``EvaluationError`` for a URL that could lead anywhere but to its one host."""
    from urllib.parse import parse_qs, urlsplit

    parts = urlsplit(url)
    asked = parse_qs(parts.query, keep_blank_values=True)
    if parts.scheme not in ("postgresql", "postgres") or not parts.hostname or asked.keys() - _ACCEPTED:
        raise EvaluationError("a database is asked for its marker by a plain postgresql:// URL with one host only")
    return parts


def _tls(sslmode: str) -> ssl.SSLContext | bool | None:
    """What the driver takes: False for none, None for TLS if the server has it, a context to insist on it."""
    import ssl

    if sslmode == "disable":
        return False
    if sslmode in ("allow", "prefer"):
        return None
    context = ssl.create_default_context()
    if sslmode != "verify-full":
        context.check_hostname = False
    if sslmode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context


def _told(error: Exception) -> str:
    """The error in one line: a server's own message where it sent one."""
    detail = error.args[0] if error.args else ""
    if isinstance(detail, dict):  # what the server said, by the letters of the protocol's fields
        return str(detail.get("M", "an error without a message"))
    cause = error.__cause__
    return f"{detail or type(error).__name__}{f' ({cause})' if isinstance(cause, OSError) else ''}".splitlines()[0]
