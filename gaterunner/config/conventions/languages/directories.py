"""Where repositories keep the tests of one kind."""

from __future__ import annotations

from collections.abc import Callable

from gaterunner.config.conventions.files import Files


def test_directory(gate: str, files: Files, is_test: Callable[[str], bool], *parents: str) -> str | None:
    """The first ``<parent>/<gate>`` (or ``<gate>_tests``) that holds a file which is a test."""
    for parent in parents:
        for name in (gate, f"{gate}_tests", f"{gate}-tests"):
            directory = f"{parent}/{name}" if parent else name
            if any(path.startswith(f"{directory}/") and is_test(path) for path in files.paths):
                return directory
    return None
