"""Whether a change stays within the budget of its spec."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gaterunner.contract.findings import about
from gaterunner.contract.held import Held
from gaterunner.contract.types import Spec
from gaterunner.model import FileChange, Finding
from gaterunner.numbers.kinds import kind_of

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
    """Added and removed lines, as git counts them and a little more closely.

    One NUL is enough for git to count none, so a text with some counts as a whole. What ends a line for a compiler and
    not for git counts where the change adds it.
    """
    counted = sum((file.insertions or 0) + (file.deletions or 0) for file in files)
    there = [file for file in files if file.new_mode in _FILES]
    binary = [file for file in there if file.insertions is None]
    counted += sum(
        data.count(b"\n") + _unseen_ends(data)
        for file, data in _contents(binary, [file.new_blob for file in binary], repository)
        if _is_text(data) or kind_of(file.path) in _WRITTEN
    )
    code = [file for file in there if file.insertions is not None and kind_of(file.path) in _WRITTEN]
    odd = {
        file.path: _unseen_ends(data)
        for file, data in _contents(code, [file.new_blob for file in code], repository)
        if _UNSEEN_END.search(data)
    }
    edited = [file for file in code if file.path in odd and file.status == "M"]
    for file, data in _contents(edited, [file.old_blob for file in edited], repository):
        odd[file.path] = max(0, odd[file.path] - _unseen_ends(data))
    return counted + sum(odd.values())


_FILES = ("100644", "100755")
_WRITTEN = ("code", "tests")
# Python takes a carriage return alone for the end of a line, JavaScript also the separators of Unicode.
_UNSEEN_END = re.compile(rb"\r(?!\n)|\xe2\x80[\xa8\xa9]")


def _contents(
    files: Sequence[FileChange], blobs: Sequence[str], repository: RepositoryReader
) -> Iterator[tuple[FileChange, bytes]]:
    if files:
        read = repository.blobs(blobs, max_bytes=_LONGEST)
        yield from ((file, blob.data) for file, blob in zip(files, read, strict=True) if blob.data)


def _unseen_ends(data: bytes) -> int:
    return len(_UNSEEN_END.findall(data))


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
