"""Where a repository's parts lie. Found without git, because asking git means trusting the repository's settings."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from gaterunner.errors import EvaluationError, UsageError


class Layout(Struct, frozen=True, kw_only=True):
    """``root`` is the work tree's top level; ``common_dir`` differs from ``git_dir`` in a linked work tree."""

    root: Path
    git_dir: Path
    common_dir: Path


def find(path: Path) -> Layout:
    """The repository that holds ``path``, which may be any directory of a work tree.

    Raises ``UsageError`` outside of a repository and in a bare one.
    """
    start = path.resolve()
    if not start.is_dir():
        raise UsageError(f"{path} is not a directory")
    for directory in (start, *start.parents):
        dot_git = directory / ".git"
        if dot_git.is_dir() and _is_git_dir(dot_git):
            return Layout(root=directory, git_dir=dot_git, common_dir=_common(dot_git))
        if dot_git.is_file():
            git_dir = _linked(dot_git)
            return Layout(root=directory, git_dir=git_dir, common_dir=_common(git_dir))
        if _is_git_dir(directory):
            raise UsageError(
                f"{directory} is a git directory without a work tree",
                help="gaterunner judges a checkout: run it in a clone or in a work tree (`git worktree add`)",
            )
    raise UsageError(
        f"{path} is not in a git repository",
        help='run gaterunner in a checkout; in a container, mount the whole checkout with its .git (`-v "$PWD:/repo"`)',
    )


def _is_git_dir(path: Path) -> bool:
    return (path / "HEAD").is_file() and ((path / "objects").is_dir() or (path / "commondir").is_file())


def _linked(dot_git: Path) -> Path:
    """The directory that a ``.git`` file points at (linked work trees and submodules have one)."""
    text = dot_git.read_text("utf-8", "surrogateescape").rstrip("\n")
    git_dir = dot_git.parent / text.removeprefix("gitdir:").lstrip()
    if not text.startswith("gitdir:") or not _is_git_dir(git_dir):
        raise EvaluationError(
            f"{dot_git} does not lead to a git directory",
            help="in a container, mount the main checkout that this work tree belongs to at the same path, too",
        )
    return git_dir.resolve()


def _common(git_dir: Path) -> Path:
    pointer = git_dir / "commondir"
    if not pointer.is_file():
        return git_dir
    return (git_dir / pointer.read_text("utf-8", "surrogateescape").rstrip("\n")).resolve()
