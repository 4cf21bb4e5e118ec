"""Where git looks for the hooks of a repository, and whether a hook may be put there."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from msgspec import Struct

from gaterunner.errors import UsageError
from gaterunner.git.layout import Layout
from gaterunner.git.settings import Settings

Kind = Literal["repository", "work tree", "husky", "machine", "elsewhere"]


class HooksFolder(Struct, frozen=True):
    """The folder that git takes this repository's hooks from, and whose it is.

    ``repository`` is the one in the git directory, which all linked work trees share. The others are named by
    ``core.hooksPath``: ``work tree`` is a folder that commits may hold, ``husky`` the one that husky writes anew,
    ``machine`` one that a user's or machine's own settings name for all repositories, ``elsewhere`` any other.
    """

    path: Path
    kind: Kind


def hooks_folder(where: Layout, settings: Settings, *, home: Path) -> HooksFolder:
    """The folder of hooks. Raises ``UsageError`` where ``core.hooksPath`` names no folder that hooks could be in."""
    set_by = [(scope, value) for scope, key, value in settings.rows if key == "core.hookspath" and scope != "command"]
    if not set_by:
        return HooksFolder(where.common_dir / "hooks", "repository")
    scope, value = set_by[-1]
    # As git reads it: `~` is the home directory, and a relative path starts where hooks are run.
    path = home / value[2:] if value.startswith("~/") else where.root / value
    if not value or (path.exists() and not path.is_dir()):
        raise UsageError(
            f"core.hooksPath is {value!r}, which is no folder: git runs no hook in this repository",
            help=f"see who set it (git config --show-origin core.hooksPath); git config --{_option(scope)} --unset "
            "core.hooksPath brings the repository's own hooks back",
        )
    return HooksFolder(path, _kind(where, path, scope))


def _kind(where: Layout, path: Path, scope: str) -> Kind:
    if scope in ("global", "system"):
        return "machine"
    if ".husky" in path.parts:
        return "husky"
    resolved = path.resolve()
    if resolved == (where.common_dir / "hooks").resolve():
        return "repository"
    inside = resolved.is_relative_to(where.root.resolve()) and not resolved.is_relative_to(where.git_dir.resolve())
    return "work tree" if inside else "elsewhere"


def _option(scope: str) -> str:
    return scope if scope in ("global", "system", "worktree") else "local"
