"""What a change does to specs, and whether it does anything else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gaterunner.contract.findings import found
from gaterunner.contract.held import Held
from gaterunner.contract.scope import LawFiles
from gaterunner.model import Finding

if TYPE_CHECKING:
    from gaterunner.policies.context import PolicyContext

_DID = {"A": "adds", "M": "changes", "D": "removes", "T": "changes the kind of"}


def only_law(context: PolicyContext) -> bool:
    """True for a change that touches nothing but the files that runs are judged by: it does not do a phase's work."""
    law = LawFiles(context.workflow)
    return bool(context.change.files) and all(law.holds(file.path) for file in context.change.files)


def spec_changes(context: PolicyContext, held: Held) -> Iterator[Finding]:
    """A finding for each spec that the change touches, which an approving review lets through."""
    law = LawFiles(context.workflow)
    for file in context.change.files:
        if not law.is_spec(file.path):
            continue
        own = file.path == held.path
        whose = "its own spec" if own else "a spec"
        if own and held.source == "head":
            after = "there is none at the base, so that the branch is judged by its own until it is merged"
        else:
            after = "what counts is the one at the base"
        message = (
            f"the branch {_DID[file.status]} {whose}, {file.path}: not proven until somebody else approves; {after}"
        )
        help = "Have the spec approved by somebody who is no author of the branch, best in a change of its own."
        yield found("changed", message, help, key="", path=file.path, approvable=True)
    if held.source == "head" and all(file.path != held.path for file in context.change.files):
        phase = held.phase.name if held.phase else ""
        yield found(
            "changed",
            f"the target has no spec for `{phase}` any more: {held.path} is the one from "
            "when the branch left it, and is not proven until somebody else approves",
            "Merge the target branch; where the phase goes on, have its spec brought back in a change of its own.",
            key="gone",
            path=held.path,
            approvable=True,
        )
