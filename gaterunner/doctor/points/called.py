"""A GitHub workflow calls gaterunner, and it is switched on."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer, Unread, bad, known, ok, unknown
from gaterunner.doctor.ci import Calls
from gaterunner.doctor.facts import Facts

_FIX = "add .github/workflows/gates.yml (gaterunner init writes one; docs/github.md shows it)"


def judge(facts: Facts) -> Answer:
    """Looks at every workflow file of the default branch."""
    calls = known(facts.calls)
    if not calls.judging:
        return _uncalled(facts, calls)
    names = ", ".join(workflow.path for workflow in calls.workflows)
    if isinstance(facts.disabled, Unread):
        raise unknown(f"{names} calls gaterunner; {facts.disabled.why}", facts.disabled.help)
    off = [workflow.path for workflow in calls.workflows if workflow.path in facts.disabled]
    if len(off) == len(calls.workflows):
        return bad(f"{', '.join(off)} calls gaterunner and is switched off", f"gh workflow enable {off[0]}")
    return ok(f"{names} calls gaterunner")


def _uncalled(facts: Facts, calls: Calls) -> Answer:
    for outside in facts.outside:
        known(outside.ci)
    for each in calls.unreadable:
        raise unknown(f"{each.path} cannot be read ({each.why})", "mend it: it may be the one that calls gaterunner")
    return bad("no workflow in .github/workflows calls gaterunner", _FIX)
