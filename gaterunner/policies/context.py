"""What a policy may look at. A policy does no IO of its own: it reads through these protocols and decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from gaterunner.config.types import DEFAULT_PATH, Workflow
from gaterunner.model import BlobRecord, Change, Commit, FileChange, GateResult, Hunk, Mode, WorkflowInfo
from gaterunner.plan.types import PlannedGate
from gaterunner.policies.forge import Forge


class Blob(Struct, frozen=True, kw_only=True):
    """A blob's content; ``data`` is None when it is larger than the reader's bound (then ``size`` tells how large)."""

    id: str
    size: int
    data: bytes | None


class Stream(Protocol):
    """What a content is read from, in pieces."""

    def read(self, size: int, /) -> bytes: ...


class OpenedBlob(Protocol):
    """A blob whose content is still to be read."""

    @property
    def id(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def content(self) -> Stream: ...


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


class Merge(Struct, frozen=True, kw_only=True):
    """The automatic merge of two commits: its tree's id, and the paths that conflict (empty when it is clean).

    ``tree`` holds conflict markers where there are conflicts.
    """

    tree: str
    conflicts: tuple[str, ...] = ()


class MergeCommit(Struct, frozen=True, kw_only=True):
    """A merge commit beside the automatic merge of its parents.

    ``conflicts`` are the paths that an automatic merge leaves open, ``differing`` those that the commit has otherwise
    than it (old is the automatic merge, with conflict markers where it conflicts; lines are not counted).
    """

    commit: str
    conflicts: tuple[str, ...] = ()
    differing: tuple[FileChange, ...] = ()


class Message(Struct, frozen=True, kw_only=True):
    """What one commit says of itself; ``text`` is the whole message, ``committed`` ISO 8601 UTC."""

    commit: str
    parents: tuple[str, ...]
    committed: str
    text: str


class Mainline(Struct, frozen=True, kw_only=True):
    """The first-parent history of a commit, newest first: the messages that speak of a merge, a revert or a phase.

    ``cut_off`` says that older ones are not there (a shallow clone). ``held`` are the ids that were asked for and that
    the whole history of the commit holds.
    """

    messages: tuple[Message, ...] = ()
    cut_off: bool = False
    held: frozenset[str] = frozenset()


class RepositoryReader(Protocol):
    """Read access to git objects. Every method raises ``EvaluationError`` when an object cannot be had."""

    def records(self, base: str, head: str) -> Iterator[BlobRecord]:
        """Every path touched by every commit of base..head, oldest commit first; two git processes in all."""
        ...

    def blobs(self, ids: Iterable[str], *, max_bytes: int | None = None) -> Iterator[Blob]:
        """The blobs in the order of ``ids``, streamed through one git process; a missing one raises."""
        ...

    def opened(self, ids: Iterable[str]) -> Iterator[OpenedBlob]:
        """The blobs in the order of ``ids``, each to be read in pieces before the next, so of any size."""
        ...

    def tree(self, commit: str) -> tuple[TreeEntry, ...]:
        """All files of a commit's tree, recursively."""
        ...

    def hunks(self, a: str, b: str) -> Mapping[str, tuple[Hunk, ...]]:
        """The lines that differ between two commits, by path; no attribute of the branch has a say in it."""
        ...

    def merge(self, ours: str, theirs: str) -> Merge:
        """What merging two commits gives; nothing of the repository is written to."""
        ...

    def commits(self, base: str, head: str) -> tuple[Commit, ...]:
        """The commits of base..head, newest first."""
        ...

    def merges(self, commits: Iterable[Commit]) -> tuple[MergeCommit, ...]:
        """The merge commits among these, each beside the automatic merge of its parents; few git processes in all."""
        ...

    def same_patches(self, ours: str, theirs: str) -> frozenset[str]:
        """The commits that only one of two histories holds and whose patch is also in the other, of both."""
        ...

    def same_lines(self, pairs: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """The pairs of commits that add and remove the same lines in the same files, wherever these stand in them."""
        ...

    def mainline(self, commit: str, asked: Iterable[str] = ()) -> Mainline:
        """What the first-parent history of a commit says, and which of the ``asked`` ids its whole history holds."""
        ...

    def first_commit(self, commit: str) -> str:
        """The commit that the first-parent history of a commit begins with; raises where that is cut off."""
        ...

    def messages(self, base: str, head: str) -> tuple[Message, ...]:
        """The messages of base..head that speak of a merge, a revert or a phase, newest first."""
        ...

    def local_branches(self) -> tuple[LocalBranch, ...]:
        """All local branches, in one git process."""
        ...

    def ahead(self, sha: str, of: str) -> int:
        """How many commits ``sha`` holds that ``of`` does not."""
        ...


class SecretMatch(Struct, frozen=True, kw_only=True):
    """One match of a secret rule. ``key`` is an HMAC of the value: comparable within a run, never readable."""

    rule: str
    title: str
    line: int
    key: str


class Scanned(Struct, frozen=True):
    """The secrets in one content; ``problem`` is why a part of it could not be read."""

    matches: tuple[SecretMatch, ...] = ()
    problem: str | None = None


class SecretScanner(Protocol):
    """An engine that finds secrets in content. Implementations never hand out a value."""

    def start(self) -> None:
        """Gets ready for scanning; once it returns, gates may run beside it. Not calling it only costs time."""
        ...

    def scan(self, path: str, data: bytes) -> tuple[SecretMatch, ...]:
        """All matches in one content, archives and encodings included; raises ``EvaluationError`` when it cannot."""
        ...

    def scan_each(self, contents: Iterable[tuple[str, bytes]]) -> Iterator[Scanned]:
        """The same of many, in their order; the next ones may be drawn before those before them are told."""
        ...

    def scan_stream(self, path: str, size: int, stream: Stream) -> tuple[SecretMatch, ...]:
        """The same for a content of any size, in bounded memory."""
        ...

    def fingerprint(self, match: SecretMatch) -> str:
        """A name for the secret that is the same in every run; slow on purpose, so ask it for findings only."""
        ...


class DatabaseProbe(Protocol):
    """Looks into databases that the allow-list of `no-prod-db-writes` names, and into no other."""

    def marker(self, url: str) -> str | None:
        """The comment on the database that a PostgreSQL URL leads to; None when it has none.

        Raises ``EvaluationError`` when the database gives no answer; the error never holds the URL's password.
        """
        ...


class LockRemark(Struct, frozen=True, kw_only=True):
    """What a lock linter says of one statement: which of the texts (from 0), where (from 1), which rule of its own."""

    file: int
    line: int
    rule: str
    message: str
    help: str | None = None


class LockLint(Protocol):
    """A linter for the locks that PostgreSQL statements take."""

    def __call__(self, texts: Sequence[str], without: Sequence[str]) -> Sequence[LockRemark]:
        """What it remarks on each text, ``without`` some of its rules; raises ``EvaluationError`` when it cannot."""
        ...


class FilesBeside(Protocol):
    """Files in the work tree that are no part of what is judged; gates see them nevertheless."""

    def __call__(self, tracked: Collection[str], is_wanted: Callable[[str], bool], /) -> Mapping[str, bytes | None]:
        """The content of those that are wanted, by path, in folders that hold a tracked file; None if unreadable."""
        ...


class PolicyContext(Struct, frozen=True, kw_only=True):
    """Everything that the policies of one run may see. ``forge`` is None where nothing can answer.

    ``workflow`` and ``law`` are what the change is judged by, and where it was read. ``plan`` is what would run, empty
    where only policies were asked for. ``gates`` are the results, for policies that are evaluated after the gates, and
    None before. ``environment`` is gaterunner's own, of which gates get a part. ``databases``, ``lock_lint`` and
    ``beside``, which tells of files in the work tree that are no part of what is judged, are None where nothing can
    look. ``pull_request`` is its number, where the run is about one.
    """

    change: Change
    repository: RepositoryReader
    secrets: SecretScanner
    forge: Forge | None = None
    workflow: Workflow = Workflow(path=DEFAULT_PATH, mode=Mode.ENFORCE, phases=(), gates=(), policies=())
    law: WorkflowInfo | None = None
    plan: tuple[PlannedGate, ...] = ()
    gates: tuple[GateResult, ...] | None = None
    environment: Mapping[str, str] = {}
    databases: DatabaseProbe | None = None
    lock_lint: LockLint | None = None
    beside: FilesBeside | None = None
    pull_request: int | None = None
