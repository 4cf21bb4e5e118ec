"""The one place where outside text becomes text and addresses of a SARIF file.

JSON takes any text; it is SARIF that gives some of it a meaning: ``[words](address)`` is a link and ``{0}`` stands for
an argument (SARIF 2.1.0, 3.11.5 and 3.11.6). What people could not see in it goes as well.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from gaterunner.reporters.escape_path import escape_path
from gaterunner.reporters.markdown_text import clean, shorten

LONGEST_MESSAGE = 8_000  # characters
LONGEST_NAME = 255  # characters, GitHub's limit

_LINK = re.compile(r"\](?=\()")
# Only what is a placeholder is doubled: viewers that take no arguments, GitHub's among them, show every brace as it is.
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def message(*paragraphs: str | None) -> str:
    """The paragraphs that are given, on lines of their own, as a plain text message; never empty."""
    lines = (clean(escape_path(line)) for text in paragraphs if text for line in text.splitlines())
    text = shorten("\n".join(line for line in lines if line) or "(no message)", LONGEST_MESSAGE)
    return _PLACEHOLDER.sub(r"{{\1}}", _LINK.sub("] ", text))


def words(text: str, *, limit: int) -> str:
    """``text`` on one line, for a name, an id or a tag; never empty."""
    return shorten(clean(escape_path(text)), limit) or "unnamed"


def snippet(lines: tuple[str, ...]) -> str:
    """Lines of a file as they are, without what no encoder can write."""
    return "\n".join(escape_path(line) for line in lines)


def relative_uri(path: str | None) -> str | None:
    """A path of the repository as a relative reference (RFC 3986); None for one that leads out of it, or is none."""
    parts = (path or "").split("/")
    if any(part in {"", ".", ".."} for part in parts):
        return None
    return quote(escape_path("/".join(parts)), safe="/")
