"""Java: ``System.out`` and ``printStackTrace``, and messages that are composed before a logger sees them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from gaterunner.observability.code_calls import aliases, called, composed, is_logger, output
from gaterunner.observability.found import Output
from gaterunner.weakening.code import Code
from gaterunner.weakening.tokens import JAVA

_STREAMS = frozenset({("System", "out"), ("System", "err")})
_SYSTEM = frozenset({"System.out", "System.err"})
_IMPORTED = re.compile(r"\bimport\s+static\s+java\.lang\.System\.(\w+|\*)\s*;")
_OTHERS = frozenset(
    {"System.console().printf", "System.console().format", "Thread.dumpStack", "IO.println", "IO.print"}
)
_WRITES = frozenset({"print", "println", "printf", "format", "append", "write"})
_LEVELS = frozenset(
    {"trace", "debug", "info", "warn", "error", "fatal", "severe", "warning", "config", "fine", "finer"}
)
_LEVELS |= {"finest", "log"}
_FORMATS = re.compile(r"^(?:String\.format|MessageFormat\.format|.*\.formatted|formatted)$")
_FRAMEWORK = re.compile(
    r"\bimport\s+(?:static\s+)?(?:picocli|org\.apache\.commons\.cli|com\.beust\.jcommander|joptsimple|org\.kohsuke\.args4j"
    r"|net\.sourceforge\.argparse4j|com\.github\.rvesse\.airline|io\.airlift\.airline|org\.jline|org\.springframework\.shell)\b"
)


def is_program(text: str) -> bool:
    """Whether a file says itself that it is a command line program."""
    return _FRAMEWORK.search(text) is not None


def read(text: str) -> tuple[Output, ...]:
    """What a file writes."""
    code = Code(text, JAVA)
    imported = {found[1] for found in _IMPORTED.finditer(text)}
    imported |= {"out", "err"} if "*" in imported else set()
    streams = (imported & {"out", "err"}) | aliases(code, _SYSTEM)
    return tuple(_outputs(code, frozenset(streams), is_program=is_program(text)))


def _outputs(code: Code, streams: frozenset[str], *, is_program: bool) -> Iterator[Output]:
    mains = _mains(code)
    for at in range(1, code.size):
        if code.text(at) == ":" and code.text(at + 1) == ":" and called(code, at - 1)[-2:] in _STREAMS:
            own = is_program or _within(mains, at)
            yield output(
                code, "print", at - 1, at + 2, call=f"System.{code.text(at - 1)}::{code.text(at + 2)}", own=own
            )
        if code.text(at) != "(" or code.kind(at - 1) != "word" or code.text(at - 2) != "." or at not in code.close:
            continue
        chain, end = called(code, at - 1), code.end_of(at)
        if _is_print(code, at, chain, streams):
            own = is_program or _within(mains, at)
            yield output(code, "print", at - 1, end, call=".".join(chain).removeprefix("."), own=own)
        elif chain[-1] in _LEVELS and any(map(is_logger, chain[:-1])):
            arguments = code.arguments(at)
            wanted = 1 if chain[-1] == "log" and len(arguments) > 1 else 0
            if len(arguments) > wanted and (how := _composed(code, *arguments[wanted])) is not None:
                yield output(code, "formatted-log-call", at - 1, end, call=".".join(chain), how=how)


def _is_print(code: Code, opening: int, chain: tuple[str, ...], streams: frozenset[str]) -> bool:
    if chain[-1] == "printStackTrace":
        to = code.key(opening + 1, code.end_of(opening)).replace(" ", "")
        return not to or to in _SYSTEM or to in streams
    if ".".join(chain) in _OTHERS:
        return True
    if chain[-1] not in _WRITES:
        return False
    return chain[-3:-1] in _STREAMS or (len(chain) == 2 and chain[0] in streams)  # noqa: PLR2004 -- stream and method


def _composed(code: Code, start: int, end: int) -> str | None:
    if code.kind(start) == "string" and code.key(start + 1, start + 3) == ". formatted":
        return "`formatted`"
    return composed(code, start, end, filled=lambda _code, _at: None, formats=_FORMATS)


def _within(bodies: list[tuple[int, int]], at: int) -> bool:
    nearest = bisect_right(bodies, (at, 0)) - 1
    return nearest >= 0 and at < bodies[nearest][1]


def _mains(code: Code) -> list[tuple[int, int]]:
    """The bodies of ``static void main(…)``, none within another: it writes what the program was called for."""
    found: list[tuple[int, int]] = []
    for at in code.words("main"):
        if code.text(at - 1) == "void" and code.text(at + 1) == "(":
            block = code.end_of(at + 1) + 1
            while code.kind(block) == "word" or code.text(block) in {",", "."}:  # throws A, B
                block += 1
            if code.text(block) == "{" and not _within(found, block):
                found.append((block, code.end_of(block)))
    return found
