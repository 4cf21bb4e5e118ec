"""Ruby, JavaScript, TypeScript, Go, C#, Elixir, PHP and Java without their cosmetics, by a cautious scanner.

Only what is certain is taken away: comments, blank lines, indentation, runs of blanks. Where a construct begins whose
end the scanner cannot know (interpolation, a regular expression, a sigil, a heredoc's odd cousins), everything from
there on is kept as it stands, so that a doubtful edit counts as a real one.
"""

from __future__ import annotations

import re

from msgspec import Struct

from gaterunner.migrations.kinds import Parts


class Language(Struct, frozen=True, kw_only=True):
    """What the scanner has to know.

    ``strings`` maps an opening mark to its closing mark; ``raw`` names those without backslash escapes and
    ``multiline`` those that may span lines. ``doubtful`` matches where certainty ends and ``hopeless`` a text in which
    there is none; ``kept`` matches comments that mean something. ``quotes_equal`` where ``'a'`` and ``"a"`` are the
    same string.
    """

    line_comment: re.Pattern[str]
    block_comment: tuple[str, str] | None
    strings: dict[str, str]
    raw: frozenset[str] = frozenset()
    multiline: frozenset[str] = frozenset()
    interpolation: re.Pattern[str]
    doubtful: re.Pattern[str]
    hopeless: re.Pattern[str]
    kept: re.Pattern[str]
    quotes_equal: bool = False


_UNCLOSED = -1
_NEVER = re.compile(r"(?!)")
_SLASHES = re.compile(r"//[^\r\n\u2028\u2029]*")
_HASH = re.compile(r"#[^\r\n]*")
_C_STRINGS = {'"': '"', "'": "'"}

RUBY = Language(
    line_comment=_HASH,
    block_comment=None,
    strings=_C_STRINGS,
    multiline=frozenset(_C_STRINGS),
    interpolation=re.compile(r"#[{$@]"),
    # a slash or percent sign may start a literal in which quotes and "#" mean nothing
    doubtful=re.compile(r"[/%`]|(?<!\w)\?[^\s\w]|[$:]['\"]|<<[-~]?['\"`A-Z_a-z]|__END__|^=begin", re.MULTILINE),
    hopeless=re.compile(r"__LINE__"),
    kept=re.compile(r"#!|(?i:#.*coding|# *(frozen|shareable|warn))"),
    quotes_equal=True,
)
JAVASCRIPT = Language(
    line_comment=_SLASHES,
    block_comment=("/*", "*/"),
    strings={**_C_STRINGS, "`": "`"},
    multiline=frozenset("`"),
    interpolation=_NEVER,
    doubtful=re.compile(r"/(?![/*])|<!--|-->|`[^`]*\$\{"),  # a slash may start a regular expression
    hopeless=_NEVER,
    kept=re.compile(r"//[#@]|/\*!"),
    quotes_equal=True,
)
GO = Language(
    line_comment=_SLASHES,
    block_comment=("/*", "*/"),
    strings={**_C_STRINGS, "`": "`"},
    raw=frozenset("`"),
    multiline=frozenset("`"),
    interpolation=_NEVER,
    doubtful=_NEVER,
    hopeless=re.compile(r'"C"'),  # the comment above `import "C"` is C code
    kept=re.compile(r"//go:|// *\+build|//line|//export|/\*line"),
)
CSHARP = Language(
    line_comment=re.compile(
        r"//[^\r\n\u0085\u2028\u2029]*|(?m:^[ \t]*#(?:region|endregion|nullable|pragma warning)\b[^\r\n]*)"
    ),
    block_comment=("/*", "*/"),
    strings={**_C_STRINGS, '@"': '"'},
    raw=frozenset({'@"'}),
    multiline=frozenset({'@"'}),
    interpolation=_NEVER,
    doubtful=re.compile(r'\$@?"|@\$"|"""|^[ \t]*#(?!region|endregion|nullable|pragma warning)', re.MULTILINE),
    hopeless=_NEVER,
    kept=_NEVER,
)
JAVA = Language(
    line_comment=_SLASHES,
    block_comment=("/*", "*/"),
    strings=_C_STRINGS,
    interpolation=re.compile(r"\$"),
    doubtful=re.compile(r'"""'),
    hopeless=re.compile(r"\\u"),  # translated before comments are recognised
    kept=_NEVER,
)
ELIXIR = Language(
    line_comment=_HASH,
    block_comment=None,
    strings=_C_STRINGS,
    multiline=frozenset(_C_STRINGS),
    interpolation=re.compile(r"#\{"),
    doubtful=re.compile(r"~[a-zA-Z]|(?<!\w)\?[^\s\w]|\"\"\"|'''|:['\"]"),
    hopeless=_NEVER,
    kept=_NEVER,
)
PHP = Language(
    line_comment=re.compile(r"(?://|#(?!\[))[^\r\n]*"),
    block_comment=("/*", "*/"),
    strings=_C_STRINGS,
    multiline=frozenset(_C_STRINGS),
    interpolation=re.compile(r"\$|\{"),
    doubtful=re.compile(r"<<<|`|__halt_compiler"),
    hopeless=re.compile(r"\A(?!<\?php\s)|\?>|__LINE__"),  # "?>" ends PHP even inside a comment
    kept=_NEVER,
)

_BLANKS = re.compile(r"[ \t\f]+")
_NEWLINE = re.compile(r"\r?\n")
_WORD = re.compile(r"\w+")
_TEXT_CHANGES = re.compile(r"<<|\w![\s.(]|\.(?:concat|insert|replace|force_encoding|clear|prepend|append)\b|frozen\?")
_FROZEN = re.compile(r"#\s*frozen_string_literal: *(?:true|false)\s*$")


class Token(Struct, frozen=True):
    """``kind`` is code, string, newline, blank, kept (a comment that means something) or rest.

    A string's text is its literal as written.
    """

    kind: str
    text: str


def scan(text: str, language: Language) -> list[Token]:
    """The text as tokens without comments; the last one is ``rest`` where certainty ended."""
    if language.hopeless.search(text):
        return [Token("rest", text)]
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        token, at = _next(text, at, language)
        tokens.append(token)
    return tokens


def _next(text: str, at: int, language: Language) -> tuple[Token, int]:
    if language.doubtful.match(text, at):
        return Token("rest", text[at:]), len(text)
    for pattern, kind in ((_NEWLINE, "newline"), (_BLANKS, "blank")):
        if (space := pattern.match(text, at)) and not language.line_comment.match(text, at):
            return Token(kind, " " if kind == "blank" else "\n"), space.end()
    comment_end = _comment_end(text, at, language)
    if comment_end == _UNCLOSED:
        return Token("rest", text[at:]), len(text)
    if comment_end is not None:
        return _comment(text, at, comment_end, language), comment_end
    for opening in sorted(language.strings, key=len, reverse=True):
        if text.startswith(opening, at):
            return _string(text, at, opening, language)
    word = _WORD.match(text, at)
    end = word.end() if word else at + 1
    return Token("code", text[at:end]), end


def _comment(text: str, at: int, end: int, language: Language) -> Token:
    comment = text[at:end]
    if language is RUBY and _FROZEN.match(comment) and not _TEXT_CHANGES.search(text):
        return Token("blank", " ")
    if language.kept.match(comment):
        return Token("kept", comment)
    return Token("newline", "\n") if "\n" in comment else Token("blank", " ")


def _comment_end(text: str, at: int, language: Language) -> int | None:
    line = language.line_comment.match(text, at)
    if line:
        return line.end()
    if language.block_comment and text.startswith(language.block_comment[0], at):
        end = text.find(language.block_comment[1], at + 2)
        return _UNCLOSED if end < 0 else end + 2
    return None


def _string(text: str, start: int, opening: str, language: Language) -> tuple[Token, int]:
    closing, raw = language.strings[opening], opening in language.raw
    at = start + len(opening)
    while at < len(text):
        escaped = not raw and text[at] == "\\"
        if escaped or (raw and opening != closing and text.startswith(closing * 2, at)):
            at += 2
        elif text.startswith(closing, at):
            literal = text[start : at + len(closing)]
            if opening != "'" and language.interpolation.search(literal):
                break
            return Token("string", literal), at + len(closing)
        elif text[at] == "\n" and opening not in language.multiline:
            break
        else:
            at += 1
    return Token("rest", text[start:]), len(text)


def canonical(text: str, language: Language) -> str:
    """The text without cosmetics: equal results mean the same program."""
    tokens = scan(text, language)
    return _join(_with_new_hashes(tokens) if language is RUBY else tokens, language)


def _with_new_hashes(tokens: list[Token]) -> list[Token]:
    """Ruby's ``:key => value`` as ``key: value``, where it follows a comma or bracket and so must be a hash's pair."""
    out: list[Token] = []
    before = ""
    at = 0
    while at < len(tokens):
        texts = [token.text for token in tokens[at : at + 6]]
        squeezed = [text for text in texts if text != " "]
        rocket = squeezed[:1] == [":"] and squeezed[2:4] == ["=", ">"] and re.fullmatch(r"[a-z_]\w*", squeezed[1])
        if rocket and texts[1] == squeezed[1] and before in {",", "(", "{"}:
            out += [Token("code", squeezed[1]), Token("code", ":"), Token("blank", " ")]
            before = ":"
            at += texts.index(">") + 1
            continue
        out.append(tokens[at])
        before = before if tokens[at].kind in {"blank", "newline"} else texts[0]
        at += 1
    return out


def _join(tokens: list[Token], language: Language) -> str:
    parts: list[str] = []
    gap = ""
    for token in tokens:
        if token.kind in {"blank", "newline"}:
            gap = "\n" if "\n" in (gap, token.text) else " "
            continue
        last = parts[-1][-1:] if parts else ""
        if gap and not _gap_is_free(last, gap, token):
            parts.append(gap)
        parts.append(_literal(token.text, language) if token.kind == "string" else token.text)
        gap = ""
    return "\0".join(parts)


def _gap_is_free(last: str, gap: str, token: Token) -> bool:
    """True where a blank or a line's end changes nothing in any of the languages."""
    if not last or token.kind == "rest":
        return not last
    if last in "([{," or token.text in {")", "]"}:
        return True
    return token.text in {"}", ",", ";"} and gap == " "


def _literal(literal: str, language: Language) -> str:
    if language.quotes_equal and literal[0] in "'\"" and not re.search(r"[\\#'\"$]", literal[1:-1]):
        return f'"{literal[1:-1]}"'
    return literal


# --- the way back inside a file --------------------------------------------------------------------------------------

_BRACE_HEADER = re.compile(
    r"""(?x) (?m:^) [ \t]*
    (?: (?:export[ ])? (?:(?:public|protected|override|async|function|void)[ ])* (?P<name>[dD]own) [ ]?
        \([\w\s:.,?<>\[\]$]*\) [ ]? (?:: [ ]? [\w<>]+ [ ]?)?
      | (?:(?:module\.)?exports\.)? down [ ]? [=:] [ ]? (?:async[ ])? (?:function [ ]? \w* [ ]?)?
        \(?[\w\s:.,?<>$]*\)? [ ]? (?:: [ ]? [\w<>]+ [ ]?)? (?:=>)? [ ]?
      | func [ ] \w+ \( [\w\s:.,*]* \) [ ] error [ ]
    ) \s* \{ [ \t]* (?=\r?\n)"""
)
# What follows must not be a call of it, which would make the way back run when the file is loaded.
_AFTER_BRACE = re.compile(r"\}[;,]?[ \t]*(?:\r?\n\s*(?![\s(\[.`])|\Z)")
_BRACE = re.compile(r"[{}]")
_BLOCK_HEADER = re.compile(r"(?m)^([ \t]*)def (?:self\.)?down(?:\(\))?(?: do)?[ \t]*(?=\r?\n)")
_RUBY_OPENER = re.compile(r"\s*(?:\w+ *= *)?(?:if|unless|while|until|case|begin|for)\b(?!:)")
_DO = re.compile(r"(?<![.:\w])do\b(?!:)")
_END = re.compile(r"(?<![.:\w])end\b(?!:)")
_UNBALANCED = re.compile(r"(?m)(?:\\|\.|::)[ \t]*\r?$|\b(?:def|class|module|BEGIN|END|defmodule|alias|undef)\b")


def parts(text: str, language: Language, *, down_name: str = "down") -> Parts:
    """A migration's text with and without its way back, both without cosmetics.

    The way back is only split off where its extent is certain and nothing else in the file names it.
    """
    whole = canonical(text, language)
    masked = _masked(text, language)
    if masked is None or len(re.findall(rf"\b{down_name}\b", masked)) != 1:
        return Parts(up=whole, down=whole)
    find = block_extent if language in (RUBY, ELIXIR) else brace_extent
    extent = find(masked, down_name, language)
    if extent is None:
        return Parts(up=whole, down=whole)
    return Parts(up=canonical(text[: extent[0]] + text[extent[1] :], language), down=whole)


def _masked(text: str, language: Language) -> str | None:
    """The text with strings and comments blanked out, of the same length; None where certainty ends before its end."""
    if language.hopeless.search(text):
        return None
    out: list[str] = []
    at = 0
    while at < len(text):
        token, end = _next(text, at, language)
        piece = text[at:end]
        at = end
        if token.kind == "rest":
            return None
        if token.kind == "code":
            out.append(piece)
        elif token.kind in {"blank", "newline"}:
            out.append(re.sub(r"[^\n]", " ", piece))
        else:
            out.append(re.sub(r"[^\n]", "_", piece))
    return "".join(out)


def brace_extent(masked: str, down_name: str, _language: Language) -> tuple[int, int] | None:
    """The extent of the function for reverting, in a text without strings and comments, if that is certain."""
    headers = [header for header in _BRACE_HEADER.finditer(masked) if re.search(rf"\b{down_name}\b", header[0])]
    if len(headers) != 1:
        return None
    depth = 0
    for brace in _BRACE.finditer(masked, headers[0].end() - 1):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return (headers[0].start(), brace.end()) if _AFTER_BRACE.match(masked, brace.start()) else None
    return None


def block_extent(masked: str, _down_name: str, language: Language) -> tuple[int, int] | None:
    """The extent of a ``def down`` whose blocks demonstrably balance, in languages that close blocks with ``end``.

    Openers are never counted where there may be none: a block that seems to end too early is refused, while one that
    seemed to end too late would hide what stands behind it.
    """
    header = _BLOCK_HEADER.search(masked)
    closing = re.compile(rf"(?m)^{header[1]}end[ \t]*\r?$").search(masked, header.end()) if header else None
    if header is None or closing is None:
        return None
    body = masked[header.end() : closing.start()]
    if _UNBALANCED.search(body):
        return None
    depth = 1
    for line in body.split("\n"):
        opened = len(_DO.findall(line))
        if language is RUBY and _RUBY_OPENER.match(line):
            opened = max(1, opened)  # `while x do` opens one block
        depth += opened - len(_END.findall(line))
        if depth < 1:
            return None
    return (header.start(), closing.end()) if depth == 1 else None
