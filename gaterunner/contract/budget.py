"""Whether a change stays within the budget of its spec. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.contract.findings import about
from gaterunner.contract.held import Held
from gaterunner.contract.types import Spec
from gaterunner.model import Change, Finding

_HELP = "Split the change, or have the budget raised in the spec on the target branch."


def judge_budget(held: Held, spec: Spec, change: Change) -> Iterator[Finding]:
    """One finding for each number above its bound. Files that package managers write, and merges, do not count."""
    from gaterunner.policies.change_budget import LOCK_FILES

    if spec.budget is None:
        return
    files = [file for file in change.files if file.path.rpartition("/")[2] not in LOCK_FILES]
    numbers = (
        ("files", len(files), spec.budget.files),
        ("lines", sum((file.insertions or 0) + (file.deletions or 0) for file in files), spec.budget.lines),
        ("commits", sum(len(commit.parents) <= 1 for commit in change.commits), spec.budget.commits),
    )
    for unit, number, most in numbers:
        if most is not None and number > most:
            message = f"the change has {number:,} {unit}, and the spec's budget is {most:,}"
            yield about(held, "over-budget", message, _HELP, key=unit, at=spec.place("budget", unit))
