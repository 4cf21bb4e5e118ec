"""Whether the branch merges into its target, and whether its own merges hold what merging gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gaterunner.clean_main.findings import SHORT, found, some
from gaterunner.model import FileChange, Finding, Severity
from gaterunner.policies.context import Merge, MergeCommit

_DONE = {"A": "added", "D": "deleted", "M": "changed", "T": "made something else"}


def conflicts(merge: Merge, target: str, tip: str) -> Iterator[Finding]:
    """One finding per path that an automatic merge into the target leaves open."""
    for path in dict.fromkeys(merge.conflicts):
        yield found(
            "conflict",
            Severity.ERROR,
            f"conflicts with {target} as it is now ({tip[:SHORT]})",
            help=f"Merge {target} into the branch or rebase onto it, settle the conflict, and push.",
            path=path,
            approvable=False,
        )


def hidden(merges: Iterable[MergeCommit]) -> Iterator[Finding]:
    """What merge commits hold that neither of their parents' histories brought in.

    Where an automatic merge conflicts, what stands at the conflicting paths is somebody's decision and told as such.
    """
    for merge in merges:
        settled = _settled(merge)
        for file in merge.differing:
            if file.path not in settled:
                yield _hidden(merge, file)
        if merge.conflicts:
            paths = sorted(set(merge.conflicts))
            yield found(
                "merge-resolution",
                Severity.NOTICE,
                f"merge {merge.commit[:SHORT]} settles conflicts in {some(paths)}",
                help=f"See what was decided: git show --remerge-diff {merge.commit[:SHORT]}",
                stable="\0".join(paths),
                commit=merge.commit,
            )


def _settled(merge: MergeCommit) -> set[str]:
    """The paths at which a conflict was settled.

    A file that git was unsure where to put (`dir/file`, or `file~branch` beside a folder) may have been moved from
    there to another place as it was.
    """
    open_paths = set(merge.conflicts)
    moved = {file.old_blob for file in merge.differing if file.path in open_paths and file.status == "D"}
    return open_paths | {file.path for file in merge.differing if file.status == "A" and file.new_blob in moved}


def _hidden(merge: MergeCommit, file: FileChange) -> Finding:
    short = merge.commit[:SHORT]
    return found(
        "hidden-merge",
        Severity.ERROR,
        f"{_DONE[file.status]} in merge {short} itself: merging its parents gives something else",
        help=f"See it with `git show --remerge-diff {short}`. Make the merge anew without edits "
        "(`git rebase -r` keeps it), and put the change in a commit of its own.",
        stable=f"{file.old_blob}\0{file.new_blob}",
        path=file.path,
        commit=merge.commit,
        content=file.new_blob,
    )
