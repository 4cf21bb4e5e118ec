"""Whether a declared cutover permits a destructive step of a migration."""

from __future__ import annotations

from gaterunner.cutovers.targets import covers
from gaterunner.cutovers.types import Cutover, Cutovers
from gaterunner.migrations.destructive import Step


def permits(cutovers: Cutovers, step: Step) -> Cutover | None:
    """The cutover that lets the step through, None when none does.

    It must be about what the step takes away, at the base already; and either be at its last phase there, or be taken
    there from the one before by this change.
    """
    if step.table is None:
        return None
    judged = {cutover.name: cutover for cutover in cutovers.judged}
    for cutover in cutovers.base:
        if not any(covers(target, step.table, step.column) for target in cutover.drops):
            continue
        after = judged.get(cutover.name)
        moved = after is not None and (cutover.phase, after.phase) == ("read-new", "stop-old")
        if cutover.phase == "stop-old" or moved:
            return cutover
    return None
