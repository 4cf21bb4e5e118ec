"""Source text without the comments that can be told from code line by line. Pure.

But for Python, nothing is parsed: a comment is a line that begins as one, or what ends a line behind a sign with no
quotation mark after it. What is only a comment to a parser stays.
"""

from __future__ import annotations

import io
import re
import tokenize


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


_AROUND = {tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT}


def without_idle_texts(data: bytes) -> bytes:
    """Python without comments and without texts that are statements of their own, as docstrings are; the same lines.

    As it is where it is none that this Python reads.
    """
    try:
        first, *tokens = tokenize.tokenize(io.BytesIO(data).readline)
        lines = data.decode(first.string).split("\n")
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError, LookupError):
        return data
    if tokens[-1].end[0] > len(lines) + 1:  # some Pythons also end lines at a carriage return
        return data
    for at, token in enumerate(tokens):
        is_text = token.type == tokenize.STRING and _stands_alone(tokens, at)
        if token.type == tokenize.COMMENT or is_text:
            _cut(lines, token.start, token.end)
    return "\n".join(lines).encode(first.string)


def _stands_alone(tokens: list[tokenize.TokenInfo], at: int) -> bool:
    """Whether a text is a whole statement, alone or with others that it is joined with."""
    before, after = at - 1, at + 1
    while before >= 0 and tokens[before].type == tokenize.STRING:
        before -= 1
    while tokens[after].type == tokenize.STRING:
        after += 1
    return (before < 0 or tokens[before].type in _AROUND) and tokens[after].type in (tokenize.NEWLINE, tokenize.COMMENT)


def _cut(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Takes out what stands between two places, but for the ends of lines; lines count from 1."""
    for number in range(start[0] - 1, end[0]):
        line = lines[number]
        first = start[1] if number == start[0] - 1 else 0
        last = end[1] if number == end[0] - 1 else len(line)
        lines[number] = line[:first] + " " * (last - first) + line[last:]
