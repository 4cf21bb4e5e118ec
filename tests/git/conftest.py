"""An opened repository that is closed after the test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gaterunner.git import Repository

Open = Callable[[Path], Repository]


@pytest.fixture
def open_repository() -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda path: stack.enter_context(Repository.open(path, env=os.environ))
