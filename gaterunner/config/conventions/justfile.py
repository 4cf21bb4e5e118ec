"""Recipes of a justfile. Only what can be called without arguments and is not private is offered."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.types import Declared, Reading

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_ALIAS = re.compile(rf"^alias\s+(?P<alias>{_NAME})\s*:=\s*(?P<target>{_NAME})\s*(?:#.*)?$")
_RECIPE = re.compile(rf"^@?(?P<name>{_NAME})(?P<parameters>(?:\s[^:]*)?)\s*:(?!=)")
_ATTRIBUTE = re.compile(r"^\[(?P<inside>.*)\]\s*(?:#.*)?$")
_FOLLOWED_NOWHERE = re.compile(r"""^(?:import|mod)\??\s+(?P<rest>.+)$""")
_QUOTED = re.compile(r"""'''.*?'''|\"\"\".*?\"\"\"|```.*?```|'[^']*'|"(?:\\.|[^"\\])*"|`[^`]*`""", re.DOTALL)


def read(files: Files) -> Reading:
    """The public recipes and aliases of the root's justfile."""
    # just accepts any case of `justfile` and `.justfile` (manual, "Quick Start").
    path = next((path for path in files.paths if path.lower() in {"justfile", ".justfile"}), None)
    if path is None:
        return Reading()
    return _read(files.text(path), path)


def _read(text: str, path: str) -> Reading:
    recipes: dict[str, Declared] = {}
    aliases: list[tuple[str, str, int]] = []
    notes: list[str] = []
    private = False
    for number, line in _top_lines(text):
        if found := _ATTRIBUTE.match(line):
            private = private or "private" in re.split(r"[\s,]+", found["inside"])
            continue
        if found := _ALIAS.match(line):
            if not private and not found["alias"].startswith("_"):
                aliases.append((found["alias"], found["target"], number))
        elif found := _FOLLOWED_NOWHERE.match(line):
            notes.append(f"`{line.strip()}` is not followed")
        elif (found := _RECIPE.match(line)) and not found["name"].startswith("_") and not private:
            recipes.setdefault(found["name"], _declare(found["name"], found["parameters"], path, number))
        private = False
    for alias, target, number in aliases:
        if target in recipes:
            recipes.setdefault(alias, _alias(alias, recipes[target], number))
    return Reading(path=path, declared=tuple(recipes.values()), notes=tuple(notes))


def _declare(name: str, parameters: str, path: str, line: int) -> Declared:
    needed = [word for word in parameters.split() if not word.startswith("*") and "=" not in word]
    return Declared(
        name=name,
        command=f"just {shlex.quote(name)}",
        what="just recipe",
        path=path,
        line=line,
        unusable=f"needs arguments ({', '.join(needed)})" if needed else "",
    )


def _alias(alias: str, target: Declared, line: int) -> Declared:
    return Declared(
        name=alias,
        command=f"just {shlex.quote(alias)}",
        what="just alias",
        path=target.path,
        line=line,
        note=f"an alias of `{target.name}`",
        unusable=target.unusable,
    )


def _top_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that are not indented, blank or comments; a string that spans lines is folded into its first.

    Quoted text is replaced by ``""``, so that a colon inside a default value cannot be taken for a recipe's end.
    Bodies are dropped before quotes are matched: a lone apostrophe in a shell line must not swallow the file.
    """
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        line, first = lines[number], number + 1
        number += 1
        if not line.strip() or line[0] in " \t#":
            continue
        while _open_quote(line) and number < len(lines):
            line += "\n" + lines[number]
            number += 1
        if line.lstrip("@").startswith(("import", "mod ", "mod?")):
            yield first, line
            continue
        # Spaces around `=` are folded so that a parameter and its default stay one word.
        yield first, re.sub(r"\s*(?<!:)=\s*", "=", _QUOTED.sub('""', line))


def _open_quote(line: str) -> bool:
    """True when a multi-line string starts in an assignment and has not ended."""
    if not re.match(rf"^(?:export\s+)?{_NAME}\s*:=", line):
        return False
    rest = _QUOTED.sub("", line).split("#")[0]
    return any(mark in rest for mark in ("'", '"', "`"))
