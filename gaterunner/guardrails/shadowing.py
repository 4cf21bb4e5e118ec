"""New files that Python would import where a gate asks for a tool or for the standard library."""

from __future__ import annotations

import posixpath

from gaterunner.guardrails.findings import found, shown
from gaterunner.guardrails.whole_files import what_became
from gaterunner.model import FileChange, Finding

# The modules that a run of tests or checks imports by name, and would take from the folder that it starts in.
_TOOL_NAMES = """
    _pytest pytest pluggy iniconfig coverage pytest_cov xdist mypy ruff black isort flake8 pycodestyle
    pyflakes pylint bandit nox tox pip setuptools wheel poethepoet hypothesis nose unittest doctest junitparser
"""
_STANDARD_NAMES = """
    runpy importlib typing traceback warnings inspect subprocess argparse pathlib shutil tempfile functools
    collections contextlib logging json ast dataclasses re os io abc enum copy random threading socket ssl hashlib
    linecache tokenize codecs encodings
"""
_TOOLS = frozenset(_TOOL_NAMES.split())
_SHADOWED = _TOOLS | frozenset(_STANDARD_NAMES.split())


def shadows(path: str, folder: str, *, tools_only: bool = False) -> str | None:
    """The module that a new file takes the place of when Python starts in ``folder``; None where it takes none.

    A folder without ``__init__.py`` takes no place: an installed package of that name comes first (PEP 420).
    """
    if folder != ".":
        if not path.startswith(f"{folder}/"):
            return None
        path = path[len(folder) + 1 :]
    head, slash, rest = path.partition("/")
    stem, dot, suffix = head.partition(".")
    is_module = not slash and suffix in {"py", "pyc", "so", "abi3.so"} and dot
    is_package = not dot and posixpath.splitext(rest)[0] == "__init__"
    return stem if stem in (_TOOLS if tools_only else _SHADOWED) and (is_module or is_package) else None


def shadow(file: FileChange, module: str) -> Finding:
    """The finding about such a file."""
    message = f"{what_became(file)}: Python would import it where a gate asks for {shown(module)}"
    return found("tool-shadowed", message, path=file.path, key=module)
