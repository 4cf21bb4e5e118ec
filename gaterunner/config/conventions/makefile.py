"""Makefile targets: a scan for explicit targets. Variables are not expanded and includes are not followed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from msgspec import Struct

from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.types import Declared, Reading

# The order in which GNU make looks; it reads only the first (manual, "What Name to Give Your Makefile").
FILES = ("GNUmakefile", "makefile", "Makefile")

_INCLUDE = re.compile(r"^ *(?:-include|sinclude|include)\s+(?P<files>.+)$")
_DEFINE = re.compile(r"^ *(?:(?:override|export|private)\s+)*define\b")
_ENDEF = re.compile(r"^ *endef\b")
_PREFIX = re.compile(r"^ *\.RECIPEPREFIX *[:?]{0,3}= *(?P<prefix>\S?)")
# What stands before the first colon decides: an assignment (also `:=`, `::=`, `:::=`, `?=`, `+=`, `!=`) is no rule.
_RULE = re.compile(r"^(?P<targets>[^:=#]+?)\s*&?::?(?![:=])(?P<rest>.*)$")
# A double colon only ends a rule's targets when no `=` follows it, which `::=` does.
_TARGET_VARIABLE = re.compile(r"^\s*(?:(?:override|export|private|unexport)\s+)*[\w.$(){}-]+\s*(?:[:?+!]|::|:::)?=")
_DIRECTIVE = re.compile(r"^ *(?:vpath|export|unexport|override|undefine|load|private)\s+[^\s:]")
_VARIABLE = re.compile(r"\$[({][^(){}]*[)}]|\$[^({]")
_MAX_NESTING = 8  # of references inside references; a line with more is not read as a rule
_COMMENT = re.compile(r"(?<!\\)#.*$")


class _Rule(Struct):
    """One target over all rules that name it."""

    line: int
    prerequisites: bool = False
    recipe: bool = False


class _Scan(Struct):
    rules: dict[str, _Rule]
    phony: set[str]
    includes: list[str]
    computed: bool = False


def read(files: Files) -> Reading:
    """The explicit targets of the makefile that GNU make would read."""
    path = files.first(*FILES)
    if path is None:
        return Reading()
    scan = _scan(files.text(path))
    notes = tuple(f"includes {name}, which is not followed" for name in scan.includes)
    declared = tuple(_declare(name, rule, scan, path, files) for name, rule in scan.rules.items())
    return Reading(path=path, declared=declared, notes=notes)


def _declare(name: str, rule: _Rule, scan: _Scan, path: str, files: Files) -> Declared:
    note = unusable = ""
    if not rule.recipe and not rule.prerequisites and not scan.includes:
        unusable = "has neither a recipe nor prerequisites, so make would do nothing and call it success"
    elif name not in scan.phony and _exists(name, files):
        certain = not (rule.prerequisites or scan.computed or scan.includes)
        said = f"is not .PHONY and `{name}` exists in the tree, so make "
        if certain:
            unusable = f"{said}would do nothing and call it success; add `.PHONY: {name}`"
        else:
            note = f"it {said}may find nothing to do"
    return Declared(
        name=name,
        command=f"make {shlex.quote(name)}",
        what=f"{path} target",
        path=path,
        line=rule.line,
        note=note,
        unusable=unusable,
    )


def _exists(name: str, files: Files) -> bool:
    return files.has(name) or any(path.startswith(f"{name}/") for path in files.paths)


def _scan(text: str) -> _Scan:
    scan = _Scan(rules={}, phony=set(), includes=[])
    current: list[str] = []
    prefix = "\t"
    for number, line in _logical_lines(text):
        if line.startswith(prefix) and current:
            for name in current:
                scan.rules[name].recipe = True
            continue
        plain = _COMMENT.sub("", line).rstrip()
        if not plain.strip() or line.startswith("\t"):
            continue
        if found := _PREFIX.match(plain):
            prefix = found["prefix"] or "\t"
        elif found := _INCLUDE.match(plain):
            scan.includes.extend(found["files"].split())
        elif not _conditional(plain):
            current = _take_rule(plain, number, scan)
    return scan


def _conditional(line: str) -> bool:
    """Conditionals do not end a rule's recipe; what stands in either branch counts as declared."""
    return line.split(maxsplit=1)[0].split("(", maxsplit=1)[0] in {"ifeq", "ifneq", "ifdef", "ifndef", "else", "endif"}


def _take_rule(line: str, number: int, scan: _Scan) -> list[str]:
    """Notes the targets of a rule line and gives those that a recipe below it belongs to."""
    found = None if _DIRECTIVE.match(line) else _RULE.match(_without_variables(line))
    if found is None or "$" in found["targets"] or _TARGET_VARIABLE.match(found["rest"]):
        return []
    rest, _, inline = found["rest"].partition(";")
    if found["targets"].strip() == ".PHONY":
        scan.phony.update(rest.split())
        scan.computed = scan.computed or "?" in rest
        return []
    names = [name for name in found["targets"].split() if _explicit(name)]
    for name in names:
        rule = scan.rules.setdefault(name, _Rule(line=number))
        rule.prerequisites = rule.prerequisites or bool(rest.replace("|", " ").split())
        rule.recipe = rule.recipe or bool(inline.strip())
    return names


def _without_variables(line: str) -> str:
    """References as a lone ``?``: what they expand to is not known, and a colon inside one ends no targets."""
    for _ in range(_MAX_NESTING):
        line, found = _VARIABLE.subn("?", line)
        if not found:
            break
    return line


def _explicit(name: str) -> bool:
    """Special targets (``.PHONY``) and suffix rules (``.c.o``) begin with a dot and hold no slash."""
    hidden = name.startswith(".") and "/" not in name
    return not hidden and not any(character in name for character in "%$(){}*?[]\\")


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their backslash continuations joined, without ``define`` blocks; numbers count from 1."""
    held, start, depth = "", 0, 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line, start = (held + raw, start) if held else (raw, number)
        if line.endswith("\\") and not line.endswith("\\\\"):
            held = line[:-1] + " "
            continue
        held = ""
        if _DEFINE.match(line):
            depth += 1
        elif depth and _ENDEF.match(line):
            depth -= 1
        elif not depth:
            yield start, line
    if held and not depth:
        yield start, held
