"""nox sessions, read from the syntax tree of noxfile.py. The file is never imported: it is the branch's code."""

from __future__ import annotations

import ast
import shlex
import warnings
from collections.abc import Iterator

from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.types import Declared, Reading, SourceError

PATH = "noxfile.py"


def read(files: Files) -> Reading:
    """The sessions of noxfile.py whose names are written out; raises ``SourceError`` on a syntax error."""
    if not files.has(PATH):
        return Reading()
    module = files.parse(PATH, _parse)
    names = {"session"} | {
        alias.asname or alias.name
        for node in module.body
        if isinstance(node, ast.ImportFrom) and node.module == "nox"
        for alias in node.names
        if alias.name == "session"
    }
    declared: list[Declared] = []
    notes: list[str] = []
    for function in _functions(module.body):
        decorator = next((found for found in function.decorator_list if _is_session(found, names)), None)
        if decorator is None:
            continue
        name = _name(function, decorator)
        if name is None:
            notes.append(f"the name of the session at line {function.lineno} is computed")
        else:
            declared.append(_declare(name, function.lineno, decorator))
    return Reading(path=PATH, declared=tuple(declared), notes=tuple(notes))


def _parse(text: str, path: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in the branch's strings is not our user's concern
            return ast.parse(text)
    except SyntaxError as error:
        raise SourceError(
            f"is not valid Python: {error.msg}", path=path, line=error.lineno, column=error.offset
        ) from None
    except ValueError:
        raise SourceError("is not valid Python: it holds a null byte", path=path) from None


def _functions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield node
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from _functions(node.body)
            yield from _functions(getattr(node, "orelse", []))


def _is_session(decorator: ast.expr, names: set[str]) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(target, ast.Attribute):
        return target.attr == "session"
    return isinstance(target, ast.Name) and target.id in names


def _keyword(decorator: ast.expr, *names: str) -> ast.expr | None:
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    return next((keyword.value for keyword in keywords if keyword.arg in names), None)


def _name(function: ast.FunctionDef, decorator: ast.expr) -> str | None:
    given = _keyword(decorator, "name")
    if given is None:
        return function.name
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def _declare(name: str, line: int, decorator: ast.expr) -> Declared:
    # Outside CI nox skips a session whose interpreter is missing and still ends with 0 (nox manual,
    # "--error-on-missing-interpreters"); a gate that ran nothing must not look like a pass.
    flags = "--error-on-missing-interpreters " if _keyword(decorator, "python", "py") is not None else ""
    return Declared(name=name, command=f"nox {flags}-s {shlex.quote(name)}", what="nox session", path=PATH, line=line)
