"""What tells two plans apart. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from gaterunner.plan.names import whole_name
from gaterunner.plan.types import PlannedGate


def plan_digest(law_sha256: str, judged: str, plan: Sequence[PlannedGate]) -> str:
    """What tells two plans apart, as a sha256 in hex: law, judged commit, and each gate's command, image and shards.

    It is the same for every selection by ``--gate``, so that a part can show which plan it is a part of.
    """
    rows = {
        whole_name(each.gate.name, each.shard): (
            each.command,
            each.gate.shell,
            each.gate.cwd,
            each.image,
            each.gate.shards,
            each.env,
        )
        for each in plan
    }
    # By name, as the order within a plan depends on what is selected.
    return hashlib.sha256(msgspec.json.encode([law_sha256, judged, sorted(rows.items())])).hexdigest()
