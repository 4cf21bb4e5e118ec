"""Which issues a team has asked not to count, by queries that the server evaluates.

A server that does not know a term may take every issue for ignored. So what a query ignores is asked for once more the
other way round, term by term, and nothing may be in both answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gaterunner.sentry.api import Range, Sentry, Where, release_term
from gaterunner.sentry.errors import SentryError
from gaterunner.sentry.types import Issue

_TERM = re.compile(r"!?[^\s:]+:(?:\"[^\"]*\"|\[[^\]]*\]|\S+)")


def without_ignored(
    sentry: Sentry, where: Where, within: Range, *, version: str, issues: Sequence[Issue], queries: Sequence[str]
) -> tuple[Issue, ...]:
    """The issues that no query matches. Raises ``SentryError`` for a server that does not evaluate one."""
    if not issues:
        return ()
    of_release = release_term(version)
    ignored: set[str] = set()
    for query in queries:
        matched = {issue.id for issue in sentry.issues(where, within, f"{of_release} {query}")}
        for opposite in _opposites(query) if matched else ():
            others = {issue.id for issue in sentry.issues(where, within, f"{of_release} {opposite}")}
            if matched & others:
                raise SentryError(
                    f"`ignore: {query}`: the server finds the same issue with {opposite} as well",
                    help="it does not know this term, so it cannot tell what to ignore",
                )
        ignored |= matched
    return tuple(issue for issue in issues if issue.id not in ignored)


def _opposites(query: str) -> Iterator[str]:
    for term in _TERM.findall(query):
        yield term[1:] if term.startswith("!") else f"!{term}"
