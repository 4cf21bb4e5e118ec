"""Merges made again: what git would have made of two or more parents, and how that differs from what was committed."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import takewhile

from gaterunner.errors import EvaluationError
from gaterunner.git import raw
from gaterunner.git.command import MISSING_HELP, Git, committer, decode, failure
from gaterunner.git.objects import Feeder
from gaterunner.model import Commit, FileChange
from gaterunner.policies.context import Merge, MergeCommit
from gaterunner.process import Completed

MAX_OCTOPUS = 200
"""How many further parents than two are merged in all: each takes a process of its own."""

_OPTIONS = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories")
_TWO = 2


def merge(git: Git, ours: str, theirs: str) -> Merge:
    """The automatic merge of two commits.

    Raises ``EvaluationError`` when git cannot merge them, or is older than 2.38, which knows no such merge.
    """
    done = git.attempt(*_OPTIONS, ours, theirs)
    if done.returncode not in (0, 1) or b"\0" not in done.stdout or _complains(done):
        raise failure(f"merging {theirs[:12]} into {ours[:12]} (this takes git 2.38 or newer)", done)
    tree, *conflicts = raw.split(done.stdout)
    return Merge(tree=tree.decode("ascii"), conflicts=tuple(map(decode, conflicts)))


def made_again(git: Git, commits: Iterable[Commit]) -> tuple[MergeCommit, ...]:
    """Every merge commit among ``commits`` beside the automatic merge of its parents, in their order.

    A fixed number of git processes, but for merges of more than two parents. Raises ``EvaluationError``.
    """
    merges = [commit for commit in commits if len(commit.parents) >= _TWO]
    if not merges:
        return ()
    automatic = _automatic(git, merges)
    trees = _trees(git, [commit.sha for commit in merges])
    other = [commit.sha for commit in merges if automatic[commit.sha].tree != trees[commit.sha]]
    differing = dict(zip(other, _differences(git, [(automatic[sha].tree, trees[sha]) for sha in other]), strict=True))
    return tuple(
        MergeCommit(
            commit=commit.sha, conflicts=automatic[commit.sha].conflicts, differing=differing.get(commit.sha, ())
        )
        for commit in merges
    )


def same_patches(git: Git, ours: str, theirs: str) -> frozenset[str]:
    """The commits that only one of two histories holds and whose patch a commit of the other repeats."""
    listed = git.run(
        *("rev-list", "--left-right", "--cherry-mark", "--no-merges", f"{ours}...{theirs}", "--"),
        doing=f"comparing the patches of {ours[:12]} and {theirs[:12]}",
    )
    return frozenset(line[1:].decode("ascii") for line in listed.splitlines() if line.startswith(b"="))


def same_lines(git: Git, pairs: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """The pairs of commits that add and remove the same lines in the same files, wherever in them and beside whatever.

    One git process, and memory for one line. Raises ``EvaluationError``.
    """
    commits = dict.fromkeys(commit for pair in pairs for commit in pair)
    if not commits:
        return frozenset()
    with git.pipe(
        *("diff-tree", "--stdin", "--root", "-r", "-p", "-U0", "--text", "--no-renames", "--no-color", "--full-index"),
        *("--no-ext-diff", "--no-textconv", "--ignore-submodules=none", "--always"),
    ) as pipes:
        feeder = Feeder(pipes.stdin, (commit.encode("ascii") for commit in commits))
        digests = dict(_digests(pipes.stdout, commits))
        feeder.close()
        done = pipes.finish()
    if done.returncode != 0 or len(digests) != len(commits):
        raise failure("comparing the lines that commits change", done, MISSING_HELP)
    return frozenset(pair for pair in pairs if digests[pair[0]] == digests[pair[1]])


def _digests(lines: Iterable[bytes], commits: Container[str]) -> Iterator[tuple[str, str]]:
    """Reads ``diff-tree --stdin -p -U0``: a commit's id on a line of its own, then what it changes.

    With no context every line of content begins with a sign, so an id at the beginning of a line is git's own.
    """
    commit, digest = "", hashlib.sha256()
    for line in lines:
        if (name := line.rstrip(b"\n").decode("ascii", "replace")) in commits:
            if commit:
                yield commit, digest.hexdigest()
            commit, digest = name, hashlib.sha256()
        elif not line.startswith((b"@@ ", b"index ")):  # where a line stands, and what stands around it
            digest.update(line)
    if commit:
        yield commit, digest.hexdigest()


def _automatic(git: Git, merges: Sequence[Commit]) -> dict[str, Merge]:
    """By commit. As git's own octopus does, further parents are merged one after the other."""
    further = sum(len(commit.parents) - _TWO for commit in merges)
    if further > MAX_OCTOPUS:
        raise EvaluationError(
            f"the merges of the change have {further} parents beyond two, and at most {MAX_OCTOPUS} are looked into",
            help="merge the branches one after the other",
        )
    tip = {commit.sha: commit.parents[0] for commit in merges}
    made: dict[str, Merge] = {}
    for at in range(1, max(len(commit.parents) for commit in merges)):
        due = [commit for commit in merges if len(commit.parents) > at]
        results = _merge_all(git, [(tip[commit.sha], commit.parents[at]) for commit in due])
        for commit, result in zip(due, results, strict=True):
            before = made[commit.sha].conflicts if commit.sha in made else ()
            made[commit.sha] = Merge(tree=result.tree, conflicts=(*before, *result.conflicts))
            if len(commit.parents) > at + 1:
                tip[commit.sha] = _commit(git, result.tree, (tip[commit.sha], commit.parents[at]))
    return made


def _merge_all(git: Git, pairs: Sequence[tuple[str, str]]) -> list[Merge]:
    """One process for all. An answer is status, tree, the paths that conflict, and an empty piece; then the next."""
    asked = b"".join(f"{ours} {theirs}\n".encode("ascii") for ours, theirs in pairs)
    done = git.attempt(*_OPTIONS, "--stdin", input=asked)
    pieces = iter(raw.split(done.stdout))
    made: list[Merge] = []
    for _status in pieces:  # 1 is clean, 0 is not, which the paths say as well
        tree, *conflicts = [*takewhile(bool, pieces)] or [b""]
        made.append(Merge(tree=tree.decode("ascii"), conflicts=tuple(map(decode, conflicts))))
    if len(made) != len(pairs) or not all(merge.tree for merge in made) or _complains(done):
        raise failure("making the merges of the change again (this takes git 2.39 or newer)", done, MISSING_HELP)
    return made


def _complains(done: Completed) -> bool:
    """git 2.39 goes on without a tree that it cannot read, and ends well (mended in 2.44)."""
    return any(line.startswith((b"error:", b"fatal:")) for line in done.stderr.splitlines())


def _commit(git: Git, tree: str, parents: tuple[str, ...]) -> str:
    of = [option for parent in parents for option in ("-p", parent)]
    made = git.with_env(**committer()).run(
        "commit-tree", tree, *of, "-m", "Merged again", doing="merging several parents"
    )
    return made.decode("ascii").strip()


def _trees(git: Git, commits: Sequence[str]) -> dict[str, str]:
    asked = b"".join(f"{commit}^{{tree}}\n".encode("ascii") for commit in commits)
    told = git.run("cat-file", "--batch-check=%(objectname)", input=asked, doing="looking up the merges of the change")
    trees = told.decode("ascii", "replace").splitlines()
    missing = next((line for line in trees if " " in line), None)
    if missing is not None or len(trees) != len(commits):
        raise EvaluationError(f"git cannot tell the files of a merge: {missing or 'no answer'}", help=MISSING_HELP)
    return dict(zip(commits, trees, strict=True))


def _differences(git: Git, pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[FileChange, ...]]:
    """What differs between two trees that are not the same, for each pair; one process for all."""
    if not pairs:
        return
    asked = b"".join(f"{old} {new}\n".encode("ascii") for old, new in pairs)
    told = git.run(
        *("diff-tree", "--stdin", "-r", "--raw", "-z", "--no-abbrev", "--no-renames"),
        *("--no-ext-diff", "--no-textconv", "--ignore-submodules=none"),
        input=asked,
        doing="comparing the merges of the change with automatic ones",
    )
    found = list(raw.differences(told))
    if len(found) != len(pairs):
        raise EvaluationError(f"git compared {len(found)} of {len(pairs)} merges")
    yield from found
