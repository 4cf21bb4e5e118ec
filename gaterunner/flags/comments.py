"""Source text without the comments that can be told from code line by line. Pure.

Nothing is parsed: a comment is a line that begins as one, or what ends a line behind a sign with no quotation mark
after it. What is only a comment to a parser stays.
"""

from __future__ import annotations

import re

_HASH = re.compile(rb"(?m)^[ \t]*#(?![\[{!]).*$|[ \t]#[ \t][^\"'`\n]*$")
_SLASH = re.compile(
    rb"(?m)^[ \t]*(?://|\*(?:[ \t]|$)|/\*(?!.*\*/[ \t]*\S)|<!--(?!.*-->[ \t]*\S)).*$|[ \t]//[ \t][^\"'`\n]*$"
)
_DASH = re.compile(rb"(?m)^[ \t]*--.*$|[ \t]--[ \t][^\"'`\n]*$")
_BY_ENDING = {
    **dict.fromkeys(("py", "pyi", "rb", "sh", "bash", "pl", "r", "ex", "exs", "nim", "cr", "jl", "ps1"), (_HASH,)),
    **dict.fromkeys(("sql", "lua", "hs", "elm"), (_DASH,)),
    "php": (_HASH, _SLASH),
}


def without_comments(text: bytes, path: str) -> bytes:
    """The text with the same lines, those comments cut out; ``path`` tells the language."""
    for comment in _BY_ENDING.get(path.rpartition(".")[2].lower(), (_SLASH,)):
        text = comment.sub(b"", text)
    return text
