"""Ruby: ``puts`` and its like where they are called, and interpolation in log calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.observability.code_calls import called, composed, is_logger, output
from gaterunner.observability.found import Output
from gaterunner.weakening.code import Code
from gaterunner.weakening.tokens import Syntax

_INSIDE = r"\#\{(?:[^{}\"\n]|\"(?:[^\"\\\n]|\\.)*\"|\{[^{}\n]*\})*\}"
# Whatever is never closed ends with its line or with the text, so that no place is looked at twice.
RUBY = Syntax(
    comment=r"\#[^\n]*|^=begin\b(?:(?!^=end)[\s\S])*(?:^=end[^\n]*)?",
    string=rf'"(?:[^"\\\n\#]|\\[\s\S]|{_INSIDE}|\#)*(?:"|(?=\n)|\Z)'
    r"|<<[~-]?(?P<mark>[\"'`]?)(?P<here>[A-Z_]{2,}\w*)(?P=mark)(?P<rest>[^\n]*)\n"
    r"(?:(?![ \t]*(?P=here)\b)[^\n]*(?:\n|\Z))*[ \t]*(?:(?P=here)\b)?"
    r"|%[wWiIqQ]?(?:\[[^\]]*(?:\]|\Z)|\([^)]*(?:\)|\Z)|\{[^}]*(?:\}|\Z))|\?[\"'](?=[\s,)])",
    quotes="'",
    regex=True,
    word=r"(?:@@?|\$)?[^\W\d]\w*[?!]?",
)

_PRINTS = frozenset({"puts", "p", "pp", "print", "ap", "printf", "putc", "warn"})
_BY_NAME = frozenset({"method", "send", "public_send", "__send__"})
_STREAMS = frozenset({"$stdout", "$stderr", "STDOUT", "STDERR"})
_WRITES = _PRINTS | {"write", "syswrite", "write_nonblock"}
_LEVELS = frozenset({"debug", "info", "warn", "error", "fatal", "unknown", "add"})
_STARTS = frozenset({";", "{", "then", "else", "do", "|", "begin", "ensure", "and", "or", "return", "?", "="})
_NO_ARGUMENT = frozenset({"if", "unless", "while", "until", "and", "or", "do", "in", "then", "end", "rescue"})
_GOES_ON = frozenset({",", "+", "\\", ".", "%"})
_MOST_TOKENS = 60  # of a call without brackets, which can stand in another one
_FORMATS = re.compile(r"^(?:Kernel\.)?(?:format|sprintf)$")
_FRAMEWORK = re.compile(
    r"\brequire ?\(?[\"'](?:optparse|thor|gli|slop|commander|dry/cli|optimist|tty[-/][\w-]+|clamp|rake)\b"
    r"|<\s*(?:::)?Thor\b|\bARGV\b|__FILE__\s*==\s*\$(?:0|PROGRAM_NAME)"
    r"|\$(?:0|PROGRAM_NAME)\s*==\s*__FILE__|\A#!|<\s*Rails::Generators\b"
)


def is_program(text: str) -> bool:
    """Whether a file says itself that it is a command line program."""
    return _FRAMEWORK.search(text) is not None


def read(text: str) -> tuple[Output, ...]:
    """What a file writes."""
    return tuple(_outputs(Code(text, RUBY), is_program=is_program(text)))


def _outputs(code: Code, *, is_program: bool) -> Iterator[Output]:
    for at in range(code.size):
        if code.kind(at) != "word":
            continue
        written = _written(code, at)
        if written is not None:
            call, end = written
            yield output(code, "print", at, max(at, end - 1), call=call, own=is_program)
        elif code.text(at) in _LEVELS and code.text(at - 1) == ".":
            chain = called(code, at)
            if any(map(is_logger, chain[:-1])):
                how, end = _message(code, at)
                if how is not None:
                    yield output(code, "formatted-log-call", at, max(at, end - 1), call=".".join(chain), how=how)


def _written(code: Code, at: int) -> tuple[str, int] | None:
    """What writes at an index, and the token behind its last argument; None where nothing does, or only data is."""
    text = code.text(at)
    if _is_handed_on(code, at):
        return text, at
    if text in _STREAMS and code.key(at + 1, at + 3) == "< <":
        call, (start, end) = f"{text} <<", _arguments(code, at + 2)
    elif text in _WRITES and _is_print(code, at):
        call, (start, end) = ".".join(called(code, at)) if code.text(at - 1) == "." else text, _arguments(code, at)
    else:
        return None
    return None if _is_data(code, start, end) else (call, end)


def _is_handed_on(code: Code, at: int) -> bool:
    """``orders.each(&method(:puts))``."""
    if code.text(at) not in {"puts", "p", "pp", "print"} or code.text(at - 1) != ":":
        return False
    return code.text(at - 2) == "(" and code.text(at - 3) in _BY_NAME and code.text(at - 4) != "."


def _is_print(code: Code, at: int) -> bool:
    if code.key(at - 3, at) == "Kernel : :":
        return code.text(at) in _PRINTS
    if code.text(at - 1) == ".":
        return code.text(at - 2) in _STREAMS or (code.text(at - 2) == "Kernel" and code.text(at) in _PRINTS)
    if code.text(at) not in _PRINTS or not _begins(code, at):
        return False
    follows = at + 1
    if follows >= code.size or code.line(follows) != code.line(at):
        return False
    kind, text = code.kind(follows), code.text(follows)
    if kind == "word":
        return text not in _NO_ARGUMENT
    return kind in {"string", "number"} or text == "(" or (text == "[" and code.text(at) != "p")


def _begins(code: Code, at: int) -> bool:
    """Whether a statement begins here."""
    return at == 0 or code.line(at - 1) != code.line(at) or code.text(at - 1) in _STARTS


def _arguments(code: Code, at: int) -> tuple[int, int]:
    """What a call is given, from its first token to the one behind the last; brackets are optional."""
    start = at + 1
    if code.text(start) == "(":
        return start + 1, code.end_of(start) if start in code.close else start + 1
    end, line = start, code.line(at)
    most = min(code.size, start + _MOST_TOKENS)
    while end < most and not _stops(code, end):
        if (here := code.line(end)) != line and code.text(end - 1) not in _GOES_ON:
            break
        last = code.end_of(end) if end in code.close else end
        end, line = last + 1, here if last == end else code.line(last)
    return start, end


def _stops(code: Code, at: int) -> bool:
    return code.text(at) in {"}", ")", "]", ";"} or (code.kind(at) == "word" and code.text(at) in _NO_ARGUMENT)


def _is_data(code: Code, start: int, end: int) -> bool:
    """Whether all that is written is one value in a machine's form: that is structured."""
    return code.text(end - 1) == "to_json" or code.key(start, start + 3) in {"JSON . generate", "JSON . dump"}


def _message(code: Code, at: int) -> tuple[str | None, int]:
    """How a message is composed, and where the call ends; it may stand in a block."""
    if code.text(at + 1) == "{" and at + 1 in code.close:
        start, end = at + 2, code.end_of(at + 1)
    else:
        start, end = _arguments(code, at)
    pieces = code.split(start, end)
    wanted = 1 if code.text(at) == "add" and len(pieces) > 1 else 0  # behind the severity
    first = pieces[wanted] if pieces else (start, end)
    if code.kind(start) == "string" and code.text(start + 1) == "%" and start + 1 < end:
        return "`%`", end
    return composed(code, *first, filled=_filled, formats=_FORMATS), end


def _filled(code: Code, at: int) -> str | None:
    text = code.text(at)
    return "interpolation" if "#{" in text and not text.startswith("'") else None
