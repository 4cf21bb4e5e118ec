"""tox environments: ``[testenv:name]`` sections and ``env_list`` with its braces expanded."""

from __future__ import annotations

import configparser
import itertools
import re
import shlex
from typing import Any

from gaterunner.config.conventions.files import Files, line_of, table
from gaterunner.config.conventions.types import Declared, Reading, SourceError

# Braces multiply; a list longer than this was not written for people and is cut.
_MAX_NAMES = 1000
_BRACES = re.compile(r"\{([^{}]*)\}")


def read(files: Files) -> Reading:
    """The environments of the first file in which tox 4 finds its configuration, in tox's own order."""
    for path in ("tox.ini", "setup.cfg"):
        if files.has(path) and (path == "tox.ini" or "[tox:tox]" in files.text(path)):
            return _ini(files.text(path), path, files.parse(path, _parse_ini))
    settings = table(files.toml("pyproject.toml"), "tool", "tox")
    legacy = settings.get("legacy_tox_ini")
    if isinstance(legacy, str):
        return _ini(files.text("pyproject.toml"), "pyproject.toml", _parse_ini(legacy, "pyproject.toml"))
    if settings:
        return _toml(settings, files.text("pyproject.toml"), "pyproject.toml")
    if files.has("tox.toml"):
        return _toml(files.toml("tox.toml"), files.text("tox.toml"), "tox.toml")
    return Reading()


def _parse_ini(text: str, path: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, delimiters=("=", ":"))
    try:
        parser.read_string(text)
    except configparser.MissingSectionHeaderError as error:
        raise SourceError("has a line before its first section", path=path, line=error.lineno) from None
    except configparser.ParsingError as error:
        line = error.errors[0][0] if error.errors else None
        raise SourceError("has a line that is neither a section nor an entry", path=path, line=line) from None
    except configparser.Error as error:
        raise SourceError(f"cannot be read: {error.message.splitlines()[0]}", path=path) from None
    return parser


def _ini(text: str, path: str, parser: configparser.RawConfigParser) -> Reading:
    found: dict[str, int | None] = {}
    for section in parser.sections():
        kind, _, names = section.partition(":")
        if kind == "testenv" and names:
            line = line_of(text, rf"^[ \t]*\[{re.escape(section)}\]")
            for name in expand(names):
                found.setdefault(name, line)
    core = "tox:tox" if parser.has_section("tox:tox") else "tox"
    for option in ("env_list", "envlist"):
        value = parser.get(core, option, fallback=None) or ""
        line = line_of(text, rf"^[ \t]*{option}\s*[=:]")
        for name in expand(value):
            found.setdefault(name, line)
    return _reading(found, path)


def _toml(settings: dict[str, Any], text: str, path: str) -> Reading:
    found: dict[str, int | None] = {
        name: line_of(text, rf"""^[ \t]*\[(?:tool\.tox\.)?env\.["']?{re.escape(name)}["']?[\].]""")
        for name in table(settings, "env")
    }
    listed = settings.get("env_list")
    line = line_of(text, r"^[ \t]*env_list\s*=")
    for name in listed if isinstance(listed, list) else ():
        if isinstance(name, str):
            found.setdefault(name, line)
    return _reading(found, path)


def _reading(found: dict[str, int | None], path: str) -> Reading:
    declared = tuple(
        Declared(name=name, command=f"tox -e {shlex.quote(name)}", what="tox environment", path=path, line=line)
        for name, line in found.items()
    )
    return Reading(path=path, declared=declared)


def expand(text: str) -> tuple[str, ...]:
    """``py{311,312}-{unit,lint}, docs`` as the names that it stands for, in tox's order."""
    names: list[str] = []
    cleaned = re.sub(r"(?m)(?:^|\s)#.*$", "", text)
    for part in re.split(r"[,\n](?![^{}]*\})", cleaned):
        pieces = _BRACES.split(part.strip())
        choices = [
            [choice.strip() for choice in piece.split(",")] if index % 2 else [piece.strip()]
            for index, piece in enumerate(pieces)
        ]
        names.extend(itertools.islice(("".join(picked) for picked in itertools.product(*choices)), _MAX_NAMES))
        if len(names) > _MAX_NAMES:
            break
    # A substitution ({[base]envs}, {env:X}) is not expanded; what is left of one is not a name.
    return tuple(dict.fromkeys(name for name in names[:_MAX_NAMES] if re.fullmatch(r"[\w.+-]+", name)))
