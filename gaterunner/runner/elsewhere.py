"""The environment of a gate that runs in another tree than the judged one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

# Around a path in an option: `--rootdir=/repo`, `-I/repo/lib`, `file:///repo`; not `/home/repo` nor `/repository`.
_BEFORE = r"(?:(?<![^:;,=\s\"'(])|(?<=://)|(?<=-[IL]))"
_AFTER = r"(?![^/:;,=\s\"')])"


def pointed_at(environment: Mapping[str, str], *, judged: Path, instead: Path) -> dict[str, str]:
    """What leads into the judged tree leads to the same place of the tree ``instead``, which may hold nothing there.

    With ``PYTHONPATH=/repo/src`` or ``/repo/bin`` on ``PATH`` old code would be served the branch's. Entries of lists
    are followed through links; anywhere else the checkout's own path is what is looked for.
    """
    root = str(judged.resolve())
    if root == "/":
        return dict(environment)
    within = re.compile(rf"{_BEFORE}{re.escape(root)}{_AFTER}")
    return {name: within.sub(lambda _: str(instead), _followed(value, root)) for name, value in environment.items()}


def _followed(value: str, root: str) -> str:
    """Entries of a list that lead into ``root`` by another name, by that name."""
    return ":".join(_real(entry, root) for entry in value.split(":"))


def _real(entry: str, root: str) -> str:
    if not entry.startswith("/") or entry.startswith("//"):  # the latter is what follows a URL's scheme
        return entry
    real = os.path.realpath(entry)
    return real if real == root or real.startswith(f"{root}/") else entry
