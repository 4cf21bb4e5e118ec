"""The nouns of name resolution: what a tree can be asked, what a source declares, what a name became."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct


class Tree(Protocol):
    """The files of one commit. Nothing else of a repository is looked at, and nothing of it is executed."""

    def read(self, path: str) -> bytes | None:
        """The content of one file; None when the path is not a file there."""
        ...

    def paths(self) -> Sequence[str]:
        """All file paths, relative to the root, with ``/``."""
        ...


class Declared(Struct, frozen=True, kw_only=True):
    """One name that a repository declares, and the command that runs it.

    ``what`` names the kind of thing ("Makefile target"). ``note`` is added to the reason. When ``unusable`` is set, the
    name is declared but its command would prove nothing or cannot be called; choosing it is an error that says so.
    """

    name: str
    command: str
    what: str
    path: str
    line: int | None = None
    note: str = ""
    unusable: str = ""

    @property
    def source(self) -> str:
        """The declaration as a person would point at it: "Makefile target `unit`"."""
        return f"{self.what} `{self.name}`"

    @property
    def place(self) -> str:
        """``path:line``, or the path alone where no line is known."""
        return f"{self.path}:{self.line}" if self.line else self.path


class Reading(Struct, frozen=True, kw_only=True):
    """What one source said. ``path`` is None when the repository does not have that source at all.

    ``notes`` tell what was seen and not followed (an include, a computed name).
    """

    path: str | None = None
    declared: tuple[Declared, ...] = ()
    notes: tuple[str, ...] = ()


class Offer(Struct, frozen=True, kw_only=True):
    """A language's own command for a gate; ``evidence`` says what in the repository makes it a true one."""

    command: str
    evidence: str


class Resolution(Struct, frozen=True, kw_only=True):
    """A bare name that became a command. ``path`` and ``line`` are None for a language's default."""

    name: str
    command: str
    source: str
    why: str
    path: str | None = None
    line: int | None = None


class Unresolved(Struct, frozen=True, kw_only=True):
    """A bare name that became nothing: why, where it was looked for, and what is called almost the same.

    ``message`` and ``help`` are ready for the user. ``faulty`` is set when a file that had to be read could not be
    (``path:line:column``); the search stopped there instead of taking another source's word.
    """

    name: str
    message: str
    help: str
    looked: tuple[str, ...] = ()
    nearest: str | None = None
    faulty: str | None = None


class SourceError(Exception):
    """A file that declares commands cannot be read; ``place`` is ``path:line:column`` as far as known."""

    def __init__(self, message: str, *, path: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        self.column = column

    @property
    def place(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
