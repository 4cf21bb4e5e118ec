"""Nobody may ignore the rules, but administrators in an emergency and on a pull request."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer, bad, known, ok, unknown
from gaterunner.doctor.facts import Facts
from gaterunner.policies.forge import Bypass

_EMERGENCY = ("role admin", "OrganizationAdmin", "EnterpriseOwner")
_SEEING = (
    "give doctor a token that may edit the rulesets (*Administration: write*, GH_TOKEN=$(gh auth token) of an "
    "administrator): GitHub tells nobody else who may bypass them"
)


def judge(facts: Facts) -> Answer:
    """Looks at the bypass lists of all rulesets that hold the branch, and of its classic protection."""
    protection = known(facts.protection)
    if protection.bypass is None:
        raise unknown("the token may not read who may bypass the rules", _SEEING)
    if not protection.is_protected:
        return bad(f"no rule holds {facts.branch}, so there is nothing to bypass", "see the points above")
    excused = [each for each in protection.bypass if _is_for_emergencies(each)]
    open_doors = [each for each in protection.bypass if each not in excused]
    if open_doors:
        return bad(
            f"the rules do not hold {', '.join(map(str, open_doors))}",
            "take them off the bypass list, or for administrators choose *For pull requests only*; no account that an "
            "agent uses should be on it",
        )
    if excused:
        return ok(f"only {', '.join(map(str, excused))} may, on a pull request")
    return ok("nobody may bypass the rules")


def _is_for_emergencies(bypass: Bypass) -> bool:
    return bypass.only_pull_requests and bypass.who.startswith(_EMERGENCY)
