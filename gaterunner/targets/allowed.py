"""Which databases gates may reach: their own, those of this machine, and those that the policy names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from gaterunner.targets.hosts import is_local, is_nowhere, normal_host
from gaterunner.targets.types import Target

# host, [v6] or /socket; then :port, then /database.
_ENTRY = re.compile(r"(/\S+)|(\[[0-9A-Fa-f:.*]+\]|[^:/\s\[\]@?#]+)(?::(\d{1,5}|\*))?(?:/([^/\s?#]+))?")
EXPECTED = "a database as `host`, `host:port` or `host:port/name`"


class Standing(StrEnum):
    """How a database stands to the gates."""

    OWN = "made by gaterunner for the gate"
    LOCAL = "on this machine"
    NOWHERE = "a stand-in that leads nowhere"
    ALLOWED = "on the allow-list"
    READ_ONLY = "on the list of those that may be read"
    REFUSED = "not allowed"


class Entry(Struct, frozen=True):
    """One entry of a list. ``*`` stays within a part of a host's name, and within a database's name."""

    host: re.Pattern[str]
    port: int | None
    database: re.Pattern[str] | None

    def matches(self, target: Target) -> bool:
        """Whether it names the target. What an entry leaves out may be anything."""
        if self.host.fullmatch(target.host) is None or self.port not in (None, target.port):
            return False
        return self.database is None or (
            target.database is not None and self.database.fullmatch(target.database) is not None
        )


def parse_entry(text: str) -> Entry:
    """An entry as the workflow file spells it. Raises ``ValueError`` with what was expected instead."""
    found = _ENTRY.fullmatch(text)
    if found is None:
        raise ValueError(f"{EXPECTED}, without a scheme or a login")
    if found[1]:
        return Entry(_glob(found[1], "[^/]*"), None, None)
    host = found[2]
    labels = host.strip("[]").rstrip(".").split(".")
    is_address = bool(re.fullmatch(r"[0-9.*]+|\[.*\]", host))
    if "*" in labels[-1] and not is_address:
        raise ValueError(f"{EXPECTED} whose last part is no `*`: that would allow hosts of anybody")
    if host.replace("*", "").strip(".[]:") == "" or (is_address and "*" in labels[0]):
        raise ValueError(f"{EXPECTED}: `*` alone would allow every host")
    plain = normal_host(host) if "*" not in host else host.strip("[]").lower().rstrip(".")
    port = int(found[3]) if found[3] and found[3] != "*" else None
    return Entry(_glob(plain, "[^.:]*"), port, _glob(found[4], ".*") if found[4] else None)


def _glob(text: str, star: str) -> re.Pattern[str]:
    return re.compile(star.join(map(re.escape, text.split("*"))))


class AllowList:
    """What may be reached. ``own`` are the names of the run's services; ``local`` says whether this machine is."""

    def __init__(
        self, *, allow: Iterable[str] = (), read_only: Iterable[str] = (), own: Iterable[str] = (), local: bool = True
    ) -> None:
        self._allow = tuple(map(parse_entry, allow))
        self._read_only = tuple(map(parse_entry, read_only))
        self._own = frozenset(own)
        self._local = local

    def standing(self, target: Target) -> Standing:
        """How a target stands. A host that is only partly known is never allowed by an entry."""
        if target.host in self._own:
            return Standing.OWN
        if any(entry.matches(target) for entry in self._read_only):
            return Standing.READ_ONLY
        if any(entry.matches(target) for entry in self._allow):
            return Standing.ALLOWED
        if is_nowhere(target.host):
            return Standing.NOWHERE
        if self._local and is_local(target.host):
            return Standing.LOCAL
        return Standing.REFUSED
