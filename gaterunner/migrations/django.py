"""Django: ``<app>/migrations/NNNN_title.py``, ordered by the ``dependencies`` that each file states."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from gaterunner.migrations import source_python
from gaterunner.migrations.graph import Node
from gaterunner.migrations.kinds import Layout, Parts, Place, Tool, UnreadableError

_PATH = re.compile(r"(?P<directory>(?:.+/)?(?:\w*_)?migrations)/(?P<name>\w+)\.py")
_NUMBER = re.compile(r"\d{4,}(?=_)")
_REVERSE = {"RunPython": "reverse_code", "RunSQL": "reverse_sql"}


def _place(path: str, layout: Layout) -> Place | None:
    found = _PATH.fullmatch(path)
    if not found or found["name"].startswith("_"):
        return None
    numbered = _NUMBER.match(found["name"])
    # The app's label is the directory's name: the same name under another app is another migration.
    app = found["directory"].rpartition("/")[0].rpartition("/")[2]
    return Place(
        sequence=found["directory"],
        name=f"{app}.{found['name']}",
        # Flask has a manage.py too: a folder of a name of its own needs a file that looks like a migration.
        certain=bool(numbered) and "manage.py" in layout.file_names and found["directory"].endswith("/migrations"),
    )


def _remove_down(module: ast.Module) -> None:
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        keyword = _REVERSE.get(name)
        if not keyword or any(isinstance(argument, ast.Starred) for argument in node.args):
            continue
        # Only a value that is merely named may go: a call in its place runs when the file is loaded.
        node.args = node.args[:1] + [argument for argument in node.args[1:2] if not _is_plain(argument)] + node.args[2:]
        node.keywords = [each for each in node.keywords if each.arg != keyword or not _is_plain(each.value)]


def _is_plain(value: ast.expr) -> bool:
    kinds = (ast.Name, ast.Attribute, ast.Constant, ast.List, ast.Tuple, ast.expr_context)
    return all(isinstance(node, kinds) for node in ast.walk(value))


def _parts(_path: str, data: bytes) -> Parts:
    return source_python.reduce(data, _remove_down)


class _Stated(Struct, frozen=True, kw_only=True):
    """What one file says, before it is known which labels mean its own app."""

    dependencies: tuple[tuple[str, str], ...]
    run_before: tuple[tuple[str, str], ...]
    replaces: tuple[tuple[str, str], ...]


def _stated(data: bytes) -> _Stated:
    classes = [
        node for node in source_python.parse(data).body if isinstance(node, ast.ClassDef) and node.name == "Migration"
    ]
    if len(classes) != 1:
        raise UnreadableError("it does not define one class Migration")
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for statement in classes[0].body:
        targets = _targets(statement)
        for name in {"dependencies", "run_before", "replaces"} & targets.keys():
            found[name] = _pairs(targets[name], name)
    return _Stated(
        dependencies=found.get("dependencies", ()),
        run_before=found.get("run_before", ()),
        replaces=found.get("replaces", ()),
    )


def _targets(statement: ast.stmt) -> dict[str, ast.expr]:
    if isinstance(statement, ast.Assign):
        return {target.id: statement.value for target in statement.targets if isinstance(target, ast.Name)}
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
        return {statement.target.id: statement.value}
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        return {statement.target.id: statement}  # type: ignore[dict-item]  # refused by _pairs: it is no list
    return {}


def _pairs(value: ast.expr, name: str) -> tuple[tuple[str, str], ...]:
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _pairs(value.left, name) + _pairs(value.right, name)
    if not isinstance(value, ast.List | ast.Tuple):
        raise UnreadableError(f"its {name} cannot be read without running it")
    pairs: list[tuple[str, str]] = []
    for element in value.elts:
        if isinstance(element, ast.Call):  # swappable_dependency(...): another app's, known only to the settings
            continue
        try:
            pair = ast.literal_eval(element)
        except ValueError:
            raise UnreadableError(f"its {name} cannot be read without running it") from None
        if not isinstance(pair, tuple | list) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):  # noqa: PLR2004 - app and name
            raise UnreadableError(f"its {name} are not pairs of app and name")
        pairs.append((pair[0], pair[1]))
    return tuple(pairs)


def nodes(files: Iterable[tuple[str, bytes]], *, changed: frozenset[str]) -> tuple[list[Node], dict[str, str]]:
    """The graph of one app, and for each changed file that cannot be read the reason.

    A file that was not changed and cannot be read is left out: it is not this change's fault.
    """
    stated: dict[str, _Stated] = {}
    unreadable: dict[str, str] = {}
    for path, data in files:
        try:
            stated[path] = _stated(data)
        except UnreadableError as error:
            if path in changed:
                unreadable[path] = str(error)
    label = _label(stated)
    return [_node(path, each, label) for path, each in sorted(stated.items())], unreadable


def _id(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".py")


def _label(stated: dict[str, _Stated]) -> str:
    """The label under which the app's files name each other: the directory's name unless the settings say otherwise."""
    names = {_id(path) for path in stated}
    directory = next(iter(stated), "").rpartition("/")[0].rpartition("/")[0].rpartition("/")[2]
    votes = Counter(app for each in stated.values() for app, name in each.dependencies if name in names)
    if directory in votes or not votes:
        return directory
    return votes.most_common(1)[0][0]


def _node(path: str, stated: _Stated, label: str) -> Node:
    def own(pairs: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
        return tuple(name for app, name in pairs if app == label and not name.startswith("__"))

    number = _NUMBER.match(_id(path))
    return Node(
        id=_id(path),
        path=path,
        parents=own(stated.dependencies),
        before=own(stated.run_before),
        before_others=tuple(f"{app}.{name}" for app, name in stated.run_before if app != label),
        replaces=own(stated.replaces),
        number=number[0] if number else "",
    )


DJANGO = Tool(
    name="django",
    title="Django",
    place=_place,
    parts=_parts,
    confirms=lambda text: re.search(r"(?m)^class Migration\b", text) is not None,
    graph="django",
)
