"""What the cases in tests/cases/boundaries are told as: each a branch that uses data, by one way of writing it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from gaterunner.change import ChangeOptions, determine_change
from gaterunner.contract.boundaries.judge import Looked, judge_data
from gaterunner.contract.reading import read_spec
from gaterunner.git.repository import Repository as Checkout
from gaterunner.policies.context import PolicyContext
from gaterunner.secrets.engine import Engine
from tests.contract.contracts import PATH, spec, workflow
from tests.gitrepo import Repository

FILES = sorted((Path(__file__).parents[2] / "cases" / "boundaries").glob("*.yml"))


def files_of(case: dict[str, Any], number: int) -> dict[str, str]:
    files = case.get("files") or {case["path"]: case["text"]}
    return {f"case{number}/{path}": text for path, text in files.items()}


def judged(tmp_path: Path, given: dict[str, Any]) -> list[Looked]:
    """All cases are one branch, of which each is judged alone."""
    cases = given["cases"]
    before = {
        f"case{number}/{path}": text
        for number, case in enumerate(cases)
        for path, text in case.get("before", {}).items()
    }
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {"README.md": "x\n", **before})
    repo.switch("feat/filters", create=True)
    repo.commit("Work", {path: text for n, case in enumerate(cases) for path, text in files_of(case, n).items()})
    found: list[Looked] = []
    with Checkout.open(repo.root, env=dict(os.environ)) as checkout:
        change = determine_change(checkout, ChangeOptions(base="main"), None)
        for number, case in enumerate(cases):
            mine = tuple(file for file in change.files if file.path.startswith(f"case{number}/"))
            part = replace(change, files=mine)
            context = PolicyContext(change=part, repository=checkout, secrets=Engine(), workflow=workflow())
            data = yaml.safe_dump(case.get("data", given["data"]), default_flow_style=True).replace("\n", " ")
            found.append(judge_data(context, read_spec(spec(data=data).encode(), PATH)))
    return found


def as_told(looked: Looked) -> list[str] | str:
    rules = sorted({finding.rule.removeprefix("spec/data-") for finding in looked.findings})
    unseen = looked.opaque or looked.opaque_logs or looked.mapped or looked.left
    return rules or ("told" if unseen else "nothing")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_way_of_using_data_is_found_or_told_as_unseen(tmp_path: Path, file: Path) -> None:
    given = yaml.safe_load(file.read_text(encoding="utf-8"))
    looked = judged(tmp_path, given)
    told = {case["name"]: as_told(each) for case, each in zip(given["cases"], looked, strict=True)}
    assert told == {case["name"]: case["expect"] for case in given["cases"]}
