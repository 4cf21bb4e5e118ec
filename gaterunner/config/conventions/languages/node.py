"""Node: the tools that the project itself depends on, started without ever downloading one."""

from __future__ import annotations

import re

from gaterunner.config.conventions.files import Files, table
from gaterunner.config.conventions.languages.directories import test_directory
from gaterunner.config.conventions.node_manager import node_manager
from gaterunner.config.conventions.types import Offer

_TEST_FILE = re.compile(
    r"(?:\.|-|_)(?:test|spec)\.[cm]?[jt]sx?$|(?:^|/)(?:__tests__|tests?)/(?:.*/)?[^/]+\.[cm]?[jt]sx?$"
)
# tool -> the command that runs once and ends; `vitest` alone would watch.
_TEST_TOOLS = {"vitest": "vitest run", "jest": "jest", "mocha": "mocha", "ava": "ava"}


def present(files: Files) -> bool:
    return files.has("package.json")


def offer(gate: str, files: Files) -> Offer | None:
    """The command for a standard gate, with its evidence; raises ``SourceError`` on a broken package.json."""
    if not present(files):
        return None
    if gate in ("unit", "test"):
        return _test(files, "")
    if gate in _OFFERS:
        return _OFFERS[gate](files)
    directory = test_directory(gate, files, _is_test, "tests", "test", "")
    return _test(files, directory) if directory else None


def _is_test(path: str) -> bool:
    return _TEST_FILE.search(path) is not None


def _depends(files: Files, tool: str) -> bool:
    package = files.json("package.json")
    return any(tool in table(package, group) for group in ("dependencies", "devDependencies", "optionalDependencies"))


def _with(files: Files, command: str, evidence: str) -> Offer:
    manager = node_manager(files)
    return Offer(command=f"{manager.execute} {command}", evidence=f"{evidence}; {manager.name}: {manager.evidence}")


def _build(files: Files) -> Offer | None:
    if _depends(files, "next"):
        return _with(files, "next build", "next is a dependency")
    if _depends(files, "vite") and files.first("index.html", *_variants("vite.config")):
        return _with(files, "vite build", "vite is a dependency")
    if _depends(files, "typescript") and files.has("tsconfig.json"):
        return _with(files, "tsc --build", "typescript is a dependency and tsconfig.json is there")
    return None


def _type_check(files: Files) -> Offer | None:
    if not (_depends(files, "typescript") and files.has("tsconfig.json")):
        return None
    # A solution file (`"files": []` with references) makes `tsc --noEmit` succeed over nothing at all.
    command = "tsc --build" if '"references"' in files.text("tsconfig.json") else "tsc --noEmit"
    return _with(files, command, "typescript is a dependency and tsconfig.json is there")


def _lint(files: Files) -> Offer | None:
    if files.first("biome.json", "biome.jsonc"):
        return _with(files, "biome lint .", "biome.json")
    settings = files.first(*_variants("eslint.config"), *(f".eslintrc{end}" for end in _ESLINTRC))
    if settings:
        return _with(files, "eslint .", settings)
    if "eslintConfig" in files.json("package.json"):
        return _with(files, "eslint .", "eslintConfig in package.json")
    return None


def _format_check(files: Files) -> Offer | None:
    if files.first("biome.json", "biome.jsonc"):
        return _with(files, "biome format .", "biome.json")
    if _depends(files, "prettier"):
        return _with(files, "prettier --check .", "prettier is a dependency")
    return None


def _test(files: Files, directory: str) -> Offer | None:
    tests = [path for path in files.paths if _is_test(path) and path.startswith(directory)]
    if not tests:
        return None
    count = f"{len(tests)} test file{'s' if len(tests) != 1 else ''}"
    target = f" {directory}" if directory else ""
    for tool, command in _TEST_TOOLS.items():
        if _depends(files, tool):
            return _with(files, command + target, f"{count}; {tool} is a dependency")
    if files.contains(r"""['"]node:test['"]""", tests):
        pattern = f' "{directory}/**/*.*js"' if directory else ""
        return Offer(command=f"node --test{pattern}", evidence=f"{count} that use node:test")
    return None


def _variants(name: str) -> tuple[str, ...]:
    return tuple(f"{name}.{end}" for end in ("js", "mjs", "cjs", "ts", "mts", "cts"))


_ESLINTRC = ("", ".js", ".cjs", ".json", ".yml", ".yaml")
_OFFERS = {"build": _build, "type-check": _type_check, "lint": _lint, "format-check": _format_check}
