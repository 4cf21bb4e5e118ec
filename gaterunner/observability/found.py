"""One place in a file that writes without structure, in the same words for every language."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal["print", "formatted-log-call"]


class Output(Struct, frozen=True, kw_only=True):
    """``call`` is the name of what is called, without its arguments; ``how`` says by what a message is composed.

    ``line`` and ``end`` count from 1. ``code`` is the same wherever it stands and however it is laid out, ``outline``
    the same without what strings and numbers in it say: it may stand in a hash that is told. ``own`` is true where a
    command line program writes what it was called for.
    """

    kind: Kind
    call: str
    line: int
    end: int
    code: str
    outline: str
    how: str = ""
    own: bool = False
