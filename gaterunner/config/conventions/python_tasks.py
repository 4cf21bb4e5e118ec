"""Task runners that live in a Python project's TOML: poe, Hatch and PDM."""

from __future__ import annotations

import shlex

from gaterunner.config.conventions.files import Files, table, toml_lines
from gaterunner.config.conventions.types import Declared, Reading

PATH = "pyproject.toml"


def read_poe(files: Files) -> Reading:
    """``[tool.poe.tasks]``; tasks that start with ``_`` are poe's private ones."""
    tasks = table(files.toml(PATH), "tool", "poe", "tasks")
    if not tasks:
        return Reading()
    lines = toml_lines(files.text(PATH), "tool.poe.tasks")
    declared = tuple(
        Declared(
            name=name,
            command=f"poe {shlex.quote(name)}",
            what="poe task",
            path=PATH,
            line=lines.get(name),
            unusable=_needed_by_poe(task),
        )
        for name, task in tasks.items()
        if not name.startswith("_")
    )
    return Reading(path=PATH, declared=declared)


def _needed_by_poe(task: object) -> str:
    """What a caller would have to give: arguments that are required, or positional without a default."""
    if task in ("", []):
        return "is empty"
    arguments = task.get("args") if isinstance(task, dict) else None
    if isinstance(arguments, dict):
        arguments = [{"name": name, **options} for name, options in arguments.items() if isinstance(options, dict)]
    needed = [
        str(argument.get("name"))
        for argument in (arguments if isinstance(arguments, list) else ())
        if isinstance(argument, dict) and argument.get("required") is True and "default" not in argument
    ]
    return f"needs arguments ({', '.join(needed)})" if needed else ""


def read_hatch(files: Files) -> Reading:
    """Scripts of Hatch environments in hatch.toml or pyproject.toml; the default environment's come first."""
    path, header = ("hatch.toml", "envs") if files.has("hatch.toml") else (PATH, "tool.hatch.envs")
    environments = table(files.toml(path), *header.split("."))
    ordered = sorted(environments, key=lambda name: name != "default")
    lines = {name: toml_lines(files.text(path), f"{header}.{name}.scripts") for name in ordered}
    declared = tuple(
        Declared(
            name=script,
            command=f"hatch run {shlex.quote(script if name == 'default' else f'{name}:{script}')}",
            what="Hatch script" if name == "default" else f"Hatch script of environment `{name}`",
            path=path,
            line=lines[name].get(script),
        )
        for name in ordered
        for script in table(environments, name, "scripts")
    )
    return Reading(path=path if declared else None, declared=declared)


def read_pdm(files: Files) -> Reading:
    """``[tool.pdm.scripts]``; ``_`` holds options shared by all scripts and names with it are private."""
    scripts = table(files.toml(PATH), "tool", "pdm", "scripts")
    if not scripts:
        return Reading()
    lines = toml_lines(files.text(PATH), "tool.pdm.scripts")
    declared = tuple(
        Declared(
            name=name,
            command=f"pdm run {shlex.quote(name)}",
            what="PDM script",
            path=PATH,
            line=lines.get(name),
        )
        for name in scripts
        if not name.startswith("_")
    )
    return Reading(path=PATH, declared=declared)
