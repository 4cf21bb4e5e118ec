"""Every case under ``tests/cases/migrations``: given these files and this change, the policy says this.

A case file has ``base`` files and ``cases``; a case may add to the base, changes files in ``head`` and on the target
branch in ``target`` (null deletes), and names the outcome and every finding. ``fix`` are parts of the help texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gaterunner.migrations.tools import TOOLS
from tests.gitrepo import Repository
from tests.migrations.judging import judge_files, line

CASES = Path(__file__).parents[1] / "cases" / "migrations"


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        document = yaml.safe_load(path.read_text())
        for case in document["cases"]:
            yield pytest.param(document["base"], case, id=f"{path.stem}: {case['says']}")


@pytest.mark.parametrize(("base", "case"), list(cases()))
def test_case(repo: Repository, base: dict[str, str], case: dict[str, Any]) -> None:
    files = {**base, **case.get("base", {})}
    result = judge_files(repo, files, case["head"], case.get("target"), **case.get("options", {}))
    assert [line(finding) for finding in result.findings] == case.get("findings", [])
    assert result.outcome == case["outcome"], result.reason
    helps = "\n".join(finding.help or "" for finding in result.findings)
    for part in case.get("fix", []):
        assert part in helps


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_has_an_honest_and_several_hostile_cases(tool: str) -> None:
    document = yaml.safe_load((CASES / f"{tool}.yaml").read_text())
    outcomes = [case["outcome"] for case in document["cases"]]
    assert outcomes.count("passed") >= 1
    assert outcomes.count("failed") >= 2
