"""The default branch requires gaterunner's check, or a red one blocks nothing."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer, bad, known, ok
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.reading import not_told
from gaterunner.doctor.points.required import names, required


def judge(facts: Facts) -> Answer:
    """Looks at the rules and the classic protection of the default branch."""
    protection = known(facts.protection)
    found = required(facts, protection)
    if found:
        return ok(f"{facts.branch} requires {', '.join(dict.fromkeys(check.name for check in found))}")
    if protection.unread:
        raise not_told(protection)
    reported = names(facts)
    others = ", ".join(check.name for check in protection.checks)
    return bad(
        f"{facts.branch} requires {others or 'no check'}; gaterunner reports as {' or '.join(reported) or 'nothing'}",
        f"Settings → Rules → Rulesets, for {facts.branch}: *Require status checks to pass*, add "
        f"{reported[0] if reported else 'gaterunner'} with GitHub Actions as its source",
    )
