"""The fake as a fixture; a test that asked it for something GitHub would refuse fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fake_github.server import FakeGitHub


@pytest.fixture
def fake_github() -> Iterator[FakeGitHub]:
    """A GitHub on this machine, empty at first."""
    with FakeGitHub.running() as fake:
        yield fake
    assert fake.violations == []
