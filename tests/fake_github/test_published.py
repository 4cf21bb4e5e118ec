"""What GitHub publishes no operation for is told apart from what it does."""

from __future__ import annotations

import pytest

from tests.fake_github.exchange import Request
from tests.fake_github.published import unpublished


def request(path: str, *names: str, method: str = "GET") -> Request:
    return Request(method=method, path=path, query=dict.fromkeys(names, "1"), headers={}, body={})


@pytest.mark.parametrize(
    "asked",
    [
        request("/repos/octo/example"),
        request("/repos/octo/example/contents/.github/workflows/gates.yml", "ref"),
        request("/repos/octo/example/pulls", "state", "base", "sort", "direction", "per_page"),
        request("/repos/octo/example/actions/runs", "head_sha", "event", "per_page"),
        request("/apps/github-actions"),
    ],
)
def test_what_it_publishes(asked: Request) -> None:
    assert unpublished([asked]) == []


@pytest.mark.parametrize(
    "asked",
    [
        request("/repos/octo/example/protection"),
        request("/repos/octo/example/pulls", "target"),
        request("/repos/octo/example", method="PUT"),
        request("/repos/octo/example/codeowners"),
    ],
)
def test_what_it_does_not(asked: Request) -> None:
    assert unpublished([asked]) != []
