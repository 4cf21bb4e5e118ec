"""The stand-in refuses what Sentry refuses, so that a question which Sentry would not answer fails a test."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fake_sentry import FakeSentry
from tests.fake_sentry.server import TOKEN

RANGE = "start=2025-06-16T09:00:00Z&end=2025-06-16T10:00:00Z&project=11&environment=staging"
SPANS = "dataset=spans&field=release&field=count%28%29&sort=release"


def asked(sentry: FakeSentry, path: str, token: str = TOKEN) -> tuple[int, Any, dict[str, str]]:
    answer = sentry.answer(f"/api/0/organizations/acme{path}", f"Bearer {token}")
    return answer.status, json.loads(answer.body), answer.headers


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/projects/", 200),
        ("/projects/?colour=red", 400),
        ("/teams/", 404),
        ("/releases/unknown/", 404),
        (f"/issues/?{RANGE}", 200),
        (f"/issues/?{RANGE}&statsPeriod=24h", 400),
        (f"/issues/?{RANGE}&limit=101", 400),
        (f"/issues/?{RANGE}&cursor=next", 400),
        (f"/issues/?{RANGE}&query=free text", 400),
        (f"/issues/?{RANGE.replace('staging', 'stage')}", 404),
        (f"/issues/?{RANGE.replace('project=11', 'project=99')}", 403),
        (f"/issues/?{RANGE.replace('10:00:00Z', '09:00:00Z')}", 400),
        (f"/issues/?{RANGE.replace('Z', '')}", 400),
        (f"/events/?{RANGE}&{SPANS}", 200),
        (f"/events/?{RANGE}&{SPANS.replace('spans', 'metrics')}", 400),
        (f"/events/?{RANGE}&{SPANS}&field=colour", 400),
        (f"/sessions/?{RANGE}&field=sum%28session%29&groupBy=release&groupBy=environment&interval=1d", 400),
        ("/issues/1/", 404),
    ],
)
def test_what_is_asked_has_to_be_right(sentry: FakeSentry, path: str, status: int) -> None:
    assert asked(sentry, path)[0] == status


def test_each_path_has_its_scope(sentry: FakeSentry) -> None:
    sentry.state.scopes = frozenset({"org:read"})
    assert [asked(sentry, path)[0] for path in ("/projects/", "/releases/x/", f"/issues/?{RANGE}")] == [200, 403, 403]
    assert asked(sentry, "/projects/", "another-token")[0] == 401


def test_lists_come_in_pages_with_sentrys_header(sentry: FakeSentry) -> None:
    sentry.state.page = 1
    _, first, headers = asked(sentry, "/projects/")
    assert [row["slug"] for row in first] == ["api"]
    assert 'rel="next"; results="true"; cursor="0:1:0"' in headers["Link"]
    _, second, headers = asked(sentry, "/projects/?cursor=0:1:0")
    assert [row["slug"] for row in second] == ["web"]
    assert 'rel="next"; results="false"' in headers["Link"]


def test_every_answer_bears_the_time_of_the_clock_that_tests_move(sentry: FakeSentry) -> None:
    sentry.state.advance(hours=5)
    assert asked(sentry, "/projects/")[2]["Date"] == "Mon, 16 Jun 2025 14:00:00 GMT"
