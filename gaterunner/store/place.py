"""Where gates run that run in no container: as much of it as can be told at once and decides how a command ends."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from gaterunner.store.keys import TOOLCHAIN, Place

_OS_RELEASE = (Path("/etc/os-release"), Path("/usr/lib/os-release"))  # os-release(5), in this order
_KEYS = ("ID", "VERSION_ID")


def this_place(environment: Mapping[str, str], image_digest: str | None) -> Place:
    """This machine. ``image_digest`` is that of the image that gaterunner itself runs in."""
    uname = os.uname()
    return Place(
        system=f"{uname.sysname} {_distribution()}",
        machine=uname.machine,
        image_digest=image_digest,
        toolchain=tuple((name, environment[name]) for name in TOOLCHAIN if name in environment),
    )


def _distribution() -> str:
    for file in _OS_RELEASE:
        try:
            lines = file.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        found = dict(line.split("=", 1) for line in lines if "=" in line)
        return " ".join(found.get(key, "").strip("\"'") for key in _KEYS)
    return ""
