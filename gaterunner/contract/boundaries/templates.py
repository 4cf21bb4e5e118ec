"""ERB: the Ruby between its marks, and what reads like SQL around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.contract.boundaries.languages import read_pieces
from gaterunner.contract.boundaries.pieces import Piece, Touched

_CODE = re.compile(r"<%(?![%#])[=-]?(.*?)-?%>", re.DOTALL)


def read(text: str, _kind: str, touched: Touched) -> Iterator[Piece]:
    """The pieces of a template."""
    ruby: list[str] = []
    at = 0
    for found in _CODE.finditer(text):
        ruby.append(re.sub(r"[^\n]", " ", text[at : found.start(1)]))
        ruby.append(f"{found[1]};")
        at = found.end(1)
    yield from read_pieces("rb", "".join(ruby), touched)
    yield from read_pieces("html", re.sub(_CODE, lambda found: "\n" * found[0].count("\n"), text), touched)
