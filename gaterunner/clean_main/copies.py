"""Whether the branch holds public commits a second time, under other ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

from gaterunner.clean_main.findings import SHORT, found
from gaterunner.model import Finding, Severity


def copies(
    pairs: Iterable[tuple[str, str]], *, picked: Sequence[str], unchanged: Set[tuple[str, str]], target: str
) -> Iterator[Finding]:
    """One finding per commit of the branch that is also on the target, under another id.

    ``pairs`` have author, author's date and subject in common: a public commit rewritten, unless the lines that it
    changes are ``unchanged``. ``picked`` are those whose patch the target has under whatever name: somebody took them
    from there, or the target got them by rebasing.
    """
    original = dict(pairs)
    repeated = {*picked, *(own for own, _ in unchanged)}
    for commit in dict.fromkeys((*picked, *original)):
        if commit in repeated:
            yield _repeated(commit, original.get(commit), target)
        else:
            yield _rewritten(commit, original[commit], target)


def _repeated(commit: str, original: str | None, target: str) -> Finding:
    which = f" as {original[:SHORT]}" if original is not None else ""
    return found(
        "duplicate-commit",
        Severity.WARNING,
        f"commit {commit[:SHORT]} repeats a patch that {target} already has{which}",
        help=f"Rebase onto {target}: git leaves out what is there already.",
        stable=commit,
        commit=commit,
    )


def _rewritten(commit: str, original: str, target: str) -> Finding:
    return found(
        "rewritten-commit",
        Severity.ERROR,
        f"commit {commit[:SHORT]} has author, date and subject of {original[:SHORT]} on {target}, but other content",
        help=f"Rebase onto {target} and leave out the old version (`git rebase -i {target}`, drop it); what is to be "
        "different goes into a commit of its own.",
        stable=commit,
        commit=commit,
    )
