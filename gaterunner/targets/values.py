"""Values of settings: what stands for a variable is replaced by what a gate would find there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from gaterunner.targets.connection import host_and_port, read_connection
from gaterunner.targets.keywords import is_file
from gaterunner.targets.scan import scan_text
from gaterunner.targets.types import NOTHING, Reading

UNSET = "\x01"
"""Stands in a value for a variable that gates do not have and that has no default: it leads nowhere."""
UNKNOWN = "\x02"
"""Stands in a value for what only running the program would tell."""

_SHELL = re.compile(r"(?<!\\)\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::?[-=]([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))")
_SPRING = re.compile(r"\$\{([A-Za-z0-9_.\-\[\]]+)(?::([^{}]*))?\}")
_ERB = re.compile(r"<%=?-?(.*?)-?%>", re.DOTALL)
_ERB_VARIABLE = re.compile(
    r"""\s*ENV(?:\.fetch)?\s*[\[(]\s*["'](\w+)["']\s*(?:,\s*["']?([^"')]*?)["']?\s*)?[\])]"""
    r"""\s*(?:(?:\|\||\{|or)\s*["']?([^"'{}|]*?)["']?\s*\}?)?\s*""",
)
_IRRELEVANT = re.compile(
    r"\s*(?:ENV(?:\.fetch)?[\[(].{0,100}(?:THREADS|POOL|CONCURRENCY).*|[\d.]+|Rails\.\w+.*)\Z", re.DOTALL
)


class Value(Struct, frozen=True):
    """A value with its variables replaced; see ``UNSET`` and ``UNKNOWN``."""

    text: str

    @property
    def shown(self) -> str:
        """With both stand-ins as templates that no host's name can be."""
        return self.text.replace(UNSET, "{unset}").replace(UNKNOWN, "{unknown}")


def from_shell(text: str, env: Mapping[str, str]) -> Value:
    """``$X``, ``${X}`` and ``${X:-default}``, as in `.env` files."""

    def replaced(match: re.Match[str]) -> str:
        found = env.get(match[1] or match[3])
        if found:
            return found
        return match[2] if match[2] is not None else UNSET

    return Value(_SHELL.sub(replaced, text))


def from_spring(text: str, look_up: Callable[[str], str | None]) -> Value:
    """``${x.y:default}``, nested ones too; ``#{…}`` and ``@…@`` are computed."""
    for _ in range(4):
        replaced = _SPRING.sub(lambda match: _spring(match, look_up), text)
        if replaced == text:
            break
        text = replaced
    return Value(re.sub(r"#\{[^}]*\}|@[\w.]+@", UNKNOWN, text))


def _spring(match: re.Match[str], look_up: Callable[[str], str | None]) -> str:
    found = look_up(match[1])
    if found is not None:
        return found
    return match[2] if match[2] is not None else UNSET


def from_erb(text: str, env: Mapping[str, str]) -> Value:
    """``<%= ENV["X"] %>``, ``<%= ENV.fetch("X") { "localhost" } %>`` and the like."""

    def replaced(match: re.Match[str]) -> str:
        found = _ERB_VARIABLE.fullmatch(match[1])
        if found is None:
            return "" if _IRRELEVANT.match(match[1]) else UNKNOWN
        default = found[2] or found[3]
        return env.get(found[1]) or (default if default is not None else UNSET)

    return Value(_ERB.sub(replaced, text))


def connection_in(value: Value) -> Reading | None:
    """What a value names that is an address or holds one; None when it holds none."""
    text = value.shown.strip()
    if not text or text == "{unset}":
        return None
    reading = read_connection(text)
    if reading is None:
        readings = [seen.reading for seen in scan_text(text) if seen.is_connection]
        reading = readings[0] if readings else None
    if reading is None or reading is NOTHING:
        return reading
    return (
        reading
        if UNKNOWN in value.text
        else Reading(targets=reading.targets, services=reading.services, login=reading.login)
    )


def address_in(value: Value, what: str) -> Reading:
    """The same for a value that has to be an address: what is none, is unknown."""
    reading = connection_in(value)
    if reading is not None:
        return reading
    if not value.text.strip(UNSET + " ") or is_file(value.text):
        return NOTHING
    return Reading(unknown=(f"{what} is computed" if UNKNOWN in value.text else f"{what} is no address known here",))


def host_in(value: Value, port: Value | None, engine: str, database: str | None) -> Reading:
    """What a host's value names, with the port that stands beside it."""
    text = value.shown.strip()
    if not text or value.text == UNSET:
        return NOTHING
    if "://" in text:
        return connection_in(value) or NOTHING
    number = port.text.strip() if port is not None else ""
    targets = []
    for each in re.split(r"[,\s]+", text):
        told = f"{each}:{number}" if number.isdigit() and ":" not in each and not each.startswith("/") else each
        target = host_and_port(told, engine, database)
        if target is not None:
            targets.append(target)
    unknown = ("the host is computed",) if UNKNOWN in value.text and not targets else ()
    return Reading(targets=tuple(targets), unknown=unknown)
