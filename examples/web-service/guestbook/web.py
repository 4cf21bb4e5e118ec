"""The service: ``GET /entries`` and ``POST /entries``, in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from guestbook.entries import Entry, read_entry


class Entries(Protocol):
    """Where entries are kept."""

    def add(self, entry: Entry) -> None: ...

    def all(self) -> list[Entry]: ...


def make_application(entries: Entries) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """The WSGI application."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, body = respond(environ, entries)
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]

    return answer


def respond(environ: dict[str, Any], entries: Entries) -> tuple[str, Any]:
    """The status line and the JSON of an answer."""
    if environ["PATH_INFO"] != "/entries":
        return "404 Not Found", {"error": "there is only /entries"}
    if environ["REQUEST_METHOD"] == "GET":
        return "200 OK", [entry._asdict() for entry in entries.all()]
    if environ["REQUEST_METHOD"] != "POST":
        return "405 Method Not Allowed", {"error": "GET or POST"}
    try:
        entries.add(read_entry(json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))))
    except ValueError as error:
        return "400 Bad Request", {"error": str(error)}
    return "201 Created", {}
