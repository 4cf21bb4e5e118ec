"""Pull requests of forks and of Dependabot get the required check, though their token may not write one."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer, Unread, bad, known, ok
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.required import required_or_unknown

_DEPENDABOT = (".github/dependabot.yml", ".github/dependabot.yaml")


def judge(facts: Facts) -> Answer:
    """Looks for signs of such pull requests, and for what reports their check then."""
    signs = _signs(facts)
    if not signs:
        known(facts.pulls)
        known(facts.paths)
        return ok("neither forks nor Dependabot open pull requests here")
    calls = known(facts.calls)
    found = required_or_unknown(facts, known(facts.protection))
    jobs = {call.status for call in calls.judging}
    second = {call.check for call in calls.of if call.kind == "second stage"}
    stuck = [check.name for check in found if check.name not in jobs and check.name not in second]
    if not stuck:
        return ok(f"{signs[0]} and the like get the required check")
    return bad(
        f"{', '.join(signs[:3])}: their token may not write the required check {', '.join(stuck)}, which stays pending",
        "require the job instead of the check, or publish in a second stage (docs/forks.md)",
    )


def _signs(facts: Facts) -> list[str]:
    """What of the facts that are known says so."""
    paths = () if isinstance(facts.paths, Unread) else facts.paths
    pulls = () if isinstance(facts.pulls, Unread) else facts.pulls
    made = [f"#{pull.number} by {pull.author}" for pull in pulls if pull.from_fork or _is_dependabot(pull.author)]
    return [*(path for path in _DEPENDABOT if path in paths), *made]


def _is_dependabot(login: str) -> bool:
    return login.casefold() in ("dependabot[bot]", "dependabot")
