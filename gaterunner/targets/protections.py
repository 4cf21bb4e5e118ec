"""Which protections were active, told as what they are: those that hold, and those that only look.

The order is that of their strength, as measured on PostgreSQL 15: a credential that is not there, a network without a
way out, a role without rights; then what is looked at, which a gate that wants to can get round.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from gaterunner.targets.allowed import Standing
from gaterunner.targets.gates import Holding
from gaterunner.targets.markers import Mark, Marked
from gaterunner.targets.survey import Survey

_LOGINS = (Standing.REFUSED, Standing.READ_ONLY)


def told(holdings: Sequence[Holding], survey: Survey, marked: Sequence[Marked]) -> str:
    """``enforced: …; checked, not enforced: …`` for a report."""
    enforced = list(_enforced(holdings, survey))
    checked = ", ".join(_checked(survey, marked))
    return (
        f"enforced: {', '.join(enforced)}; checked, not enforced: {checked}"
        if enforced
        else (f"checked, not enforced: {checked}")
    )


def _enforced(holdings: Sequence[Holding], survey: Survey) -> Iterator[str]:
    total = len(holdings)
    with_login = {
        gate for lead in survey.leads if lead.standing in _LOGINS and lead.login.password for gate in lead.gates
    }
    without = sum(holding.name not in with_login for holding in holdings)
    if without:
        yield f"no production credential in the environment of {_of(without, total)}"
    contained = sum(holding.contained for holding in holdings)
    if contained:
        yield f"no Docker socket and none of the machine's files for {_of(contained, total)}"
    sealed = sum(holding.sealed for holding in holdings)
    if sealed:
        yield f"no network but that of their services for {_of(sealed, total)}"
    made = sum(holding.makes_database for holding in holdings)
    if made:
        yield f"a role that owns nothing but a database of its own for {_of(made, total)}"


def _checked(survey: Survey, marked: Sequence[Marked]) -> Iterator[str]:
    standings = Counter(lead.standing for lead in survey.leads if lead.target is not None and lead.gates)
    allowed = sum(number for standing, number in standings.items() if standing is not Standing.REFUSED)
    total = sum(standings.values())
    yield (
        f"{allowed} of {_count(total, 'address', 'es')} of gates allowed"
        if total
        else "no address in gates' environments"
    )
    yield f"{_count(survey.settings, 'settings file')}"
    right = sum(each.mark is Mark.RIGHT for each in marked)
    if marked:
        yield f"marker right in {right} of {_count(len(marked), 'database')}"
    yield f"added lines of {_count(survey.changed, 'file')}"
    belted = sum(lead.standing is Standing.READ_ONLY for lead in survey.leads if lead.gates)
    if belted:
        yield f"{_count(belted, 'address', 'es')} in sessions that begin read-only"
    if survey.ignored:
        yield f"{_count(survey.ignored, 'file')} ignored as configured"


def _of(some: int, total: int) -> str:
    if some == total:
        return "every gate" if total > 1 else "the gate"
    return f"{some} of {total} gates"


def _count(number: int, noun: str, plural: str = "s") -> str:
    return f"{number:,} {noun}{'' if number == 1 else plural}"
