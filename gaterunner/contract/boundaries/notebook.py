"""Jupyter notebooks: the lines of their cells, each where it stands in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from gaterunner.contract.boundaries.languages import read_pieces
from gaterunner.contract.boundaries.pieces import Piece, Touched

_LINE = re.compile(r'\s*(?:"source"\s*:\s*\[\s*)?("(?:[^"\\]|\\.)*")\s*\]?,?\s*$')


def read(text: str, _kind: str, touched: Touched) -> Iterator[Piece]:
    """The pieces of the cells' Python, and what reads like SQL anywhere else, as in cells of SQL."""
    yield from read_pieces("py", "\n".join(map(_source, text.split("\n"))), touched)
    yield from read_pieces("json", text, touched)


def _source(line: str) -> str:
    found = _LINE.match(line)
    if found is None:
        return ""
    try:
        return str(json.loads(found[1])).rstrip("\n").replace("\n", " ")
    except ValueError:
        return ""
