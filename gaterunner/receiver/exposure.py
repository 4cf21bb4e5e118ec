"""What stands in a payload and should not leave a program: secrets, and what tells who a person is. Pure.

Only where it stood is told, never the value. A payload is first searched as a whole, and walked only when that gives a
reason to: most hold nothing of the kind.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any, Literal, TypeVar
from urllib.parse import unquote_plus

from msgspec import Struct

from gaterunner.output import clean
from gaterunner.receiver.values import PERCENT, Place, may_be_encoded, parameters, plain_name, values
from gaterunner.redaction import Redactor

_PIECE = 256 * 1024
_OVERLAP = 4 * 1024  # longer than what is looked for, so that a cut does not hide it
_LONGEST_NAME = 60
_MOST_TOLD = 1_000  # of one payload by name; masking the names of a hundred thousand takes long


_Whole = TypeVar("_Whole", str, bytes)
_Kind = Literal["secret", "personal-data"]
_Found = Iterator[tuple[_Kind, str, Place]]


class Exposure(Struct, frozen=True):
    """What was exposed (``an e-mail address``), and where: the names that lead to it, ``user.email``."""

    kind: _Kind
    what: str
    where: str


_OF_A_USER = frozenset({"email", "username", "full_name", "first_name", "last_name", "name", "ip_address"})
_PERSONAL_NAMES = frozenset({"ip_address", "phone", "phone_number", "ssn", "date_of_birth"})
_ADDRESSES = {"ip_address": "ip address"}
_ADDRESS_NAMES = frozenset(
    {"client.address", "http.client_ip", "net.peer.ip", "net.sock.peer.addr", "network.peer.address", "remote_addr"}
)
_NO_VALUE = re.compile(
    r"[\s'\"]*(?:|none|null|nil|undefined|true|false|\*+|[\[<(%{]*(?:filtered|redacted|masked|removed|scrubbed)"
    r"[\]>)%}]*)[\s'\"]*",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"://[^\s/@]{1,256}@"  # whom a URL names is none
    r"|(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@(?!\d+\.\d)(?:[A-Za-z0-9-]{1,63}\.){1,8}(?P<top>[A-Za-z]{2,24})"
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
    *("user", "ip_address", "ipaddress", "phone", "ssn", "birth", "client", "peer", "remote_addr"),
)


class _Suspected(Struct, frozen=True):
    """What a payload as a whole gives a reason to look for in its values."""

    names: bool
    secrets: bool
    emails: bool
    cards: bool
    encoded: bool

    @property
    def anything(self) -> bool:
        return self.names or self.secrets or self.emails or self.cards or self.encoded


_EVERYTHING = _Suspected(True, True, True, True, True)


def exposures(raw: bytes, content: Any, redact: Redactor) -> Iterator[Exposure]:
    """Everything that a payload should not hold; ``raw`` has all texts that ``content`` was decoded from.

    Raises ``UnreadableError`` where it holds more than is looked at.
    """
    suspected = _suspected(raw, redact)
    if not suspected.anything:
        return
    seen: set[tuple[str, ...]] = set()
    for place, value in values(content, encoded=suspected.encoded):
        for kind, what, where in _found(place, value, suspected, redact):
            key = (kind, *where.names)
            if key not in seen:  # a name and its value may both say it
                seen.add(key)
                yield Exposure(kind, what, _told(where, redact) if len(seen) <= _MOST_TOLD else "a further place")


def _suspected(raw: bytes, redact: Redactor) -> _Suspected:
    if b"\\" in raw:  # what stands there escaped, or behind the `n` of a newline, is seen in the values only
        return _EVERYTHING
    names = secrets = emails = cards = encoded = False
    for piece in _pieces(raw):
        told = piece.decode("utf-8", "replace")
        if "%" in told and PERCENT.search(told):
            told = f"{told}\n{unquote_plus(told)}"
        lower = told.lower()
        names = names or any(name in lower for name in _NAMES)
        secrets = secrets or redact(told) != told
        emails = emails or ("@" in told and _EMAIL.search(told) is not None)
        cards = cards or (_CARD_LIKE.search(told) is not None and _CARD.search(told) is not None)
        encoded = encoded or may_be_encoded(piece)
    if encoded:  # nobody knows of what
        return _EVERYTHING
    return _Suspected(names, secrets, emails, cards, encoded)


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
    found = _EMAIL.sub(lambda match: "***" if match["top"] else match[0], found)
    return " ".join(_CARD.sub("***", found).split())


def _told(place: Place, redact: Redactor) -> str:
    """The names that lead there, masked before they are cut: half of a secret is no longer known as one."""
    names = (masked(name, redact)[:_LONGEST_NAME] for name in place.names)
    return ".".join(names) or "the payload itself"


def _found(place: Place, value: Any, suspected: _Suspected, redact: Redactor) -> _Found:
    if suspected.names and not place.library:
        yield from _of_name(place, value)
        for name, inner in parameters(value) if isinstance(value, str) else ():
            yield from _of_name(place.inner(name), inner)
    for piece in _pieces(value) if isinstance(value, str) else ():
        yield from _of_text(place, piece, suspected, redact)


def _of_text(place: Place, value: str, suspected: _Suspected, redact: Redactor) -> _Found:
    """What the text itself shows to be one."""
    if suspected.secrets and redact(value) != value:
        yield "secret", "what has the form of a credential, or is one of this run", place
    if suspected.emails and any(map(_is_address, _EMAIL.finditer(value))):
        yield "personal-data", "an e-mail address", place
    if suspected.cards and any(_holds_luhn(match[0]) for match in _CARD.finditer(value)):
        yield "personal-data", "a payment card's number", place


def _is_address(match: re.Match[str]) -> bool:
    return bool(match["top"]) and match["top"].lower() not in _NO_DOMAIN


def _of_name(place: Place, value: Any) -> _Found:
    """What the names that lead to a value say about it."""
    name = place.name.lower()
    plain = plain_name(place.name)
    person = plain in _OF_A_USER and (name.startswith(("user.", "enduser.")) or (place.above and place.above.user))
    if not (place.secret or person or plain in _PERSONAL_NAMES or name in _ADDRESS_NAMES):
        return
    if isinstance(value, bool) or _NO_VALUE.fullmatch(str(value)):
        return
    if place.secret:
        if isinstance(value, str):
            yield "secret", "a value under a name for secrets", place
    elif plain not in _ADDRESSES and name not in _ADDRESS_NAMES:
        yield "personal-data", f"a person's {plain.replace('_', ' ')}", place
    elif _may_be_public(value, unknown=name not in _ADDRESS_NAMES):
        yield "personal-data", f"a person's {_ADDRESSES[plain]}" if plain in _ADDRESSES else "a client's address", place


def _may_be_public(value: Any, *, unknown: bool) -> bool:
    """True for an address that leads to somebody: a program under test mostly talks to itself. ``unknown`` is for what
    is no address, such as ``{{auto}}``, which Sentry replaces by one."""
    try:
        return ipaddress.ip_address(str(value)).is_global
    except ValueError:
        return unknown


def _holds_luhn(number: str) -> bool:
    """The checksum of card numbers: every second digit from the right counts twice."""
    digits = [int(digit) for digit in reversed(number) if digit.isdigit()]
    return sum(sum(divmod(2 * digit, 10)) if index % 2 else digit for index, digit in enumerate(digits)) % 10 == 0
