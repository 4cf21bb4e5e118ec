"""Writes a commit's tree as a checkout that needs nothing of the repository it comes from.

`git worktree add` would write into the user's `.git`, and its work tree, like a `clone --shared`, refers to that place
by path: a gate in a container sees the work tree and nothing else. So the checkout gets a git directory of its own that
holds exactly one commit, as a clone of depth 1 does. Everything is done through the private directory (``private.py``):
no hook, no filter, no setting of the repository has a say. Attributes that the tree itself holds (line ends) apply.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from gaterunner.errors import EvaluationError
from gaterunner.git.command import Git, committer, encode
from gaterunner.git.repository import Repository
from gaterunner.policies.context import TreeEntry

_FORGED = "an object in .git is not what its id says: `git fsck` names it; see which gate writes there, and clone anew"
_SPACE = "free some space, or set TMPDIR to a folder that has some"


def write_checkout(repository: Repository, commit: str, folder: Path) -> None:
    """Fills the empty ``folder`` with a commit's files and a git directory with that commit checked out, detached.

    Its history ends there. Submodules are empty folders, files under Git LFS are their pointers. Raises
    ``EvaluationError`` when an object is missing or is not what its id says, or the disk is full.
    """
    git = repository.private.git(repository.env)
    try:
        _write_git_dir(repository, git, commit, folder / ".git")
    except OSError as error:
        raise EvaluationError(f"no checkout of {commit} could be made: {error.strerror}", help=_SPACE) from error
    # Its own objects only: whatever ran before may have written others of the same ids into the repository.
    inside = git.with_env(
        GIT_DIR=str(folder / ".git"), GIT_WORK_TREE=str(folder), GIT_INDEX_FILE=str(folder / ".git/index")
    )
    doing = f"checking {commit} out"
    inside.run("read-tree", commit, doing=doing, help=_FORGED)
    inside.run("checkout-index", "--all", "--index", "--quiet", doing=doing, help=_FORGED)


def overlaid(
    repository: Repository,
    commit: str,
    other: str,
    matches: Callable[[str], bool],
    *,
    entries_of: Callable[[str], Sequence[TreeEntry]] | None = None,
) -> str | None:
    """A commit with the tree of ``commit``, in which the paths that match are those of ``other`` and no others.

    It lives in the private directory and has ``commit`` as its parent. None when the matching paths of both are the
    same, with the same content. ``entries_of`` gives a commit's tree, where it was listed before.
    """
    list_tree = entries_of or repository.tree
    entries = list_tree(commit)
    laid = [entry for entry in list_tree(other) if matches(entry.path)]
    if laid == [entry for entry in entries if matches(entry.path)]:
        return None
    doing = f"laying files of {other} over {commit}"
    index = repository.private.path / f"overlay.{commit}.{other}.{os.urandom(8).hex()}"
    git = repository.git.with_env(GIT_INDEX_FILE=str(index))
    kept = [entry for entry in entries if not matches(entry.path)]
    listed = b"".join(
        b"%s %s\t%s\0" % (entry.mode.encode(), entry.blob.encode(), encode(entry.path)) for entry in (*kept, *laid)
    )
    try:
        # --replace: where one side has a file and the other a folder of that name, the laid over one wins.
        git.run("update-index", "--replace", "-z", "--index-info", input=listed, doing=doing)
        tree = git.run("write-tree", "--missing-ok", doing=doing).decode("ascii").strip()
    finally:
        index.unlink(missing_ok=True)
    git = repository.git.with_env(**committer())
    made = git.run("commit-tree", tree, "-p", commit, "-m", f"Files of {other}", doing=doing)
    return made.decode("ascii").strip()


def _write_git_dir(repository: Repository, git: Git, commit: str, git_dir: Path) -> None:
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
        (git_dir / name).mkdir(parents=True)
    object_format = repository.private.object_format
    lines = ["[core]", f"\trepositoryformatversion = {int(object_format != 'sha1')}", "\tbare = false"]
    if object_format != "sha1":
        lines += ["[extensions]", f"\tobjectFormat = {object_format}"]
    (git_dir / "config").write_text("\n".join(lines) + "\n")
    (git_dir / "HEAD").write_text(f"{commit}\n")
    (git_dir / "shallow").write_text(f"{commit}\n")
    doing = f"copying the objects of {commit}"
    listed = git.run("rev-list", "--objects", "--no-walk", commit, "--", doing=doing)
    # No search for new deltas: the checkout lives for one gate.
    pack = ("pack-objects", "--quiet", "--window=0", "--delta-base-offset", str(git_dir / "objects/pack/pack"))
    name = git.run(*pack, input=listed, doing=doing).decode("ascii").strip()
    written = git_dir / f"objects/pack/pack-{name}.pack"
    for beside in (".idx", ".rev"):
        written.with_suffix(beside).unlink(missing_ok=True)
    # git believes an object's id as long as nobody asks; this counts every id anew, from the content.
    git.with_env(GIT_DIR=str(git_dir)).run("index-pack", str(written), doing=doing)
