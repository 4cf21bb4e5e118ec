"""Whether the cutovers that a change moves are those that its spec names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gaterunner.config.problems import quoted
from gaterunner.config.types import CUTOVERS_PATH
from gaterunner.contract.findings import found
from gaterunner.contract.types import Spec
from gaterunner.model import Finding

if TYPE_CHECKING:
    from gaterunner.cutovers.types import Cutover
    from gaterunner.policies.context import PolicyContext

_HELP = "Leave it to the phase whose spec names it, or have this one name it under `cutovers`, on the target branch."


def judge_cutovers(spec: Spec, context: PolicyContext) -> Iterator[Finding]:
    """A finding for each cutover that the change begins, moves or ends and that the spec does not name.

    What they are about may be taken away in the end, so that they are part of what a phase may touch. Raises
    ``EvaluationError`` when a tree cannot be had.
    """
    if all(file.path != CUTOVERS_PATH for file in context.change.files):
        return
    from gaterunner.cutovers.held import held

    change = context.change
    base, judged = (
        {one.name: one for one in held(context.repository, commit).cutovers} for commit in (change.base, change.judged)
    )
    for name in dict.fromkeys((*base, *judged)):
        did = _did(base.get(name), judged.get(name))
        if did is not None and name not in spec.cutovers:
            message = f"{did} the cutover {quoted(name)}, which the spec does not name"
            yield found("outside-touchpoints", message, _HELP, key=f"cutover\0{name}", path=CUTOVERS_PATH)


def _did(before: Cutover | None, after: Cutover | None) -> str | None:
    """What became of one cutover; None for nothing, and for taking away the entry of one that is done."""
    from gaterunner.cutovers.types import PHASES

    if before is None:
        return "begins"
    if after is None:
        return "gives up" if before.phase != PHASES[-1] else None
    return "changes" if replace(before, position=after.position) != after else None
