"""What stands in a payload and should not leave a program: secrets, and what tells who a person is. Pure.

Only where it stood is told, never the value. A payload is first searched as a whole, and walked only when that gives a
reason to: most hold nothing of the kind.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

from msgspec import Struct

from gaterunner.output import clean
from gaterunner.redaction import MIN_SECRET_LENGTH, Redactor

_LONGEST_TEXT = 256 * 1024
_MOST_VALUES = 200_000
_LONGEST_KEY = 60


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
_PERSON = frozenset({"email", "username", "full_name", "first_name", "last_name", "name", "ip_address"})
_PERSONAL_NAMES = frozenset({"ip_address", "phone", "phone_number", "ssn", "date_of_birth"})
_LISTS_OF_LIBRARIES = "modules"  # each under its name, which may be any word
_ADDRESS_NAMES = frozenset(
    {"client.address", "http.client_ip", "net.peer.ip", "net.sock.peer.addr", "network.peer.address", "remote_addr"}
)
_NO_VALUE = re.compile(
    r"[\s'\"]*(?:|none|null|nil|undefined|true|false|\*+|[\[<(%{]*(?:filtered|redacted|masked|removed|scrubbed)"
    r"[\]>)%}]*)[\s'\"]*",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.+/:-])[A-Za-z0-9][\w.+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}([A-Za-z]{2,24})(?![\w@])")
_NO_DOMAIN = frozenset(
    {"png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "mjs", "cjs", "ts", "json", "map", "local"}
)
_CARD = re.compile(r"(?<![\w.-])(?:4\d{3}|5[1-5]\d{2}|2[2-7]\d{2}|6011|65\d{2})(?:[ -]?\d{4}){3}(?![\w.-])")
_REASONS = re.compile(
    r"password|passwd|passphrase|secret|credential|mysql_pwd|private.?key|token|api.?key|authorization|cookie|sessionid"
    r"|\"user\"|user\.|ip_address|email|phone|ssn|date_of_birth|client[._]|peer|remote_addr|@|\\u00|\d{4}[ -]?\d{4}",
    re.IGNORECASE,
)


def exposures(raw: bytes, content: Any, redact: Redactor) -> Iterator[Exposure]:
    """Everything that a payload should not hold; ``raw`` is what ``content`` was decoded from."""
    told = raw.decode("utf-8", "replace")
    if not _REASONS.search(told) and redact(told) == told:
        return
    seen: set[tuple[str, str]] = set()
    for where, key, value in _values(content):
        found = [*_of_name(where, key, value)]
        if isinstance(value, str):
            found += _of_text(where, value[:_LONGEST_TEXT], redact)
        for exposure in found:  # a name and its value may both say it
            if (exposure.kind, exposure.where) not in seen:
                seen.add((exposure.kind, exposure.where))
                yield exposure


def masked(told: str, redact: Redactor) -> str:
    """A sentence of a program without secrets, addresses and card numbers in it, on one line."""
    found = redact(clean(told))
    found = _EMAIL.sub("***", found)
    return " ".join(_CARD.sub("***", found).split())


def _values(content: Any) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """Every value that is not made of others: the names that lead to it, the last of them, and the value.

    Without recursion: a payload decides how deep it is. A name is also a text that something may stand in; it comes
    with an empty name.
    """
    left: list[tuple[tuple[str, ...], Any]] = [((), content)]
    count = 0
    while left and count < _MOST_VALUES:
        where, value = left.pop()
        count += 1
        if isinstance(value, dict):
            for key, inner in value.items():
                left.append(((*where[-5:], str(key)), inner))
                if len(str(key)) >= MIN_SECRET_LENGTH:
                    yield where, "", str(key)
        elif isinstance(value, list):
            left += [(where, inner) for inner in value]
        elif value is not None:
            yield where, where[-1] if where else "", value


def _of_name(where: tuple[str, ...], key: str, value: Any) -> Iterator[Exposure]:
    """What the name of a value says about it."""
    if not key or isinstance(value, bool) or _LISTS_OF_LIBRARIES in where or _NO_VALUE.fullmatch(str(value)):
        return
    lower = key.lower()
    plain = lower.rpartition(".")[2].replace("-", "_")
    holders = [name.lower().rpartition(".")[2].replace("-", "_") for name in where]
    if _SECRET_NAMES.intersection(holders) and isinstance(value, str):
        yield Exposure("secret", "a value under a name for secrets", _path(where))
    elif plain in _PERSONAL_NAMES or (plain in _PERSON and _is_of_user(lower, holders)):
        yield Exposure("personal-data", f"a person's {plain.replace('_', ' ')}", _path(where))
    elif lower in _ADDRESS_NAMES and _is_public(value):
        yield Exposure("personal-data", "a client's address", _path(where))


def _is_of_user(key: str, holders: list[str]) -> bool:
    return key.startswith(("user.", "enduser.")) or (len(holders) > 1 and holders[-2] in ("user", "enduser"))


def _is_public(value: Any) -> bool:
    """True for an address that leads to somebody: a program under test mostly talks to itself."""
    try:
        return ipaddress.ip_address(str(value)).is_global
    except ValueError:
        return False


def _of_text(where: tuple[str, ...], value: str, redact: Redactor) -> Iterator[Exposure]:
    """What the text itself shows to be one."""
    if redact(value) != value:
        yield Exposure("secret", "what has the form of a credential, or is one of this run", _path(where))
    if "@" in value and any(match[1].lower() not in _NO_DOMAIN for match in _EMAIL.finditer(value)):
        yield Exposure("personal-data", "an e-mail address", _path(where))
    if any(_holds_luhn(match[0]) for match in _CARD.finditer(value)):
        yield Exposure("personal-data", "a payment card's number", _path(where))


def _holds_luhn(number: str) -> bool:
    """The checksum of card numbers: every second digit from the right counts twice."""
    digits = [int(digit) for digit in reversed(number) if digit.isdigit()]
    doubled: Callable[[int], int] = lambda digit: sum(divmod(2 * digit, 10))  # noqa: E731
    return sum(doubled(digit) if index % 2 else digit for index, digit in enumerate(digits)) % 10 == 0


def _path(where: tuple[str, ...]) -> str:
    return ".".join(clean(name).replace("\n", " ")[:_LONGEST_KEY] for name in where) or "the payload itself"
