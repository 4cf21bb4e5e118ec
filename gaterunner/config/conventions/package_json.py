"""Scripts of package.json, run with the package manager that the project uses."""

from __future__ import annotations

import shlex

from gaterunner.config.conventions.files import Files, json_lines, table
from gaterunner.config.conventions.node_manager import node_manager
from gaterunner.config.conventions.types import Declared, Reading

PATH = "package.json"

# What `npm init` writes. It only ever fails, so it declares nothing.
_PLACEHOLDER = "Error: no test specified"


def read(files: Files) -> Reading:
    """The scripts of the root's package.json; raises ``SourceError`` when it cannot be read."""
    if not files.has(PATH):
        return Reading()
    manager = node_manager(files)
    text = files.text(PATH)
    scripts = table(files.json(PATH), "scripts")
    lines = json_lines(text, text.find('"scripts"'))
    declared = []
    notes = []
    for name, script in scripts.items():
        if not isinstance(script, str):
            continue
        if _PLACEHOLDER in script:
            notes.append(f"its `{name}` script is npm's placeholder")
            continue
        declared.append(
            Declared(
                name=name,
                command=f"{manager.name} run {shlex.quote(name)}",
                what="package.json script",
                path=PATH,
                line=lines.get(name),
                note="; ".join(part for part in (f"{manager.name}: {manager.evidence}", manager.note) if part),
                unusable="" if script.strip() else "is empty",
            )
        )
    return Reading(path=PATH, declared=tuple(declared), notes=tuple(notes))
