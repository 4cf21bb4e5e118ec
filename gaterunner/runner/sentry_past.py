"""What an issue's present state does not tell: whose it was before the deploy was told of, and what it was since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from gaterunner.sentry.api import Range, Sentry, Where
from gaterunner.sentry.types import Issue

MOST_HISTORIES = 100
"""Issues whose history is looked up."""

_FARTHEST = timedelta(days=30)
_LEAST_RANGE = timedelta(minutes=1)
_REGRESSION = "set_regression"


def began_with(
    sentry: Sentry, where: Where, version: str, issues: Iterable[Issue], *, created: datetime, since: datetime
) -> frozenset[str]:
    """The ids of issues that were first seen before ``since``, and still came with this release.

    A deploy is told of when it is over, and Sentry forgets an earlier one of the same release to the same environment.
    So an issue may be older than the deploy and have come from nothing but this release.
    """
    earliest = max(created, since - _FARTHEST)
    doubtful = {issue.id for issue in issues if earliest <= issue.lifetime.first_seen < since}
    if not doubtful:
        return frozenset()
    rows = sentry.errors(where, Range(min(earliest, since - _LEAST_RANGE), since))
    own = {str(row.issue) for row in rows if row.count and row.release == version}
    others = {str(row.issue) for row in rows if row.count and row.release != version}
    return frozenset(doubtful & own - others)


def regressed_within(sentry: Sentry, issues: Sequence[Issue], within: Range) -> tuple[frozenset[str], int]:
    """The ids of issues that came back in a range, however they stand now, and how many could not be looked at.

    Whoever resolves or archives an issue again takes `regressed` from it, and after seven days Sentry does. The
    likelier ones are looked at first.
    """
    ordered = sorted(issues, key=lambda issue: issue.status == "unresolved")
    looked_at = ordered[:MOST_HISTORIES]
    found = {
        issue.id
        for issue in looked_at
        for each in sentry.history(issue.id).activity
        if each.type == _REGRESSION and within.start <= each.date_created <= within.end
    }
    return frozenset(found), len(ordered) - len(looked_at)
