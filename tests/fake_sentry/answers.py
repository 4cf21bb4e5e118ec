"""The paths of the API, each with its scope, its parameters and what it answers from the state."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from tests.fake_sentry.state import Deploy, Event, Issue, Release, State

Json = Any
TERM = re.compile(r'(!?)([A-Za-z_.-]+):(?:"((?:[^"\\]|\\.)*)"|(\S+))')
HOUR = timedelta(hours=1)
RANGE = ("start", "end", "project", "environment")


class RefusedError(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Asked(Struct):
    """The parameters of one request, every one of which has to be used."""

    values: dict[str, list[str]]

    def one(self, name: str, default: str | None = None) -> str:
        found = self.values.get(name, [])
        if len(found) != 1:
            if not found and default is not None:
                return default
            raise RefusedError(400, f"{name}: expected once")
        return found[0]

    def refuse_others(self, known: tuple[str, ...]) -> None:
        unknown = set(self.values) - set(known)
        if unknown:
            raise RefusedError(400, f"unknown parameter: {', '.join(sorted(unknown))}")


class Route(Struct):
    """``rows`` says that the answer is a list in pages; ``wrap`` puts a page of it into what is sent."""

    scope: str
    known: tuple[str, ...]
    answer: Callable[..., Json]
    rows: bool = False
    wrap: Callable[[list[Json]], Json] = list


def stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class _Scope(Struct):
    start: datetime
    end: datetime
    projects: set[str]
    environment: str

    def holds(self, event: Event) -> bool:
        return event.environment == self.environment and self.start <= event.at <= self.end


def _scope(state: State, asked: Asked) -> _Scope:
    start, end = (_time(asked.one(name)) for name in ("start", "end"))
    if start >= end:
        raise RefusedError(400, "start must be before end")
    slugs = {number: slug for slug, number in state.projects.items()}
    projects = asked.values.get("project", [])
    if not projects or any(number not in slugs for number in projects):
        raise RefusedError(403, "You do not have permission to perform this action.")
    environment = asked.one("environment")
    if environment not in state.environments:
        raise RefusedError(404, "The requested resource does not exist")
    return _Scope(start, end, {slugs[number] for number in projects}, environment)


def _time(text: str) -> datetime:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text):
        raise RefusedError(400, "not a time with its zone")
    return datetime.fromisoformat(text)


def projects(state: State, _asked: Asked) -> Json:
    return [{"id": number, "slug": slug, "name": slug.title()} for slug, number in state.projects.items()]


def _release(state: State, version: str) -> Release:
    if version not in state.releases:
        raise RefusedError(404, "The requested resource does not exist")
    return state.releases[version]


def _deploy(deploy: Deploy) -> Json:
    return {
        "id": "1",
        "environment": deploy.environment,
        "dateStarted": stamp(deploy.started) if deploy.started else None,
        "dateFinished": stamp(deploy.finished),
        "name": None,
        "url": None,
    }


def _release_row(state: State, release: Release) -> Json:
    last = max(release.deploys, key=lambda deploy: deploy.finished, default=None)
    new = sum(bool(issue.events) and issue.events[0].release == release.version for issue in state.issues)
    return {
        "id": 1,
        "version": release.version,
        "shortVersion": release.version[:12],
        "dateCreated": stamp(release.created),
        "dateReleased": None,
        "newGroups": new,
        "lastDeploy": _deploy(last) if last else None,
        "projects": [{"id": int(state.projects[slug]), "slug": slug, "newGroups": new} for slug in release.projects],
    }


def release(state: State, _asked: Asked, version: str) -> Json:
    return _release_row(state, _release(state, version))


def releases(state: State, asked: Asked) -> Json:
    slugs = {slug for slug, number in state.projects.items() if number in asked.values.get("project", [])}
    newest = sorted(state.releases.values(), key=lambda each: each.created, reverse=True)
    return [_release_row(state, each) for each in newest if slugs & set(each.projects)]


def deploys(state: State, _asked: Asked, version: str) -> Json:
    return [_deploy(deploy) for deploy in sorted(_release(state, version).deploys, key=lambda each: each.finished)]


def issues(state: State, asked: Asked) -> Json:
    scope = _scope(state, asked)
    asked.one("sort", "date")
    terms = list(_terms(asked.one("query", "is:unresolved")))
    found = []
    for issue in state.issues:
        inside = [event for event in issue.events if scope.holds(event) and _fits(issue, event, terms)]
        if issue.project in scope.projects and inside:
            found.append((issue, [event for event in issue.events if scope.holds(event)]))
    return [_issue(issue, inside, scope) for issue, inside in found]


def _terms(query: str) -> Iterator[tuple[bool, str, str]]:
    at = 0
    for match in TERM.finditer(query):
        if query[at : match.start()].strip():
            raise RefusedError(400, "Error parsing search query")
        at = match.end()
        text = re.sub(r"\\(.)", r"\1", match[3]) if match[3] is not None else match[4]
        yield bool(match[1]), match[2], text
    if query[at:].strip():
        raise RefusedError(400, "Error parsing search query")


def _fits(issue: Issue, event: Event, terms: list[tuple[bool, str, str]]) -> bool:
    known = {"release": event.release, "is": issue.status, **event.tags}
    return all((known.get(key) == value) is not negated for negated, key, value in terms)


def _issue(issue: Issue, inside: list[Event], scope: _Scope) -> Json:
    here = [event for event in issue.events if event.environment == scope.environment]
    return {
        "id": str(issue.id),
        "shortId": f"{issue.project.upper()}-{issue.id}",
        "title": issue.title,
        "permalink": f"https://acme.sentry.io/issues/{issue.id}/",
        "level": "error",
        "status": issue.status,
        "substatus": issue.substatus,
        "isUnhandled": issue.events[-1].unhandled,
        "firstSeen": stamp(inside[0].at),
        "lastSeen": stamp(inside[-1].at),
        "count": str(len(inside)),
        "lifetime": {"firstSeen": stamp(here[0].at), "lastSeen": stamp(here[-1].at), "count": str(len(here))},
    }


def history(state: State, asked: Asked, number: str) -> Json:
    if set(asked.values.get("collapse", [])) - {"release", "stats", "tags", "inbox"}:
        raise RefusedError(400, "Invalid collapse")
    found = next((issue for issue in state.issues if str(issue.id) == number), None)
    if found is None:
        raise RefusedError(404, "The requested resource does not exist")
    happened = [("set_regression", at) for at in reversed(found.regressions)]
    if found.events:
        happened.append(("first_seen", found.events[0].at))
    activity: Json = [
        {"id": str(place), "type": kind, "dateCreated": stamp(at), "user": None, "data": {}}
        for place, (kind, at) in enumerate(happened)
    ]
    return {"id": number, "title": found.title, "activity": activity}


_FIELDS = {
    "errors": {"issue.id", "release", "environment", "error.unhandled", "count()"},
    "spans": {"release", "environment", "count()"},
}


def events(state: State, asked: Asked) -> Json:
    scope = _scope(state, asked)
    dataset, fields = asked.one("dataset"), asked.values.get("field", [])
    if dataset not in _FIELDS:
        raise RefusedError(400, f"dataset must be one of: {', '.join(_FIELDS)}")
    if not fields or set(fields) - _FIELDS[dataset]:
        raise RefusedError(400, "Invalid field")
    if asked.one("query", "") or asked.one("sort").lstrip("-") not in fields:
        raise RefusedError(400, "Cannot sort by a field that is not selected")
    rows: dict[tuple[Json, ...], float] = defaultdict(float)
    if dataset == "spans":
        for each in state.spans:
            if each.environment == scope.environment and scope.start <= each.at <= scope.end:
                rows[None, each.release, each.environment, 0] += each.count
    else:
        for issue in state.issues:
            for event in issue.events if issue.project in scope.projects else ():
                if scope.holds(event):
                    rows[issue.id, event.release, event.environment, int(event.unhandled)] += 1
    names = ("issue.id", "release", "environment", "error.unhandled")
    return [
        {name: value for name, value in (*zip(names, key, strict=True), ("count()", _number(count))) if name in fields}
        for key, count in rows.items()
    ]


def _number(count: float) -> float | int:
    return int(count) if count.is_integer() else count


def sessions(state: State, asked: Asked) -> Json:
    scope = _scope(state, asked)
    if asked.one("field") != "sum(session)" or asked.one("interval") != "1h":
        raise RefusedError(400, "Invalid field or interval")
    if asked.values.get("groupBy") != ["release", "environment"]:
        raise RefusedError(400, "Invalid groupBy")
    wanted = [value for _, key, value in _terms(asked.one("query", "")) if key == "release"]
    first = scope.start.replace(minute=0, second=0)
    intervals = [first + number * HOUR for number in range(int((scope.end - first) / HOUR) + 1)]
    groups: dict[tuple[str, str], list[int]] = {}
    for each in state.sessions:
        if each.environment != scope.environment or (wanted and each.release not in wanted):
            continue
        series = groups.setdefault((each.release or "", each.environment), [0] * len(intervals))
        for number, begin in enumerate(intervals):
            series[number] += int(each.count) if begin <= each.at < begin + HOUR else 0
    return {
        "intervals": [begin.strftime("%Y-%m-%dT%H:%M:%SZ") for begin in intervals],
        "groups": [
            {
                "by": {"release": version, "environment": environment},
                "totals": {"sum(session)": sum(series)},
                "series": {"sum(session)": series},
            }
            for (version, environment), series in groups.items()
        ],
        "query": asked.one("query", ""),
    }


PAGES = ("cursor",)
ROUTES: dict[str, Route] = {
    r"/projects/": Route("org:read", PAGES, projects, rows=True),
    r"/releases/": Route("project:read", (*PAGES, "project", "per_page"), releases, rows=True),
    r"/releases/([^/]+)/": Route("project:read", (), release),
    r"/releases/([^/]+)/deploys/": Route("project:read", PAGES, deploys, rows=True),
    r"/issues/": Route("event:read", (*PAGES, *RANGE, "query", "sort", "limit"), issues, rows=True),
    r"/issues/([0-9]+)/": Route("event:read", ("collapse",), history),
    r"/events/": Route(
        "org:read",
        (*PAGES, *RANGE, "dataset", "field", "query", "sort", "per_page"),
        events,
        rows=True,
        wrap=lambda page: {"data": page, "meta": {"fields": {}}},
    ),
    r"/sessions/": Route("org:read", (*RANGE, "field", "groupBy", "interval", "query"), sessions),
}
