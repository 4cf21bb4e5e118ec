"""The two halves of a Markdown file: the YAML between its first two lines ``---``, and the prose below. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from gaterunner.config.problems import Problems, quoted
from gaterunner.config.types import Position

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")  # as YAML counts lines
_FENCE = re.compile(r"[ ]{0,3}(?:(?P<mark>`{3,})(?P<info>[^`]*)|(?P<other>~{3,})(?P<rest>.*))\Z", re.DOTALL)
_EXAMPLE = "the file begins with a line `---`, then YAML, then a second line `---`, then text for people"


class Halves(Struct, frozen=True):
    """``yaml`` stands in the same lines as in the file; ``prose`` is what follows it."""

    yaml: str
    prose: str


def split_front_matter(text: str, keys: Sequence[str], problems: Problems) -> Halves:
    """The halves of a file whose front matter holds some of ``keys``.

    Raises ``WorkflowFileError`` where the front matter does not begin in the first line, does not end, or where the
    prose holds what a reader could take for another one.
    """
    lines = [match.group() for match in _LINE.finditer(text) if match.group()]
    if not lines or not _is_rule(lines[0]):
        first = lines[0].rstrip("\r\n") if lines else ""
        found = quoted(first) if first.strip() else "nothing"
        problems.add(
            Position(1, 1), f"the first line is {found}, expected `---`, which opens the front matter", _EXAMPLE
        )
        raise problems.error()
    end = next((number for number, line in enumerate(lines[1:], start=1) if _is_rule(line)), None)
    if end is None:
        problems.add(Position(1, 1), "the front matter that opens here is not closed by a line `---`", _EXAMPLE)
        raise problems.error()
    _refuse_another(lines[end + 1 :], end + 2, keys, problems)
    return Halves(yaml="\n" + "".join(lines[1:end]), prose="".join(lines[end + 1 :]))


def _refuse_another(lines: Sequence[str], first: int, keys: Sequence[str], problems: Problems) -> None:
    """Only the first one counts, and a reviewer who takes the second for it would approve something else."""
    fence = ""
    opened: int | None = None
    for number, line in enumerate(lines, start=first):
        before, fence = fence, _fence_after(line, fence)
        if before or fence:
            opened = None
        elif not line.strip():
            continue
        elif _is_rule(line):
            opened = number
        elif opened is not None and line.partition(":")[0].strip(" \"'") in keys and ":" in line:
            message = "what looks like a second front matter begins here, and only the first one counts"
            problems.add(Position(opened, 1), message, "remove it, or put it between two lines of three backticks")
            raise problems.error()
        else:
            opened = None


def _fence_after(line: str, fence: str) -> str:
    """The fence that code stands in after this line; empty outside. A longer one of the same kind closes it."""
    match = _FENCE.match(line)
    if match is None:
        return fence
    mark, info = match["mark"] or match["other"], match["info"] or match["rest"] or ""
    if not fence:
        return mark
    return "" if mark.startswith(fence) and not info.strip() else fence


def _is_rule(line: str) -> bool:
    return line.rstrip(" \t\r\n") == "---"
