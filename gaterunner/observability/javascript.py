"""JavaScript and TypeScript: ``console`` and ``process.stdout``, and template literals in log calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.observability.code_calls import called, composed, is_logger, output
from gaterunner.observability.found import Output
from gaterunner.weakening.code import Code
from gaterunner.weakening.tokens import JAVASCRIPT

_CONSOLE = frozenset({"log", "info", "debug", "trace", "dir", "table", "warn", "error", "group"})
_CONSOLE |= {"groupCollapsed", "assert", "count", "timeEnd", "timeLog"}
_LEVELS = frozenset(
    {"trace", "debug", "info", "warn", "warning", "error", "fatal", "critical", "verbose", "silly", "http"}
)
_LEVELS |= {"notice", "log", "success"}
_GLOBALS = frozenset({"globalThis", "window", "global", "self"})
_STREAMS = frozenset({"stdout", "stderr"})
_WRITERS = frozenset({"console", "process", "fs"})
_LONGEST = {"process": 2}
_ASKED = frozenset({"&", "|"})  # whether there is one
_FORMATS = re.compile(r"^(?:(?:util\.)?(?:format|sprintf|vsprintf)|\.concat|\.join)$")
_FRAMEWORK = re.compile(
    r"(?:from|require ?\(|import(?: ?\()?) ?[\"'](?:commander|yargs|cac|meow|sade|mri|minimist|arg|citty|optimist"
    r"|prompts|inquirer|enquirer|gluegun|caporal|clipanion|command-line-args|ink|listr2?|vorpal|@oclif/[\w-]+|@clack/[\w-]+"
    r"|@inquirer/[\w-]+)(?:/[\w-]+)?[\"']|\bprocess\.argv\b|\A#!"
)


def is_program(text: str) -> bool:
    """Whether a file says itself that it is a command line program."""
    return _FRAMEWORK.search(text) is not None


def read(text: str) -> tuple[Output, ...]:
    """What a file writes."""
    code = Code(text, JAVASCRIPT)
    return tuple(_outputs(code, is_program=is_program(text)))


def _outputs(code: Code, *, is_program: bool) -> Iterator[Output]:
    replaced = _replaced(code)
    for at in range(code.size):
        if code.kind(at) == "word" and code.text(at) in _WRITERS:
            found = _written(code, at, replaced)
            if found is not None:
                name, last = found
                yield output(code, "print", last, _end(code, last), call=name, own=is_program)
        elif code.text(at) == "(" and at in code.close:
            chain = _logged_by(code, at)
            how = _message(code, at) if chain else None
            if how is not None:
                yield output(code, "formatted-log-call", at - 1, code.end_of(at), call=".".join(chain), how=how)


def _logged_by(code: Code, opening: int) -> tuple[str, ...]:
    """What a call logs by; empty where it does not. ``logger[level]("text")`` may be any level."""
    if code.text(opening - 1) == "]" and (bracket := code.opened_at(opening - 1)) is not None:
        chain = called(code, bracket - 1) if code.kind(bracket - 1) == "word" else ("",)
        return chain if is_logger(chain[-1]) else ()
    if code.kind(opening - 1) != "word" or code.text(opening - 2) != ".":
        return ()
    chain = called(code, opening - 1)
    if chain[0] in _GLOBALS:
        chain = chain[1:]
    return chain if chain[-1] in _LEVELS and any(map(is_logger, chain[:-1])) else ()


def _replaced(code: Code) -> frozenset[tuple[str, ...]]:
    """The methods that are given another value: the file keeps the first one to call it."""
    members = (_members(code, at) for at in code.words("console", "process"))
    return frozenset(names for names, last in members if _is_given(code, last))


def _is_given(code: Code, last: int) -> bool:
    return code.text(last + 1) == "=" and code.text(last + 2) not in {"=", ">"}


def _written(code: Code, at: int, replaced: frozenset[tuple[str, ...]]) -> tuple[str, int] | None:
    """What is written by the ``console``, ``process`` or ``fs`` at an index, and its last token before any bracket.

    Handed on, as in ``promise.catch(console.error)``, it writes all the same; given another value, it does not.
    """
    if code.text(at - 1) == "." and not _is_global(code, at):
        return None
    if code.text(at) == "console" and code.text(at - 1) == "=" and code.text(at - 2) == "}":  # const { log } = console
        return "console", at
    names, last = _members(code, at)
    chain = (code.text(at), *names)
    if chain[0] == "fs":
        return (".".join(chain), last) if _is_of_a_stream(code, chain, last) else None
    if not _is_print(chain) or _is_given(code, last) or (names in replaced and code.text(at - 1) == "="):
        return None
    if code.text(at - 1) == "typeof" or code.text(last + 1) in _ASKED or _is_data(code, last + 1):
        return None
    return ".".join(chain), last


def _is_global(code: Code, at: int) -> bool:
    before = at - 3 if code.text(at - 2) == "?" else at - 2
    return code.text(before) in _GLOBALS and code.text(before - 1) != "."


def _members(code: Code, at: int) -> tuple[tuple[str, ...], int]:
    """The names behind a word, and where the last of them ends: ``.log``, ``?.log`` or ``["log"]``."""
    names: list[str] = []
    most = _LONGEST.get(code.text(at), 1)
    while len(names) < most:
        follows = at + 2 if code.key(at + 1, at + 3) == "? ." else at + 1
        if code.text(follows) == "." and code.kind(follows + 1) == "word":
            names.append(code.text(follows + 1))
            at = follows + 1
        elif code.text(at + 1) == "[" and code.kind(at + 2) == "string" and code.text(at + 3) == "]":
            names.append(code.text(at + 2)[1:-1])
            at += 3
        else:
            break
    return tuple(names), at


def _end(code: Code, last: int) -> int:
    """Where the call ends of what ends at an index; there itself, where it is not called."""
    opening = last + 3 if code.key(last + 1, last + 3) == "? ." else last + 1
    return code.end_of(opening) if code.text(opening) == "(" and opening in code.close else last


def _is_of_a_stream(code: Code, chain: tuple[str, ...], last: int) -> bool:
    if chain[-1] != "writeSync" or not (arguments := code.arguments(last + 1)):
        return False
    return code.key(*arguments[0]).replace(" ", "") in {"1", "2", "process.stdout.fd", "process.stderr.fd"}


def _is_print(chain: tuple[str, ...]) -> bool:
    if chain[0] == "console":
        return len(chain) == 2 and chain[1] in _CONSOLE  # noqa: PLR2004 -- object and method
    return chain[0] == "process" and len(chain) == 3 and chain[1] in _STREAMS and chain[2] == "write"  # noqa: PLR2004


def _is_data(code: Code, opening: int) -> bool:
    """Whether all that is written is one value in a machine's form: that is structured."""
    arguments = code.arguments(opening)
    return len(arguments) == 1 and code.key(arguments[0][0], arguments[0][0] + 3) == "JSON . stringify"


def _message(code: Code, opening: int) -> str | None:
    """How the message is composed: the first argument, or the second after an object, as pino has it."""
    arguments = code.arguments(opening)
    if not arguments:
        return None
    how = composed(code, *arguments[0], filled=_filled, formats=_FORMATS)
    if how is None and len(arguments) > 1 and code.kind(arguments[0][0]) != "string":
        how = composed(code, *arguments[1], filled=_filled, formats=_FORMATS)
    return how


def _filled(code: Code, at: int) -> str | None:
    """A template with values; one with a tag before it is what the tag makes of it."""
    is_template = code.text(at).startswith("`") and "${" in code.text(at)
    is_tagged = code.kind(at - 1) == "word" and code.text(at - 1) not in {"return", "await"}
    return "a template literal" if is_template and not is_tagged else None
