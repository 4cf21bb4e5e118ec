"""The JSON Schemas that are shipped can be used where they are meant for: in editors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from gaterunner.schemas import schema_of

# ECMA-262, with its flag `u` under which editors and ajv read patterns: what a backslash may stand before.
ESCAPES = set("^$\\.*+?()[]{}|/dDsSwWbBnrtvfxu0")


def patterns(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        for value in node.values():
            yield from patterns(value)
    elif isinstance(node, list):
        for value in node:
            yield from patterns(value)


@pytest.mark.parametrize("kind", ["workflow", "spec", "panel"])
def test_the_patterns_are_expressions_of_editors_as_well(kind: str) -> None:
    found = list(patterns(json.loads(schema_of(kind))))
    assert found
    for pattern in found:
        assert {match[1] for match in re.finditer(r"\\(.)", pattern)} <= ESCAPES, pattern
        assert not re.search(r"\(\?(?:P|>|#|[aiLmsux-]+[:)])|\\[AZ]", pattern), pattern
