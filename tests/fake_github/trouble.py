"""What the fake can be told to answer instead of the truth."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Trouble:
    """One misbehaviour for the next request that fits ``method`` and ``path`` (a pattern to search for).

    ``written`` says whether the request is carried out before the answer goes wrong. ``cut`` breaks the connection
    instead of answering; ``slow_s`` holds the answer back.
    """

    method: str
    path: str
    status: int = 502
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "<html><body><h1>502 Bad Gateway</h1></body></html>"
    content_type: str = "text/html"
    written: bool = False
    cut: Literal["no", "reset"] = "no"
    slow_s: float = 0.0

    def fits(self, method: str, path: str) -> bool:
        return method == self.method and re.search(self.path, path) is not None

    @classmethod
    def bad_gateway(cls, method: str, path: str, *, written: bool) -> Trouble:
        return cls(method, path, written=written)

    @classmethod
    def web_page(cls, method: str, path: str, *, written: bool = False) -> Trouble:
        """A proxy's page with status 200 where JSON was expected."""
        return cls(method, path, status=200, body="<html>Sign in</html>", written=written)

    @classmethod
    def connection_reset(cls, method: str, path: str, *, written: bool) -> Trouble:
        return cls(method, path, cut="reset", written=written)

    @classmethod
    def slow(cls, method: str, path: str, seconds: float) -> Trouble:
        return cls(method, path, status=504, slow_s=seconds)

    @classmethod
    def refusal(cls, method: str, path: str, status: int, message: str, **headers: str) -> Trouble:
        """A refusal in GitHub's own form; header names are given with ``_`` for ``-``."""
        return cls(
            method,
            path,
            status=status,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            body=json.dumps({"message": message, "documentation_url": "https://docs.github.com/rest"}),
            content_type="application/json; charset=utf-8",
        )

    @classmethod
    def secondary_limit(cls, method: str, path: str, *, retry_after: str | None = None) -> Trouble:
        headers = {"retry_after": retry_after} if retry_after else {}
        return cls.refusal(method, path, 403, "You have exceeded a secondary rate limit. Please wait.", **headers)
