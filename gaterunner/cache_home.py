"""Where gaterunner keeps on this machine what outlives a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def cache_home(environment: Mapping[str, str]) -> Path | None:
    """The folder that the stores of all repositories lie in; None where there is no home for it."""
    base = environment.get("XDG_CACHE_HOME", "")
    if not base.startswith("/"):  # the XDG specification has relative ones ignored
        home = environment.get("HOME", "")
        if not home.startswith("/"):
            return None
        base = f"{home}/.cache"
    return Path(base, "gaterunner")
