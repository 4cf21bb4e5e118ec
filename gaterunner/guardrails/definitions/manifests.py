"""Scripts that manifests declare: package.json, composer.json, and pyproject.toml for poe, Hatch, PDM and taskipy."""

from __future__ import annotations

from typing import Any

from gaterunner.guardrails.data import flat, parse
from gaterunner.guardrails.definitions.lines import Lines
from gaterunner.guardrails.definitions.types import Definitions, Unit

# What package managers run by themselves when they install (npm docs, "Life Cycle Scripts").
INSTALL = ("preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare")
_COMPOSER = ("pre-install-cmd", "post-install-cmd", "pre-update-cmd", "post-update-cmd", "post-autoload-dump")


def package_json(path: str, text: str) -> Definitions:
    """The scripts, each with those that are run before and after it."""
    scripts, lines_of = _table(_read("json", text), "scripts"), Lines(text)
    units = {
        name: Unit(
            path=path,
            what="script",
            name=name,
            lines=(" ".join(script.split()),),
            line=lines_of.of(name),
            shell=script,
            uses=tuple(each for each in (f"pre{name}", f"post{name}") if each in scripts),
        )
        for name, script in scripts.items()
        if isinstance(script, str)
    }
    return Definitions(path=path, units=units, always=tuple(name for name in INSTALL if name in units))


def composer_json(path: str, text: str) -> Definitions:
    """The scripts of composer.json; ``@name`` runs another of them."""
    units, lines_of = {}, Lines(text)
    for name, script in _table(_read("json", text), "scripts").items():
        lines = [str(line) for line in script] if isinstance(script, list) else [str(script)]
        units[name] = Unit(
            path=path,
            what="script",
            name=name,
            lines=tuple(lines),
            line=lines_of.of(name),
            shell="\n".join(lines),
            uses=tuple(line.split()[0][1:] for line in lines if line.startswith("@") and line.split()),
        )
    return Definitions(path=path, units=units, always=tuple(name for name in _COMPOSER if name in units))


def python_tasks(path: str, text: str, tool: str) -> Definitions:
    """The tasks of ``poe``, ``hatch``, ``pdm`` or ``taskipy`` in pyproject.toml."""
    settings = _table(_read("toml", text), "tool")
    tables = {
        "poe": [_table(settings, "poe", "tasks")],
        "pdm": [_table(settings, "pdm", "scripts")],
        "taskipy": [_table(settings, "taskipy", "tasks")],
        "hatch": [_table(each, "scripts") for each in _table(settings, "hatch", "envs").values()],
    }[tool]
    units: dict[str, Unit] = {}
    lines_of = Lines(text)
    for table in tables:
        names = set(table)
        for name, task in table.items():
            values = [f"{key}: {value}" if key else str(value) for key, value in flat({"": task}).items()]
            lines = tuple(value.removeprefix(".") for value in values)
            shell = "\n".join(str(value) for value in _texts(task))
            words = set(shell.split())
            held = units.get(name)
            units[name] = Unit(
                path=path,
                what="task",
                name=name,
                lines=(*(held.lines if held else ()), *lines),
                line=lines_of.of(name),
                shell=shell,
                uses=tuple(sorted(words & names - {name})),
            )
    return Definitions(path=path, units=units)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    return [text for inner in value for text in _texts(inner)] if isinstance(value, list) else []


def _read(form: str, text: str) -> Any:
    return parse(form, text)


def _table(value: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
