"""What policies need of commits and trees, read before anything of the branch runs.

Policies read while gates run, and a gate may run as the user who owns the object folder. git does not compare commits
and trees with their ids when it reads them, so a gate could show a policy other ones. File contents are compared by us
(``objects.check_content``) and may be read at any time; those that the change ends with are read ahead, once for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Thread

from gaterunner.errors import EvaluationError
from gaterunner.git import added
from gaterunner.git.objects import Opened
from gaterunner.git.repository import Repository
from gaterunner.model import BlobRecord, Commit, FileChange, Hunk
from gaterunner.policies.context import Blob, LocalBranch, Mainline, Merge, MergeCommit, Message, TreeEntry
from gaterunner.policies.history import History, same_label

READ_AHEAD_BYTES = 48 * 1024 * 1024
"""How much of what the change ends with is kept; a change of a million lines has about 40 MB."""

_LARGEST = 1024 * 1024
_FILE_MODES = ("100644", "100755")


class HeldReader:
    """A ``policies.context.RepositoryReader`` over commits and trees that are held from the start."""

    def __init__(
        self,
        repository: Repository,
        *,
        records: Iterable[tuple[str, str]],
        trees: Iterable[str],
        hunks: tuple[str, str] | None = None,
        files: Sequence[FileChange] = (),
        merges: Sequence[Commit] = (),
        history: History | None = None,
        mainlines: Iterable[tuple[str, Sequence[str]]] = (),
        messages: Iterable[tuple[str, str]] = (),
        roots: Iterable[str] = (),
    ) -> None:
        """Reads the records of each ``(base, head)``, the tree of each commit, the hunks of ``files`` between two
        commits, the ``merges`` made again, what ``history`` asks for, the mainlines with the ids asked for, the
        messages of ranges, and where the histories of ``roots`` begin.

        Raises ``EvaluationError``.
        """
        self._repository = repository
        self._ahead: dict[str, Blob] = {}
        new = dict.fromkeys(file.new_blob for file in files if file.new_mode in _FILE_MODES)
        self._reading = Thread(target=self._read_those, args=(tuple(new),), name="contents", daemon=True)
        self._reading.start()
        self._records = {(base, head): tuple(repository.records(base, head)) for base, head in dict.fromkeys(records)}
        self._hunks = {} if hunks is None else {hunks: added.hunks(repository, *hunks, files)}
        self._trees = {commit: repository.tree(commit) for commit in dict.fromkeys(trees)}
        self._mainlines = {commit: repository.mainline(commit, asked) for commit, asked in mainlines}
        self._messages = {(base, head): repository.messages(base, head) for base, head in messages}
        self._roots = {commit: _first_commit(repository, commit) for commit in roots}
        self._history = history
        self._hold_history(merges)

    def _read_those(self, ids: Sequence[str]) -> None:
        left = READ_AHEAD_BYTES
        try:
            for blob in self._repository.blobs(ids, max_bytes=_LARGEST):
                left -= min(blob.size, _LARGEST)
                if left < 0:
                    return
                if blob.data is not None:
                    self._ahead[blob.id] = blob
        except EvaluationError:
            return  # whoever needs that content meets the error

    def _hold_history(self, merges: Sequence[Commit]) -> None:
        history, repository = self._history, self._repository
        wanted = {commit.sha: commit for commit in (*merges, *(history.merges if history is not None else ()))}
        self._merges = {made.commit: made for made in repository.merges(wanted.values())}
        self._merged: dict[tuple[str, str], Merge] = {}
        self._commits: dict[tuple[str, str], tuple[Commit, ...]] = {}
        self._patches: dict[tuple[str, str], frozenset[str]] = {}
        self._same_lines: frozenset[tuple[str, str]] = frozenset()
        if history is not None and history.target is not None:
            base, tip = history.target
            self._merged[tip, history.tip] = repository.merge(tip, history.tip)
            self._commits[base, tip] = repository.commits(base, tip)
            self._patches[tip, history.tip] = repository.same_patches(tip, history.tip)
            pairs = same_label(history.commits, self._commits[base, tip])
            self._same_lines = repository.same_lines(pairs)

    def records(self, base: str, head: str) -> Iterator[BlobRecord]:
        """The held records; a range that nobody asked for in time is a ``KeyError``, a defect of ours."""
        return iter(self._records[base, head])

    def tree(self, commit: str) -> tuple[TreeEntry, ...]:
        """The held tree; a commit that nobody asked for in time is a ``KeyError``, a defect of ours."""
        return self._trees[commit]

    def hunks(self, a: str, b: str) -> Mapping[str, tuple[Hunk, ...]]:
        """The held hunks; a range that nobody asked for in time is a ``KeyError``, a defect of ours."""
        return self._hunks[a, b]

    @property
    def read_ahead(self) -> Mapping[str, Blob]:
        """The contents that were read ahead, by id. Waits until they are."""
        self._reading.join()
        return self._ahead

    def blobs(self, ids: Iterable[str], *, max_bytes: int | None = None) -> Iterator[Blob]:
        """As the repository reads them: each content is compared with its id."""
        ids, ahead = tuple(ids), self.read_ahead
        others = [id for id in ids if id not in ahead]
        rest = self._repository.blobs(others, max_bytes=max_bytes)
        for id in ids:
            yield _bounded(ahead[id], max_bytes) if id in ahead else next(rest)
        if others:
            yield from rest  # nothing but the look at how git ended

    def opened(self, ids: Iterable[str]) -> Iterator[Opened]:
        """As the repository reads them: each content is compared with its id at its end."""
        return self._repository.opened(ids)

    def merge(self, ours: str, theirs: str) -> Merge:
        """The held merge; merged when asked where nobody asked for it in time."""
        return self._merged.get((ours, theirs)) or self._repository.merge(ours, theirs)

    def commits(self, base: str, head: str) -> tuple[Commit, ...]:
        """The held commits; a range that nobody asked for in time is a ``KeyError``, a defect of ours."""
        return self._commits[base, head]

    def merges(self, commits: Iterable[Commit]) -> tuple[MergeCommit, ...]:
        """The held merges; one that nobody asked for in time is a ``KeyError``, a defect of ours."""
        return tuple(self._merges[commit.sha] for commit in commits if len(commit.parents) > 1)

    def same_patches(self, ours: str, theirs: str) -> frozenset[str]:
        """The held patches; histories that nobody asked for in time are a ``KeyError``, a defect of ours."""
        return self._patches[ours, theirs]

    def same_lines(self, pairs: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Of the pairs that bear the same label, those held to change the same lines."""
        return self._same_lines.intersection(pairs)

    def mainline(self, commit: str, asked: Iterable[str] = ()) -> Mainline:  # noqa: ARG002  asked for when it was held
        """The held mainline; a commit that nobody asked for in time is a ``KeyError``, a defect of ours."""
        return self._mainlines[commit]

    def first_commit(self, commit: str) -> str:
        """The held root; a commit that nobody asked for in time is a ``KeyError``, a defect of ours."""
        found = self._roots[commit]
        if isinstance(found, EvaluationError):
            raise found
        return found

    def messages(self, base: str, head: str) -> tuple[Message, ...]:
        """The held messages; a range that nobody asked for in time is a ``KeyError``, a defect of ours."""
        return self._messages[base, head]

    def local_branches(self) -> tuple[LocalBranch, ...]:
        """As they were when the repository was opened."""
        return self._repository.local_branches()

    def ahead(self, sha: str, of: str) -> int:
        """Counted when asked: only local runs do, where gates are the same user as gaterunner in any case."""
        return self._repository.ahead(sha, of)


def _first_commit(repository: Repository, commit: str) -> str | EvaluationError:
    """Where that is cut off, only who asks for it meets the error."""
    try:
        return repository.first_commit(commit)
    except EvaluationError as error:
        return error


def _bounded(blob: Blob, max_bytes: int | None) -> Blob:
    return blob if max_bytes is None or blob.size <= max_bytes else Blob(id=blob.id, size=blob.size, data=None)
