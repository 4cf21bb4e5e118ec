"""A Makefile as targets and variables, included files and conditionals with them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from gaterunner.guardrails.definitions.types import Definitions, Unit

FILES = ("GNUmakefile", "makefile", "Makefile")  # the order in which GNU make looks

_ASSIGN = re.compile(
    r"^ *(?P<words>(?:(?:override|export|private|unexport)\s+)*)(?P<name>[^\s:#=+?!]+)\s*"
    r"(?P<op>:{0,3}=|\?=|\+=|!=)(?P<value>.*)$"
)
_DEFINE = re.compile(r"^ *(?:(?:override|export)\s+)*define\s+(?P<name>\S+)")
_INCLUDE = re.compile(r"^ *(?:-include|sinclude|include)\s+(?P<files>.+)$")
_CONDITION = re.compile(r"^ *(?P<word>ifeq|ifneq|ifdef|ifndef|else|endif)\b(?P<rest>.*)$")
_EXPORT = re.compile(r"^ *(?:un)?export\b")
_TARGET_VARIABLE = re.compile(r"^\s*(?:(?:override|export|private)\s+)*[\w.-]+\s*(?::{0,3}=|\?=|\+=|!=)")
_REFERENCE = re.compile(r"\$(?:[({]\s*(?P<long>[\w.%+-]+)\s*(?=[)}:])|(?P<short>[A-Za-z]))")
_CALL = re.compile(r"\$[({](?:call|eval|value|origin)\s+(?P<name>[\w.-]+)")
_EXPAND = re.compile(r"\$[({](?P<name>[\w.-]+)[)}]")
_SPECIAL_VARIABLES = frozenset(
    {"SHELL", ".SHELLFLAGS", "MAKEFLAGS", "MAKEFILES", ".RECIPEPREFIX", "VPATH", "PATH", "BASH_ENV"}
)
_AUTOMATIC = re.compile(r"\$@|\$[({]@[)}]")
_NESTED = 8  # of conditions around a line; what is nested deeper is told by the innermost
_DEPTH = 6
_LONGEST = 100_000

Read = Callable[[str], str | None]
Match = Callable[[str], Iterable[str]]


class _Target(Struct):
    path: str
    line: int
    lines: list[str] = []
    recipe: list[str] = []
    uses: list[str] = []


class _Place(Struct, frozen=True):
    """Where a line stands: file, number from 1, and the conditions around it."""

    path: str
    line: int
    under: str = ""


class _Scan(Struct):
    others: Read
    match: Match
    targets: dict[str, _Target] = {}
    variables: dict[str, _Target] = {}
    phony: set[str] = set()
    first: str | None = None
    seen: set[str] = set()


def read(path: str, text: str, others: Read, match: Match) -> Definitions:
    """The units of a Makefile with what it includes.

    ``others`` gives the text of a file, None where it cannot be told; ``match`` the paths that a pattern of an include
    means.
    """
    scan = _Scan(others=others, match=match)
    _scan(path, text, scan)
    variables = {"MAKE": "make", "CURDIR": ".", **_values(scan)}
    units = {f"${name}": _variable(name, found) for name, found in scan.variables.items()}
    for name, found in scan.targets.items():
        units[name] = _target(name, found, scan, variables)
    always = [f"${name}" for name in scan.variables if name in _SPECIAL_VARIABLES or name.startswith("export ")]
    always += [name for name in scan.targets if name.startswith((".", "(")) or "%" in name]
    goal = variables.get(".DEFAULT_GOAL", "").strip() or scan.first
    default = (goal,) if goal in units else ()
    return Definitions(path=path, units=units, always=tuple(always), default=default)


def _values(scan: _Scan) -> dict[str, str]:
    return {name: " ".join(found.recipe) for name, found in scan.variables.items()}


def _variable(name: str, found: _Target) -> Unit:
    return Unit(
        path=found.path,
        what="variable",
        name=name.removeprefix("export "),
        lines=tuple(found.lines),
        line=found.line,
        uses=tuple(_references(" ".join(found.lines))),
        shell=" ".join(found.recipe) if any(line.startswith(f"{name} !=") for line in found.lines) else "",
    )


def _target(name: str, found: _Target, scan: _Scan, variables: dict[str, str]) -> Unit:
    text = "\n".join(found.lines)
    recipe = "\n".join(line.lstrip("@-+ ") for line in found.recipe)
    phony = ("is .PHONY",) if name in scan.phony else ()
    uses = (*(each for each in found.uses if each in scan.targets), *_references(text))
    return Unit(
        path=found.path,
        what="target" if not name.startswith("(") else "lines",
        name=name,
        lines=(*found.lines, *phony),
        line=found.line,
        shell=_expanded(_AUTOMATIC.sub(lambda _: name, recipe), variables),
        uses=uses,
    )


def _references(text: str) -> Iterator[str]:
    for found in _REFERENCE.finditer(text):
        yield f"${found['long'] or found['short']}"
    for found in _CALL.finditer(text):
        yield f"${found['name']}"


def _expanded(text: str, variables: dict[str, str], *, unknown: str = "") -> str:
    for _ in range(_DEPTH):
        changed = _EXPAND.sub(lambda found: variables.get(found["name"], unknown), text)
        if changed == text or len(changed) > _LONGEST:
            break
        text = changed
    return text.replace("$$", "$")


def _scan(path: str, text: str, scan: _Scan) -> None:
    if path in scan.seen:
        return
    scan.seen.add(path)
    current: list[str] = []
    conditions: list[str] = []
    definition: str | None = None
    for number, line in _logical(text):
        place = _Place(path, number, f"{' / '.join(conditions[-_NESTED:])}: " if conditions else "")
        if definition is not None:
            definition = _defined(definition, line, place, scan)
        elif line.startswith("\t") and current:
            _recipe(current, " ".join(line.split()), place, scan)
        elif found := _DEFINE.match(line):
            definition = found["name"]
        elif found := _CONDITION.match(line):
            _condition(found["word"], " ".join(found["rest"].split()), conditions)
        elif stripped := re.sub(r"(?<!\\)#.*$", "", line).strip():
            current = _statement(stripped, place, scan, current)


def _defined(name: str, line: str, place: _Place, scan: _Scan) -> str | None:
    """Takes a line of a ``define`` block; gives the block's name until it ends."""
    if re.match(r"^ *endef\b", line):
        return None
    _note(scan.variables, name, place, line.strip(), line.strip())
    return name


def _recipe(targets: list[str], recipe: str, place: _Place, scan: _Scan) -> None:
    if recipe and not recipe.startswith("#"):
        for name in targets:
            _note(scan.targets, name, place, recipe, recipe)


def _condition(word: str, rest: str, conditions: list[str]) -> None:
    if word == "endif":
        del conditions[-1:]
    elif word == "else":
        held = conditions.pop() if conditions else ""
        conditions.append(f"else of {held} {rest}".strip())
    else:
        conditions.append(f"{word} {rest}")


def _statement(line: str, place: _Place, scan: _Scan, current: list[str]) -> list[str]:
    """Takes one line that is no recipe; gives the targets that recipe lines below belong to."""
    if found := _INCLUDE.match(line):
        _note(scan.targets, "(includes)", place, " ".join(line.split()), "")
        for path in _included(found["files"], place.path, scan):
            included = scan.others(path)
            if included is not None:
                _scan(path, included, scan)
        return []
    if found := _ASSIGN.match(line):
        name, value = found["name"], " ".join(found["value"].split())
        _note(scan.variables, name, place, f"{name} {found['op']} {value}", value)
        if "export" in found["words"]:
            _note(scan.variables, f"export {name}", place, f"export {name} {found['op']} {value}", value)
        return current
    return _rule(line, place, scan)


def _included(said: str, makefile: str, scan: _Scan) -> list[str]:
    """The files that an include names; what is computed in a name may be anything within a folder."""
    plain = _expanded(_WILDCARD.sub(r"\1", said), _values(scan), unknown="*")
    names = re.sub(r"\$[({][^(){}]*[)}]|\$.", "*", plain).split()
    folder = posixpath.dirname(makefile)
    found: list[str] = []
    for name in names:
        joined = posixpath.normpath(posixpath.join(folder, name))
        found += scan.match(joined) if "*" in joined else [joined]
    return found


_WILDCARD = re.compile(r"\$[({](?:sort\s+\$[({])?wildcard\s+([^(){}]*)[)}]{1,2}")


def _rule(line: str, place: _Place, scan: _Scan) -> list[str]:
    plain = re.sub(r"\$[({][^(){}]*[)}]", lambda found: "\0" * len(found[0]), line)
    colon = plain.find(":")
    if colon < 0 or _EXPORT.match(line):
        _note(scan.targets, "(other lines)", place, " ".join(line.split()), "")
        return []
    names, rest = line[:colon].rstrip("& ").split(), line[colon + 1 :].lstrip(":")
    if names == [".PHONY"]:
        scan.phony.update(rest.split())
        return []
    for name in names:
        if scan.first is None and not name.startswith(".") and "%" not in name:
            scan.first = name
        _head(name, rest, place, scan)
    return names


def _head(name: str, rest: str, place: _Place, scan: _Scan) -> None:
    """What stands behind a target's colon: a variable of its own, or what it needs and a recipe on the same line."""
    if _TARGET_VARIABLE.match(rest):
        _note(scan.targets, name, place, "with " + " ".join(rest.split()), "")
        return
    needed, _, inline = (" ".join(part.split()) for part in rest.partition(";"))
    target = _note(scan.targets, name, place, f"needs {needed}" if needed else "", "")
    target.uses += needed.replace("|", " ").split()
    if inline:
        _note(scan.targets, name, place, inline, inline)


def _note(where: dict[str, _Target], name: str, place: _Place, line: str, recipe: str) -> _Target:
    target = where.get(name)
    if target is None:
        target = where[name] = _Target(path=place.path, line=place.line)
    if line:
        target.lines.append(place.under + line)
    if recipe:
        target.recipe.append(recipe)
    return target


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their backslash continuations joined; numbers count from 1."""
    held, start = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line, start = (held + raw.lstrip(), start) if held else (raw, number)
        if line.endswith("\\") and not line.endswith("\\\\"):
            held = line[:-1] + " "
            continue
        held = ""
        yield start, line
    if held:
        yield start, held
