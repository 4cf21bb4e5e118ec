"""The facts of a repository without a fault, for tests that change one of them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from gaterunner.config.grammar import parse_workflow
from gaterunner.doctor.answers import Outcome
from gaterunner.doctor.ci import read_ci
from gaterunner.doctor.diagnosis import PointResult, examine
from gaterunner.doctor.facts import ActionsSettings, Facts, LawFile, Owners, RecentPull, TokenSettings
from gaterunner.policies.forge import Protection, RequiredCheck
from tests.doctor.hosted import ACTIONS, CI, LAW, OWNERS, WORKFLOW

PULL = RecentPull(number=7, author="agent", is_bot=False, from_fork=False, is_open=True, runs=1)
PROTECTION = Protection(
    branch="main",
    is_protected=True,
    pull_request=True,
    approvals=1,
    dismiss_stale=True,
    code_owners=True,
    force_push_blocked=True,
    deletion_blocked=True,
    checks=(RequiredCheck(name="gaterunner", source=ACTIONS),),
    bypass=(),
)
PATHS = (CI, ".gaterunner.yml", ".github/CODEOWNERS")
CI_FILES = (read_ci(CI, WORKFLOW),)
FACTS = Facts(
    repository="octo/example",
    branch="main",
    actions_app=ACTIONS,
    protection=PROTECTION,
    law=LawFile(workflow=parse_workflow(LAW.encode(), ".gaterunner.yml")),
    paths=PATHS,
    ci=CI_FILES,
    outside=(),
    disabled=(),
    owners=Owners(".github/CODEOWNERS", OWNERS),
    owner_errors=(),
    actions=ActionsSettings(enabled=True, pins_required=False),
    token=TokenSettings(default="read", approves=False),
    pulls=(PULL,),
)


def facts(**changes: Any) -> Facts:
    """The sample with some facts changed; ``protection`` may be given as a dictionary of what differs in it."""
    protection = changes.get("protection")
    if isinstance(protection, dict):
        changes["protection"] = replace(PROTECTION, **protection)
    if "workflow" in changes:
        changes["ci"] = (read_ci(CI, changes.pop("workflow")),)
    if "law" in changes and isinstance(changes["law"], str):
        changes["law"] = LawFile(workflow=parse_workflow(changes["law"].encode(), ".gaterunner.yml"))
    return replace(FACTS, **changes)


def point(name: str, **changes: Any) -> PointResult:
    """What one point says of the sample with some facts changed."""
    return next(each for each in examine(facts(**changes)).points if each.name == name)


def outcome(name: str, **changes: Any) -> Outcome:
    return point(name, **changes).outcome
