"""ERB: the Ruby between its marks, and what reads like SQL around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.contract.boundaries.languages import read_pieces
from gaterunner.contract.boundaries.marks import between, replaced
from gaterunner.contract.boundaries.pieces import Piece, Touched


def read(text: str, _kind: str, touched: Touched) -> Iterator[Piece]:
    """The pieces of a template."""
    ruby: list[str] = []
    at = 0
    for start, end in between(text, "<%", "%>"):
        code = text[start + 2 : end - 2]
        if not code.startswith(("%", "#")):
            ruby += [_BLANKED.sub(" ", text[at : start + 2]), f"{code.lstrip('=-').rstrip('-')};"]
            at = end
    yield from read_pieces("rb", "".join(ruby), touched)
    yield from read_pieces("html", replaced(text, "<%", "%>", lambda found: "\n" * found.count("\n")), touched)


_BLANKED = re.compile(r"[^\n]+")
