"""What stands in a payload and should not leave a program: secrets, and what tells who a person is. Pure.

Only where it stood is told, never the value. A payload is first searched as a whole, and walked only when that gives a
reason to: most hold nothing of the kind.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal, TypeVar

from msgspec import Struct

from gaterunner.output import clean
from gaterunner.redaction import Redactor

_PIECE = 256 * 1024
_OVERLAP = 4 * 1024  # longer than what is looked for, so that a cut does not hide it
_MOST_VALUES = 200_000
_LONGEST_KEY = 60
_LONG_NAME = 16
_NAMED = 6


_Whole = TypeVar("_Whole", str, bytes)


class Exposure(Struct, frozen=True):
    """What was exposed (``an e-mail address``), and where: the names that lead to it, ``user.email``."""

    kind: Literal["secret", "personal-data"]
    what: str
    where: str


# What Sentry's own scrubbers call sensitive, as far as a name alone says it.
_SECRET_NAMES = frozenset(
    {
        *("password", "passwd", "passphrase", "secret", "client_secret", "credentials", "mysql_pwd", "private_key"),
        *("token", "access_token", "refresh_token", "id_token", "auth_token", "api_key", "apikey", "x_api_key"),
        *("authorization", "proxy_authorization", "cookie", "cookies", "set_cookie", "csrftoken", "sessionid"),
    }
)
_OF_A_USER = frozenset({"email", "username", "full_name", "first_name", "last_name", "name", "ip_address"})
_PERSONAL_NAMES = frozenset({"ip_address", "phone", "phone_number", "ssn", "date_of_birth"})
_USERS = frozenset({"user", "enduser"})
_LIBRARIES = "modules"  # each under its name, which may be any word
_ADDRESS_NAMES = frozenset(
    {"client.address", "http.client_ip", "net.peer.ip", "net.sock.peer.addr", "network.peer.address", "remote_addr"}
)
_NO_VALUE = re.compile(
    r"[\s'\"]*(?:|none|null|nil|undefined|true|false|\*+|[\[<(%{]*(?:filtered|redacted|masked|removed|scrubbed)"
    r"[\]>)%}]*)[\s'\"]*",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?<![\w.+/:-])[A-Za-z0-9][\w.+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}([A-Za-z]{2,24})"
    r"(?![\w@]|:\w)"  # git@host.example:path
)
_NO_DOMAIN = frozenset(
    {"png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "mjs", "cjs", "ts", "json", "map", "local"}
)
_CARD_LIKE = re.compile(r"[2-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}")
_CARD = re.compile(r"(?<![\w.-])(?:4\d{3}|5[1-5]\d{2}|2[2-7]\d{2}|6011|65\d{2})(?:[ -]?\d{4}){3}(?![\w.-])")
# Looked for one by one: searching for some words is much faster than one for any of them, whatever its case.
_NAMES = (
    *("pass", "secret", "credential", "mysql_pwd", "private", "token", "api", "authorization", "cookie", "sessionid"),
    *("user", "ip_address", "phone", "ssn", "date_of_birth", "client", "peer", "remote_addr"),
)


class _Suspected(Struct, frozen=True):
    """What a payload as a whole gives a reason to look for in its values."""

    names: bool
    secrets: bool
    emails: bool
    cards: bool

    @property
    def anything(self) -> bool:
        return self.names or self.secrets or self.emails or self.cards


def exposures(raw: bytes, content: Any, redact: Redactor) -> Iterator[Exposure]:
    """Everything that a payload should not hold; ``raw`` is what ``content`` was decoded from."""
    suspected = _suspected(raw, redact)
    if not suspected.anything:
        return
    seen: set[tuple[str, str]] = set()
    for place, value in _values(content):
        for exposure in _found(place, value, suspected, redact):  # a name and its value may both say it
            if (exposure.kind, exposure.where) not in seen:
                seen.add((exposure.kind, exposure.where))
                yield exposure


def _suspected(raw: bytes, redact: Redactor) -> _Suspected:
    if b"\\u" in raw:  # what stands there escaped is seen in the values only
        return _Suspected(True, True, True, True)
    names = secrets = emails = cards = False
    for piece in _pieces(raw):
        told = piece.decode("utf-8", "replace")
        lower = told.lower()
        names = names or any(name in lower for name in _NAMES)
        secrets = secrets or redact(told) != told
        emails = emails or ("@" in told and _EMAIL.search(told) is not None)
        cards = cards or (_CARD_LIKE.search(told) is not None and _CARD.search(told) is not None)
    return _Suspected(names, secrets, emails, cards)


def _pieces(whole: _Whole) -> Iterator[_Whole]:
    """It, in pieces that fill no memory however they are looked at."""
    if len(whole) <= _PIECE:
        yield whole
        return
    for start in range(0, len(whole), _PIECE - _OVERLAP):
        yield whole[start : start + _PIECE]


def masked(told: str, redact: Redactor) -> str:
    """A sentence of a program without secrets, addresses and card numbers in it, on one line."""
    found = redact(clean(told))
    found = _EMAIL.sub("***", found)
    return " ".join(_CARD.sub("***", found).split())


class _Place(Struct):
    """Where a value stands: its name, and what holds it. What that says about it is handed down."""

    name: str
    above: _Place | None = None
    secret: bool = False
    user: bool = False
    library: bool = False

    def inner(self, name: str) -> _Place:
        plain = _plain(name)
        return _Place(
            name,
            self,
            self.secret or plain in _SECRET_NAMES,
            plain in _USERS,
            self.library or name == _LIBRARIES,
        )

    def __str__(self) -> str:
        names: list[str] = []
        place: _Place | None = self
        while place is not None and place.above is not None and len(names) < _NAMED:
            names.append(clean(place.name).replace("\n", " ")[:_LONGEST_KEY])
            place = place.above
        return ".".join(reversed(names)) or "the payload itself"


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    """``http.request.header.Set-Cookie`` as ``set_cookie``."""
    return name.lower().rpartition(".")[2].replace("-", "_")


def _values(content: Any) -> Iterator[tuple[_Place, Any]]:
    """Every value that is not made of others, and where it stands; names that are long enough to hold something too.

    Without recursion: a payload decides how deep it is.
    """
    left: list[tuple[_Place, Any]] = [(_Place(""), content)]
    count = 0
    while left and count < _MOST_VALUES:
        place, value = left.pop()
        count += 1
        if isinstance(value, dict):
            for name, inner in value.items():
                below = place.inner(str(name))
                left.append((below, inner))
                if "@" in below.name or len(below.name) >= _LONG_NAME:
                    yield place, below.name
        elif isinstance(value, list):
            left += [(place, inner) for inner in value]
        elif value is not None:
            yield place, value


def _found(place: _Place, value: Any, suspected: _Suspected, redact: Redactor) -> Iterator[Exposure]:
    if suspected.names and not place.library:
        yield from _of_name(place, value)
    for piece in _pieces(value) if isinstance(value, str) else ():
        yield from _of_text(place, piece, suspected, redact)


def _of_text(place: _Place, value: str, suspected: _Suspected, redact: Redactor) -> Iterator[Exposure]:
    """What the text itself shows to be one."""
    if suspected.secrets and redact(value) != value:
        yield Exposure("secret", "what has the form of a credential, or is one of this run", str(place))
    if suspected.emails and any(match[1].lower() not in _NO_DOMAIN for match in _EMAIL.finditer(value)):
        yield Exposure("personal-data", "an e-mail address", str(place))
    if suspected.cards and any(_holds_luhn(match[0]) for match in _CARD.finditer(value)):
        yield Exposure("personal-data", "a payment card's number", str(place))


def _of_name(place: _Place, value: Any) -> Iterator[Exposure]:
    """What the names that lead to a value say about it."""
    name = place.name.lower()
    plain = _plain(place.name)
    person = plain in _OF_A_USER and (name.startswith(("user.", "enduser.")) or (place.above and place.above.user))
    if not (place.secret or person or plain in _PERSONAL_NAMES or name in _ADDRESS_NAMES):
        return
    if isinstance(value, bool) or _NO_VALUE.fullmatch(str(value)):
        return
    if place.secret:
        if isinstance(value, str):
            yield Exposure("secret", "a value under a name for secrets", str(place))
    elif name not in _ADDRESS_NAMES:
        yield Exposure("personal-data", f"a person's {plain.replace('_', ' ')}", str(place))
    elif _is_public(value):
        yield Exposure("personal-data", "a client's address", str(place))


def _is_public(value: Any) -> bool:
    """True for an address that leads to somebody: a program under test mostly talks to itself."""
    try:
        return ipaddress.ip_address(str(value)).is_global
    except ValueError:
        return False


def _holds_luhn(number: str) -> bool:
    """The checksum of card numbers: every second digit from the right counts twice."""
    digits = [int(digit) for digit in reversed(number) if digit.isdigit()]
    return sum(sum(divmod(2 * digit, 10)) if index % 2 else digit for index, digit in enumerate(digits)) % 10 == 0
