"""docs/caching.md tells the truth."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from gaterunner.config.grammar import parse_workflow
from gaterunner.store.keys import TOOLCHAIN
from gaterunner.store.records import MAX_AGE
from gaterunner.store.store import MAX_BYTES, MAX_RUNS

PAGE = (Path(__file__).parents[2] / "docs" / "caching.md").read_text("utf-8")


def test_its_examples_are_valid() -> None:
    examples = re.findall(r"^```yaml\n(workflow:.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

    assert [parse_workflow(each.encode(), "caching.md").gates[0].name for each in examples] == ["unit"]


def test_its_bounds_are_those_of_the_code() -> None:
    assert timedelta(days=30) == MAX_AGE
    assert "at most 30 days" in PAGE
    assert f"the newest {MAX_RUNS} runs, at most {MAX_BYTES // 1024**2} MiB" in PAGE


def test_the_variables_that_it_names_are_looked_at() -> None:
    (row,) = re.findall(r"^\| gates on this machine .*$", PAGE, re.MULTILINE)

    assert set(re.findall(r"`([A-Z_]+)`", row)) <= set(TOOLCHAIN)
