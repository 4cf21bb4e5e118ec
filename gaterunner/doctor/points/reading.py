"""What several points ask of the facts. Pure."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer, UnknownError, bad, known, ok, unknown
from gaterunner.doctor.ci import Calls
from gaterunner.doctor.facts import Facts
from gaterunner.policies.forge import Protection

ADMINISTRATION = (
    "give doctor a token of an administrator with *Administration: read* (GH_TOKEN=$(gh auth token)); the GITHUB_TOKEN "
    "of a workflow never has it"
)


def not_told(protection: Protection) -> UnknownError:
    """For something that may stand in what the token may not read; to be raised."""
    return unknown(f"the token may not read {' and '.join(protection.unread)}", ADMINISTRATION)


def held(facts: Facts, *, name: str, good: str, wrong: str, fix: str) -> Answer:
    """The answer about one property of the protection: what was not read may still hold it."""
    protection = known(facts.protection)
    if getattr(protection, name):
        return ok(good)
    if protection.unread:
        raise not_told(protection)
    return bad(wrong, fix)


def judging_calls(facts: Facts) -> Calls:
    """Where gaterunner is called. Raises ``UnknownError`` where nobody is known to call it."""
    calls = known(facts.calls)
    if not calls.judging:
        raise unknown("no workflow is known to call gaterunner", "see the point called")
    return calls
