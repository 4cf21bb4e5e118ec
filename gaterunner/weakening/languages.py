"""Which reader knows a file's language. A reader is loaded when a change touches a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from gaterunner.weakening.paths import extension
from gaterunner.weakening.types import Sheet

_READERS = {
    "py": "python",
    "go": "go",
    **dict.fromkeys(("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"), "javascript"),
}


def read_tests(path: str, data: bytes) -> Sheet | None:
    """What the file says about its tests; None in a language that nobody here reads."""
    module = _READERS.get(extension(path))
    if module is None:
        return None
    read = cast("Callable[[bytes], Sheet]", import_module(f"gaterunner.weakening.{module}").read)
    return read(data)
