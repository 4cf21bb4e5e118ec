"""Python packages installed in editable mode: whoever imports one gets the checkout's code, wherever it runs."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gaterunner.runner.elsewhere import pointed_at

_NOWHERE = Path("/nonexistent")
_LARGEST = 64 * 1024
_PACKAGES = ("lib/python3*/site-packages", "lib/python3*/dist-packages", "lib64/python3*/site-packages")


def imported_from(
    checkout: Path, changed: Iterable[str], environment: Mapping[str, str], tracked: Collection[str]
) -> tuple[str, ...]:
    """Which of the ``changed`` files a gate of this machine may have imported from the checkout.

    That is, although it ran in another tree and with an environment that leads there: see ``elsewhere.py``, also for
    ``tracked``. Ask when it has ended: its command may have installed what it ran in.
    """
    python = [path for path in changed if path.endswith(".py")]
    if not python:
        return ()
    environment = pointed_at(environment, checkout=checkout, instead=_NOWHERE, tracked=tracked)
    sources = sources_within(environment, checkout)
    return tuple(path for path in python if any(Path(path).is_relative_to(source) for source in sources))


def sources_within(environment: Mapping[str, str], checkout: Path) -> tuple[Path, ...]:
    """The folders of the checkout, relative to it, that the Pythons on ``PATH`` or the user's own packages import from.

    Told by what pip (PEP 610) and ``.pth`` files say. What cannot be read says nothing.
    """
    root = checkout.resolve()
    found = {path.resolve() for folder in _package_folders(environment) for path in _sources(folder)}
    return tuple(sorted(path.relative_to(root) for path in found if path.is_relative_to(root)))


def _package_folders(environment: Mapping[str, str]) -> Iterator[Path]:
    prefixes = [Path(entry).parent for entry in environment.get("PATH", "").split(":") if entry.startswith("/")]
    if home := environment.get("HOME", ""):
        prefixes.append(Path(home, ".local"))
    for prefix in dict.fromkeys(prefixes):
        for pattern in _PACKAGES:
            yield from prefix.glob(pattern)


def _sources(packages: Path) -> Iterator[Path]:
    for file in packages.glob("*.dist-info/direct_url.json"):
        try:
            stated = json.loads(_text(file) or "{}")
            if stated["dir_info"]["editable"] is True:
                yield Path(unquote(urlsplit(stated["url"]).path))
        except (ValueError, KeyError, TypeError):  # not an editable one, or nothing that pip wrote
            continue
    for file in packages.glob("*.pth"):
        yield from (Path(line.strip()) for line in _text(file).splitlines() if line.startswith("/"))


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""
