"""Every file in ``tests/cases/contract`` is one spec with mistakes and, beside it, all that the user is told about it.

A new case is two files: ``name.md`` (or ``name.yml``) and ``name.errors`` with a line ``line:column: message`` per
problem, and below it the help, indented by four spaces, where there is one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.contract.reading import read_spec
from gaterunner.errors import EXIT_USAGE, WorkflowFileError
from gaterunner.model import Problem, Trouble

CASES = Path(__file__).parent.parent / "cases" / "contract"
SPECS = sorted(path for path in CASES.iterdir() if path.suffix != ".errors")


def told(problem: Problem) -> str:
    place = f"{problem.line}:{problem.column}: " if problem.line else ""
    return f"{place}{problem.message}\n" + (f"    {problem.help}\n" if problem.help else "")


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.name)
def test_a_wrong_spec_is_told_in_full(file: Path) -> None:
    with pytest.raises(WorkflowFileError) as caught:
        read_spec(file.read_bytes(), f"specs/{file.name}")
    assert "".join(map(told, caught.value.problems)) == file.with_suffix(".errors").read_text(encoding="utf-8")
    assert caught.value.exit_code == EXIT_USAGE
    for problem in caught.value.problems:
        assert (problem.path, problem.trouble) == (f"specs/{file.name}", Trouble.WORKFLOW_FILE)
        assert "\n" not in problem.message


def test_every_expectation_has_its_file() -> None:
    assert {path.stem for path in CASES.glob("*.errors")} == {path.stem for path in SPECS}
