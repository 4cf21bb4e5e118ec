"""Alembic: files that state their ``revision`` and ``down_revision``; file names mean nothing to it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from gaterunner.migrations import source_python
from gaterunner.migrations.graph import Node
from gaterunner.migrations.kinds import Layout, Parts, Place, Tool, UnreadableError

_PATH = re.compile(r"(?P<directory>.+)/(?P<name>[^/]+)\.py")
_STATED = re.compile(r"(?m)^(?:down_)?revision\s*(?::[^=\n]+)?=")


def _place(path: str, layout: Layout) -> Place | None:
    found = _PATH.fullmatch(path)
    if not found or found["name"] in {"__init__", "env", "conftest"}:
        return None
    home, _, last = found["directory"].rpartition("/")
    in_versions = "versions" in found["directory"].split("/") or re.search(r"alembic|migrat", found["directory"])
    if not in_versions:
        return None
    certain = last == "versions" and {"env.py", "script.py.mako"} <= set(layout.names_in(home))
    return Place(sequence=_sequence(found["directory"]), name=found["name"], certain=certain)


def _sequence(directory: str) -> str:
    """Directories below one called ``versions`` share its graph."""
    parts = directory.split("/")
    return "/".join(parts[: parts.index("versions") + 1]) if "versions" in parts else directory


def _remove_down(module: ast.Module) -> None:
    downs = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "downgrade"]
    if len(downs) != 1 or not source_python.plain_function(downs[0]):
        return
    rest = [node for node in module.body if node is not downs[0]]
    if "downgrade" not in source_python.names_used(rest):
        module.body = rest


def without_downgrade(module: ast.Module) -> None:
    """Takes ``downgrade`` and what only it uses from the tree, in place; leaves it where that is not certain."""
    _remove_down(module)
    source_python.remove_unused_functions(module)


def _parts(_path: str, data: bytes) -> Parts:
    return source_python.reduce(data, _remove_down)


def _node(path: str, data: bytes) -> Node:
    """The file's node; raises ``UnreadableError``, also for one without a revision, as Alembic does."""
    values: dict[str, object] = {}
    wanted = {"revision", "down_revision", "depends_on", "branch_labels"}
    for statement in source_python.parse(data).body:
        name, value = _assigned(statement)
        if name in wanted and value is not None:
            try:
                values[name] = ast.literal_eval(value)
            except ValueError:
                raise UnreadableError(f"its {name} cannot be read without running it") from None
    revision = values.get("revision")
    if not isinstance(revision, str):
        raise UnreadableError("it states no revision as a plain string")
    labels = _strings(values.get("branch_labels"), "branch_labels")
    # "label@revision" and "label@head" name a branch, not a revision of the graph
    needs = tuple(each for each in _strings(values.get("depends_on"), "depends_on") if "@" not in each)
    return Node(
        id=revision,
        path=path,
        parents=_strings(values.get("down_revision"), "down_revision"),
        needs=needs,
        labels=labels,
    )


def _assigned(statement: ast.stmt) -> tuple[str, ast.expr | None]:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return (target.id, statement.value) if isinstance(target, ast.Name) else ("", None)
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id, statement.value
    return "", None


def _strings(value: object, name: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, tuple | list | set) and all(isinstance(each, str) for each in value):
        return tuple(str(each) for each in value)
    raise UnreadableError(f"its {name} is neither a string nor a tuple of strings")


def nodes(files: Iterable[tuple[str, bytes]], *, changed: frozenset[str]) -> tuple[list[Node], dict[str, str]]:
    """The graph of one versions directory, and for each changed file that cannot be read the reason."""
    found: list[Node] = []
    unreadable: dict[str, str] = {}
    for path, data in files:
        try:
            found.append(_node(path, data))
        except UnreadableError as error:
            if path in changed:
                unreadable[path] = str(error)
    labels = {label: node.id for node in found for label in node.labels}
    return [_with_labels_resolved(node, labels) for node in found], unreadable


def revision_of(path: str, data: bytes) -> str | None:
    """The revision that a file states: its identity, whatever its name. None when it cannot be read."""
    try:
        return _node(path, data).id
    except UnreadableError:
        return None


def _with_labels_resolved(node: Node, labels: dict[str, str]) -> Node:
    """``depends_on`` may name a branch label instead of a revision."""
    needs = tuple(labels.get(each, each) for each in node.needs)
    return Node(id=node.id, path=node.path, parents=node.parents, needs=needs, labels=node.labels)


ALEMBIC = Tool(
    name="alembic",
    title="Alembic",
    place=_place,
    parts=_parts,
    confirms=lambda text: len(_STATED.findall(text)) > 1,
    graph="alembic",
)
