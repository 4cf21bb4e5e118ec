"""Which required check is gaterunner's, for the points about it. Pure."""

from __future__ import annotations

from gaterunner.doctor.answers import Unread, unknown
from gaterunner.doctor.ci import DEFAULT_CHECK
from gaterunner.doctor.facts import Facts
from gaterunner.doctor.points.reading import not_told
from gaterunner.policies.forge import Protection, RequiredCheck
from gaterunner.policies.no_merge_to_main import Options


def policy_options(facts: Facts) -> Options:
    """What the policy no-merge-to-main was told about the check; its defaults where it is not declared."""
    law = facts.law
    if isinstance(law, Unread) or law is None or law.workflow is None:
        return Options()
    declared = (policy.options for policy in law.workflow.policies)
    return next((options for options in declared if isinstance(options, Options)), Options())


def names(facts: Facts) -> tuple[str, ...]:
    """The names under which gaterunner's verdict reaches a commit: its check runs, then the jobs."""
    told = policy_options(facts).check
    found = [told] if isinstance(told, str) else []
    calls = facts.calls
    if isinstance(calls, Unread) or not calls.of:
        return tuple(dict.fromkeys([*found, DEFAULT_CHECK]))
    found += [call.check for call in calls.of if call.check is not None]
    found += [call.status for call in calls.judging if call.status is not None]
    return tuple(dict.fromkeys(found))


def required(facts: Facts, protection: Protection) -> tuple[RequiredCheck, ...]:
    """The checks that the branch requires and that gaterunner reports."""
    known = names(facts)
    return tuple(check for check in protection.checks if check.name in known)


def required_or_unknown(facts: Facts, protection: Protection) -> tuple[RequiredCheck, ...]:
    """The same for points that need one. Raises ``UnknownError`` where there is none, or none that was told."""
    found = required(facts, protection)
    if not found and protection.unread:
        raise not_told(protection)
    if not found:
        raise unknown("no check of gaterunner is required", "see the point check-required")
    return found
