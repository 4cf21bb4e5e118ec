"""Every file in ``tests/cases/workflow_file`` is one workflow file and, beside it, all that the user is told about it.

A new case is two files: ``name.yml`` and ``name.errors`` with a line ``line:column: message`` per problem, and below
it the help, indented by four spaces, where there is one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.config.grammar import parse_workflow
from gaterunner.errors import EXIT_USAGE, WorkflowFileError
from gaterunner.model import Problem, Trouble

CASES = Path(__file__).parent.parent / "cases" / "workflow_file"


def told(problem: Problem) -> str:
    place = f"{problem.line}:{problem.column}: " if problem.line else ""
    return f"{place}{problem.message}\n" + (f"    {problem.help}\n" if problem.help else "")


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.yml")))
def test_a_wrong_workflow_file_is_told_in_full(name: str) -> None:
    with pytest.raises(WorkflowFileError) as caught:
        parse_workflow((CASES / f"{name}.yml").read_bytes(), "ci/gates.yml")
    assert "".join(map(told, caught.value.problems)) == (CASES / f"{name}.errors").read_text(encoding="utf-8")
    assert caught.value.exit_code == EXIT_USAGE
    for problem in caught.value.problems:
        assert (problem.path, problem.trouble) == ("ci/gates.yml", Trouble.WORKFLOW_FILE)
        assert "\n" not in problem.message


def test_every_expectation_has_its_file() -> None:
    assert {path.stem for path in CASES.glob("*.errors")} == {path.stem for path in CASES.glob("*.yml")}
