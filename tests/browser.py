"""A real Chromium for tests and pictures: one that keeps nothing, reaches nothing, and is driven by Selenium.

Where there is none, tests marked ``browser`` are skipped with the reason, or fail when
``GATERUNNER_REQUIRE_BROWSER=1``.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

# Read here, at import: while a test runs, its environment holds nothing of ours.
_REQUIRED = os.environ.get("GATERUNNER_REQUIRE_BROWSER") == "1"
_PATH = os.environ["PATH"]
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # tests also run as root, where Chromium has no sandbox
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=en",
)
_BROWSERS = ("chromium", "google-chrome")  # the second is what GitHub's machines have
_DRIVERS = ("chromedriver",)
_PHONE = 500  # pixels: a narrower window is a phone's


class Screen(Struct, frozen=True, kw_only=True):
    """What a page is looked at with; ``scale`` is pixels of the picture per pixel of the page."""

    width: int = 1280
    height: int = 900
    scale: float = 1.0
    dark: bool = False


@lru_cache
def why_no_browser() -> str | None:
    """None when Chromium and its driver are there, else what is missing."""
    missing = [names[0] for names in (_BROWSERS, _DRIVERS) if _find(names) is None]
    return f"no {' and no '.join(missing)} on PATH" if missing else None


def _find(names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := shutil.which(name, path=_PATH))), None)


def need_browser() -> None:
    """Skips the test where there is no browser, or fails it where one is required."""
    reason = why_no_browser()
    if reason is None:
        return
    if _REQUIRED:
        pytest.fail(f"GATERUNNER_REQUIRE_BROWSER=1, but {reason}", pytrace=False)
    pytest.skip(f"{reason} (Debian: chromium, chromium-driver)")


class Browser:
    """A window. ``open`` shows a page; everything else is about the page that is open."""

    def __init__(self, driver: webdriver.Chrome, folder: Path) -> None:
        self.driver = driver
        self._folder = folder
        self._number = 0

    def open(self, page: bytes, *, fragment: str = "") -> None:
        """Loads the page from a file, as whoever downloaded it does."""
        self._number += 1
        file = self._folder / f"page-{self._number}.html"
        file.write_bytes(page)
        self.messages()
        self.driver.get(f"{file.as_uri()}{fragment}")

    def look(self, screen: Screen) -> None:
        """Changes the window's size and the system's theme."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=screen.width,
            height=screen.height,
            deviceScaleFactor=screen.scale,
            mobile=screen.width < _PHONE,
        )
        theme = "dark" if screen.dark else "light"
        self.ask("Emulation.setEmulatedMedia", media="", features=[{"name": "prefers-color-scheme", "value": theme}])

    def run(self, script: str, *arguments: object) -> Any:
        """What a script in the page returns."""
        return self.driver.execute_script(script, *arguments)

    def ask(self, command: str, **parameters: object) -> Any:
        """The answer to a command of Chromium's own protocol."""
        return self.driver.execute_cdp_cmd(command, parameters)

    def press(self, *keys: str) -> None:
        """Presses keys one after the other, wherever the focus is."""
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def text(self, selector: str) -> str:
        """What is seen of the first element that fits."""
        return str(self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector))

    def count(self, selector: str) -> int:
        """How many elements fit and are seen."""
        return int(
            self.run(
                "return [...document.querySelectorAll(arguments[0])].filter((e) => e.checkVisibility()).length",
                selector,
            )
        )

    def messages(self) -> list[str]:
        """What the console said since the last time."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def requests(self) -> list[str]:
        """The addresses that were asked for since the last time."""
        entries = self.driver.get_log("performance")  # type: ignore[no-untyped-call]
        events = [json.loads(entry["message"])["message"] for entry in entries]
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def picture(self) -> bytes:
        """What the window shows, as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser whose profile, settings and pages lie in ``folder``, which must exist."""
    options = Options()
    options.binary_location = _find(_BROWSERS) or ""
    for argument in (*_ARGUMENTS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    home = folder / "home"
    home.mkdir(exist_ok=True)
    service = Service(_find(_DRIVERS) or "", env={"PATH": _PATH, "HOME": str(home), "TMPDIR": str(folder)})
    driver = webdriver.Chrome(options=options, service=service)
    try:
        driver.set_page_load_timeout(60)
        driver.set_script_timeout(60)
        yield Browser(driver, folder)
    finally:
        driver.quit()
