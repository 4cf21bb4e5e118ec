"""The one place where outside text becomes Markdown.

File names, messages, commands and what a gate prints are written by the branch under judgement. Here they become text
that says the same to a reader and nothing to GitHub: no HTML, no links or images, no mentions of people or issues, no
table cells or code fences of their own.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Zero-width space: between `@` and a name it stops GitHub from notifying that person; the same holds for issue numbers
# and addresses. Escaping does not help there, for GitHub looks for them in the rendered text.
_BREAK = "&#8203;"

_ESCAPES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "|": "&#124;",
        "@": f"@{_BREAK}",
        "#": f"\\#{_BREAK}",
        **{mark: f"\\{mark}" for mark in "\\`*_{}[]!~$^"},
    }
)
_LINKED = re.compile(r"https?://[A-Za-z0-9._~:/?#=&%+-]+")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=GH)(?=-\d)", re.IGNORECASE)
_LIST_NUMBER = re.compile(r"^(\d+)([.)])")
_LIST_MARK = re.compile(r"^[-+=:]")
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}  # control, format (bidi, zero width), surrogates, private, unassigned
_SPACES = {"Zl", "Zp", "Zs"}
_ELLIPSIS = "…"


def clean(text: str) -> str:
    """``text`` on one line, without characters that cannot be seen or that reorder what is seen."""
    return " ".join(_visible(text).split())


def inline(text: str, *, limit: int = 2_000) -> str:
    """``text`` as one line of plain words, for a paragraph, a list item or a table cell; ``limit`` in characters."""
    words = shorten(clean(text), limit).translate(_ESCAPES)
    words = _ADDRESS.sub(_BREAK, words)
    words = _LIST_NUMBER.sub(r"\1\\\2", words)
    return _LIST_MARK.sub(lambda match: f"\\{match[0]}", words)


def code(text: str, *, limit: int = 300) -> str:
    """``text`` on one line in the type of code; as plain words where a code span could not hold it."""
    words = shorten(clean(text), limit)
    if not words or "`" in words or "|" in words:
        return inline(words, limit=limit)
    return f"`{words}`"


def link(words: str, url: str | None) -> str:
    """``words`` of our own as a link to ``url``, which the caller vouches for; empty where that is no plain address."""
    return f"[{words}]({url})" if url and _LINKED.fullmatch(url) else ""


def fenced(lines: tuple[str, ...], *, limit: int = 6_000) -> str:
    """The last of ``lines`` as a code block that none of them can end; ``limit`` in characters."""
    kept: list[str] = []
    room = limit
    for line in reversed(lines):
        words = shorten(_visible(line).rstrip(), 500)
        room -= len(words) + 1
        if room < 0:
            break
        kept.append(words)
    longest = max((len(run) for line in kept for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join((fence + "text", *reversed(kept), fence))


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters of ``text``, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + _ELLIPSIS


def shorten_bytes(text: str, limit: int) -> str:
    """At most ``limit`` bytes of ``text`` in UTF-8, cut between two characters, with an ellipsis."""
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= limit:
        return data.decode()
    return data[: limit - len(_ELLIPSIS.encode())].decode(errors="ignore") + _ELLIPSIS


def size(text: str) -> int:
    """Bytes of ``text`` in UTF-8, which is what GitHub's limits count."""
    return len(text.encode("utf-8", "backslashreplace"))


def _visible(text: str) -> str:
    # What is printable for Python is in none of the dropped categories, and asking for the whole text is fast.
    return text if text.isprintable() else "".join(map(_clean_character, text))


@cache
def _clean_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in _SPACES or character in "\n\r\t\v\f\x85":
        return " "
    return "" if category in _DROPPED else character
