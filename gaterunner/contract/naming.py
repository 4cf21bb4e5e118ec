"""The flags and cutovers that a spec can name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gaterunner.contract.types import Spec

if TYPE_CHECKING:
    from gaterunner.policies.context import PolicyContext


def known_flags(context: PolicyContext) -> frozenset[str]:
    """The flags that the workflow file declares."""
    return frozenset(flag.name for flag in context.workflow.flags)


def known_cutovers(context: PolicyContext, spec: Spec) -> frozenset[str]:
    """The cutovers declared at the base, and those that the branch adds; a file that cannot be read declares none.

    Nothing is read where the spec names none. Raises ``EvaluationError`` when a tree cannot be had.
    """
    if not spec.cutovers:
        return frozenset()
    from gaterunner.cutovers.held import held

    commits = (context.change.base, context.change.judged)
    return frozenset(cutover.name for commit in commits for cutover in held(context.repository, commit).cutovers)
