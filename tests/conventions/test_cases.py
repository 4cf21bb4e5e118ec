"""Every case of tests/cases/conventions: given these files, this gate becomes this command, or this error.

To add one, add an entry to a file there; no code is needed. ``why`` and ``error`` list texts that must appear.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from gaterunner.config.conventions import Resolution, Unresolved, resolve
from tests.conventions.trees import MappingTree

_CASES = Path(__file__).parents[1] / "cases" / "conventions"


def _cases() -> list[Any]:
    found = []
    for path in sorted(_CASES.glob("*.yml")):
        for name, case in yaml.safe_load(path.read_text()).items():
            found.append(pytest.param(case, id=f"{path.stem}: {name}"))
    return found


@pytest.mark.parametrize("case", _cases())
def test_a_name_becomes_what_its_case_says(case: dict[str, Any]) -> None:
    tree = MappingTree({path: content or "" for path, content in case["files"].items()})
    for gate, expected in case["gates"].items():
        found = resolve(gate, tree)
        if "command" in expected:
            assert isinstance(found, Resolution), found
            assert found.command == expected["command"]
            for text in expected.get("why", ()):
                assert text in found.why
        else:
            assert isinstance(found, Unresolved), found
            for text in expected["error"]:
                assert text in f"{found.message}\n{found.help}"
