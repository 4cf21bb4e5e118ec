"""What is judged: two commits, and what lies between them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gaterunner.model.outcomes import Event


class FileChange(Struct, frozen=True, kw_only=True):
    """One row of ``git diff --raw --no-renames``: a move is a deletion and an addition.

    Modes are octal strings as git prints them (``100644``, ``120000`` symlink, ``160000`` submodule, ``000000`` none);
    ids are full object ids, all zeros where there is no blob. ``status`` is A, M, D or T (type change).
    ``insertions`` and ``deletions`` are None for binary content.
    """

    path: str
    status: Literal["A", "M", "D", "T"]
    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str
    insertions: int | None = None
    deletions: int | None = None


class Hunk(Struct, frozen=True):
    """Lines of one file that a change replaces: ``old_count`` from ``old_start``, by ``new_count`` from ``new_start``.

    Lines count from 1. A count of 0 means none; its start is then the line before.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int


class Commit(Struct, frozen=True, kw_only=True):
    """One commit between base and head. Times are ISO 8601 UTC; names and addresses are as the commit states them."""

    sha: str
    parents: tuple[str, ...]
    author: str
    author_email: str
    authored: str
    committer: str
    committer_email: str
    committed: str
    subject: str


class BlobRecord(Struct, frozen=True, kw_only=True):
    """One path that one commit of the range touched, against each of its parents.

    For an ordinary commit ``parent_blobs`` has one id; for a merge it has one per parent, and the record exists only
    where the merge's content differs from every parent. An id of zeros means "not there" on that side.
    """

    commit: str
    path: str
    status: str
    mode: str
    blob: str
    parent_blobs: tuple[str, ...]
    parent_paths: tuple[str, ...] = ()


class Change(Struct, frozen=True, kw_only=True):
    """What is judged: base commit, head commit, what lies between, and the tree being judged.

    ``base`` is the merge-base with the target, or the first parent of a pull request's merge commit; ``base_tip`` is
    the target's newest known commit (equal to ``base`` for a merge commit). ``law`` is the commit whose workflow file
    and gate names are in force: ``base_tip``, or on a push to any other than the default branch that one's tip, so that
    a branch can choose neither an older law nor its own. ``judged`` is the commit whose tree is judged: the merge
    commit, the head, or for a dirty work tree a snapshot commit that exists only for this run.
    ``files`` compares ``base`` with ``judged``; ``commits`` are those reachable from ``judged`` and not from ``base``,
    newest first, without a pull request's own test merge. ``branch`` and ``target`` are short names
    (``feat/x``, ``main``), None when unknown (detached HEAD). ``on_default`` says that a push was to the repository's
    default branch itself.
    """

    event: Event
    base: str
    base_tip: str
    law: str
    head: str
    judged: str
    merge: str | None
    branch: str | None
    target: str | None
    dirty: bool
    commits: tuple[Commit, ...]
    files: tuple[FileChange, ...]
    notes: tuple[str, ...] = ()
    on_default: bool = False

    @property
    def insertions(self) -> int:
        """Added lines over all text files."""
        return sum(file.insertions or 0 for file in self.files)

    @property
    def deletions(self) -> int:
        """Removed lines over all text files."""
        return sum(file.deletions or 0 for file in self.files)

    @property
    def is_empty(self) -> bool:
        """True when nothing lies between base and the judged tree."""
        return not self.commits and not self.files
