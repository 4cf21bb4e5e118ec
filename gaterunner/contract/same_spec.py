"""Whether evidence that was made by the law of an earlier commit was made by the same spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gaterunner.contract.phases import phase_of
from gaterunner.errors import EvaluationError
from gaterunner.model import Change
from gaterunner.policies.plain_files import entry_at

if TYPE_CHECKING:
    from gaterunner.config.types import Workflow
    from gaterunner.policies.context import RepositoryReader


def has_same_spec(repository: RepositoryReader, workflow: Workflow, change: Change, commit: str) -> bool:
    """Whether the spec of the branch's phase is the same at ``commit`` as in the law of ``change``, or is in neither.

    True for a branch of no phase. A commit that is not at hand has none that could be told to be the same.
    """
    phase = phase_of(workflow, change.branch)
    if phase is None or commit == change.law:
        return True
    path = workflow.specs.replace("{phase}", phase.name)
    try:
        then, now = (entry_at(repository, each, path) for each in (commit, change.law))
    except EvaluationError:
        return False
    return (then and (then.mode, then.blob)) == (now and (now.mode, now.blob))
