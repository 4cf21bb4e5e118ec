"""File names of migrations: their versions, how versions sort, and the next one after the newest.

A new name is made from the newest existing one, never from the clock, so that the same change gets the same answer.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_DIGITS = re.compile(r"\d+")
_STAMPS = (
    (re.compile(r"\d{14}"), "%Y%m%d%H%M%S"),
    (re.compile(r"\d{4}-\d\d-\d\d-\d{6}"), "%Y-%m-%d-%H%M%S"),
    (re.compile(r"\d{4}_\d\d_\d\d_\d{6}"), "%Y_%m_%d_%H%M%S"),
)


def after(version: str, steps: int = 1) -> str:
    """The version ``steps`` after one: seconds later for a time stamp, else the next number, as wide as before."""
    for pattern, form in _STAMPS:
        if pattern.fullmatch(version):
            try:
                return (datetime.strptime(version, form) + timedelta(seconds=steps)).strftime(form)  # noqa: DTZ007 - migration tools' stamps carry no zone
            except (ValueError, OverflowError):
                break
    numbers = list(_DIGITS.finditer(version))
    if not numbers:
        return f"{version}{steps}"
    last = numbers[-1]
    return version[: last.start()] + str(int(last[0]) + steps).zfill(len(last[0])) + version[last.end() :]


def number(digits: str) -> tuple[int]:
    """Digits as a key that sorts by value; bounded, because ``int`` refuses thousands of digits."""
    return (int(digits[:64]),)


_VERSION = re.compile(r"(?<=^V)\d+(?:[._]\d+)*(?=__)|^\d{4}[-_]\d\d[-_]\d\d[-_]\d{6}|^\d+")
_FOLDER_FILES = frozenset({"migration.sql", "up.sql", "down.sql"})


def _version_part(path: str) -> tuple[str, str, str]:
    """A path cut into what stands before the part that holds the version, that part, and what follows."""
    head, _, last = path.rpartition("/")
    if last in _FOLDER_FILES and head:
        outer, _, folder = head.rpartition("/")
        return (f"{outer}/" if outer else "", folder, f"/{last}")
    return (f"{head}/" if head else "", last, "")


def version_text(path: str) -> str:
    """The version as it is written in a path; empty when there is none."""
    found = _VERSION.search(_version_part(path)[1])
    return found[0] if found else ""


def renumbered(path: str, newest: str, steps: int = 1) -> str:
    """The path with its version replaced by the one ``steps`` after that of the newest path."""
    before, part, rest = _version_part(path)
    version = after(version_text(newest) or "0", steps)
    return before + _VERSION.sub(version, part, count=1) + rest
