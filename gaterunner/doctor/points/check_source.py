"""The required check counts only from the app that reports it: GitHub otherwise takes any check of that name."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer, bad, known, ok
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.required import policy_options, required_or_unknown
from gaterunner.policies.target_protection import GITHUB_ACTIONS


def judge(facts: Facts) -> Answer:
    """Looks for the id of GitHub Actions, or the one that the policy no-merge-to-main names."""
    protection = known(facts.protection)
    found = required_or_unknown(facts, protection)
    names = ", ".join(dict.fromkeys(check.name for check in found))
    expected = policy_options(facts).source
    if expected == "any":
        return ok(f"the workflow file takes {names} from any source")
    sources = {check.source for check in found}
    if None in sources:
        return bad(
            f"{names} is taken from any app, and from whoever may write statuses",
            "choose GitHub Actions as the source of the required check in the ruleset",
        )
    # On an Enterprise Server, GitHub Actions is another app than the policy's default says.
    wanted = known(facts.actions_app) if expected == GITHUB_ACTIONS else expected
    if wanted in sources:
        return ok(f"{names} counts only from app {wanted}")
    return bad(
        f"{names} is expected from app {', '.join(map(str, sources))}, and gaterunner reports as {wanted}",
        "choose GitHub Actions as its source, or name the app in the workflow file: no-merge-to-main: {source: ID}",
    )
