"""An engine for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from gaterunner.containers.engine import Engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    """The engine that the tests use; only for tests that are marked `docker`."""
    engine = Engine.connect(os.environ)
    yield engine
    engine.close()
