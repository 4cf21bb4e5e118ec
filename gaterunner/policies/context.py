"""What a policy may look at. A policy does no IO of its own: it reads through these protocols and decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec import Struct

from gaterunner.model import BlobRecord, Change


class Blob(Struct, frozen=True, kw_only=True):
    """A blob's content; ``data`` is None when it is larger than the reader's bound (then ``size`` tells how large)."""

    id: str
    size: int
    data: bytes | None


class TreeEntry(Struct, frozen=True, kw_only=True):
    """One row of ``git ls-tree -r``: mode as an octal string, full object id, path."""

    mode: str
    blob: str
    path: str


class LocalBranch(Struct, frozen=True, kw_only=True):
    """A local branch and its counterpart on the remote; ``remote_sha`` is None when no such remote branch is known."""

    name: str
    sha: str
    remote_ref: str | None
    remote_sha: str | None


class RepositoryReader(Protocol):
    """Read access to git objects. Every method raises ``EvaluationError`` when an object cannot be had."""

    def records(self, base: str, head: str) -> Iterator[BlobRecord]:
        """Every path touched by every commit of base..head, oldest commit first; two git processes in all."""
        ...

    def blobs(self, ids: Iterable[str], *, max_bytes: int | None = None) -> Iterator[Blob]:
        """The blobs in the order of ``ids``, streamed through one git process; a missing one raises."""
        ...

    def tree(self, commit: str) -> tuple[TreeEntry, ...]:
        """All files of a commit's tree, recursively."""
        ...

    def local_branches(self) -> tuple[LocalBranch, ...]:
        """All local branches, in one git process."""
        ...

    def ahead(self, sha: str, of: str) -> int:
        """How many commits ``sha`` holds that ``of`` does not."""
        ...


class PullRequest(Struct, frozen=True, kw_only=True):
    """A pull request as the forge tells it."""

    number: int
    merged: bool
    target: str
    merge_commit: str | None
    head: str


class Forge(Protocol):
    """The hosting service, where one can answer. Methods raise ``EvaluationError`` when it does not."""

    def pull_requests_of(self, commit: str) -> tuple[PullRequest, ...]:
        """The pull requests that a commit belongs to."""
        ...


class SecretMatch(Struct, frozen=True, kw_only=True):
    """One match of a secret rule. ``key`` is an HMAC of the value: comparable within a run, never readable."""

    rule: str
    title: str
    line: int
    key: str


class SecretScanner(Protocol):
    """An engine that finds secrets in content. Implementations never hand out a value."""

    def scan(self, path: str, data: bytes) -> tuple[SecretMatch, ...]:
        """All matches in one content, archives and encodings included; raises ``EvaluationError`` when it cannot."""
        ...

    def fingerprint(self, match: SecretMatch) -> str:
        """A name for the secret that is the same in every run; slow on purpose, so ask it for findings only."""
        ...


class PolicyContext(Struct, frozen=True, kw_only=True):
    """Everything that the policies of one run may see. ``forge`` is None where nothing can answer."""

    change: Change
    repository: RepositoryReader
    secrets: SecretScanner
    forge: Forge | None = None
