"""The shipped workflow uses what there is: inputs, outputs, rows of the matrix, and the artifact of the first stage."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from gaterunner.reevaluation.on_github import EVENTS
from gaterunner.reevaluation.pending import Row

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "examples/github/re-evaluate.yml").read_text()


def loaded(path: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((ROOT / path).read_text())
    return found


def steps(path: str, uses: str) -> list[dict[str, Any]]:
    jobs = loaded(path)["jobs"].values()
    return [step for job in jobs for step in job["steps"] if str(step.get("uses", "")).startswith(uses)]


def test_it_starts_on_what_the_action_takes() -> None:
    assert set(loaded("examples/github/re-evaluate.yml")[True]) == set(EVENTS)  # YAML takes `on` for true


def test_its_inputs_and_outputs_are_the_actions() -> None:
    action = loaded("action.yml")
    for step in steps("examples/github/re-evaluate.yml", "org/gaterunner@"):
        assert set(step["with"]) <= set(action["inputs"])
    assert set(re.findall(r"steps\.pending\.outputs\.([\w-]+)", TEXT)) <= set(action["outputs"])


def test_the_matrix_has_what_it_asks_of_it() -> None:
    assert set(re.findall(r"matrix\.([\w-]+)", TEXT)) <= set(Row.__struct_fields__) | {"outputs"}


def test_it_takes_the_artifact_that_the_first_stage_leaves() -> None:
    (left,) = steps("examples/github/gates.yml", "actions/upload-artifact@")
    (taken,) = steps("examples/github/re-evaluate.yml", "actions/download-artifact@")
    _, again = steps("examples/github/re-evaluate.yml", "org/gaterunner@")
    assert taken["with"]["name"] == left["with"]["name"]
    assert again["with"]["onto"] == f"{taken['with']['path']}/{left['with']['path']}"


def test_nothing_of_a_branch_is_checked_out() -> None:
    (checkout,) = steps("examples/github/re-evaluate.yml", "actions/checkout@")
    assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}"
    assert checkout["with"]["persist-credentials"] is False
