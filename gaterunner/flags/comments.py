"""Source text without the comments that can be told from code line by line. Pure.

Nothing is parsed: a comment is a line that begins as one, or what ends a line behind a sign with no quotation mark
after it. What is only a comment to a parser stays.
"""

from __future__ import annotations

import re


def _comments(whole_line: bytes, sign: bytes) -> tuple[tuple[re.Pattern[bytes], bytes], ...]:
    """What is cut out, with what stays of it: lines that are comments, and what ends a line behind ``sign``.

    Nothing of a line is gone through twice, also where it holds a million signs before a quotation mark.
    """
    behind = rb"(?m)^((?>(?:.*[\"'`])?+)[^\"'`\n]*?)[ \t]" + sign + rb"[ \t].*$"
    return (re.compile(rb"(?m)^[ \t]*" + whole_line + rb".*$"), b""), (re.compile(behind), rb"\1")


_HASH = _comments(rb"#(?![\[{!])", b"#")
_SLASH = _comments(rb"(?://|\*(?:[ \t]|$)|/\*(?!.*\*/[ \t]*\S)|<!--(?!.*-->[ \t]*\S))", b"//")
_DASH = _comments(b"--", b"--")
_BY_ENDING = {
    **dict.fromkeys(("py", "pyi", "rb", "sh", "bash", "pl", "r", "ex", "exs", "nim", "cr", "jl", "ps1"), _HASH),
    **dict.fromkeys(("sql", "lua", "hs", "elm"), _DASH),
    "php": (*_HASH, *_SLASH),
}


def without_comments(text: bytes, path: str) -> bytes:
    """The text with the same lines, those comments cut out; ``path`` tells the language."""
    for comment, rest in _BY_ENDING.get(path.rpartition(".")[2].lower(), _SLASH):
        text = comment.sub(rest, text)
    return text
