"""The environment of a gate that runs in another tree than the checkout."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

# Around a path in an option: `--rootdir=/repo`, `-I/repo/lib`, `file:///repo`; not `/home/repo` nor `/repository`.
_BEFORE = r"(?:(?<![^:;,=\s\"'(])|(?<=://)|(?<=-[IL]))"
_WITHIN = r"(?P<within>(?:/[^:;,=\s\"')]*)?)(?![^:;,=\s\"')])"


def pointed_at(
    environment: Mapping[str, str], *, checkout: Path, instead: Path, tracked: Collection[str]
) -> dict[str, str]:
    """What leads into the checkout leads to the same place of the tree ``instead``, which may hold nothing there.

    With ``PYTHONPATH=/repo/src`` or ``/repo/bin`` on ``PATH`` old code would be served the branch's. What is installed
    in the checkout, a virtual environment or ``node_modules``, stays as long as none of the ``tracked`` paths lies in
    it. Entries of lists are followed through links; anywhere else the checkout's own path is what is looked for.
    """
    root = str(checkout.resolve())
    if root == "/":
        return dict(environment)

    def led(found: re.Match[str]) -> str:
        return found[0] if _is_installed(root, found["within"], tracked) else f"{instead}{found['within']}"

    into = re.compile(f"{_BEFORE}{re.escape(root)}{_WITHIN}")
    return {name: into.sub(led, _followed(value, root)) for name, value in environment.items()}


def _is_installed(root: str, within: str, tracked: Collection[str]) -> bool:
    path = PurePosixPath(within.lstrip("/"))
    for folder in (path, *path.parents)[:-1]:
        if folder.name == "node_modules" or Path(root, folder, "pyvenv.cfg").is_file():
            return not any(each.startswith(f"{folder}/") for each in tracked)
    return False


def _followed(value: str, root: str) -> str:
    """Entries of a list that lead into ``root`` by another name, by that name."""
    return ":".join(_real(entry, root) for entry in value.split(":"))


def _real(entry: str, root: str) -> str:
    if not entry.startswith("/") or entry.startswith("//"):  # the latter is what follows a URL's scheme
        return entry
    real = os.path.realpath(entry)
    return real if real == root or real.startswith(f"{root}/") else entry
