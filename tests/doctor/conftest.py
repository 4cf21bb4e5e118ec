"""Every test here may ask for ``fake_github``, and sees the same wide terminal."""

from __future__ import annotations

import pytest

from tests.fake_github.fixtures import fake_github

__all__ = ["fake_github"]


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
