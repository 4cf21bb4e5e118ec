"""Where a tool looks for migrations, and what runs around them: Django's settings, Alembic's locations and env.py.

Migrations that a tool no longer looks for are as good as deleted, and others could stand in their place.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterable, Iterator

from gaterunner.migrations.contents import Contents
from gaterunner.migrations.findings import error, warning
from gaterunner.migrations.inventory import Inventory, blob_ids
from gaterunner.migrations.kinds import UnreadableError
from gaterunner.migrations.sql_keywords import destructive_word
from gaterunner.model import FileChange, Finding

RULE = "migration-lookup-changed"

_NAME = "MIGRATION_MODULES"
_DJANGO = re.compile(r"(?i)(?:^|.*/)[^/]*(?:settings|conf)[^/]*(?:/.+)?\.py")
_ALEMBIC = re.compile(r"(?:^|.*/)(?:alembic[\w.-]*\.ini|pyproject\.toml)")
_SECTION = re.compile(r"^\[(?:tool\.)?alembic\][^\n]*\n((?:(?!\[)[^\n]*(?:\n|\Z))*)", re.MULTILINE)
_KEY = re.compile(
    r"^[ \t]*(script_location|version_locations|recursive_version_locations|version_path_separator|path_separator)"
    r"[ \t]*[=:][ \t]*([^\n]*(?:\n[ \t]+[^\n]*)*)",
    re.MULTILINE,
)
_RISKY = frozenset(
    {"version_table", "version_table_schema", "version_locations", "script_location", "drop_all", "execute", "stamp"}
    | {"exec", "eval", "__import__", "run", "system", "Popen", "include_object", "include_name"}
)
_LEAVE = "Leave it as it is: a database goes on only with the migrations that its tool finds where it found them."
_AROUND = "Put what is to be done to the database into a migration, where it can be judged."


def changed(files: Iterable[FileChange], found: Inventory, contents: Contents) -> Iterator[Finding]:
    """What the change does to where migrations are looked for. Only for tools that have some on the base."""
    places = {
        claim.place.sequence for (tool, _), claims in found.existing.items() if tool == "alembic" for claim in claims
    }
    environments = {f"{place.rpartition('/')[0]}/env.py".lstrip("/") for place in places}
    titles = found.counts.keys()
    looks: list[tuple[FileChange, Callable[[FileChange, str, str], Iterator[Finding]]]] = []
    for file in files:
        if "Alembic" in titles and file.path in environments:
            looks.append((file, _environment))
        elif "Alembic" in titles and _ALEMBIC.fullmatch(file.path):
            looks.append((file, _alembic))
        elif "Django" in titles and _DJANGO.fullmatch(file.path):
            looks.append((file, _django))
    contents.load(id for file, _ in looks for id in blob_ids(file))
    for file, look in looks:
        try:
            old, new = (_text(contents, blob) for blob in (file.old_blob, file.new_blob))
        except UnreadableError as why:
            yield error(
                RULE, file.path, f"it may say where migrations are looked for and cannot be read: {why}.", _LEAVE
            )
            continue
        yield from look(file, old, new)


def _text(contents: Contents, blob: str) -> str:
    return contents.bytes_of(blob).decode("utf-8", "replace") if blob.strip("0") else ""


def _django(file: FileChange, old: str, new: str) -> Iterator[Finding]:
    if _NAME not in old and _NAME not in new:
        return
    before, after = ([ast.unparse(each) for each in _naming(text)] for text in (old, new))
    if before != after:
        line = next((each.lineno for each in _naming(new) if ast.unparse(each) not in before), None)
        message = f"Django: `{_NAME}` changes: migrations of an app are looked for elsewhere, or not at all."
        yield error(RULE, file.path, message, _LEAVE, line)


def _naming(text: str) -> list[ast.stmt]:
    """The statements at the module's own level that name the setting; all of it where it cannot be read."""
    module = _parsed(text)
    if module is None:
        return [ast.Expr(ast.Constant(text), lineno=1)]
    return [
        statement
        for statement in module.body
        if any(isinstance(node, ast.Name) and node.id == _NAME for node in ast.walk(statement))
    ]


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _alembic(file: FileChange, old: str, new: str) -> Iterator[Finding]:
    before, after = _settings(old), _settings(new)
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key, ("", None)), after.get(key, ("", None))
        if old and new and was[0] != now[0]:
            message = f"Alembic: `{key}` changes: revisions are looked for elsewhere."
            yield error(RULE, file.path, message, _LEAVE, now[1])


def _settings(text: str) -> dict[str, tuple[str, int | None]]:
    """Each key with its value, whatever its spacing, and its line."""
    found: dict[str, tuple[str, int | None]] = {}
    for section in _SECTION.finditer(text):
        for match in _KEY.finditer(section[1]):
            line = text.count("\n", 0, section.start(1) + match.start()) + 1
            found[match[1]] = (" ".join(match[2].split()), line)
    return found


def _environment(file: FileChange, old: str, new: str) -> Iterator[Finding]:
    if not old:
        yield error(RULE, file.path, "Alembic: env.py, which runs around every revision, is new.", _LEAVE)
    if not old or not new:
        return  # without one Alembic refuses to run
    before, after = _parsed(old), _parsed(new)
    if before is not None and after is not None and ast.dump(before) == ast.dump(after):
        return
    new_names = sorted((_names(after) - _names(before)) & _RISKY)
    word = destructive_word(new) if destructive_word(new) != destructive_word(old) else None
    told = [*new_names, *([word] if word else []), *([] if after is not None else ["code that cannot be read"])]
    if told:
        message = f"Alembic: env.py, which runs around every revision, has {', '.join(told)} now."
        yield error(RULE, file.path, message, _AROUND)
    else:
        yield warning(RULE, file.path, "Alembic: env.py, which runs around every revision, changes.", _AROUND)


def _names(module: ast.Module | None) -> set[str]:
    """The names, attributes, keywords and short texts of a module."""
    found: set[str] = set()
    for node in ast.walk(module) if module is not None else ():
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found
