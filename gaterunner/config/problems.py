"""Collecting everything that is wrong with a workflow file, so that all of it is told at once."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from gaterunner.config.elsewhere import meant_by
from gaterunner.config.nearest import nearest
from gaterunner.config.types import Position
from gaterunner.errors import WorkflowFileError
from gaterunner.model import Problem, Trouble

# Nobody reads more, and a hostile file must not buy unbounded work with a megabyte of mistakes.
MAX_PROBLEMS = 100
_LONGEST_QUOTE = 60
MOST_CHOICES = 12  # beside a suggestion a longer list only hides it
# Comparing two names takes up to a millisecond; hundreds of wrong names among hundreds of gates would take minutes.
_MOST_COMPARISONS = 1000


class Fault(Struct, frozen=True):
    """What a check says about one value: what was expected instead and, where it helps, how to fix it."""

    expected: str
    help: str | None = None


class Problems:
    """The problems of one file in the order they are found; ``error`` gives them in the order of the file."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._kept: list[Problem] = []
        self._untold = 0
        self._comparisons = 0

    def __bool__(self) -> bool:
        return bool(self._kept)

    def near(self, wrong: str, valid: Collection[str]) -> str:
        """``; did you mean `x`?``, to be put behind a message; nothing when none is close, or too many were asked."""
        name = nearest(wrong, valid) if self._comparisons < _MOST_COMPARISONS else None
        self._comparisons += len(valid)
        return f"; did you mean `{name}`?" if name else ""

    def unknown_key(self, position: Position, key: str, where: str, known: tuple[str, ...]) -> None:
        """Notes a key that does not exist: with the one that was meant, where that can be told, and all unless many."""
        meant = meant_by(key, known)
        near = f"; did you mean `{meant}`?" if meant else self.near(key, known)
        if near and len(known) > MOST_CHOICES:
            self.add(position, f"unknown key {quoted(key)} in {where}{near}")
            return
        expected = f"expected {listed([f'`{name}`' for name in known])}" if known else "it has no options"
        self.add(position, f"unknown key {quoted(key)} in {where}, {expected}{near}")

    def add(self, position: Position | None, message: str, help: str | None = None) -> None:
        """Notes one problem; None where the file as a whole is meant."""
        if len(self._kept) >= MAX_PROBLEMS:
            self._untold += 1
            return
        line, column = (position.line, position.column) if position else (None, None)
        self._kept.append(
            Problem(
                trouble=Trouble.WORKFLOW_FILE, message=message, path=self._path, line=line, column=column, help=help
            )
        )

    def error(self) -> WorkflowFileError:
        """All problems as the one error that the user sees."""
        told = sorted(self._kept, key=lambda problem: (problem.line or 0, problem.column or 0))
        if self._untold:
            message = f"{self._untold} more error{'s' if self._untold != 1 else ''} are not listed"
            told.append(Problem(trouble=Trouble.WORKFLOW_FILE, message=message, path=self._path))
        return WorkflowFileError(tuple(told))


def quoted(text: str) -> str:
    """Text of the file as it may stand in a message: on one line, printable, bounded, without secrets, in backticks."""
    from gaterunner.redaction import Redactor  # only where something is wrong

    # Before it is cut: the first half of a token has no longer the form by which it is known.
    text = Redactor()(text)
    shown = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
    if shown.isprintable():
        return f"`{shown}`"
    return "`" + "".join(char if char.isprintable() else ascii(char)[1:-1] for char in shown) + "`"


def listed(names: tuple[str, ...] | list[str], *, last: str = "or") -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    if len(names) < 2:  # noqa: PLR2004 - a list of one has no "or"
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"
