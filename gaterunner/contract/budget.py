"""Whether a change stays within the budget of its spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gaterunner.contract.findings import about
from gaterunner.contract.held import Held
from gaterunner.contract.types import Spec
from gaterunner.model import FileChange, Finding

if TYPE_CHECKING:
    from gaterunner.policies.context import PolicyContext, RepositoryReader

_HELP = "Split the change, or have the budget raised in the spec on the target branch."


_LONGEST = 20_000_000  # nobody writes lines of text by so many bytes


def judge_budget(held: Held, spec: Spec, context: PolicyContext) -> Iterator[Finding]:
    """One finding for each number above its bound. Files that package managers write, and merges, do not count.

    Raises ``EvaluationError`` when a content cannot be had.
    """
    from gaterunner.policies.change_budget import LOCK_FILES

    if spec.budget is None:
        return
    change = context.change
    files = [file for file in change.files if file.path.rpartition("/")[2] not in LOCK_FILES]
    numbers = (
        ("files", len(files), spec.budget.files),
        ("lines", _lines(files, context.repository) if spec.budget.lines is not None else 0, spec.budget.lines),
        ("commits", sum(len(commit.parents) <= 1 for commit in change.commits), spec.budget.commits),
    )
    for unit, number, most in numbers:
        if most is not None and number > most:
            message = f"the change has {number:,} {unit}, and the spec's budget is {most:,}"
            yield about(held, "over-budget", message, _HELP, key=unit, at=spec.place("budget", unit))


def _lines(files: Sequence[FileChange], repository: RepositoryReader) -> int:
    """Added and removed lines. One NUL is enough for git to count none, so a text with some counts as a whole."""
    counted = sum((file.insertions or 0) + (file.deletions or 0) for file in files)
    binary = [file.new_blob for file in files if file.insertions is None and file.new_mode in _FILES]
    contents = repository.blobs(binary, max_bytes=_LONGEST) if binary else ()
    return counted + sum(blob.data.count(b"\n") for blob in contents if blob.data and _is_text(blob.data))


_FILES = ("100644", "100755")


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
