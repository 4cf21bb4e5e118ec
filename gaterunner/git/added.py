"""Which lines a change adds or edits."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gaterunner.errors import EvaluationError
from gaterunner.git.command import failure
from gaterunner.git.repository import Repository
from gaterunner.model import FileChange

_HUNK = re.compile(rb"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")


def added_lines(repository: Repository, a: str, b: str, files: Iterable[FileChange]) -> dict[str, frozenset[int]]:
    """The numbers (from 1) of lines of commit ``b`` that commit ``a`` does not have, by path.

    ``files`` are the rows of ``diff_files(a, b)``: both come in git's one order, which spares reading quoted names.
    No attribute of the branch has a say in it. Raises ``EvaluationError`` when git cannot tell.
    """
    # A change of type, as from file to link, is told as a deletion and an addition.
    names = [name for file in files for name in ([file.path] * (2 if file.status == "T" else 1))]
    found: dict[str, set[int]] = {}
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
            elif (hunk := _HUNK.match(line)) and section < len(names):
                first, count = int(hunk[1]), int(hunk[2] or b"1")
                found.setdefault(names[section], set()).update(range(first, first + count))
        done = pipes.finish()
    if done.returncode != 0:
        raise failure(f"reading the lines that differ between {a} and {b}", done)
    if section + 1 != len(names):
        raise EvaluationError(f"git tells of {section + 1} changed files between {a} and {b}, expected {len(names)}")
    return {path: frozenset(lines) for path, lines in found.items() if lines}
