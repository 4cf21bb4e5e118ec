"""The one place where outside text becomes HTML.

File names, messages, commands and what a gate prints are written by the branch under judgement. ``element`` escapes
every child and every value that is not already ``Html``, and only this module makes ``Html`` of a string, so text gets
into a page as text or not at all.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from gaterunner.reporters.escape_path import escape_path

# https://html.spec.whatwg.org/multipage/syntax.html#void-elements
_VOID = frozenset({"meta", "link", "input", "br", "hr"})
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~/%?#=&+,:@!-]*)?")
_LONGEST_ADDRESS = 2_000
_SPACES = re.compile(r"\s+")
_SEPARATORS = {"Zl", "Zp", "Zs"}
# Control, format (bidi overrides, zero width, tags), surrogates, private use, unassigned: no reader sees them.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_JOINERS = "\u200c\u200d"  # scripts and emoji are written with them
# The blocks of the scripts that are written from right to left (Unicode, DerivedBidiClass: R and AL).
_FROM_THE_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]+")
# Marks stacked on one letter paint over the lines above and below it; no script needs more than a few.
_STACKED = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)


class Html(str):
    """Markup that may go into a page as it is."""

    __slots__ = ()


def text(value: str, *, limit: int = 2_000) -> Html:
    """``value`` on one line, safe between tags and in a quoted attribute; ``limit`` in characters.

    A character that nobody could see, or that reorders what is seen, is shown by its number.
    """
    return Html(html.escape(_shown(_SPACES.sub(" ", _bounded(value, limit))), quote=True))


def prose(value: str, *, limit: int = 2_000) -> Html:
    """A sentence on one line as ``text`` gives it, with what stands `between backticks` in the type of code."""
    pieces = _bounded(value, limit).split("`")
    if not len(pieces) % 2:  # a backtick without its partner means nothing
        return text(value, limit=limit)
    told = (element("code", piece) if number % 2 and piece else text(piece) for number, piece in enumerate(pieces))
    return join(told)


def code_text(value: str, *, limit: int = 400) -> Html:
    """A name, path or line of code on one line."""
    return Html(_isolated(_shown(_SPACES.sub(" ", _bounded(value, limit)))))


def lines(values: Iterable[str], *, limit: int = 400) -> Html:
    """Lines of code or output with their indentation, for a ``pre``; each is cut after ``limit`` characters."""
    return Html("\n".join(_isolated(_shown(_bounded(line.expandtabs(4), limit))) for line in values))


def element(tag: str, *children: str | None, **attributes: str | bool | None) -> Html:
    """``<tag attributes>children</tag>``, with everything escaped that is not ``Html``.

    An attribute's name is written with ``_`` for ``-`` and one at its end where Python needs it (``class_``). One that
    is None or False is left out; True stands for an attribute without a value.
    """
    inside = "".join(child if isinstance(child, Html) else text(child) for child in children if child is not None)
    head = f"<{tag}{''.join(_attribute(name, value) for name, value in attributes.items())}>"
    return Html(head if tag in _VOID else f"{head}{inside}</{tag}>")


def join(parts: Iterable[Html | None]) -> Html:
    """Pieces of markup one after the other."""
    return Html("".join(part for part in parts if part is not None))


def address(url: str | None) -> str | None:
    """``url`` when a page may lead there: plain http or https without a user in it. None for anything else."""
    return url if url and len(url) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(url) else None


def raw(markup: str) -> Html:
    """Markup of our own package (its style, script and pictures). Never for anything that a report holds."""
    return Html(markup)


def _attribute(name: str, value: str | bool | None) -> str:
    if value is None or value is False:
        return ""
    spelled = name.rstrip("_").replace("_", "-")
    return f" {spelled}" if value is True else f' {spelled}="{value if isinstance(value, Html) else text(value)}"'


def _isolated(shown: str) -> str:
    # What is written from right to left would pull the marks around it along: `'a' # b` reads as `'b # 'a`, and the
    # parts of a path change places. Each run on its own keeps the order in which a machine reads them.
    escaped = html.escape(shown, quote=True)
    return escaped if escaped.isascii() else _FROM_THE_RIGHT.sub(r"<bdi>\g<0></bdi>", escaped)


def _bounded(value: str, limit: int) -> str:
    return value if len(value) <= limit else value[: limit - 1] + "…"


def _shown(value: str) -> str:
    """``value`` with everything unseen made visible; quick for what is plain."""
    if value.isascii() and value.isprintable():
        return value
    value = _STACKED.sub(r"\1", escape_path(value))
    return value if value.isprintable() else "".join(map(_visible, value))


@lru_cache(maxsize=4096)
def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in _SEPARATORS:
        return " "
    if category not in _UNSEEN or character in _JOINERS:
        return character
    return f"⟨U+{ord(character):04X}⟩"
