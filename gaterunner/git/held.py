"""What policies need of commits and trees, read before anything of the branch runs.

Policies read while gates run, and a gate may run as the user who owns the object folder. git does not compare commits
and trees with their ids when it reads them, so a gate could show a policy other ones. File contents are compared by us
(``objects.check_content``) and may be read at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gaterunner.git.repository import Repository
from gaterunner.model import BlobRecord, Hunk
from gaterunner.policies.context import Blob, LocalBranch, Merge, TreeEntry


class HeldReader:
    """A ``policies.context.RepositoryReader`` over commits and trees that are held from the start."""

    def __init__(
        self,
        repository: Repository,
        *,
        records: Iterable[tuple[str, str]],
        trees: Iterable[str],
        hunks: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Reads records and hunks of each ``(base, head)`` and the tree of each commit. Raises ``EvaluationError``."""
        self._repository = repository
        self._records = {(base, head): tuple(repository.records(base, head)) for base, head in dict.fromkeys(records)}
        self._hunks = {(base, head): repository.hunks(base, head) for base, head in dict.fromkeys(hunks)}
        self._trees = {commit: repository.tree(commit) for commit in dict.fromkeys(trees)}

    def records(self, base: str, head: str) -> Iterator[BlobRecord]:
        """The held records; a range that nobody asked for in time is a ``KeyError``, a defect of ours."""
        return iter(self._records[base, head])

    def tree(self, commit: str) -> tuple[TreeEntry, ...]:
        """The held tree; a commit that nobody asked for in time is a ``KeyError``, a defect of ours."""
        return self._trees[commit]

    def hunks(self, a: str, b: str) -> Mapping[str, tuple[Hunk, ...]]:
        """The held hunks; a range that nobody asked for in time is a ``KeyError``, a defect of ours."""
        return self._hunks[a, b]

    def blobs(self, ids: Iterable[str], *, max_bytes: int | None = None) -> Iterator[Blob]:
        """As the repository reads them: each content is compared with its id."""
        return self._repository.blobs(ids, max_bytes=max_bytes)

    def merge(self, ours: str, theirs: str) -> Merge:
        """Merged when asked."""
        return self._repository.merge(ours, theirs)

    def local_branches(self) -> tuple[LocalBranch, ...]:
        """As they were when the repository was opened."""
        return self._repository.local_branches()

    def ahead(self, sha: str, of: str) -> int:
        """Counted when asked: only local runs do, where gates are the same user as gaterunner in any case."""
        return self._repository.ahead(sha, of)
