import io
from typing import Any

from guestbook.entries import Entry
from guestbook.web import respond


class Kept:
    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)

    def all(self) -> list[Entry]:
        return self.entries


def request(method: str, path: str = "/entries", body: bytes = b"") -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }


def test_an_entry_that_was_posted_is_there() -> None:
    kept = Kept()
    assert respond(request("POST", body=b'{"author": "Author", "said": "hello"}'), kept)[0] == "201 Created"
    assert respond(request("GET"), kept) == ("200 OK", [{"author": "Author", "said": "hello"}])


def test_what_is_no_json_is_refused() -> None:
    assert respond(request("POST", body=b"{"), Kept())[0] == "400 Bad Request"
