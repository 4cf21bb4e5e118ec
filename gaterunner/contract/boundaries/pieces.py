"""What readers find in a file, in the same words for every language, before anybody asks whether it is allowed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

COMPUTED = "\ue000"
"""Stands in a text for what is computed inside of it; no source holds a private-use character."""

ALL = "*"


class Text(Struct, frozen=True, kw_only=True):
    """One string of a program. ``line`` and ``end`` count from 1; ``executed`` says that it is handed to a database."""

    text: str
    line: int
    end: int
    executed: bool = False


class Access(Struct, frozen=True, kw_only=True):
    """One table that a statement reads or writes, by its name without quotes, with its schema where one is said.

    ``columns`` are those that it names, with ``ALL`` for all of them; None where they cannot be told.
    """

    use: Literal["read", "write"]
    table: str
    columns: tuple[str, ...] | None = None


class Statement(Struct, frozen=True, kw_only=True):
    """One statement, or one use of a model. ``opaque`` says that it may use more than ``accesses`` tell.

    ``code`` is the same wherever it stands and however it is laid out.
    """

    line: int
    end: int
    code: str
    accesses: tuple[Access, ...] = ()
    opaque: bool = False


class LogCall(Struct, frozen=True, kw_only=True):
    """One structured log call, with the names of its fields; ``opaque`` says that it may have more."""

    line: int
    end: int
    code: str
    fields: tuple[str, ...] = ()
    opaque: bool = False


class Mapped(Struct, frozen=True, kw_only=True):
    """A use of an object mapper or a query builder whose table is told elsewhere."""

    line: int
    end: int
    code: str


Touched = Callable[[int, int], int | None]
"""The first line that the change touches from a first to a last one, or None; the untouched need not be read."""


def anywhere(line: int, _end: int) -> int:
    """Where every line counts as touched."""
    return line


Piece = Text | Statement | LogCall | Mapped
