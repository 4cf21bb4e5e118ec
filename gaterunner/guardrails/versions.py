"""A newer release of a tool instead of an older one: an upgrade, as in any list of dependencies."""

from __future__ import annotations

import re
from typing import Any

_RELEASE = re.compile(r"v?\d+(?:\.\d+)+(?:[.-]?(?:post|rc|a|b)?\d+)*")
_PLAIN = re.compile(r"v?(\d+(?:\.\d+)*)")
_PINNED = re.compile(r"(?:.+/)?(?:\.?mise(?:\.[\w-]+)?\.toml\0tools\.[^.]+"
                     r"|package\.json\0volta\.[^.]+|rust-toolchain(?:\.toml)?\0toolchain\.channel)")  # fmt: skip
_LONGEST = 40
_LISTS = re.compile(r"(?:.+/)?\.(?:tool-versions|(?:python|node|ruby|go|java)-version|nvmrc)")


def is_newer(path: str, key: str, was: Any, will: Any) -> bool:
    """Whether an entry names a newer release of what it named before.

    For a hook of pre-commit any release instead of another counts. A commit id or a branch does not: GitHub hands out
    commits of forks under the repository's own name.
    """
    if path.endswith(".pre-commit-config.yaml") and key.endswith("].rev"):
        return all(isinstance(one, str) and _RELEASE.fullmatch(one) for one in (was, will))
    if _PINNED.fullmatch(f"{path}\0{key}"):
        return _is_later(was, will)
    if _LISTS.fullmatch(path) and isinstance(was, tuple) and isinstance(will, tuple) and len(was) == len(will):
        pairs = [(one.rpartition(" "), other.rpartition(" ")) for one, other in zip(was, will, strict=True)]
        return all(one == other or (one[0] == other[0] and _is_later(one[2], other[2])) for one, other in pairs)
    return False


def _is_later(was: Any, will: Any) -> bool:
    numbers = [_numbers(one) for one in (was, will)]
    return numbers[0] is not None and numbers[1] is not None and numbers[0] < numbers[1]


def _numbers(release: Any) -> list[int] | None:
    """The numbers of a plain release; None for anything else, also for a date or a commit id."""
    match = _PLAIN.fullmatch(release) if isinstance(release, str) and len(release) < _LONGEST else None
    return [int(part) for part in match[1].split(".")] if match else None
