"""Reads XML that the branch's code wrote, one element after the other, and refuses what makes that dangerous."""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

MAX_NAME = 500
_MAX_DEPTH = 64
_MAX_ELEMENTS = 2_000_000

Start = Callable[[str, dict[str, str]], None]


def read_xml(
    data: bytes,
    *,
    start: Start,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    doctype: bool = False,
) -> None:
    """Calls ``start`` with each element's name and attributes, ``end`` with its name, ``text`` with pieces of text.

    A document type declaration is refused, or with ``doctype`` one that declares anything itself: without declarations
    there are no entities, and what it refers to elsewhere is never fetched. Raises ValueError with one sentence, also
    for depth, sheer number, and what is not XML.
    """
    guard = _Guard(start, end, doctype=doctype)
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = guard.declared
    parser.StartElementHandler = guard.started
    parser.EndElementHandler = guard.ended
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, UnicodeError) as error:  # the latter two for an encoding that it names
        raise ValueError(f"is not valid XML: {error}") from error


class _Guard:
    """Counts, and passes on what may be."""

    def __init__(self, start: Start, end: Callable[[str], None] | None, *, doctype: bool) -> None:
        self._start = start
        self._end = end
        self._doctype = doctype
        self._depth = 0
        self._elements = 0

    def declared(self, _name: str, _system: str | None, _public: str | None, has_internal_subset: bool) -> None:
        if not self._doctype:
            raise ValueError("has a document type declaration, which JUnit files have no use for")
        if has_internal_subset:
            raise ValueError("declares entities or elements of its own, which coverage files have no use for")

    def started(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > _MAX_DEPTH:
            raise ValueError(f"is nested deeper than {_MAX_DEPTH} elements")
        if self._elements > _MAX_ELEMENTS:
            raise ValueError(f"has more than {_MAX_ELEMENTS} elements")
        self._start(name, attributes)

    def ended(self, name: str) -> None:
        self._depth -= 1
        if self._end is not None:
            self._end(name)
