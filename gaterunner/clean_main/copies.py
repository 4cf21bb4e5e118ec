"""Whether the branch holds public commits a second time, under other ids."""

from __future__ import annotations

from collections.abc import Iterator, Set

from gaterunner.clean_main.findings import SHORT, found
from gaterunner.model import Commit, Finding, Severity

_Label = tuple[str, str, str, str]


def copies(
    commits: tuple[Commit, ...], public: tuple[Commit, ...], same_patches: Set[str], target: str
) -> Iterator[Finding]:
    """One finding per commit of the branch that is also among the ``public`` ones of the target, under another id.

    With author, author's date and subject of a public commit but other content it is a public commit rewritten; with
    the same patch it is one that was picked, or that the target got by rebasing. Merges are looked at elsewhere.
    """
    known: dict[_Label, Commit] = {_label(commit): commit for commit in public if len(commit.parents) <= 1}
    ids = {commit.sha for commit in public}
    for commit in commits:
        if len(commit.parents) > 1 or commit.sha in ids:
            continue
        original = known.get(_label(commit))
        if commit.sha in same_patches:
            yield _repeated(commit, original, target)
        elif original is not None:
            yield _rewritten(commit, original, target)


def _label(commit: Commit) -> _Label:
    return (commit.author, commit.author_email, commit.authored, commit.subject)


def _repeated(commit: Commit, original: Commit | None, target: str) -> Finding:
    which = f" as {original.sha[:SHORT]}" if original is not None else ""
    return found(
        "duplicate-commit",
        Severity.WARNING,
        f"commit {commit.sha[:SHORT]} repeats a patch that {target} already has{which}",
        help=f"Rebase onto {target}: git leaves out what is there already.",
        stable=commit.sha,
        commit=commit.sha,
    )


def _rewritten(commit: Commit, original: Commit, target: str) -> Finding:
    return found(
        "rewritten-commit",
        Severity.ERROR,
        f"commit {commit.sha[:SHORT]} has author, date and subject of {original.sha[:SHORT]} on {target}, "
        "but other content",
        help=f"Rebase onto {target} and leave out the old version (`git rebase --onto {target} …`); what is to be "
        "different goes into a commit of its own.",
        stable=commit.sha,
        commit=commit.sha,
    )
