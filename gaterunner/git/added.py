"""Which lines differ between two commits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from gaterunner.errors import EvaluationError
from gaterunner.git.command import failure
from gaterunner.model import FileChange, Hunk

if TYPE_CHECKING:  # which has a method for it
    from gaterunner.git.repository import Repository

_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def hunks(repository: Repository, a: str, b: str, files: Iterable[FileChange]) -> dict[str, tuple[Hunk, ...]]:
    """The lines that differ between two commits, by path; a path without any is left out.

    ``files`` are the rows of ``diff_files(a, b)``: both come in git's one order, which spares reading quoted names.
    No attribute of the branch has a say in it. Raises ``EvaluationError`` when git cannot tell.
    """
    files = tuple(files)
    alone = {file.path: _of_one_side(file) for file in files}
    if all(alone.values()):  # a million new lines need no comparing
        return {path: each for path, each in alone.items() if each is not None and each[0] != _NONE}
    # A change of type, as from file to link, is told as a deletion and an addition.
    names = [name for file in files for name in ([file.path] * (2 if file.status == "T" else 1))]
    found: dict[str, list[Hunk]] = {}
    section = -1
    with repository.git.pipe(
        *("diff-tree", "-r", "-p", "-U0", "--text", "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv"),
        *("--ignore-submodules=none", a, b, "--"),
    ) as pipes:
        pipes.stdin.close()
        for line in pipes.stdout:
            # With no context every line of content begins with a sign, so these two beginnings are git's own.
            if line.startswith(b"diff --git "):
                section += 1
            elif line.startswith(b"@@ ") and (match := _HUNK.match(line)) and section < len(names):
                numbers = (1 if number is None else int(number) for number in match.groups())
                found.setdefault(names[section], []).append(Hunk(*numbers))
        done = pipes.finish()
    if done.returncode != 0:
        raise failure(f"reading the lines that differ between {a} and {b}", done)
    if section + 1 != len(names):
        raise EvaluationError(f"git tells of {section + 1} changed files between {a} and {b}, expected {len(names)}")
    return {path: tuple(each) for path, each in found.items()}


_NONE = Hunk(0, 0, 0, 0)


def _of_one_side(file: FileChange) -> tuple[Hunk, ...] | None:
    """The hunk of a file that is new or gone, as far as its lines were counted; None where git has to compare."""
    if file.status == "A" and file.insertions is not None:
        return (Hunk(0, 0, 1, file.insertions) if file.insertions else _NONE,)
    if file.status == "D" and file.deletions is not None:
        return (Hunk(1, file.deletions, 0, 0) if file.deletions else _NONE,)
    return None


def added_lines(repository: Repository, a: str, b: str, files: Iterable[FileChange]) -> dict[str, frozenset[int]]:
    """The numbers (from 1) of lines of commit ``b`` that commit ``a`` does not have, by path."""
    found = {
        path: frozenset(line for hunk in each for line in range(hunk.new_start, hunk.new_start + hunk.new_count))
        for path, each in hunks(repository, a, b, files).items()
    }
    return {path: lines for path, lines in found.items() if lines}
