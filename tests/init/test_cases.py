"""Every case of tests/cases/init: given these files, these gates are written and these are left out.

Whatever is written is valid, and what a bare name becomes is what was shown.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from gaterunner.config.conventions import Conventions, Resolution
from gaterunner.config.grammar import parse_workflow
from gaterunner.init.propose import propose
from gaterunner.init.types import LeftOut, Proposal
from gaterunner.init.workflow_file import render_workflow_file
from tests.init.memory import Memory

_CASES = Path(__file__).parents[1] / "cases" / "init"


def cases(file: str) -> list[Any]:
    read = yaml.safe_load((_CASES / file).read_text("utf-8"))
    return [pytest.param(case, id=title) for title, case in read.items()]


def left_out(proposal: Proposal) -> list[LeftOut]:
    return [each for part in proposal.parts for each in part.left_out] + list(proposal.left_out)


def check_what_is_written(proposal: Proposal, tree: Memory) -> None:
    """The file is valid, holds the gates of the proposal, and its bare names become their commands."""
    workflow = parse_workflow(render_workflow_file(proposal).encode(), ".gaterunner.yml")
    assert [gate.name for gate in workflow.gates] == [gate.name for gate in proposal.gates]
    conventions = Conventions(tree)
    for written, meant in zip(workflow.gates, proposal.gates, strict=True):
        found = conventions.resolve(written.name) if written.run is None else None
        assert (found.command if isinstance(found, Resolution) else written.run) == meant.command
        assert (written.cwd, tuple(written.paths)) == (meant.folder or ".", meant.paths)


@pytest.mark.parametrize("case", cases("gates.yml"))
def test_gates(case: dict[str, Any]) -> None:
    tree = Memory(case["files"])
    proposal = propose(tree, default_branch=None)

    assert {gate.name: gate.command for gate in proposal.gates} == case["gates"]
    assert {gate.name: gate.command for gate in proposal.parts[0].later} == case.get("later", {})
    told = {each.name: each.why for each in left_out(proposal)}
    assert told.keys() == case.get("left-out", {}).keys()
    assert [name for name, why in case.get("left-out", {}).items() if why not in told[name]] == [], told
    for name, written in case.get("tests", {}).items():
        assert next(gate.tests for gate in proposal.gates if gate.name == name) == written
    if "not-found" in case:
        assert list(proposal.not_found) == case["not-found"]
    check_what_is_written(proposal, tree)


@pytest.mark.parametrize("case", cases("parts.yml"))
def test_parts(case: dict[str, Any]) -> None:
    tree = Memory(case["files"])
    proposal = propose(tree, default_branch=None)

    found = {
        gate.name: {
            "command": gate.command,
            **({"folder": gate.folder} if gate.folder else {}),
            **({"paths": list(gate.paths)} if gate.paths else {}),
        }
        for gate in proposal.gates
    }
    assert found == case["gates"]
    if "left-out" in case:
        assert [each.name for each in left_out(proposal) if each.name.endswith(("/", "more"))] == case["left-out"]
    assert any(not gate.paths for gate in proposal.gates), "a change on which no gate runs would not pass"
    check_what_is_written(proposal, tree)
