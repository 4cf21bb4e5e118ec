"""A service host per test, and the proof that it left nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.hosting import Host


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A host on the real engine; after the test no container and no network of its run is left."""
    logs = tmp_path / "logs"
    logs.mkdir()
    made = Host(logs, run=f"test-{secrets.token_hex(6)}")
    yield made
    made.close()
    assert made.containers() == []
    assert made.networks() == []
