"""Fixtures for every test: an isolated home, a real git repository, and the image where an engine answers."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker_engine import POSTGRES_IMAGE, REDIS_IMAGE, build_image, need_engine, need_image
from tests.gitrepo import Repository

_RUNNER_PREFIXES = ("GITHUB_", "INPUT_", "ACTIONS_", "RUNNER_", "GIT_", "GATERUNNER_", "SENTRY_", "TRACE", "BAGGAGE")
_KEPT = {
    "GATERUNNER_REQUIRE_BUGSINK",
    "GATERUNNER_REQUIRE_DOCKER",
    "GATERUNNER_TEST_BASE_IMAGE",
    "GATERUNNER_TEST_POSTGRES_IMAGE",
    "GATERUNNER_TEST_REDIS_IMAGE",
}


@pytest.fixture(autouse=True)
def isolated_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No test sees this machine's settings, and a test that writes into the home directory fails."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(_RUNNER_PREFIXES) and name not in _KEPT:
            monkeypatch.delenv(name)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    yield home
    left = [path.name for path in home.iterdir()]
    assert not left, f"the test wrote into the home directory: {left}"


@pytest.fixture(scope="session", autouse=True)
def compiled_rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The secret engine's compiled rules, outside the home directory and shared by all workers: compiling takes 4 s."""
    cache = tmp_path_factory.getbasetemp().parent / "secret-rules"
    cache.mkdir(mode=0o700, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KF_RULE_CACHE_DIR", str(cache))
        yield cache


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """A repository on ``main`` with one commit."""
    repository = Repository.create(tmp_path / "repo")
    repository.commit("Start", {"README.md": "# Example\n"})
    return repository


def pytest_collection() -> None:
    """What is collected stays to the end: looking through it for garbage would take a quarter of the time."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("docker") is not None:
        need_engine()


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """The id of the image, built once per session."""
    need_engine()
    return build_image(shared_folder(tmp_path_factory, worker_id))


def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this session see."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def postgres_image() -> str:
    """An image with a real PostgreSQL that behaves as the official one."""
    need_image(POSTGRES_IMAGE, "GATERUNNER_TEST_POSTGRES_IMAGE")
    return POSTGRES_IMAGE


@pytest.fixture(scope="session")
def tools_image(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """The image of examples/web-service, with the tools that the gates of examples need."""
    need_engine()
    folder = Path(__file__).resolve().parents[1] / "examples" / "web-service"
    shared = shared_folder(tmp_path_factory, worker_id)
    return build_image(shared, folder=folder, tag="guestbook-tools:under-test")


@pytest.fixture(scope="session")
def redis_image() -> str:
    """An image with a real Redis that behaves as the official one."""
    need_image(REDIS_IMAGE, "GATERUNNER_TEST_REDIS_IMAGE")
    return REDIS_IMAGE
