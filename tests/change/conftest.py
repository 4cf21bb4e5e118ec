"""A remote that can be fetched from, and the change of a checkout in one call."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from gaterunner.change import ChangeOptions, determine_change
from gaterunner.git import Repository
from gaterunner.github.events import GitHubEvent
from gaterunner.model import Change
from tests import gitrepo

Determine = Callable[..., Change]


@pytest.fixture
def opened() -> Iterator[Callable[[Path], Repository]]:
    with ExitStack() as stack:
        yield lambda path: stack.enter_context(Repository.open(path, env=os.environ))


@pytest.fixture
def determine(opened: Callable[[Path], Repository]) -> Determine:
    """``determine(repo)``, ``determine(repo, event)``, ``determine(repo, base="v1")``."""

    def call(repo: gitrepo.Repository, event: GitHubEvent | None = None, **options: Any) -> Change:
        return determine_change(opened(repo.root), ChangeOptions(**options), event)

    return call


@pytest.fixture
def remote(repo: gitrepo.Repository) -> gitrepo.Repository:
    """A repository that serves what GitHub serves: any object, and partial fetches."""
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    return repo
