"""Tasks of a Taskfile (taskfile.dev). The YAML is composed, never constructed: nothing in it can be executed."""

from __future__ import annotations

import shlex

import yaml

from gaterunner import safe_yaml
from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.types import Declared, Reading, SourceError

# The order in which task looks (taskfile.dev, "Supported file names").
FILES = (
    "Taskfile.yml",
    "taskfile.yml",
    "Taskfile.yaml",
    "taskfile.yaml",
    "Taskfile.dist.yml",
    "taskfile.dist.yml",
    "Taskfile.dist.yaml",
    "taskfile.dist.yaml",
)


def read(files: Files) -> Reading:
    """The public tasks and aliases of the root's Taskfile; raises ``SourceError`` when it cannot be read."""
    path = files.first(*FILES)
    if path is None:
        return Reading()
    root = files.parse(path, _compose)
    notes = tuple(f"includes `{name.value}`, which is not followed" for name, _ in _pairs(_get(root, "includes")))
    declared: dict[str, Declared] = {}
    for key, task in _pairs(_get(root, "tasks")):
        for found in _declare(key, task, path):
            declared.setdefault(found.name, found)
    return Reading(path=path, declared=tuple(declared.values()), notes=notes)


def _compose(text: str, path: str) -> yaml.Node | None:
    try:
        root = safe_yaml.document(text, nodes=None)
    except safe_yaml.UnreadableYamlError as error:
        raise SourceError(f"is not valid YAML: {error}", path=path, line=error.line, column=error.column) from None
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise SourceError("is not a YAML mapping", path=path, line=root.start_mark.line + 1, column=1)
    return root


def _declare(key: yaml.Node, task: yaml.Node, path: str) -> list[Declared]:
    name = key.value
    if "*" in name or _scalar(_get(task, "internal")) == "true":
        return []
    cached = [field for field in ("sources", "status") if _get(task, field) is not None]
    flags = "--force " if cached else ""
    note = f"--force, because its `{cached[0]}` could call old work up to date" if cached else ""
    # The keys without which a task does nothing: commands, or other tasks.
    empty = isinstance(task, yaml.MappingNode) and not any(_get(task, field) for field in ("cmds", "cmd", "deps"))
    line = key.start_mark.line + 1
    names = [name, *(alias.value for alias in _items(_get(task, "aliases")))]
    return [
        Declared(
            name=each,
            command=f"task {flags}{shlex.quote(each)}",
            what="Taskfile task" if each == name else "Taskfile alias",
            path=path,
            line=line,
            note=note,
            unusable="has no commands" if empty or _scalar(task) == "" else "",
        )
        for each in names
    ]


def _pairs(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    return [item for item in items if isinstance(item, yaml.ScalarNode)]


def _get(node: yaml.Node | None, name: str) -> yaml.Node | None:
    return next((value for key, value in _pairs(node) if key.value == name), None)


def _scalar(node: yaml.Node | None) -> str | None:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None
