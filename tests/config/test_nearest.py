from __future__ import annotations

import pytest

from gaterunner.config.nearest import nearest

NAMES = ("build", "type-check", "unit", "integration")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("biuld", "build"),
        ("type_check", "type-check"),
        ("UNIT", "unit"),
        ("intergation", "integration"),
        ("units", "unit"),
        ("deploy", None),
        ("x", None),
        ("", None),
        ("b" * 1000, None),
    ],
)
def test_the_nearest_name(wrong: str, right: str | None) -> None:
    assert nearest(wrong, NAMES) == right
