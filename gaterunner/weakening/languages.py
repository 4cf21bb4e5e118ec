"""Which reader knows a file's language. A reader is loaded when a change touches a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from gaterunner.weakening.paths import Rank, extension, rank
from gaterunner.weakening.sides import Sides
from gaterunner.weakening.types import EMPTY, Sheet, UnparsedError

_READERS = {
    "py": "python",
    "go": "go",
    "java": "java",
    "kt": "kotlin",
    "kts": "kotlin",
    "cs": "csharp",
    "rs": "rust",
    "php": "php",
    "rb": "ruby",
    "exs": "elixir",
    "bats": "bats",
    "feature": "gherkin",
    **dict.fromkeys(("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"), "javascript"),
}
# Readers that do not need a file to be well-formed, for where one side of it is not.
_BY_LINES = {"python": "python_lines"}


def read_tests(sides: Sides) -> tuple[Sheet, Sheet] | None:
    """What both sides of a file say about its tests, read in the same way; None for a language nobody here reads.

    Raises ``UnparsedError``.
    """
    module = _READERS.get(extension(sides.old_path))
    if module is None:
        return None
    try:
        return _both(sides, module)
    except (UnparsedError, RecursionError):
        if module not in _BY_LINES:
            raise UnparsedError from None
        return _both(sides, _BY_LINES[module])


def _both(sides: Sides, module: str) -> tuple[Sheet, Sheet]:
    read = cast("Callable[[bytes], Sheet]", import_module(f"gaterunner.weakening.{module}").read)
    return tuple(  # type: ignore[return-value]  # two of them
        EMPTY if data is None or rank(path) is Rank.NONE else read(data)
        for path, data in ((sides.old_path, sides.old), (sides.path, sides.new))
    )
