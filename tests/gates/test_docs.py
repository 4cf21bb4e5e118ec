"""The examples and names of ``docs/proof.md`` are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gaterunner.config.grammar import parse_workflow
from gaterunner.evidence.coverage import MAX_BLOCKS
from gaterunner.evidence.junit_xml import MAX_CASES
from gaterunner.gates import baseline, retrying

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "proof.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())
GATES = Path(baseline.__file__).parent


@pytest.mark.parametrize("text", re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
def test_an_example_is_a_workflow_file(text: str) -> None:
    assert parse_workflow(text.encode(), ".gaterunner.yml").gates


def test_the_bounds_are_the_code_s() -> None:
    assert f"{MAX_CASES:,} tests" in WORDS
    assert f"at most {MAX_BLOCKS} are listed" in WORDS
    assert f"At most {baseline.MAX_FINDINGS} findings of each kind" in WORDS
    assert retrying.MAX_FINDINGS == baseline.MAX_FINDINGS


def test_the_findings_of_the_comparison_are_all_explained() -> None:
    told = set(re.findall(r'"((?:test|base)-[a-z-]+)"', (GATES / "baseline.py").read_text()))
    assert told == set(
        re.findall(r"^\| `((?:test|base)-[a-z-]+)`[^|]*\| (?:was|passed|gone|there)", PAGE, re.MULTILINE)
    )
