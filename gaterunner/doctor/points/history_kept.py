"""Nobody may force-push to the default branch or delete it: what was judged would no longer be what is there."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer, bad, known, ok
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.reading import not_told


def judge(facts: Facts) -> Answer:
    """Looks at both rules."""
    protection = known(facts.protection)
    missing = [
        *([] if protection.force_push_blocked else ["force pushes"]),
        *([] if protection.deletion_blocked else ["deletion"]),
    ]
    if not missing:
        return ok(f"{facts.branch} can be neither force-pushed to nor deleted")
    if protection.unread:
        raise not_told(protection)
    rules = {"force pushes": "*Block force pushes*", "deletion": "*Restrict deletions*"}
    return bad(
        f"{facts.branch} is not kept from {' and '.join(missing)}",
        f"add {' and '.join(rules[each] for each in missing)} to its ruleset",
    )
