"""The rules about decisions, and how their findings are worded."""

from __future__ import annotations

from typing import Literal, Unpack, get_args

from gaterunner.config.types import DECISIONS_PATH
from gaterunner.governance.chain import Fault
from gaterunner.keyed_findings import Details, keyed
from gaterunner.model import Finding

RuleName = Literal[
    "unanswered",
    "outdated",
    "panel-changed",
    "differs",
    "escalated",
    "foreign",
    "unfit",
    "not-replayed",
    "unreadable",
    "edited",
    "truncated",
    "reordered",
    "inserted",
    "duplicate",
    "other-repository",
]
RULES: tuple[RuleName, ...] = get_args(RuleName)
UNPROVEN = frozenset({"decisions/differs"})
"""Rules of what the evidence does not show; all others are observed to be wrong."""

_RESTORE = (
    f"Take the target branch's log back (git checkout <target> -- {DECISIONS_PATH}), and put the questions again."
)


def found(rule: RuleName, message: str, help: str, *, key: str, **details: Unpack[Details]) -> Finding:
    """A finding about the log, unless it names another file; ``key`` as ``keyed`` has it."""
    details.setdefault("path", DECISIONS_PATH)
    return keyed(f"decisions/{rule}", message, help, key=key, **details)


def of_fault(fault: Fault, *, at_base: bool = False) -> Finding:
    """What is wrong with the log; one that the target branch gives can only be repaired by a change of it."""
    if at_base:
        where = f", line {fault.line}" if fault.line else ""
        message = f"the target branch's log is not whole{where}: {fault.message}"
        help = "Have the repair of the log approved by somebody who is no author of the branch."
        return found(fault.rule, message, help, key=f"base\0{fault.line}\0{fault.message}", approvable=True)
    key = f"{fault.line}\0{fault.message}"
    return found(fault.rule, fault.message, _RESTORE, key=key, line=fault.line)
