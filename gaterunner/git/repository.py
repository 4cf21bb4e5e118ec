"""One checkout as the rest of gaterunner sees it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from gaterunner.errors import EvaluationError
from gaterunner.git import added, layout, merges, messages, raw
from gaterunner.git.command import MISSING_HELP, Git, encode, failure, inherited, with_settings
from gaterunner.git.objects import Feeder, Opened, blobs, check_content, opened, present
from gaterunner.git.private import EMPTY_TREE, PrivateDir, Ref
from gaterunner.git.settings import Settings, read_settings
from gaterunner.model import BlobRecord, Commit, FileChange, Hunk
from gaterunner.policies.context import Blob, LocalBranch, Mainline, Merge, MergeCommit, Message, TreeEntry

_FILE_MODES = ("100644", "100755")


class TreeView:
    """A commit's tree, listed once and only when asked: what it holds and what its files say."""

    def __init__(self, repository: Repository, commit: str) -> None:
        self._repository = repository
        self._commit = commit

    @cached_property
    def _entries(self) -> dict[str, TreeEntry]:
        return {entry.path: entry for entry in self._repository.tree(self._commit)}

    def paths(self) -> tuple[str, ...]:
        """All paths, symlinks and submodules included."""
        return tuple(self._entries)

    def read(self, path: str) -> bytes | None:
        """A regular file's content; None for anything else and where there is nothing."""
        entry = self._entries.get(path)
        return self._repository.blob(entry.blob) if entry is not None and entry.mode in _FILE_MODES else None


class Repository:
    """Reads a checkout and never writes to it. Implements ``policies.context.RepositoryReader``.

    Refs are read once, when it is opened: one run sees one state. ``root`` is the work tree's top level, ``git_dir``
    its git directory. Use it as a context manager, or call ``close``.
    """

    def __init__(self, where: layout.Layout, settings: Settings, private: PrivateDir, env: dict[str, str]) -> None:
        self.root = where.root
        self.git_dir = where.git_dir
        self.layout = where
        self.settings = settings
        self.private = private
        self.env = env
        # git 2.43 to 2.45 would otherwise take the attributes of HEAD in a directory without a work tree
        no_attributes = (("attr.tree", EMPTY_TREE[private.object_format]),)
        self.git = private.git(env, no_attributes)
        self._beside = Git(private.path, {**with_settings(env), **_pointing_at(where)})
        self._refs: tuple[Ref, ...] = ()
        self._head = ""

    @classmethod
    def open(cls, path: Path, *, env: Mapping[str, str]) -> Repository:
        """The repository that holds ``path``.

        ``env`` is the caller's environment (for PATH, HOME and how to reach a remote). Ownership of the checkout does
        not matter, as nothing of its settings is obeyed: in the image it belongs to another user than ours.

        Raises ``UsageError`` outside of a work tree, ``EvaluationError`` when git is missing, too old, or cannot read
        the repository.
        """
        where = layout.find(path)
        clean = inherited(env)
        beside = Git(Path("/"), {**with_settings(clean), **_pointing_at(where)})
        settings = read_settings(beside, where)
        private = PrivateDir(where, object_format=settings.last("extensions.objectformat") or "sha1")
        try:
            repository = cls(where, settings, private, clean)
            repository._read_refs()
        except BaseException:
            private.close()
            raise
        return repository

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Removes the private directory with every object made for this run."""
        self.private.close()

    # --- refs --------------------------------------------------------------------------------------------------------

    def _read_refs(self) -> None:
        listed = self._beside.run(
            "for-each-ref",
            "--format=%(refname)%00%(objectname)%00%(symref)%00%(upstream)%00%(HEAD)",
            doing=f"reading the refs of {self.root}",
        )
        rows = [line.split("\0") for line in listed.decode("utf-8", "surrogateescape").splitlines()]
        refs = (Ref(name=name, sha=sha, symref=symref, upstream=upstream) for name, sha, symref, upstream, _ in rows)
        self._refs = tuple(ref for ref in refs if not ref.name.startswith("refs/replace/"))
        self._head = next((row[0] for row in rows if row[-1] == "*"), None) or self._read_head()
        self.private.write_refs(self._head, self._refs)

    def _read_head(self) -> str:
        """HEAD where it is none of the refs: detached, or a branch without any commit."""
        symbolic = self._beside.attempt("symbolic-ref", "--quiet", "HEAD")
        if symbolic.returncode == 0:
            return symbolic.stdout.decode("utf-8", "surrogateescape").strip()
        detached = self._beside.run("rev-parse", "--verify", "HEAD", doing=f"reading HEAD of {self.root}")
        return detached.decode("ascii").strip()

    def resolve(self, ref: str) -> str | None:
        """The commit that ``ref`` names, in any form git knows but those that read reflogs; None when there is none."""
        if ref == "HEAD":
            return self._head_commit
        return self._resolve(ref)

    @cached_property
    def _head_commit(self) -> str | None:
        return self._resolve("HEAD")

    def _resolve(self, ref: str) -> str | None:
        if not ref or ref.startswith("-") or "\0" in ref:
            return None
        name = b"%s^{commit}" % encode(ref)
        done = self.git.attempt("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        return done.stdout.decode("ascii").strip() if done.returncode == 0 else None

    def ref(self, name: str) -> str | None:
        """What a full ref name (``refs/remotes/origin/main``) points at, followed once; needs no process."""
        found = {ref.name: ref for ref in self._refs}.get(name)
        return found.sha if found is not None else None

    def symref(self, name: str) -> str | None:
        """The full name that a symbolic ref (``refs/remotes/origin/HEAD``) stands for."""
        found = {ref.name: ref.symref for ref in self._refs}.get(name)
        return found or None

    def head_commit(self) -> str | None:
        """The commit that is checked out; None on a branch without any commit."""
        return self._head_commit

    def head_now(self) -> str | None:
        """What HEAD is by now, which a gate may have changed: the commit; None when there is none any more."""
        done = self._beside.attempt("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return done.stdout.decode("ascii").strip() if done.returncode == 0 else None

    def current_branch(self) -> str | None:
        """The short name of the branch that is checked out; None when HEAD is detached."""
        return self._head.removeprefix("refs/heads/") if self._head.startswith("refs/heads/") else None

    def local_branches(self) -> tuple[LocalBranch, ...]:
        """All local branches with the remote branch of the same name, or else the one they are set to follow.

        The same name comes first: whoever made commits could also have made the branch follow something else.
        """
        known = {ref.name: ref.sha for ref in self._refs}
        branches: list[LocalBranch] = []
        for ref in self._refs:
            if not ref.name.startswith("refs/heads/"):
                continue
            name = ref.name.removeprefix("refs/heads/")
            candidates = (f"refs/remotes/origin/{name}", ref.upstream)
            remote = next((candidate for candidate in candidates if candidate in known), None)
            branches.append(
                LocalBranch(
                    name=name, sha=ref.sha, remote_ref=remote, remote_sha=known[remote] if remote is not None else None
                )
            )
        return tuple(branches)

    # --- history -----------------------------------------------------------------------------------------------------

    def merge_base(self, first: str, second: str) -> str | None:
        """The best common ancestor; None when the histories have none (or it is cut off: see ``is_shallow``)."""
        done = self.git.attempt("merge-base", first, second)
        if done.returncode == 0:
            return done.stdout.decode("ascii").split()[0]
        if done.returncode == 1:
            return None
        raise failure(f"looking for the common ancestor of {first} and {second}", done)

    def ahead(self, sha: str, of: str) -> int:
        """How many commits ``sha`` holds that ``of`` does not."""
        counted = self.git.run(
            "rev-list", "--count", f"{of}..{sha}", "--", doing=f"counting the commits of {of}..{sha}"
        )
        return int(counted)

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents as the commit itself states them, also where a shallow clone cuts them off."""
        data = self.git.run("cat-file", "commit", commit, doing=f"reading commit {commit}")
        head = data.split(b"\n\n", 1)[0].decode("utf-8", "replace")
        return tuple(re.findall(r"^parent ([0-9a-f]+)$", head, re.MULTILINE))

    def holds(self, *ids: str) -> bool:
        """True when all these objects are there; one git process."""
        return all(there for _, there in present(self.git, ids))

    def is_shallow(self) -> bool:
        """True when some of the history is cut off."""
        return bool(self.private.shallow())

    def is_partial(self) -> bool:
        """True when the clone left out contents, to fetch them when they are asked for."""
        return any(
            re.fullmatch(r"remote\..*\.promisor|extensions\.partialclone", key) for _, key, _ in self.settings.rows
        )

    def commits(self, base: str, head: str) -> tuple[Commit, ...]:
        """The commits of base..head, newest first (children before parents)."""
        if base == head:
            return ()
        data = self.git.run(
            *(
                "log",
                "-z",
                "--topo-order",
                "--no-color",
                f"--format=tformat:{raw.COMMIT_FORMAT}",
                f"{base}..{head}",
                "--",
            ),
            doing=f"listing the commits of {base}..{head}",
        )
        found = raw.commits(data)
        self._refuse_cut_off({commit.sha for commit in found}, base, head)
        return found

    def _refuse_cut_off(self, commits: set[str], base: str, head: str) -> None:
        if cut := commits & self.private.shallow():
            raise EvaluationError(
                f"the history between {base} and {head} is cut off at commit {min(cut)}", help=MISSING_HELP
            )

    def diff_files(self, a: str, b: str) -> tuple[FileChange, ...]:
        """Every file that differs between two commits, without rename folding; one git process.

        The counts are git's: None for content it takes as binary. No attribute of the branch has a say in it.
        """
        if a == b:
            return ()
        data = self.git.run(
            *("diff-tree", "-r", "--no-renames", "--no-abbrev", "--raw", "--numstat", "-z"),
            *("--no-ext-diff", "--no-textconv", "--ignore-submodules=none", a, b, "--"),
            doing=f"comparing {a} with {b}",
        )
        return raw.files(data)

    def hunks(self, a: str, b: str) -> dict[str, tuple[Hunk, ...]]:
        """The lines that differ between two commits, by path; two git processes."""
        return added.hunks(self, a, b, self.diff_files(a, b)) if a != b else {}

    def records(self, base: str, head: str) -> Iterator[BlobRecord]:
        """Every path touched by every commit of base..head, oldest commit first; two git processes in all."""
        return map(raw.record, self.rows(base, head))

    def rows(self, base: str, head: str) -> Iterator[raw.Row]:
        """The same with the modes of every side."""
        listed = self.git.run(
            *("rev-list", "--topo-order", "--reverse", f"{base}..{head}", "--"),
            doing=f"listing the commits of {base}..{head}",
        )
        commits = listed.split()
        self._refuse_cut_off({commit.decode("ascii") for commit in commits}, base, head)
        with self.git.pipe(
            *("diff-tree", "--stdin", "-r", "-c", "--root", "--raw", "-z", "--no-abbrev", "--no-renames"),
            *("--no-ext-diff", "--no-textconv", "--ignore-submodules=none"),
        ) as pipes:
            feeder = Feeder(pipes.stdin, commits)
            yield from raw.rows(raw.tokens(pipes.stdout))
            feeder.close()
            done = pipes.finish()
        if done.returncode != 0:
            raise failure(f"reading what the commits of {base}..{head} touched", done)

    def merge(self, ours: str, theirs: str) -> Merge:
        """The automatic merge of two commits. Its objects are made in the private directory."""
        return merges.merge(self.git, ours, theirs)

    def merges(self, commits: Iterable[Commit]) -> tuple[MergeCommit, ...]:
        """The merge commits among these, each beside the automatic merge of its parents."""
        return merges.made_again(self.git, commits)

    def same_patches(self, ours: str, theirs: str) -> frozenset[str]:
        """The commits of either history alone whose patch is also in the other."""
        return merges.same_patches(self.git, ours, theirs)

    def same_lines(self, pairs: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """The pairs of commits that add and remove the same lines in the same files."""
        return merges.same_lines(self.git, pairs)

    def mainline(self, commit: str, asked: Iterable[str] = ()) -> Mainline:
        """What the first-parent history of a commit says, and which of the ``asked`` ids its whole history holds."""
        return messages.mainline(self, commit, asked)

    def first_commit(self, commit: str) -> str:
        """The commit that the first-parent history of a commit begins with; raises where that is cut off."""
        return messages.first_commit(self, commit)

    def messages(self, base: str, head: str) -> tuple[Message, ...]:
        """The messages of base..head that speak of a merge, a revert or a phase, newest first."""
        return messages.messages(self.git, base, head)

    # --- content -----------------------------------------------------------------------------------------------------

    def blobs(self, ids: Iterable[str], *, max_bytes: int | None = None) -> Iterator[Blob]:
        """The blobs in the order of ``ids``, streamed through one git process; a missing one raises.

        ``ids`` is drawn from in another thread and may be endless; memory holds one blob at a time.
        """
        return blobs(self.git, ids, max_bytes=max_bytes)

    def opened(self, ids: Iterable[str]) -> Iterator[Opened]:
        """The blobs in the order of ``ids``, each to be read in pieces before the next; one git process in all."""
        return opened(self.git, ids)

    def blob(self, id: str) -> bytes:
        """One blob's content."""
        data = self.git.run("cat-file", "blob", id, doing=f"reading file content {id}")
        check_content(id, data)
        return data

    def tree(self, commit: str) -> tuple[TreeEntry, ...]:
        """All files of a commit's tree, recursively; symlinks and submodules are rows of their own."""
        data = self.git.run("ls-tree", "-r", "-z", "--full-tree", commit, doing=f"listing the files of {commit}")
        return raw.tree(data)

    def tree_view(self, commit: str) -> TreeView:
        """The same, for looking up several files."""
        return TreeView(self, commit)

    def read(self, commit: str, path: str) -> bytes | None:
        """One regular file of a commit's tree; None when the path is not one there (a symlink is not)."""
        return self.read_each((commit,), path)[0]

    def read_each(self, commits: Sequence[str], path: str) -> tuple[bytes | None, ...]:
        """The same of several commits' trees; a content that they share is read once."""
        name = encode(path)
        if b"\0" in name or not {b"", b".", b".."}.isdisjoint(name.split(b"/")):
            return (None,) * len(commits)  # git would take these as relative to where it runs
        distinct = tuple(dict.fromkeys(commits))
        listed = self.git.together(
            *(("ls-tree", "-z", "--full-tree", commit, "--", name) for commit in distinct),
            doing=f"looking for {path} in {' and '.join(f'commit {commit}' for commit in distinct)}",
        )
        found = {
            commit: entry.blob
            for commit, data in zip(distinct, listed, strict=True)
            for entry in raw.tree(data)
            if entry.path == path and entry.mode in _FILE_MODES
        }
        contents = {blob: self.blob(blob) for blob in dict.fromkeys(found.values())}
        return tuple(contents[found[commit]] if commit in found else None for commit in commits)


def _pointing_at(where: layout.Layout) -> dict[str, str]:
    # Naming the directories also answers "dubious ownership": git asks for safe.directory only where it searches.
    return {"GIT_DIR": str(where.git_dir), "GIT_WORK_TREE": str(where.root)}
