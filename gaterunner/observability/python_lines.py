"""Python by its tokens, for modules that this interpreter cannot parse: older or newer syntax, or broken."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.observability.code_calls import called, composed, is_logger, output
from gaterunner.observability.found import Output
from gaterunner.weakening.code import Code
from gaterunner.weakening.tokens import Syntax

# Possessive, as nothing is ever given back, and in runs: one by one, a character costs fifty times as much.
_STRINGS = (
    r'"""(?:[^"\\]++|\\[\s\S]|"(?!""))*+(?:"""|\Z)',
    r"'''(?:[^'\\]++|\\[\s\S]|'(?!''))*+(?:'''|\Z)",
    r'"(?:[^"\\\n]++|\\[\s\S])*+"',
    r"'(?:[^'\\\n]++|\\[\s\S])*+'",
)
PYTHON = Syntax(
    comment=r"\#[^\n]*",
    string=rf"(?=[rRbBuUfF\"'])(?i:rb|br|fr|rf|[rbuf])?(?:{'|'.join(_STRINGS)})",
    quotes="",
)
_LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "critical", "exception", "fatal", "trace", "success"})
_FORMATS = re.compile(r"^\.format$")
# None of them begins with a line's beginning: looking for that costs ten times as much as looking for a letter.
_LIBRARY = re.compile(
    r"(?:import|from)\s+"
    r"(?:argparse|click|cmd|docopt|fire|getopt|optparse|plac|typer|django\.core\.management)\b"
)
_ARGUMENTS = re.compile(r"\bsys\.argv\b")
_MAIN = re.compile(r"\nif __name__\b")


def read(text: str) -> tuple[Output, ...]:
    """What a module writes, as far as its tokens tell."""
    return tuple(_outputs(Code(text, PYTHON), is_program=is_program(text)))


def is_program(text: str) -> bool:
    """Whether a module says itself that it is a command line program."""
    # A word is looked for at a fraction of what an expression costs.
    return (
        text.startswith("#!")
        or ("sys.argv" in text and _ARGUMENTS.search(text) is not None)
        or _MAIN.search(f"\n{text}") is not None
        or any(not text[text.rfind("\n", 0, at.start()) + 1 : at.start()].strip() for at in _LIBRARY.finditer(text))
    )


def _outputs(code: Code, *, is_program: bool) -> Iterator[Output]:
    for at in sorted(code.close):
        if at == 0 or code.text(at) != "(" or code.kind(at - 1) != "word":
            continue
        chain = called(code, at - 1)
        end = code.end_of(at)
        if chain == ("print",) and code.text(at - 2) != "def" and not _elsewhere(code, at):
            yield output(code, "print", at - 1, end, call="print", own=is_program)
        elif chain[-1] in _LEVELS and any(map(is_logger, chain[:-1])):
            how = _message(code, at)
            if how is not None:
                yield output(code, "formatted-log-call", at - 1, end, call=".".join(chain), how=how)


def _elsewhere(code: Code, opening: int) -> bool:
    """Whether a stream of its own is written to."""
    named = [code.key(*each).replace(" ", "") for each in code.arguments(opening)]
    return any(each.startswith("file=") and not re.match(r"file=(?:sys\.)?std(?:out|err)$", each) for each in named)


def _message(code: Code, opening: int) -> str | None:
    arguments = code.arguments(opening)
    if not arguments:
        return None
    start, end = arguments[0]
    if code.kind(start) == "string" and code.text(start + 1) == "%" and start + 1 < end:
        return "`%`"
    return composed(code, start, end, filled=_filled, formats=_FORMATS)


def _filled(code: Code, at: int) -> str | None:
    text = code.text(at)
    if code.text(at + 1) == "." and code.text(at + 2) == "format":
        return "`.format`"
    prefix = re.match(r"\w*", text)
    return "an f-string" if prefix is not None and "f" in prefix[0].lower() and "{" in text else None
