"""Flyway: ``V<version>__title.sql`` anywhere; ``U`` undoes, ``R`` is repeatable, ``B`` is a baseline.

Java migrations count beside the SQL ones, in a directory called ``migration``.
"""

from __future__ import annotations

import re

from gaterunner.migrations import source_code
from gaterunner.migrations.kinds import Layout, Parts, Place, Role, Tool
from gaterunner.migrations.source_sql import canonical, decode

_PATH = re.compile(
    r"(?:(?P<directory>.+)/)?(?P<name>(?P<prefix>[VUB])(?P<version>\d+(?:[._]\d+)*)__.+)\.(?P<kind>sql|java|kt)"
)
_REPEATABLE = re.compile(r"(?:(?P<directory>.+)/)?(?P<name>R__.+)\.(?P<kind>sql|java|kt)")
_CALLBACK = re.compile(
    r"(?:(?P<directory>.+)/)?(?P<name>(?:before|after)(?:Each)?"
    r"(?:Migrate|Clean|Undo|Baseline|Validate|Info|Repair|Connect|CreateSchema|Version|Versioned)\w*(?:__.+)?)\.sql"
)
_ROLES = {"V": Role.UP, "U": Role.DOWN, "B": Role.BASELINE}


def _place(path: str, _layout: Layout) -> Place | None:
    callback, repeatable, found = _CALLBACK.fullmatch(path), _REPEATABLE.fullmatch(path), _PATH.fullmatch(path)
    if callback:
        return Place(sequence=callback["directory"] or "", name=callback["name"], role=Role.REPEATABLE)
    if repeatable and _is_source(path, repeatable["kind"]):
        return Place(sequence=repeatable["directory"] or "", name=repeatable["name"], role=Role.REPEATABLE)
    if not found or not _is_source(path, found["kind"]):
        return None
    # Trailing zeros do not count: V1 and V1.0 are the same version.
    numbers = [int(part[:64]) for part in re.split(r"[._]", found["version"])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    version = found["prefix"] + ".".join(str(number) for number in numbers)
    return Place(
        sequence=found["directory"] or "",
        name=found["name"],
        version=version,
        order=tuple(numbers),
        role=_ROLES[found["prefix"]],
    )


def _is_source(path: str, kind: str) -> bool:
    return kind == "sql" or re.search(r"(?:^|/)migrations?/", path) is not None


def _parts(path: str, data: bytes) -> Parts:
    text = decode(data)
    whole = canonical(text) if path.endswith(".sql") else source_code.canonical(text, source_code.JAVA)
    return Parts(up=whole, down=whole)


FLYWAY = Tool(name="flyway", title="Flyway", place=_place, parts=_parts, linear=True, checksum=True)
