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
        return ok(f"{names} counts only from {_app(wanted, facts)}")
    told = ", ".join(_app(source, facts) for source in sources)
    return bad(
        f"{names} is expected from {told}, and gaterunner reports as {_app(wanted, facts)}",
        "choose GitHub Actions as its source, or name the app in the workflow file: no-merge-to-main: {source: ID}",
    )


def _app(source: int | str | None, facts: Facts) -> str:
    """The app as people know it, with the id that rulesets and the workflow file hold."""
    return f"GitHub Actions (app {source})" if source == facts.actions_app else f"app {source}"
