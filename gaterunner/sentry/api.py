"""The questions that are asked of Sentry, each with what makes its answer trustworthy.

What can be classified here is: lists are asked for whole and sorted out on this side, so that a filter that the server
does not know cannot hide anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TypeVar
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.sentry.client import Client, Parameters
from gaterunner.sentry.errors import NotFoundError, SentryError
from gaterunner.sentry.types import (
    Deploy,
    ErrorRow,
    ErrorTable,
    Issue,
    IssueHistory,
    Project,
    Release,
    SessionTable,
    SpanRow,
    SpanTable,
)

T = TypeVar("T")
EachT = TypeVar("EachT")
RowT = TypeVar("RowT", ErrorRow, SpanRow)

MOST_PAGES = 50
MOST_RELEASES_PAGES = 10
_ROWS = 100  # the most that Sentry gives on one page
_HOUR = timedelta(hours=1)
_TOLERANCE = timedelta(minutes=1)  # of times that the server rounds
# https://docs.sentry.io/product/releases/naming-releases/
_RELEASE = re.compile(r"(?!\.{1,2}\Z)(?!(?i:latest)\Z)[^\s/\\\x00-\x1f](?:[^/\\\x00-\x1f]{0,248}[^\s/\\\x00-\x1f])?\Z")


class Range(Struct, frozen=True):
    """From when to when is asked, both times included."""

    start: datetime
    end: datetime

    @property
    def parameters(self) -> Parameters:
        """In whole seconds, never less than the range."""
        end = self.end if self.end.microsecond == 0 else self.end + timedelta(seconds=1)
        return (("start", stamp(self.start)), ("end", stamp(end)))


class Where(Struct, frozen=True, kw_only=True):
    """Whose data is asked for: projects by id and by slug, and the environment."""

    project_ids: tuple[str, ...]
    projects: tuple[str, ...]
    environment: str

    @property
    def parameters(self) -> Parameters:
        return (*(("project", each) for each in self.project_ids), ("environment", self.environment))


def stamp(time: datetime) -> str:
    """``2025-01-31T12:00:00Z``."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_release_name(name: str) -> bool:
    """Whether Sentry could hold a release of this name; `latest` would stand for any."""
    return bool(_RELEASE.match(name))


class Sentry:
    """One organization of one Sentry. Every method raises ``SentryError`` for an answer that cannot be used."""

    def __init__(self, client: Client, organization: str) -> None:
        self._client = client
        self._organization = organization
        self._at = f"/organizations/{quote(organization, safe='')}"

    def project_ids(self, slugs: Sequence[str]) -> tuple[str, ...]:
        """The ids of projects, in the order of their slugs."""
        try:
            pages, whole = self._client.pages(f"{self._at}/projects/", tuple[Project, ...], most=MOST_PAGES)
        except NotFoundError as error:
            raise SentryError(
                f"{self._client.url} knows no organization {self._organization!r} that the token may see",
                status=error.status,
                help="correct `organization` of the gate, or SENTRY_ORG",
            ) from None
        known = {project.slug: project.id for page in pages for project in page}
        for slug in slugs:
            if slug not in known:
                raise SentryError(
                    f"the organization {self._organization!r} has no project {slug!r} that the token may see"
                    + ("" if whole else " among the first"),
                    help="correct `projects` of the gate, or SENTRY_PROJECT",
                )
        return tuple(known[slug] for slug in slugs)

    def release(self, version: str) -> Release | None:
        """The release of this name; None when there is none."""
        try:
            found = self._client.get(f"{self._at}/releases/{quote(version, safe='')}/", Release)
        except NotFoundError:
            return None
        if found.version != version:
            raise SentryError(f"asked for the release {version!r}, the server gave another")
        return found

    def deploys(self, version: str) -> tuple[Deploy, ...]:
        """The deploys of a release; Sentry lists the last one per project and environment."""
        path = f"{self._at}/releases/{quote(version, safe='')}/deploys/"
        return self._all(path, tuple[Deploy, ...], (), lambda page: page)

    def releases(self, project_ids: Sequence[str]) -> tuple[tuple[Release, ...], bool]:
        """The releases of projects, newest first, and whether they are all: there may be thousands."""
        asked = (*(("project", each) for each in project_ids), ("per_page", str(_ROWS)))
        pages, whole = self._client.pages(f"{self._at}/releases/", tuple[Release, ...], asked, most=MOST_RELEASES_PAGES)
        return tuple(release for page in pages for release in page), whole

    def issues(self, where: Where, within: Range, query: str) -> tuple[Issue, ...]:
        """The issues, whatever their status, that were seen in a range; ``query`` is Sentry's own language.

        Sorted by first sight, which, other than the last, no event that comes in meanwhile changes.
        """
        asked = (
            *where.parameters,
            *within.parameters,
            ("query", query),
            ("sort", "new"),
            ("limit", str(_ROWS)),
        )
        found = self._all(f"{self._at}/issues/", tuple[Issue, ...], asked, lambda page: page)
        for issue in found:
            if not within.start - _TOLERANCE <= issue.last_seen <= within.end + _TOLERANCE:
                raise SentryError(
                    f"asked for issues of a range, the server gave one that was last seen {stamp(issue.last_seen)}",
                    help="this server ignores start and end, so nothing can be told about a window",
                )
        return _each_once(found)

    def has_issue(self, where: Where, within: Range, query: str) -> bool:
        """Whether there is any such issue."""
        asked = (*where.parameters, *within.parameters, ("query", query), ("limit", "1"))
        return bool(self._client.get(f"{self._at}/issues/", tuple[Issue, ...], asked))

    def history(self, issue_id: str) -> IssueHistory:
        """What happened to an issue: how it stands now does not tell how it stood an hour ago."""
        asked = tuple(("collapse", part) for part in ("release", "stats", "tags"))
        found = self._client.get(f"{self._at}/issues/{quote(issue_id, safe='')}/", IssueHistory, asked)
        if found.id != issue_id:
            raise SentryError(f"asked for the issue {issue_id}, the server gave another")
        return found

    def errors(self, where: Where, within: Range) -> tuple[ErrorRow, ...]:
        """The errors of a range in the environment, of whatever release, by issue."""
        fields = ("issue.id", "release", "environment", "error.unhandled", "count()")
        return self._events(where, within, "errors", fields=fields, kind=ErrorTable, rows=lambda page: page.data)

    def spans(self, where: Where, within: Range) -> tuple[SpanRow, ...]:
        """The spans of a range in the environment, of whatever release."""
        fields = ("release", "environment", "count()")
        return self._events(where, within, "spans", fields=fields, kind=SpanTable, rows=lambda page: page.data)

    def sessions(self, where: Where, within: Range, version: str) -> int:
        """The sessions of a release in the hours that lie wholly in the range: Sentry counts them by the hour."""
        asked = (
            *where.parameters,
            *within.parameters,
            ("field", "sum(session)"),
            ("groupBy", "release"),
            ("groupBy", "environment"),
            ("interval", "1h"),
            ("query", release_term(version)),
        )
        table = self._client.get(f"{self._at}/sessions/", SessionTable, asked)
        _check_hours(table.intervals, within)
        whole = [within.start <= begin and begin + _HOUR <= within.end for begin in table.intervals]
        total = 0
        for group in table.groups:
            series = group.series.get("sum(session)")
            if series is None or len(series) != len(whole) or not {"release", "environment"} <= group.by.keys():
                raise SentryError("sessions: the answer is not Sentry's: groups do not fit what was asked")
            self._check_environment(where, group.by["environment"])
            if group.by["release"] == version:
                total += sum(number for number, inside in zip(series, whole, strict=True) if inside)
        return total

    def _events(
        self,
        where: Where,
        within: Range,
        dataset: str,
        *,
        fields: Sequence[str],
        kind: type[T],
        rows: Callable[[T], Iterable[RowT]],
    ) -> tuple[RowT, ...]:
        asked = (
            *where.parameters,
            *within.parameters,
            ("dataset", dataset),
            *(("field", field) for field in fields),
            ("query", ""),
            ("sort", fields[0]),
            ("per_page", str(_ROWS)),
        )
        found = self._all(f"{self._at}/events/", kind, asked, rows)
        for row in found:
            self._check_environment(where, row.environment)
        return found

    def _all(
        self, path: str, kind: type[T], asked: Parameters, rows: Callable[[T], Iterable[EachT]]
    ) -> tuple[EachT, ...]:
        """The rows of all pages. More than can be read is an error: what was left out could be what counts."""
        pages, whole = self._client.pages(path, kind, asked, most=MOST_PAGES)
        if not whole:
            raise SentryError(f"{path}: more than {MOST_PAGES} pages", help="shorten the window, or name less projects")
        return tuple(row for page in pages for row in rows(page))

    def _check_environment(self, where: Where, environment: str | None) -> None:
        if environment != where.environment:
            raise SentryError(
                f"asked for the environment {where.environment!r}, the server also gave another",
                help="this server ignores the filter by environment",
            )


def _check_hours(intervals: Sequence[datetime], within: Range) -> None:
    """Raises ``SentryError`` where a number is not that of an hour: a day's would count what is not of the window."""
    hourly = all(later - earlier == _HOUR for earlier, later in pairwise(intervals))
    if not intervals or not hourly or intervals[-1] + 2 * _HOUR < within.end:
        raise SentryError(
            "sessions: asked for numbers by the hour, the server gave others",
            help="this server ignores the interval; use `source: spans`",
        )


def _each_once(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Pages shift while they are read. Of an issue that is on two of them, what is worse on either holds."""
    found: dict[str, Issue] = {}
    for issue in issues:
        other = found.get(issue.id)
        if other is not None:
            issue = replace(  # noqa: PLW2901  the same issue
                issue,
                substatus="regressed" if "regressed" in (issue.substatus, other.substatus) else issue.substatus,
                is_unhandled=issue.is_unhandled or other.is_unhandled,
                lifetime=max(issue.lifetime, other.lifetime, key=lambda each: each.first_seen),
            )
        found[issue.id] = issue
    return tuple(found.values())


def release_term(version: str) -> str:
    r"""The term of a query for exactly this release: quotes and wildcards in it are taken as they are."""
    escaped = re.sub(r'(["*\\])', r"\\\1", version)
    return f'release:"{escaped}"'


def span_total(rows: Iterable[SpanRow], version: str) -> int:
    """The spans of one release."""
    return math.floor(sum(row.count for row in rows if row.release == version))
