"""The line of a name in a manifest."""

from __future__ import annotations

from gaterunner.guardrails.definitions.lines import Lines
from gaterunner.guardrails.definitions.manifests import package_json

TEXT = '{\n  "scripts": {\n    "test": "vitest",\n    "lint": "npm test"\n  }\n}\n'


def test_a_quoted_name_counts_before_a_word() -> None:
    assert [Lines(TEXT).of(name) for name in ("scripts", "test", "lint", "npm test", "itest", "nowhere")] == [
        2,
        3,
        4,
        4,
        3,
        None,
    ]


def test_a_name_without_quotes() -> None:
    text = "[tool.poe.tasks]\ntest = 'pytest'\nlint.cmd = 'ruff'\n"
    assert [Lines(text).of(name) for name in ("test", "lint", "ruff")] == [2, 3, 3]


def test_a_manifest_of_a_hundred_thousand_scripts_is_read_in_seconds() -> None:
    rows = ",\n".join(f'    "s{number}": "node s{number}.js"' for number in range(100_000))
    units = package_json("package.json", f'{{\n  "scripts": {{\n{rows}\n  }}\n}}\n').units

    assert units["s99999"].line == 100_002
