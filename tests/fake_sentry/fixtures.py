"""A fake Sentry for one test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fake_sentry.server import FakeSentry


@pytest.fixture
def sentry() -> Iterator[FakeSentry]:
    with FakeSentry.running() as fake:
        yield fake
