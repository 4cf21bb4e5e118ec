"""Every value of a payload with the names that lead to it, also those in a text that holds others. Pure.

A payload decides how deep it is, and what it hides in what: nothing here recurses, and what is looked at is bounded.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from msgspec import Struct

from gaterunner.receiver.items import MAX_VALUES, UnreadableError, read_json, too_many

MOST_VALUES = MAX_VALUES
"""Of one payload, with those that stand in its texts."""
LONG_NAME = 16
ENCODED = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{40,}={0,2}")
"""What may be Base64, as of a credential; shorter ones are most often ids."""
PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
# Most payloads have none but ids of a commit: passes over the bytes say so eighty times as fast as the expression.
_RUN = b"b" * 40
_IN_BASE64 = bytes(ord("b") if ENCODED.match(chr(each) * 40) else 0 for each in range(256))
_HEX = re.compile(r"[0-9A-Fa-f-]+")
_HEX_RAW = re.compile(rb"[0-9A-Fa-f-]+")
_NAMED = 6
_DEEPEST_READING = 4  # readings of readings: a text can be written so that each is only two characters shorter
_PARAMETER = re.compile(r"(?:^|[?&])([\w.\[\]-]{1,60})=([^&\s#]{1,4096})")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TYPES = (None, "string", "boolean", "integer", "double", "array")

# What Sentry's own scrubbers call sensitive, as far as a name alone says it.
_SECRET_NAMES = frozenset(
    {
        *("password", "passwd", "passphrase", "secret", "client_secret", "credentials", "mysql_pwd", "private_key"),
        *("token", "access_token", "refresh_token", "id_token", "auth_token", "api_key", "apikey", "x_api_key"),
        *("authorization", "proxy_authorization", "cookie", "cookies", "set_cookie", "csrftoken", "sessionid"),
        *("secret_key", "secret_access_key"),
    }
)
_SECRET_ENDS = (
    *("_password", "_passwd", "_passphrase", "_secret", "_credentials", "_private_key", "_api_key", "_apikey"),
    *("_access_token", "_refresh_token", "_id_token", "_auth_token", "_session_token", "_secret_key"),
)
_USERS = frozenset({"user", "enduser"})
_LIBRARIES = "modules"  # each under its name, which may be any word


class Place(Struct):
    """Where a value stands: its name, and what holds it. What that says about it is handed down."""

    name: str
    above: Place | None = None
    secret: bool = False
    user: bool = False
    library: bool = False

    def inner(self, name: str) -> Place:
        """The place below this one."""
        plain = plain_name(name)
        return Place(
            name,
            self,
            self.secret or plain in _SECRET_NAMES or plain.endswith(_SECRET_ENDS),
            plain in _USERS,
            self.library or name == _LIBRARIES,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The last names that lead here; none for the payload itself."""
        names: list[str] = []
        place: Place | None = self
        while place is not None and place.above is not None and len(names) < _NAMED:
            names.append(place.name)
            place = place.above
        return tuple(reversed(names))


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """``http.request.header.Set-Cookie`` as ``set_cookie``, ``accessToken`` as ``access_token``."""
    return _HUMP.sub("_", name[-256:].rpartition(".")[2]).replace("-", "_").lower()


def values(content: Any, *, encoded: bool) -> Iterator[tuple[Place, Any]]:
    """Every value that is not made of others, and where it stands; names that are long enough to hold something too.

    A text also as it reads without its escapes for URLs, and what it holds as JSON. ``encoded`` says that some may be
    Base64. Raises ``UnreadableError`` where there are too many.
    """
    left: list[tuple[Place, Any, int]] = [(Place(""), content, 0)]
    count = 0
    while left:
        place, value, depth = left.pop()
        count += 1
        if count > MOST_VALUES:
            raise too_many()
        if isinstance(value, dict):
            for name, inner, below in _members(place, value):
                left.append((below, inner, depth))
                if name is not None and ("@" in name or "%" in name or len(name) >= LONG_NAME):
                    left.append((place, name, depth))
        elif isinstance(value, list):
            left += [(*_element(place, inner), depth) for inner in value]
        elif isinstance(value, str):
            others = _others(value, encoded=encoded) if depth < _DEEPEST_READING else []
            left += [(place, other, depth + 1) for other in others]
            if not (others and isinstance(others[0], dict | list)):
                yield place, value
        elif value is not None:
            yield place, value


def parameters(text: str) -> Iterator[tuple[str, str]]:
    """Names and values of a URL's query, or of a form."""
    if "=" not in text or ("?" not in text and any(map(str.isspace, text[:4096]))):
        return
    for match in _PARAMETER.finditer(text):
        yield match[1], unquote_plus(match[2])


def may_be_encoded(raw: bytes) -> bool:
    """Whether some of it has the form of Base64, and not merely that of an id."""
    runs = raw.translate(_IN_BASE64)
    end = 0
    while (at := runs.find(_RUN, end)) >= 0:
        end = runs.find(b"\0", at)
        end = len(raw) if end < 0 else end
        if not _HEX_RAW.fullmatch(raw, at, end):
            return True
    return False


def _members(place: Place, value: dict[Any, Any]) -> Iterator[tuple[str | None, Any, Place]]:
    """Each member with its name, if it has one of its own, and its place."""
    skipped = None
    if "value" in value:
        named = value.get("key") or value.get("name")
        if isinstance(named, str):  # as headers are told by some
            yield named, value["value"], place.inner(named)
            skipped = "value"
        elif len(value) <= 2 and value.get("type") in _TYPES:  # noqa: PLR2004 -- an attribute with its type
            yield None, value["value"], place
            return
    for name, inner in value.items():
        if name == skipped:
            continue
        yield str(name), inner, place.inner(str(name))


def _element(place: Place, value: Any) -> tuple[Place, Any]:
    """An element of a list; a pair of a name and a value is one under that name, as Sentry's tags and headers are."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str):  # noqa: PLR2004 -- a pair
        return place.inner(value[0]), value[1]
    return place, value


def _json_in(text: str) -> Any:
    """The object or list that a text holds; None where it holds none."""
    if len(text) < LONG_NAME or text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        found = read_json(text.encode("utf-8", "replace"))
    except UnreadableError:
        return None
    return found if isinstance(found, dict | list) else None


def _others(text: str, *, encoded: bool) -> list[Any]:
    """What is to be looked at beside a text: what it holds as JSON, in its place, or else how it reads otherwise."""
    whole = _json_in(text)
    return list(_readings(text, encoded=encoded)) if whole is None else [whole]


def _readings(text: str, *, encoded: bool) -> Iterator[str]:
    """What else it says."""
    if "%" in text and PERCENT.search(text) and len(plain := unquote_plus(text)) < len(text):
        yield plain
    for match in ENCODED.finditer(text) if encoded else ():
        told = _base64(match[0])
        if told is not None:
            yield told


def _base64(text: str) -> str | None:
    """What it says as text; None for what is none."""
    if _HEX.fullmatch(text):
        return None
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        told = base64.b64decode(bare + "=" * (-len(bare) % 4)).decode("utf-8")
    except ValueError:
        return None
    return told if told.replace("\n", "").replace("\r", "").replace("\t", "").isprintable() else None
