"""A fault of the workflow file that shows only when it meets the repository."""

from __future__ import annotations

from gaterunner.config.types import Position, Workflow
from gaterunner.model import Problem, Trouble


def workflow_problem(workflow: Workflow, position: Position, message: str, help: str) -> Problem:
    """The problem as the report tells it, at its position."""
    return Problem(
        trouble=Trouble.WORKFLOW_FILE,
        message=message,
        path=workflow.path,
        line=position.line,
        column=position.column,
        help=help,
    )
