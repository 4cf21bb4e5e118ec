"""The image under test, and checkouts that belong to somebody else than the container's root."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitrepo import Repository
from tests.image.container_action import ContainerAction

# The user of GitHub's hosted runners. Without root nothing can be given away: then it is whoever runs the tests.
RUNNER_UID = 1001 if os.geteuid() == 0 else os.getuid()


@pytest.fixture
def action(image: str, repo: Repository, tmp_path: Path) -> Iterator[ContainerAction]:
    """A job of GitHub's runner around ``repo``; whatever root left in it is removed with it."""
    started = ContainerAction(image, repo, tmp_path / "runner", uid=RUNNER_UID)
    yield started
    shutil.rmtree(started.temp, ignore_errors=True)
