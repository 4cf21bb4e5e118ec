"""What the fake remembers of a repository's settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Settings:
    """``token_writes`` is the default of GITHUB_TOKEN, ``token_approves`` whether it may approve pull requests.

    ``owners_errors`` are the lines of CODEOWNERS that GitHub does not obey, ``disabled`` the workflows that are off.
    """

    id: int = 10
    actions: bool = True
    token_writes: bool = False
    token_approves: bool = False
    owners_errors: list[dict[str, Any]] = field(default_factory=list)
    disabled: tuple[str, ...] = ()
