"""What a fake Sentry knows, and how tests put it there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import Struct, field

ALL_SCOPES = frozenset({"event:read", "org:read", "project:read"})
START = datetime(2025, 6, 16, 9, 0, tzinfo=UTC)  # some hours after the commits of ``tests.gitrepo``


class Deploy(Struct):
    environment: str
    finished: datetime
    started: datetime | None = None


class Release(Struct):
    version: str
    created: datetime
    projects: tuple[str, ...] = ("api",)
    deploys: list[Deploy] = field(default_factory=list)


class Event(Struct):
    at: datetime
    release: str | None
    environment: str
    unhandled: bool = False
    tags: dict[str, str] = field(default_factory=dict)


class Issue(Struct):
    id: int
    title: str
    project: str = "api"
    status: str = "unresolved"
    substatus: str | None = "ongoing"
    events: list[Event] = field(default_factory=list)
    regressions: list[datetime] = field(default_factory=list)


class Spans(Struct):
    at: datetime
    release: str | None
    environment: str
    count: float


class State(Struct):
    """One organization. ``page`` is how many rows a page holds at most, ``clock`` what time it is there."""

    organization: str = "acme"
    projects: dict[str, str] = field(default_factory=lambda: {"api": "11", "web": "12"})
    environments: set[str] = field(default_factory=lambda: {"production", "staging"})
    scopes: frozenset[str] = ALL_SCOPES
    clock: datetime = START
    page: int = 100
    releases: dict[str, Release] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    spans: list[Spans] = field(default_factory=list)
    sessions: list[Spans] = field(default_factory=list)

    def advance(self, **time: float) -> datetime:
        """Moves the clock on, and gives what it shows then."""
        self.clock += timedelta(**time)
        return self.clock

    def released(self, version: str, *, projects: tuple[str, ...] = ("api",), ago: timedelta | None = None) -> Release:
        """A release is made known."""
        created = self.clock - (ago or timedelta())
        return self.releases.setdefault(version, Release(version, created, projects))

    def deployed(
        self,
        version: str,
        environment: str = "staging",
        *,
        ago: timedelta | None = None,
        took: timedelta | None = None,
    ) -> None:
        """A deploy ends, some time ago; as in Sentry, only a release's last one to an environment is known."""
        release = self.released(version, ago=ago)
        finished = self.clock - (ago or timedelta())
        self.environments.add(environment)
        release.deploys = [each for each in release.deploys if each.environment != environment]
        release.deploys.append(Deploy(environment, finished, finished - took if took is not None else None))

    def issue(
        self, title: str, *, project: str = "api", substatus: str | None = "ongoing", status: str = "unresolved"
    ) -> Issue:
        """An issue without events."""
        made = Issue(len(self.issues) + 1, title, project=project, substatus=substatus, status=status)
        self.issues.append(made)
        return made

    def happens(
        self,
        issue: Issue,
        release: str | None,
        environment: str = "staging",
        *,
        unhandled: bool = False,
        ago: timedelta | None = None,
        **tags: str,
    ) -> Issue:
        """An event of an issue."""
        at = self.clock - (ago or timedelta())
        issue.events.append(Event(at, release, environment, unhandled, tags))
        self.environments.add(environment)
        return issue

    def traffic(self, release: str | None, count: float = 1000, environment: str = "staging") -> None:
        """Spans and sessions come in now."""
        self.spans.append(Spans(self.clock, release, environment, count))
        self.sessions.append(Spans(self.clock, release, environment, count))
