"""Files that take part in every run of a tool without being named: pytest's conftest.py, Python's start-up files."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from gaterunner.guardrails.findings import found, shown
from gaterunner.model import FileChange, Finding

# Hooks that declare options, markers or headers, or hand tests their parameters, and decide no result.
_HARMLESS = frozenset({"pytest_addoption", "pytest_report_header", "pytest_generate_tests", "pytest_addhooks"})
_EFFECTS = {
    "pytest_collection_modifyitems": "it decides which tests run",
    "pytest_ignore_collect": "it decides which files are collected",
    "pytest_collect_file": "it decides which files are collected",
    "pytest_runtest_makereport": "it decides how a test's result is reported",
    "pytest_runtest_protocol": "it decides how a test is run",
    "pytest_runtest_call": "it decides how a test is run",
    "pytest_pyfunc_call": "it decides how a test is called",
    "pytest_report_teststatus": "it decides how a test's result is reported",
    "pytest_sessionfinish": "it can set the exit status",
    "pytest_configure": "it can change every option",
    "pytest_cmdline_main": "it can end the run",
    "collect_ignore": "files named there are not collected",
    "collect_ignore_glob": "files named there are not collected",
    "pytest_plugins": "it loads plugins",
}
_RUNNERS = frozenset({"pytest", "_pytest", "unittest", "pluggy", "doctest"})
_MAKERS = frozenset({"exec", "eval", "globals", "setattr", "delattr"})
_OF_OBJECTS = frozenset({"setattr", "delattr"})
_ENDINGS = frozenset(
    {("os", "_exit"), ("os", "abort"), ("os", "kill"), ("os", "execv"), ("os", "execvp"), ("sys", "exit"),
     ("atexit", "register"), ("pytest", "exit")}
)  # fmt: skip
_OTHERS = "it takes part in every run of the tests"


def compare_conftest(file: FileChange, old: bytes | None, new: bytes | None) -> Iterator[Finding]:
    """Hooks that come, go or change; fixtures are ordinary work of those who write tests."""
    before, after = (_hooks(data) for data in (old, new))
    if after is None:
        message = "cannot be read as Python, so what it does to the tests cannot be told"
        yield found("tool-settings", message, path=file.path, key="unreadable")
        return
    for name in dict.fromkeys((*(before or {}), *after)):
        was, will = (before or {}).get(name), after.get(name)
        if was is not None and will is not None and was[1] == will[1]:
            continue
        verb = "would be added" if was is None else "would be gone" if will is None else "would change"
        effect = _EFFECTS.get(name, _OTHERS)
        message = f"{shown(name)} {verb}: {effect}"
        yield found("tool-settings", message, path=file.path, line=will[0] if will else None, key=name)


def _hooks(data: bytes | None) -> dict[str, tuple[int, str]] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in the branch's code is none of our warnings
            return _hooks_of(ast.parse(data or b""))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # writing code down again recurses as well
        return None


def _hooks_of(module: ast.Module) -> dict[str, tuple[int, str]]:
    found_hooks: dict[str, tuple[int, str]] = {}
    tools = _names_of_tools(module)
    for node in ast.walk(module):
        if means := _behind_the_scenes(node, tools):
            held = found_hooks.get(means, (getattr(node, "lineno", 1), ""))
            found_hooks[means] = (held[0], held[1] + ast.unparse(node))
        name = _name(node)
        if name and name not in _HARMLESS and isinstance(node, ast.stmt):
            if name == "pytest_configure" and isinstance(node, ast.FunctionDef) and _only_markers(node):
                continue
            held = found_hooks.get(name, (node.lineno, ""))
            found_hooks[name] = (held[0], held[1] + ast.unparse(node))
    return found_hooks


def _name(node: ast.AST) -> str:
    """The hook that a node defines, whether as a function, by an assignment or by an import."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        is_hook = any("hookimpl" in ast.unparse(each) for each in node.decorator_list)
        return node.name if node.name.startswith("pytest_") or is_hook else ""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]
        return next((name for name in names if name.startswith(("pytest_", "collect_ignore"))), "")
    if isinstance(node, ast.ImportFrom):
        names = [alias.asname or alias.name for alias in node.names]
        if names == ["*"]:
            return f"from {'.' * node.level}{node.module or ''} import *"
        return next((name for name in names if name.startswith("pytest_")), "")
    return ""


def _names_of_tools(module: ast.Module) -> frozenset[str]:
    """What the module calls pytest, unittest and what they are made of."""
    found_names = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found_names |= {
                each.asname or each.name.partition(".")[0]
                for each in node.names
                if each.name.partition(".")[0] in _RUNNERS
            }
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in _RUNNERS:
            found_names |= {each.asname or each.name for each in node.names}
    return frozenset(found_names)


def _behind_the_scenes(node: ast.AST, tools: frozenset[str]) -> str:
    """What makes a hook without naming one, ends the process well or changes the runner itself; empty for the rest."""
    if isinstance(node, ast.Call):
        called = node.func
        if isinstance(called, ast.Name) and called.id in _MAKERS:
            of_tool = called.id not in _OF_OBJECTS or (bool(node.args) and _root(node.args[0]) in {*tools, "sys"})
            return f"{called.id}()" if of_tool else ""
        if isinstance(called, ast.Attribute) and (_root(called), called.attr) in _ENDINGS:
            return f"{_root(called)}.{called.attr}()"
    if isinstance(node, ast.ImportFrom) and any((node.module, each.name) in _ENDINGS for each in node.names):
        return f"from {node.module} import"
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Delete):
        targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
        changed = [each for each in targets if isinstance(each, ast.Attribute) and _root(each) in tools]
        return f"{ast.unparse(changed[0])} =" if changed else ""
    return ""


def _root(node: ast.AST) -> str:
    """The name that a chain of attributes, calls and indexes begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _only_markers(node: ast.FunctionDef) -> bool:
    """``config.addinivalue_line("markers", …)`` and nothing else declares markers."""
    return all(
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Call | ast.Constant)
        and (isinstance(line.value, ast.Constant) or ast.unparse(line.value.func).endswith(".addinivalue_line"))
        for line in node.body
    )
