"""One browser for all tests of a worker; each test begins in a window of the same size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser import Browser, Screen, browser, need_browser


@pytest.fixture(scope="session")
def one_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    need_browser()
    with browser(tmp_path_factory.mktemp("browser")) as window:
        yield window


@pytest.fixture
def window(one_browser: Browser) -> Browser:
    """A window on a desk, in the light, that remembers nothing."""
    one_browser.driver.get("about:blank")
    one_browser.ask("Storage.clearDataForOrigin", origin="*", storageTypes="all")
    one_browser.look(Screen())
    one_browser.requests()
    return one_browser
