"""The flags and cutovers that a spec can name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gaterunner.contract.types import Spec

if TYPE_CHECKING:
    from gaterunner.policies.context import PolicyContext


def known_flags(context: PolicyContext, spec: Spec) -> frozenset[str]:
    """The flags that the manifests declare at the base and in the branch; one that cannot be read declares none.

    Nothing is read where the spec names none. Raises ``EvaluationError`` when a tree cannot be had.
    """
    manifests = context.workflow.flag_manifest
    if not spec.flags or not manifests:
        return frozenset()
    from gaterunner.flags.held import held_flags

    commits = (context.change.base, context.change.judged)
    return frozenset(name for commit in commits for name in held_flags(context.repository, commit, manifests).flags)


def known_cutovers(context: PolicyContext, spec: Spec) -> frozenset[str]:
    """The cutovers declared at the base, and those that the branch adds; a file that cannot be read declares none.

    Nothing is read where the spec names none. Raises ``EvaluationError`` when a tree cannot be had.
    """
    if not spec.cutovers:
        return frozenset()
    from gaterunner.cutovers.held import held

    commits = (context.change.base, context.change.judged)
    return frozenset(cutover.name for commit in commits for cutover in held(context.repository, commit).cutovers)
