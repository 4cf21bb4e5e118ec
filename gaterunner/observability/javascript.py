"""JavaScript and TypeScript: ``console`` and ``process.stdout``, and template literals in log calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.observability.code_calls import called, composed, is_logger, output
from gaterunner.observability.found import Output
from gaterunner.weakening.code import Code
from gaterunner.weakening.tokens import JAVASCRIPT

_CONSOLE = frozenset({"log", "info", "debug", "trace", "dir", "table", "warn", "error"})
_LEVELS = frozenset(
    {"trace", "debug", "info", "warn", "warning", "error", "fatal", "critical", "verbose", "silly", "http"}
)
_LEVELS |= {"notice", "log", "success"}
_GLOBALS = frozenset({"globalThis", "window", "global", "self"})
_STREAMS = frozenset({"stdout", "stderr"})
_FORMATS = re.compile(r"^(?:(?:util\.)?(?:format|sprintf|vsprintf)|\.concat)$")
_FRAMEWORK = re.compile(
    r"(?:from|require ?\(|import(?: ?\()?) ?[\"'](?:commander|yargs|cac|meow|sade|mri|minimist|arg|citty|optimist"
    r"|prompts|inquirer|enquirer|gluegun|caporal|clipanion|command-line-args|ink|listr2?|vorpal|@oclif/[\w-]+|@clack/[\w-]+"
    r"|@inquirer/[\w-]+)(?:/[\w-]+)?[\"']|\bprocess\.argv\b|\A#!"
)


def read(text: str) -> tuple[Output, ...]:
    """What a file writes."""
    code = Code(text, JAVASCRIPT)
    return tuple(_outputs(code, is_program=_FRAMEWORK.search(text) is not None))


def _outputs(code: Code, *, is_program: bool) -> Iterator[Output]:
    for at in range(1, code.size):
        if code.text(at) != "(" or code.kind(at - 1) != "word" or code.text(at - 2) != "." or at not in code.close:
            continue
        chain = called(code, at - 1)
        if chain[0] in _GLOBALS:
            chain = chain[1:]
        first = at - 1
        if _is_print(chain):
            if not _is_data(code, at):
                call = ".".join(chain)
                yield output(code, "print", first, code.end_of(at), call=call, own=is_program)
        elif chain[-1] in _LEVELS and any(map(is_logger, chain[:-1])):
            how = _message(code, at)
            if how is not None:
                yield output(code, "formatted-log-call", first, code.end_of(at), call=".".join(chain), how=how)


def _is_print(chain: tuple[str, ...]) -> bool:
    if chain[:1] == ("console",):
        return len(chain) == 2 and chain[1] in _CONSOLE  # noqa: PLR2004 -- object and method
    return chain[:1] == ("process",) and len(chain) == 3 and chain[1] in _STREAMS and chain[2] == "write"  # noqa: PLR2004


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
