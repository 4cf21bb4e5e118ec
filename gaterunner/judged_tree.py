"""Whether the work tree is what is judged, before gates run in it and after."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence

from gaterunner.errors import EvaluationError, UsageError
from gaterunner.git import Repository, snapshot
from gaterunner.model import Change
from gaterunner.plan import PlannedGate

_NAMED = 5


def refuse_another(repository: Repository, change: Change, head: str) -> None:
    """Raises ``UsageError`` unless the work tree is that of ``head``, which was asked for by this name."""
    if change.judged != repository.head_commit():
        raise UsageError(
            f"--head {head} is not what is checked out, and gates run in the work tree",
            help=f"git switch {head} first, or use gaterunner check, which executes nothing",
        )
    refuse_dirty(
        repository,
        change,
        unseen=f"gates would not see {head}",
        help="commit or stash them, or leave out --head to have them judged as well",
    )


def refuse_dirty(repository: Repository, change: Change, *, unseen: str, help: str) -> None:
    """Raises ``UsageError`` where the work tree holds more than the judged commit; ``unseen`` says what that hides."""
    taken = snapshot.take(repository, change.judged)
    if taken is not None and taken.commit != change.judged:
        raise UsageError(f"the work tree holds changes that are not committed, so {unseen}", help=help)


def look_again(repository: Repository, change: Change, plan: Sequence[PlannedGate]) -> str | None:
    """A verdict is about the tree that was judged; after the gates it may be another one that they saw.

    A sentence about files that they changed, None where they left all alone. Raises ``EvaluationError`` when HEAD is
    another one by now.
    """
    before, now = repository.head_commit(), repository.head_now()
    if before != now:
        raise EvaluationError(
            f"HEAD was {(before or 'nothing')[:12]} and is {(now or 'nothing')[:12]} now: somebody committed or "
            "switched while the gates ran",
            help="gates must leave HEAD alone; see which one commits, and run again",
        )
    results = _result_files(plan)
    touched = snapshot.changed_since(repository, change.judged, head=before or change.judged)
    changed = [path for path in touched if not results(path)]
    if not changed:
        return None
    more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
    return (
        "gates changed files of the judged tree, so that a later gate or step sees others: "
        f"{', '.join(map(repr, changed[:_NAMED]))}{more}"
    )


def _result_files(plan: Sequence[PlannedGate]) -> Callable[[str], bool]:
    """Tells the files that gates are asked to write, by their `tests:`."""
    patterns = [posixpath.normpath(posixpath.join(gate.gate.cwd, glob)) for gate in plan for glob in gate.gate.tests]
    if not patterns:
        return lambda _path: False
    from wcmatch import glob

    return lambda path: glob.globmatch(path, patterns, flags=glob.GLOBSTAR | glob.DOTGLOB | glob.BRACE)
