"""What git's configuration says of a repository, read once and never obeyed."""

from __future__ import annotations

import re

from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.git import layout, raw
from gaterunner.git.command import Git, failure

_OLDEST_GIT = (2, 31)  # settings through GIT_CONFIG_COUNT


class Settings(Struct, frozen=True):
    """The repository's and the operator's settings, in the order git reads them: ``(scope, key, value)``."""

    rows: tuple[tuple[str, str, str], ...]

    def last(self, key: str, *, scopes: tuple[str, ...] = ("system", "global", "local", "worktree")) -> str | None:
        """The value that wins among the given scopes; None when nothing sets it."""
        values = [value for scope, name, value in self.rows if name == key and scope in scopes]
        return values[-1] if values else None


def read_settings(git: Git, where: layout.Layout) -> Settings:
    """All settings as git sees them, which must include our own: an old git ignores them without a word."""
    done = git.attempt("config", "--list", "--show-scope", "-z")
    settings = Settings(_settings(done.stdout) if done.returncode == 0 else ())
    if settings.last("core.hookspath", scopes=("command",)) == "/dev/null":
        return settings
    told = git.run("--version", doing="asking for its version").decode("utf-8", "replace")
    number = re.search(r"(\d+)\.(\d+)", told)
    if number is None or (int(number[1]), int(number[2])) < _OLDEST_GIT:
        oldest = ".".join(map(str, _OLDEST_GIT))
        raise EvaluationError(f"{told.strip()} is too old", help=f"install git {oldest} or newer")
    raise failure(f"reading the settings of {where.root}", done)


def _settings(data: bytes) -> tuple[tuple[str, str, str], ...]:
    """Reads ``config --list --show-scope -z``: scope NUL key LF value NUL, where a bare key has no LF."""
    pieces = [piece.decode("utf-8", "surrogateescape") for piece in raw.split(data)]
    rows: list[tuple[str, str, str]] = []
    for scope, setting in zip(pieces[::2], pieces[1::2], strict=True):
        key, found, value = setting.partition("\n")
        rows.append((scope, key, value if found else "true"))
    return tuple(rows)
