"""Where the work tree that gates see and the tree that is judged may differ without a changed file to show for it.

Each is somebody's honest habit (a sparse checkout, a private ignore rule, a submodule) and a place to hide something
from the policies, so it is told and does not change a verdict.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from gaterunner.git import raw
from gaterunner.git.command import Git, decode
from gaterunner.git.entries import SUBMODULE, IndexEntry
from gaterunner.git.repository import Repository

_NAMED = 5


def notes(
    repository: Repository, git: Git, entries: list[IndexEntry], differing: Iterable[bytes], untracked: list[bytes]
) -> Iterator[str]:
    """One sentence per difference. ``git`` sees the work tree; ``differing`` and ``untracked`` are what it told."""
    submodules = {entry.path for entry in entries if entry.mode == SUBMODULE}
    moved = sorted(submodules.intersection(differing))
    if moved:
        yield f"submodules at another commit than recorded are not judged as such: {_named(moved)}"
    elif any(os.path.lexists(_full(repository, path + b"/.git")) for path in submodules):
        yield "uncommitted work inside submodules is not looked at"
    nested = sum(path.endswith(b"/") for path in untracked)
    if nested:
        yield f"{nested} untracked folder{'s hold repositories' if nested > 1 else ' holds a repository'} of its own"
    absent = [
        entry.path
        for entry in entries
        if entry.skipped and entry.mode != SUBMODULE and not os.path.lexists(_full(repository, entry.path))
    ]
    if absent:
        yield f"files that are not checked out (sparse checkout) are judged, but no gate sees them: {_named(absent)}"
    yield from _privately_ignored(repository, git, entries, untracked)


def _privately_ignored(
    repository: Repository, git: Git, entries: list[IndexEntry], untracked: list[bytes]
) -> Iterator[str]:
    exclude = repository.layout.common_dir / "info" / "exclude"
    if _has_rules(exclude):
        rules = b"--exclude-from=" + os.fsencode(exclude)
        doing = f"looking for what {exclude} hides"
        hidden = raw.split(git.run("ls-files", "--others", "--ignored", "--directory", rules, "-z", doing=doing))
        if hidden:
            yield f"files that .git/info/exclude ignores are not judged, but gates see them: {_named(hidden)}"
    known = {entry.path for entry in entries}.union(untracked)
    folders = {b"", *(entry.path.rpartition(b"/")[0] for entry in entries)}
    ignores = (folder + b"/.gitignore" if folder else b".gitignore" for folder in folders)
    own = sorted(path for path in ignores if path not in known and os.path.lexists(_full(repository, path)))
    if own:
        yield f"what these files ignore, themselves included, is not judged, but gates see it: {_named(own)}"


def _has_rules(file: os.PathLike[str]) -> bool:
    try:
        with open(file, "rb") as lines:  # noqa: PTH123 (any path will do)
            return any(line.strip() and not line.startswith(b"#") for line in lines)
    except OSError:
        return False


def _full(repository: Repository, path: bytes) -> bytes:
    return os.fsencode(repository.root) + b"/" + path


def _named(paths: list[bytes]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(repr(decode(path)) for path in paths[:_NAMED]) + more
