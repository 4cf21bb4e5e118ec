"""PostgreSQL's service files: a section per service, with the keywords of a connection string."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gaterunner.targets.connection import host_and_port
from gaterunner.targets.types import Login, Reading, Target

_SECTION = re.compile(r"\s*\[([^\]]*)\]")


def parse_services(text: str) -> dict[str, dict[str, str]]:
    """The sections of a service file by name; of two with one name, libpq reads the first."""
    found: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        section = _SECTION.match(line)
        if section:
            current = {}
            found.setdefault(section[1], current)
        elif stripped.startswith("ldap"):
            current["ldap"] = stripped
        else:
            key, _, value = stripped.partition("=")
            current.setdefault(key.strip(), value.strip())
    return found


def service_reading(section: Mapping[str, str]) -> Reading:
    """What a service names. One that is looked up in a directory by LDAP cannot be told."""
    if "ldap" in section:
        return Reading(unknown=("it is looked up by LDAP",))
    ports, database = section.get("port", "").split(","), section.get("dbname")
    targets: list[Target] = []
    for key in ("host", "hostaddr"):
        for number, host in enumerate(filter(None, section.get(key, "").split(","))):
            port = ports[number] if number < len(ports) else ports[0]
            told = f"{host}:{port}" if port and not host.startswith(("/", "@")) and ":" not in host else host
            target = host_and_port(told, "postgresql", database)
            if target is not None:
                targets.append(target)
    if not targets:
        targets = [Target(engine="postgresql", host="localhost", port=5432, database=database)]
    login = Login(user=section.get("user"), password=section.get("password"), sslmode=section.get("sslmode"))
    return Reading(targets=tuple(targets), login=login)
