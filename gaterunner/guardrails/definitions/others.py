"""Recipes of just, tasks of Taskfile, environments of tox, sessions of nox."""

from __future__ import annotations

import ast
import re
import warnings
from typing import Any

from gaterunner.guardrails.data import flat, parse
from gaterunner.guardrails.definitions.types import Definitions, Unit
from gaterunner.guardrails.sides import Unread

TASKFILES = tuple(
    f"{name}{dist}.{end}" for dist in ("", ".dist") for end in ("yml", "yaml") for name in ("Taskfile", "taskfile")
)

_RECIPE = re.compile(r"^@?(?P<name>[A-Za-z_][\w-]*)(?P<parameters>(?:\s[^:=]*(?:=[^:]*)?)?)\s*:(?!=)(?P<needs>.*)$")
_ALIAS = re.compile(r"^alias\s+(?P<name>[\w-]+)\s*:=\s*(?P<target>[\w-]+)")
_VARIABLE = re.compile(r"^(?:export\s+)?(?P<name>[\w-]+)\s*:=")
_INSERTED = re.compile(r"\{\{\s*([\w-]+)")


def justfile(path: str, text: str) -> Definitions:
    """The recipes, with their dependencies and the variables they insert; settings and imports are always in force."""
    lines: dict[str, list[str]] = {}
    heads: dict[str, tuple[int, str, str]] = {}
    current = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.rstrip()
        if not line.strip() or (line.lstrip().startswith("#") and not line.lstrip().startswith("#!")):
            continue
        if raw[0] in " \t":
            lines.setdefault(current or "(settings)", []).append(" ".join(line.split()))
            continue
        name, kind, needs = _head(line)
        current = name
        heads.setdefault(name, (number, kind, needs))
        lines.setdefault(name, []).append(" ".join(line.split()))
    units = {name: _just_unit(path, name, said, heads.get(name)) for name, said in lines.items()}
    recipes = [name for name, (_, kind, _) in heads.items() if kind == "recipe"]
    default = "default" if "default" in units else next(iter(recipes), "")
    always = tuple(name for name in units if name == "(settings)" or name.startswith("$export "))
    return Definitions(path=path, units=units, always=always, default=(default,) if default else ())


def _head(line: str) -> tuple[str, str, str]:
    if found := _ALIAS.match(line):
        return found["name"], "alias", found["target"]
    if found := _VARIABLE.match(line):
        return f"${'export ' if line.startswith('export') else ''}{found['name']}", "variable", ""
    if line.startswith(("set ", "import", "mod ", "mod?", "[")):
        return "(settings)", "settings", ""
    if found := _RECIPE.match(line):
        return found["name"], "recipe", found["needs"]
    return "(settings)", "settings", ""


def _just_unit(path: str, name: str, said: list[str], head: tuple[int, str, str] | None) -> Unit:
    number, kind, needs = head or (None, "settings", "")
    body = said[1:] if kind == "recipe" else []
    names = re.findall(r"[\w-]+", needs) + [f"${each}" for each in _INSERTED.findall(" ".join(said))]
    shell = "\n".join(line.lstrip("@-") for line in body)
    return Unit(
        path=path, what=kind, name=name.lstrip("$"), lines=tuple(said), line=number, shell=shell, uses=tuple(names)
    )


def taskfile(path: str, text: str) -> Definitions:
    """The tasks; whatever stands beside them is always in force."""
    root = parse("yaml", text)
    tasks = root.get("tasks") if isinstance(root, dict) else None
    units: dict[str, Unit] = {}
    for name, task in (tasks if isinstance(tasks, dict) else {}).items():
        shell = "\n".join(_commands(task))
        said = tuple(f"{key}: {value}".lstrip(".: ") for key, value in flat({"": task}).items() if not _prose(key))
        uses = tuple(re.findall(r"(?m)^task ([\w:.-]+)", shell))
        units[name] = Unit(
            path=path, what="task", name=name, lines=said, line=_key_line(text, name), shell=shell, uses=uses
        )
    rest = {key: value for key, value in root.items() if key != "tasks"} if isinstance(root, dict) else {}
    said = tuple(f"{key}: {value}" for key, value in flat(rest).items())
    units["(settings)"] = Unit(path=path, what="settings", name="(settings)", lines=said)
    default = ("default",) if "default" in units else ()
    return Definitions(path=path, units=units, always=("(settings)",), default=default)


def _prose(key: str) -> bool:
    return key.rpartition(".")[2] in {"desc", "summary", "prompt"}


def _commands(task: Any) -> list[str]:
    """Commands as a shell would get them; another task is ``task name``."""
    if isinstance(task, str):
        return [task]
    if isinstance(task, list):
        return [line for one in task for line in _commands(one)]
    if not isinstance(task, dict):
        return []
    found = [f"task {task['task']}"] if isinstance(task.get("task"), str) else []
    for key in ("cmds", "cmd", "defer"):
        found += _commands(task.get(key))
    needed = task.get("deps")
    for one in needed if isinstance(needed, list) else []:
        found.append(f"task {one if isinstance(one, str) else one.get('task', '') if isinstance(one, dict) else ''}")
    return found


def tox(path: str, text: str) -> Definitions:
    """The environments; what all of them inherit is always in force."""
    if path.endswith(".toml"):
        settings = parse("toml", text)
        table = settings if path.endswith("tox.toml") else _table(_table(settings, "tool"), "tox")
        legacy = table.get("legacy_tox_ini")
        if not isinstance(legacy, str):
            sections = {f"testenv:{name}": env for name, env in _table(table, "env").items()}
            sections["tox"] = {key: value for key, value in table.items() if key != "env"}
            return _tox(path, text, sections)
        text = legacy
    sections = parse("ini", text)
    ours = {name: said for name, said in sections.items() if name.startswith(("tox", "testenv", "base")) or ":" in name}
    return _tox(path, text, {name: said for name, said in ours.items() if not name.startswith("tool:")})


def _table(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _tox(path: str, text: str, sections: dict[str, Any]) -> Definitions:
    units = {}
    for section, said in sections.items():
        values = flat(said)
        command = [value for key, value in values.items() if key.startswith(("commands", "allowlist", "set"))]
        shell = "\n".join(" ".join(value) if isinstance(value, tuple) else str(value) for value in command)
        name = section.removeprefix("testenv:")
        units[name] = Unit(
            path=path,
            what="tox environment" if section.startswith("testenv") else "section",
            name=name,
            lines=tuple(f"{key} = {' '.join(v) if isinstance(v, tuple) else v}" for key, v in values.items()),
            line=_key_line(text, section),
            shell=re.sub(r"\{[^{}]*\}", " ", shell),
        )
    always = tuple(name for name, section in zip(units, sections, strict=True) if not section.startswith("testenv:"))
    return Definitions(path=path, units=units, always=always, default=tuple(units))


def noxfile(path: str, text: str) -> Definitions:
    """The sessions, read from the syntax tree; what else the module does is always in force."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in the branch's code is none of our warnings
            return _sessions(path, ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # writing code down again recurses as well
        raise Unread("is not readable as Python") from None


def _sessions(path: str, module: ast.Module) -> Definitions:
    units: dict[str, Unit] = {}
    rest: list[str] = []
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and any("session" in ast.unparse(each) for each in node.decorator_list):
            named = [name for each in node.decorator_list for word in ast.walk(each) if (name := _name(word))]
            name = named[0] if named else node.name
            lines = tuple(ast.unparse(_without_docstring(node)).splitlines())
            shell = "\n".join(_run(call) for call in ast.walk(node) if isinstance(call, ast.Call))
            units[name] = Unit(path=path, what="session", name=name, lines=lines, line=node.lineno, shell=shell)
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            rest += ast.unparse(node).splitlines()
    units["(module)"] = Unit(path=path, what="module", name="(module)", lines=tuple(rest))
    return Definitions(path=path, units=units, always=("(module)",), default=tuple(units))


def _name(node: ast.AST) -> str:
    """The text that a decorator gives as the session's name; versions of Python are none."""
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    return "" if re.fullmatch(r"[\d.]+", text) else text


def _without_docstring(node: ast.FunctionDef) -> ast.FunctionDef:
    if ast.get_docstring(node) is not None and len(node.body) > 1:
        node.body = node.body[1:]
    return node


def _run(call: ast.Call) -> str:
    """``session.run("pytest", "-q")`` as a command."""
    words = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    is_run = isinstance(call.func, ast.Attribute) and call.func.attr in {"run", "run_always", "run_install"}
    return " ".join(words) if is_run else ""


def _key_line(text: str, name: str) -> int | None:
    found = re.search(rf"(?m)^[ \t\[\"']*{re.escape(name)}\b", text)
    return text.count("\n", 0, found.start()) + 1 if found else None
