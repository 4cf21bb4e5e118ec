"""Which lines of a Python module are a command line program, which writes what it was called for."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator

_FRAMEWORKS = frozenset(
    {"argparse", "asyncclick", "cleo", "click", "cmd", "cmd2", "cliff", "cyclopts", "docopt", "fire", "getopt"}
) | {"optparse", "plac", "prompt_toolkit", "questionary", "rich_click", "typer", "typer_slim", "absl.app", "IPython"}
_COMMANDS = ("django.core.management", "setuptools", "distutils", "invoke", "fabric", "nox")


def own_lines(module: ast.Module, nodes: Iterable[ast.AST]) -> Container[int]:
    """The numbers of the lines that run when the module is called as a program, as far as it says so itself.

    ``nodes`` are all that stand in the module.

    All of them where it uses a framework for command lines or reads ``sys.argv``; otherwise what
    ``if __name__ == "__main__":`` holds, and the functions that it names.
    """
    if _uses_a_framework(nodes):
        return range(1, _end(module.body) + 1)
    guarded = [each for each in module.body if isinstance(each, ast.If) and _is_guard(each.test)]
    named = {node.id for each in guarded for node in ast.walk(each) if isinstance(node, ast.Name)}
    called = [each for each in module.body if isinstance(each, _FUNCTIONS) and each.name in named]
    return frozenset(_lines((*guarded, *called)))


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _lines(statements: Iterable[ast.stmt]) -> Iterator[int]:
    for each in statements:
        yield from range(each.lineno, (each.end_lineno or each.lineno) + 1)


def _end(body: list[ast.stmt]) -> int:
    return body[-1].end_lineno or body[-1].lineno if body else 0


def _is_guard(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and any(isinstance(each, ast.Constant) and each.value == "__main__" for each in test.comparators)
    )


def _uses_a_framework(nodes: Iterable[ast.AST]) -> bool:
    """An import alone does not make a program: the name has to be used."""
    names: set[str] = set()
    used: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names if _is_framework(alias.name)}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level and _is_framework(node.module):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Name):
            used.add(node.id)
        elif isinstance(node, ast.Attribute) and node.attr == "argv" and ast.unparse(node) == "sys.argv":
            return True
    return not names.isdisjoint(used)


def _is_framework(module: str) -> bool:
    return module.partition(".")[0] in _FRAMEWORKS or module in _FRAMEWORKS or module.startswith(_COMMANDS)
