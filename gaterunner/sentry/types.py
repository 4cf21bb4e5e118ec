"""The answers of Sentry's web API, as far as they are read. A field without a default must be there.

Sources: https://docs.sentry.io/api/ and the serializers in https://github.com/getsentry/sentry
(``api/serializers/models/{group_stream,release,deploy}.py``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

Time = Annotated[datetime, Meta(tz=True)]
"""With its zone: a time without one could be any."""

_EXACT = 2**53  # beyond it a number in JSON is not the same for everybody

Count = Annotated[int, Meta(ge=0, le=_EXACT)]
Estimate = Annotated[float, Meta(ge=0, le=_EXACT)]
Id = Annotated[str, Meta(min_length=1, max_length=64)]
Word = Annotated[str, Meta(max_length=200)]


class Project(Struct, frozen=True):
    """One project of the organization."""

    id: str
    slug: str


class ReleaseProject(Struct, frozen=True):
    """A project that a release belongs to."""

    slug: str


class Deploy(Struct, frozen=True, rename="camel"):
    """One deploy of a release. ``date_started`` is what whoever recorded it said; most say nothing."""

    environment: str
    date_started: Time | None
    date_finished: Time | None

    @property
    def at(self) -> datetime | None:
        """When the release was there; of a deploy that has not ended, when it began."""
        return self.date_finished or self.date_started


class Release(Struct, frozen=True, rename="camel"):
    """A release. ``last_deploy`` is the newest of all environments, None where there is none at all."""

    version: str
    date_created: Time
    new_groups: Count
    last_deploy: Deploy | None
    projects: tuple[ReleaseProject, ...]


class Lifetime(Struct, frozen=True, rename="camel"):
    """What an issue is in the asked-for environments, whatever the time range."""

    first_seen: Time


class Issue(Struct, frozen=True, rename="camel"):
    """An issue as a search with a time range gives it.

    ``first_seen``, ``last_seen`` and ``count`` cover that range alone; ``lifetime`` does not. ``substatus`` stays `new`
    for seven days. ``is_unhandled`` is about the newest event, in whatever environment.
    """

    id: Id
    short_id: Word
    title: str
    permalink: str
    status: Word
    substatus: Word | None
    is_unhandled: bool
    last_seen: Time
    count: Annotated[str, Meta(pattern="^[0-9]{1,16}$")]
    lifetime: Lifetime


class Activity(Struct, frozen=True, rename="camel"):
    """Something that happened to an issue, such as `set_regression`, and when."""

    type: Word
    date_created: Time


class IssueHistory(Struct, frozen=True):
    """The last hundred things that happened to an issue, whoever did them."""

    id: Id
    activity: tuple[Activity, ...]


class ErrorRow(Struct, frozen=True, rename={"issue": "issue.id", "unhandled": "error.unhandled", "count": "count()"}):
    """How often errors of one issue were seen from one release in one environment."""

    issue: int | str
    release: str | None
    environment: str | None
    unhandled: bool | int
    count: Count


class SpanRow(Struct, frozen=True, rename={"count": "count()"}):
    """How many spans came from one release in one environment: an estimate where they are sampled."""

    release: str | None
    environment: str | None
    count: Estimate


class ErrorTable(Struct, frozen=True):
    """One page of errors."""

    data: tuple[ErrorRow, ...]


class SpanTable(Struct, frozen=True):
    """One page of spans."""

    data: tuple[SpanRow, ...]


class SessionGroup(Struct, frozen=True):
    """Sessions of one release in one environment, a number per interval."""

    by: dict[str, str]
    series: dict[str, tuple[Count, ...]]


class SessionTable(Struct, frozen=True):
    """Sessions by interval; ``intervals`` are their beginnings."""

    intervals: tuple[Time, ...]
    groups: tuple[SessionGroup, ...]
