"""Questions whose answers are known: whether a server does what a clean answer rests on."""

from __future__ import annotations

from datetime import datetime, timedelta

from gaterunner.gates.sentry_clean import Situation
from gaterunner.gates.wording import counted
from gaterunner.sentry.api import Range, Sentry, Where, release_term, span_total
from gaterunner.sentry.errors import SentryError

_NO_SUCH_RELEASE = "gaterunner-asks-whether-filters-are-known"
_LOOKBACK = timedelta(days=14)
_BEFORE = timedelta(days=1)
_RETAINED = timedelta(days=28)
"""What is older may be kept no more: the smallest plan keeps 30 days, and refuses to be asked of earlier ones."""


def try_filters(sentry: Sentry, where: Where, within: Range) -> str | None:
    """Whether the server knows the filter by release: one of its results must be empty, one not.

    Returns a sentence where that could not be tried; raises ``SentryError`` where it does not.
    """
    nothing = release_term(_NO_SUCH_RELEASE)
    wide = Range(within.start - _LOOKBACK, within.end)
    if sentry.has_issue(where, wide, nothing):
        raise SentryError(
            "asked for issues of a release that does not exist, the server gave some",
            help="this server ignores the filter by release",
        )
    if not sentry.has_issue(where, wide, ""):
        return (
            f"{where.environment} had no issue at all in the last {counted(_LOOKBACK.days, 'day')}, so the filter by "
            "release could not be tried on one"
        )
    if not sentry.has_issue(where, wide, f"!{nothing}"):
        raise SentryError(
            "asked for issues of all releases but one that does not exist, the server gave none",
            help="this server does not know the filter by release, and answers as if all were well",
        )
    return None


def try_times(sentry: Sentry, where: Where, situation: Situation, *, created: datetime) -> None:
    """Whether traffic is that of the time that was asked for: none can have come from a release before it was known.

    Raises ``SentryError`` where there is some. Sessions need no such trial, as each is told with its hour.
    """
    source, version = situation.rules.traffic, situation.release
    within = Range(created - 2 * _BEFORE, created - _BEFORE)
    if source == "sessions" or situation.now - within.start > _RETAINED:
        return
    if source == "spans":
        early = span_total(sentry.spans(where, within), version)
    else:
        early = sum(row.count for row in sentry.errors(where, within) if row.release == version)
    if early:
        raise SentryError(
            f"asked for {source} from before the release was known, the server gave {early:,}",
            help="this server ignores start and end, so nothing can be told about a window",
        )
