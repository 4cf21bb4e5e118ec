"""Which phase a branch belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gaterunner.config.types import Phase, Workflow


def phase_of(workflow: Workflow, branch: str | None) -> Phase | None:
    """The phase whose branch this is; None for any other branch and where the branch is not known."""
    return next((phase for phase in workflow.phases if phase.branch == branch), None)
