"""What servers, proxies and clocks do wrong: nothing of it passes, each has one clear line, and no token is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gaterunner.model import GateResult, Outcome
from tests.fake_sentry import FakeSentry
from tests.fake_sentry.server import TOKEN
from tests.fake_sentry.trouble import (
    Answer,
    Trouble,
    cut,
    edited,
    empty,
    header,
    page,
    shortened,
    status,
    without,
)
from tests.sentry.asking import HEAD, OLD, Asker

HOUR = timedelta(hours=1)
LISTS = (r"/projects/$", r"/deploys/$", r"/releases/$", r"/issues/$", r"/events/$")
ALL = (*LISTS, rf"/{HEAD}/$")


@pytest.fixture
def ask(sentry: FakeSentry) -> Asker:
    """A gate that would pass: a clean window with traffic is over."""
    state = sentry.state
    state.happens(state.issue("TimeoutError"), OLD, ago=3 * HOUR)
    asker = Asker(sentry)
    state.deployed(HEAD)
    state.advance(hours=1)
    state.traffic(HEAD)
    state.advance(hours=23, minutes=10)
    return asker


def wrong(ask: Asker, *troubles: Trouble, **rules: object) -> GateResult:
    """The result with these troubles; it never holds the token."""
    ask.sentry.troubles = list(troubles)
    result = ask(**rules)
    assert TOKEN not in repr(result)
    assert not any(TOKEN in line for line in ask.told)
    return result


def test_without_trouble_it_passes(ask: Asker) -> None:
    assert wrong(ask).outcome is Outcome.PASSED
    assert ask.slept == []
    assert ask.learned == [TOKEN]


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize(
    ("code", "told"),
    [
        (401, "Sentry answered 401 (no); SENTRY_AUTH_TOKEN is not valid there"),
        (403, "Sentry answered 403 (no); SENTRY_AUTH_TOKEN needs the scopes event:read, org:read and project:read"),
        (400, "Sentry answered 400 (no); this server does not know what the gate asks"),
        (302, "Sentry answered 302 (no); it leads elsewhere, and the token is not sent there"),
    ],
)
def test_a_refusal_is_an_error_and_is_not_repeated(ask: Asker, path: str, code: int, told: str) -> None:
    result = wrong(ask, Trouble(path, status(code, Location="https://elsewhere.example/")))
    assert (result.outcome, ask.slept) == (Outcome.ERRORED, [])
    assert told in result.reason


@pytest.mark.parametrize("path", [r"/deploys/$", r"/releases/$", r"/issues/$", r"/events/$"])
def test_what_is_not_found_is_an_error_wherever_it_is_not_the_release(ask: Asker, path: str) -> None:
    result = wrong(ask, Trouble(path, status(404)))
    assert result.outcome is Outcome.ERRORED
    assert "Sentry answered 404 (no); see the gate's organization, projects and environment" in result.reason


@pytest.mark.parametrize("path", ALL)
def test_a_page_that_says_not_found_knows_of_no_release(ask: Asker, path: str) -> None:
    """It may be a proxy's, or a server's without such an address; Sentry's own is JSON."""

    def missing(answer: Answer) -> Answer:
        return Answer(404, b"<h1>Not Found</h1>", {**answer.headers, "Content-Type": "text/html; charset=utf-8"})

    result = wrong(ask, Trouble(path, missing))
    assert result.outcome is Outcome.ERRORED
    assert "the answer is a page (text/html), not JSON (404); is the address that of a Sentry" in result.reason


@pytest.mark.parametrize("scope", ["event:read", "org:read", "project:read"])
def test_every_scope_is_needed(ask: Asker, scope: str) -> None:
    ask.sentry.state.scopes -= {scope}
    result = wrong(ask)
    assert result.outcome is Outcome.ERRORED
    assert "needs the scopes event:read, org:read and project:read" in result.reason


def test_an_unknown_organization_is_named(ask: Asker) -> None:
    result = wrong(ask, organization="acne")
    assert result.outcome is Outcome.ERRORED
    assert "knows no organization 'acne'" in result.reason


def test_an_unknown_project_is_named(ask: Asker) -> None:
    result = wrong(ask, projects=("api", "apo"))
    assert result.outcome is Outcome.ERRORED
    assert "the organization 'acme' has no project 'apo'" in result.reason


def test_another_token_is_refused(ask: Asker) -> None:
    ask.environment = {**ask.environment, "SENTRY_AUTH_TOKEN": "another-token"}
    assert "SENTRY_AUTH_TOKEN is not valid there" in wrong(ask).reason


@pytest.mark.parametrize("name", ["SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT"])
def test_a_missing_variable_is_named(ask: Asker, name: str) -> None:
    ask.environment = {**ask.environment, name: ""}
    result = wrong(ask)
    assert (result.outcome, ask.sentry.asked) == (Outcome.ERRORED, [])
    assert result.reason.startswith(f"{name} is not set where gaterunner runs")


@pytest.mark.parametrize("url", ["ftp://x", "https://user:word@sentry.example", "sentry.example", "https://x/?a=b"])
def test_an_address_that_is_none_is_not_asked(ask: Asker, url: str) -> None:
    ask.environment = {**ask.environment, "SENTRY_URL": url}
    assert wrong(ask).reason.startswith("the address of Sentry is none")


def test_a_token_with_a_line_end_is_refused(ask: Asker) -> None:
    ask.environment = {**ask.environment, "SENTRY_AUTH_TOKEN": f"{TOKEN}\n"}
    assert wrong(ask).reason.startswith("SENTRY_AUTH_TOKEN is empty or holds characters that no token has")


# --- answers that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (page, "the answer is a page (text/html), not JSON; is the address that of a Sentry"),
        (cut, "the connection failed"),
        (shortened, "the answer ends early or is no JSON"),
        (edited(lambda _: {"detail": "fine"}), "the answer is not Sentry's: "),
        (header("Date", None), "the answer bears no date"),
        (header("Date", "yesterday"), "the answer bears no date"),
        (status(500), "Sentry answered 500"),
        (status(503), "Sentry answered 503"),
    ],
)
def test_an_answer_that_is_none_is_an_error(
    ask: Asker, path: str, change: Callable[[Answer], Answer], told: str
) -> None:
    result = wrong(ask, Trouble(path, change))
    assert result.outcome is Outcome.ERRORED
    assert told in result.reason


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("change", [status(502), cut, shortened])
def test_what_passes_is_tried_again(ask: Asker, path: str, change: Callable[[Answer], Answer]) -> None:
    assert wrong(ask, Trouble(path, change, times=2)).outcome is Outcome.PASSED
    assert ask.slept == [0.001, 0.002]


def test_a_server_that_is_not_there_is_an_error(ask: Asker) -> None:
    with FakeSentry.running() as gone:
        url = gone.url
    ask.environment = {**ask.environment, "SENTRY_URL": url}
    result = wrong(ask)
    assert result.outcome is Outcome.ERRORED
    assert "the connection failed (ConnectionError)" in result.reason


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (rf"/{HEAD}/$", "dateCreated"),
        (rf"/{HEAD}/$", "projects"),
        (rf"/{HEAD}/$", "newGroups"),
        (r"/deploys/$", "dateFinished"),
        (r"/deploys/$", "environment"),
        (r"/releases/$", "lastDeploy"),
        (r"/issues/$", "lifetime"),
        (r"/issues/$", "substatus"),
        (r"/issues/$", "isUnhandled"),
        (r"/issues/$", "permalink"),
        (r"/events/$", "release"),
        (r"/events/$", "environment"),
        (r"/events/$", "count()"),
        (r"/events/$", "error.unhandled"),
    ],
)
def test_a_field_that_a_compatible_server_lacks_is_named(ask: Asker, path: str, field: str) -> None:
    known = ask.sentry.state.issue("ValueError")
    ask.sentry.state.happens(known, OLD, ago=30 * HOUR)
    ask.sentry.state.happens(known, HEAD, ago=2 * HOUR)
    result = wrong(ask, Trouble(path, without(field)))
    assert result.outcome is Outcome.ERRORED
    assert f"the answer is not Sentry's: Object missing required field `{field}`" in result.reason
    assert "this server lacks what the gate needs" in result.reason


# --- lists that do not say whether they go on -------------------------------------------------------------------------

LINK = '<{}>; rel="next"; results="{}"; cursor="{}"'


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("link", "told"),
    [
        (None, "it sends no Link header with a list, so pages may be missing"),
        ("", "it sends no Link header with a list"),
        ("<https://x/?page=2>; rel=next", "its Link header cannot be read"),
        ("nonsense", "its Link header cannot be read"),
        ('<https://x/>; rel="previous"; results="false"; cursor="0:0:1"', "does not say whether there is a next page"),
        (LINK.format("x", "maybe", "0:0:0"), "does not say whether there is a next page"),
        (LINK.format("x", "true", ""), "gives no cursor for the next page"),
        (LINK.format("x", "true", "https://elsewhere.example/"), "gives no cursor for the next page"),
        (LINK.format("x", "true", "0:0:0"), "the server gives the same page again and again"),
    ],
)
def test_a_list_that_may_go_on_is_an_error(ask: Asker, path: str, link: str | None, told: str) -> None:
    result = wrong(ask, Trouble(path, header("Link", link)))
    assert result.outcome is Outcome.ERRORED
    assert told in result.reason


# --- servers that do not do what they are asked -----------------------------------------------------------------------


def rows(edit: Callable[[dict[str, Any]], object]) -> Callable[[Answer], Answer]:
    """Every row is changed in place."""

    def change(content: Any) -> Any:
        for row in content["data"] if isinstance(content, dict) else content:
            edit(row)
        return content

    return edited(change)


def queries(text: str) -> Callable[[dict[str, list[str]]], bool]:
    return lambda values: text in values.get("query", [""])[0]


def test_a_server_that_finds_nothing_for_a_filter_it_does_not_know_is_found_out(ask: Asker) -> None:
    """It answers `200 []` to `release:` in whatever form, as one that speaks Sentry's language did."""
    result = wrong(ask, Trouble(r"/issues/$", empty, asks=queries("release:")))
    assert result.outcome is Outcome.ERRORED
    assert "does not know the filter by release, and answers as if all were well" in result.reason


def test_a_server_that_ignores_the_filter_by_release_is_found_out(ask: Asker) -> None:
    known = ask.sentry.state.issue("ValueError")
    ask.sentry.state.happens(known, OLD, ago=30 * HOUR)
    ask.sentry.state.happens(known, OLD, ago=2 * HOUR)
    everything: list[Any] = []

    def all_issues(content: Any) -> Any:
        everything.extend(content)
        return everything

    first = Trouble(r"/issues/$", edited(all_issues))
    ask.sentry.state.happens(known, HEAD, ago=2 * HOUR)
    result = wrong(ask, first)
    assert result.outcome is Outcome.ERRORED
    assert "this server ignores the filter by release" in result.reason


def test_an_empty_list_of_issues_beside_errors_of_the_release_is_a_contradiction(ask: Asker) -> None:
    ask.sentry.state.happens(ask.sentry.state.issue("KeyError"), HEAD, ago=2 * HOUR)
    result = wrong(ask, Trouble(r"/issues/$", empty))
    assert result.outcome is Outcome.ERRORED
    assert result.reason.startswith(
        "Sentry counts errors of 1 issue from this release in this time (2), and its list of issues lacks them"
    )


def test_nothing_but_empty_answers_is_no_pass(ask: Asker) -> None:
    result = wrong(ask, Trouble(r"/(issues|events)/$", empty))
    assert result.outcome is Outcome.PENDING
    assert "0 spans" in result.reason


def test_an_issue_on_two_pages_is_as_bad_as_the_worse_of_both(ask: Asker) -> None:
    known = ask.sentry.state.issue("ValueError")
    ask.sentry.state.happens(known, OLD, ago=30 * HOUR)
    ask.sentry.state.happens(known, HEAD, ago=2 * HOUR)

    def twice(content: Any) -> Any:
        return [{**each, "substatus": "regressed"} for each in content] + content

    result = wrong(ask, Trouble(r"/issues/$", edited(twice), asks=lambda values: "sort" in values))
    assert result.outcome is Outcome.FAILED
    assert [finding.rule for finding in result.findings] == ["sentry/regressed-issue"]


@pytest.mark.parametrize(
    "change", [status(404), status(500), page, edited(lambda row: {**row, "id": "7"}), without("activity")]
)
def test_a_server_without_histories_cannot_tell_what_came_back(ask: Asker, change: Callable[[Answer], Answer]) -> None:
    known = ask.sentry.state.issue("ValueError")
    ask.sentry.state.happens(known, OLD, ago=30 * HOUR)
    ask.sentry.state.happens(known, HEAD, ago=2 * HOUR)
    assert wrong(ask, Trouble(rf"/issues/{known.id}/$", change)).outcome is Outcome.ERRORED


def test_a_server_that_ignores_the_time_is_found_out(ask: Asker) -> None:
    known = ask.sentry.state.issue("ValueError")
    ask.sentry.state.happens(known, OLD, ago=30 * HOUR)
    ask.sentry.state.happens(known, HEAD, ago=2 * HOUR)
    early = rows(lambda row: row.update(lastSeen="2025-06-01T00:00:00Z"))
    result = wrong(ask, Trouble(r"/issues/$", early))
    assert result.outcome is Outcome.ERRORED
    assert "this server ignores start and end" in result.reason


@pytest.mark.parametrize("traffic", ["spans", "errors"])
def test_a_server_that_counts_of_any_time_is_found_out(ask: Asker, traffic: str) -> None:
    known = ask.sentry.state.issue("ValueError")
    ask.sentry.state.happens(known, OLD, ago=30 * HOUR)
    ask.sentry.state.happens(known, HEAD, ago=2 * HOUR)
    assert wrong(ask, traffic=traffic).outcome is Outcome.PASSED
    ever: list[Any] = []

    def always_the_same(content: Any) -> Any:
        if not ever:
            ever.append(content)
        return ever[0]

    dataset = Trouble(r"/events/$", edited(always_the_same), asks=lambda values: values.get("dataset") == [traffic])
    result = wrong(ask, dataset, traffic=traffic)
    assert result.outcome is Outcome.ERRORED
    assert f"asked for {traffic} from before the release was known" in result.reason


def test_a_server_that_ignores_the_environment_is_found_out(ask: Asker) -> None:
    result = wrong(ask, Trouble(r"/events/$", rows(lambda row: row.update(environment="production"))))
    assert result.outcome is Outcome.ERRORED
    assert "this server ignores the filter by environment" in result.reason


def test_a_server_that_gives_another_release_is_found_out(ask: Asker) -> None:
    result = wrong(ask, Trouble(rf"/{HEAD}/$", edited(lambda row: {**row, "version": OLD})))
    assert result.outcome is Outcome.ERRORED
    assert "the server gave another" in result.reason


def test_a_list_of_releases_without_this_one_cannot_tell_what_else_was_deployed(ask: Asker) -> None:
    result = wrong(ask, Trouble(r"/releases/$", empty))
    assert result.outcome is Outcome.ERRORED
    assert "the list of releases lacks the release itself" in result.reason


def test_a_server_that_does_not_evaluate_what_to_ignore_ignores_nothing(ask: Asker) -> None:
    state = ask.sentry.state
    issue = state.happens(state.issue("KeyError"), HEAD, ago=2 * HOUR)
    released = f'release:"{HEAD}"'
    found: list[Any] = []

    def remembered(content: Any) -> Any:
        found.extend(content)
        return content

    plain = Trouble(r"/issues/$", edited(remembered), asks=lambda values: values.get("query") == [released])
    blind = Trouble(r"/issues/$", edited(lambda _: found), asks=queries(f"{released} "))
    result = wrong(ask, plain, blind, ignore=("level:info",))
    assert result.outcome is Outcome.ERRORED
    assert result.reason.startswith("`ignore: level:info`: the server finds the same issue with !level:info as well")
    assert issue.events


def test_a_time_without_its_zone_is_no_time(ask: Asker) -> None:
    local = rows(lambda row: row.update(dateFinished="2025-06-16T09:00:00"))
    assert wrong(ask, Trouble(r"/deploys/$", local)).outcome is Outcome.ERRORED


def test_a_deploy_without_any_time_is_none(ask: Asker) -> None:
    result = wrong(ask, Trouble(r"/deploys/$", rows(lambda row: row.update(dateFinished=None))))
    assert result.outcome is Outcome.PENDING


def test_sessions_that_do_not_fit_what_was_asked_are_an_error(ask: Asker) -> None:
    fewer = edited(lambda table: {**table, "intervals": table["intervals"][1:]})
    assert "groups do not fit what was asked" in wrong(ask, Trouble(r"/sessions/$", fewer), traffic="sessions").reason
    assert wrong(ask, Trouble(r"/sessions/$", status(404)), traffic="sessions").outcome is Outcome.ERRORED


@pytest.mark.parametrize("count", [-5, 2**60, "12", True, 1e308, None])
@pytest.mark.parametrize("traffic", ["spans", "errors"])
def test_what_is_no_count_is_none(ask: Asker, traffic: str, count: object) -> None:
    known = ask.sentry.state.issue("ValueError")
    ask.sentry.state.happens(known, OLD, ago=30 * HOUR)
    ask.sentry.state.happens(known, HEAD, ago=2 * HOUR)
    changed = Trouble(r"/events/$", rows(lambda row: row.update({"count()": count})))
    result = wrong(ask, changed, traffic=traffic)
    assert result.outcome is Outcome.ERRORED
    assert "the answer is not Sentry's" in result.reason


@pytest.mark.parametrize("hours", [[0], [0, 24], [], [0, 2, 4]])
def test_sessions_by_anything_but_the_hour_are_an_error(ask: Asker, hours: list[int]) -> None:
    def by_days(table: Any) -> Any:
        begin = datetime(2025, 6, 16, 9, tzinfo=UTC)
        intervals = [f"{begin + each * HOUR:%Y-%m-%dT%H:%M:%SZ}" for each in hours]
        groups = [{**each, "series": {"sum(session)": [5] * len(hours)}} for each in table["groups"]]
        return {**table, "intervals": intervals, "groups": groups}

    result = wrong(ask, Trouble(r"/sessions/$", edited(by_days)), traffic="sessions")
    assert result.outcome is Outcome.ERRORED
    assert "asked for numbers by the hour, the server gave others" in result.reason


def test_no_count_of_sessions_is_negative(ask: Asker) -> None:
    def lower(table: Any) -> Any:
        series = table["groups"][0]["series"]["sum(session)"]
        series[0], series[1] = -1, 1001
        return table

    assert wrong(ask, Trouble(r"/sessions/$", edited(lower)), traffic="sessions").outcome is Outcome.ERRORED


@pytest.mark.parametrize(
    "field", ["id", "shortId", "status", "count", "isUnhandled", "title", "permalink", "substatus"]
)
@pytest.mark.parametrize("value", [[], {"a": 1}, 5, "x" * 5000])
def test_an_issue_of_other_types_is_an_error_or_told_in_bounds(ask: Asker, field: str, value: object) -> None:
    ask.sentry.state.happens(ask.sentry.state.issue("KeyError"), HEAD, ago=2 * HOUR)
    result = wrong(ask, Trouble(r"/issues/$", rows(lambda row: row.update({field: value}))))
    assert result.outcome in (Outcome.ERRORED, Outcome.FAILED)
    assert len(repr(result)) < 4000


@pytest.mark.parametrize(
    ("path", "field", "time"),
    [
        (r"/deploys/$", "dateFinished", "9999-12-31T23:59:59Z"),
        (r"/deploys/$", "dateFinished", "0001-01-01T00:00:00+14:00"),
        (rf"/{HEAD}/$", "dateCreated", "9999-12-31T23:59:59Z"),
    ],
)
def test_times_beyond_every_calendar_are_an_error(ask: Asker, path: str, field: str, time: str) -> None:
    def moved(content: Any) -> Any:
        for row in content if isinstance(content, list) else [content]:
            row[field] = time
        return content

    result = wrong(ask, Trouble(path, edited(moved)))
    assert result.outcome is Outcome.ERRORED
    assert "no calendar reaches" in result.reason or "which is still to come" in result.reason


def test_a_deploy_that_is_still_to_come_is_none_to_wait_for(ask: Asker) -> None:
    tomorrow = rows(lambda row: row.update(dateFinished="2025-06-18T09:00:00Z"))
    result = wrong(ask, Trouble(r"/deploys/$", tomorrow))
    assert result.outcome is Outcome.ERRORED
    assert "is said to be of 2025-06-18T09:00:00Z, which is still to come" in result.reason


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ALL)
def test_a_rate_limit_that_goes_on_is_pending(ask: Asker, path: str) -> None:
    result = wrong(ask, Trouble(path, status(429)))
    assert result.outcome is Outcome.PENDING
    assert "the rate limit is reached (429)" in result.reason
    assert ask.slept == [0.001, 0.002]
    assert result.waiting is not None
    assert result.waiting.next_evaluation == "2025-06-17T09:20:00Z"


def test_it_waits_as_long_as_it_is_asked_to(ask: Asker) -> None:
    limited = Trouble(r"/issues/$", status(429, Retry_After="7"), times=1)
    assert wrong(ask, limited).outcome is Outcome.PASSED
    assert ask.slept == [7]


def test_the_headers_of_sentry_itself_tell_how_long(ask: Asker) -> None:
    at = (ask.sentry.state.clock + timedelta(seconds=4)).timestamp()
    limited = Trouble(r"/issues/$", status(429, **{"X-Sentry-Rate-Limit-Reset": f"{at:.0f}"}), times=1)
    assert wrong(ask, limited).outcome is Outcome.PASSED
    assert ask.slept == [5]


def test_a_limit_longer_than_our_patience_is_not_waited_for(ask: Asker) -> None:
    result = wrong(ask, Trouble(r"/issues/$", status(429, Retry_After="3600")))
    assert (result.outcome, ask.slept) == (Outcome.PENDING, [])
    assert result.waiting is not None
    assert result.waiting.next_evaluation == "2025-06-17T10:10:00Z"


@pytest.mark.parametrize("reset", ["999999999999", "99999999999999999999", "-5", "nan", "soon"])
def test_a_limit_until_any_time_is_pending_and_looked_at_again_within_a_day(ask: Asker, reset: str) -> None:
    result = wrong(ask, Trouble(r"/issues/$", status(429, **{"X-Sentry-Rate-Limit-Reset": reset})))
    assert result.outcome is Outcome.PENDING
    assert result.waiting is not None
    assert (result.waiting.next_evaluation or "") <= "2025-06-18T09:10:00Z"


def test_a_limit_is_not_waited_out_for_ever(ask: Asker) -> None:
    ask.sentry.state.advance(hours=60)
    result = wrong(ask, Trouble(r"/issues/$", status(429)))
    assert (result.outcome, result.waiting) == (Outcome.FAILED, None)
    assert result.reason.startswith("timed out (`max-wait`), and Sentry does not answer")


def test_what_cannot_be_evaluated_is_not_asked_for_for_ever(ask: Asker) -> None:
    ask.environment = {**ask.environment, "SENTRY_AUTH_TOKEN": "another-token"}
    assert wrong(ask).outcome is Outcome.ERRORED
    ask.sentry.state.advance(hours=144)
    result = wrong(ask)
    assert result.outcome is Outcome.FAILED
    assert result.reason.startswith("timed out: /organizations/acme/projects/: Sentry answered 401")
    assert result.reason.endswith("(144h after it was first asked for, twice `max-wait`)")
    ask.asked_since = None
    assert wrong(ask).outcome is Outcome.ERRORED


# --- clocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [-6, 6])
def test_clocks_far_apart_measure_nothing(ask: Asker, minutes: int) -> None:
    ask.skew = timedelta(minutes=minutes)
    result = wrong(ask)
    assert result.outcome is Outcome.ERRORED
    assert "no window can be measured by clocks that far apart" in result.reason


def test_a_fast_clock_of_ours_does_not_shorten_the_window(ask: Asker) -> None:
    ask.sentry.state.advance(minutes=-1)
    ask.skew = timedelta(minutes=4)
    assert wrong(ask).outcome is Outcome.PENDING


def test_a_slow_clock_of_ours_does_not_either(ask: Asker) -> None:
    ask.skew = timedelta(minutes=-4)
    assert wrong(ask).outcome is Outcome.PENDING


def test_an_answer_from_a_cache_is_none(ask: Asker) -> None:
    old = header("Date", "Mon, 16 Jun 2025 12:00:00 GMT")
    result = wrong(ask, Trouble(r"/issues/$", old))
    assert result.outcome is Outcome.ERRORED
    assert "an answer is from 2025-06-16T12:00:00Z, older than the others" in result.reason


# --- what a release may be called -------------------------------------------------------------------------------------


def test_a_release_may_be_called_otherwise(sentry: FakeSentry, ask: Asker) -> None:
    name = f'api*"@{HEAD[:12]}'
    sentry.state.deployed(name, ago=25 * HOUR)
    sentry.state.spans.clear()
    sentry.state.advance(hours=-2)
    sentry.state.traffic(name)
    sentry.state.advance(hours=2)
    sentry.state.deployed(HEAD, ago=50 * HOUR)
    result = ask(release='api*"@{head:12}')
    assert result.outcome is Outcome.PASSED, result.reason
    assert sentry.refused == []


def test_uncommitted_work_is_not_asked_about(ask: Asker) -> None:
    ask.dirty = True
    assert (wrong(ask).outcome, ask.sentry.asked) == (Outcome.ERRORED, [])
