"""Log calls of Ruby with the names of their fields, with brackets and without."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.contract.boundaries.effort import Effort
from gaterunner.contract.boundaries.log_fields import BINDS, LEVELS, MOST_TOKENS, Fields, tells_values, unquoted
from gaterunner.contract.boundaries.pieces import LogCall
from gaterunner.observability.code_calls import called, is_logger
from gaterunner.weakening.code import Code

_RUBY_PRINTS = frozenset({"puts", "p", "pp", "print", "warn"})
_RUBY_METHODS = LEVELS | BINDS | _RUBY_PRINTS
_MOST_OF_LINES = 1_000_000  # tokens of all calls without brackets, one of which may lie within another


def without_brackets(code: Code) -> Iterator[LogCall]:
    """``logger.info "text", a: 1`` and ``logger.info { "text" }``, to the end of the line or further."""
    effort = Effort(_MOST_OF_LINES)
    for at in range(code.size):
        if code.kind(at) != "word" or code.text(at) not in _RUBY_METHODS:
            continue
        if code.text(at + 1) in {"(", "=", ".", ""} or code.text(at - 1) in {"def", ":", "@"}:
            continue
        chain = called(code, at)
        if not _is_ruby_log(chain) or (len(chain) == 1 and not _begins(code, at)):
            continue
        end = _end_of_line(code, at)
        effort.spend(end - at)
        if end == at + 1:
            continue
        found = (
            ([], True)
            if code.text(at + 1) == "{"
            else _ruby_fields(code, code.split(at + 1, end), is_print=len(chain) == 1)
        )
        if found is not None:
            key = code.key(at, min(end, at + MOST_TOKENS))
            yield LogCall(line=code.line(at), end=code.line(end - 1), code=key, fields=tuple(found[0]), opaque=found[1])


def ruby_fields(code: Code, opening: int) -> Fields | None:
    """The fields of the call that a bracket opens; None for one that logs nothing."""
    chain = called(code, opening - 1)
    if not _is_ruby_log(chain):
        return None
    return _ruby_fields(code, code.arguments(opening), is_print=len(chain) == 1)


def _is_ruby_log(chain: tuple[str, ...]) -> bool:
    if len(chain) == 1:
        return chain[0] in _RUBY_PRINTS
    return chain[-1] in LEVELS | BINDS and any(map(is_logger, chain[:-1]))


def _ruby_fields(code: Code, pieces: list[tuple[int, int]], *, is_print: bool = False) -> Fields | None:
    names: list[str] = []
    opaque = False
    others: list[tuple[int, int]] = []
    for start, end in pieces:
        if code.text(start) == "{" and end > start + 1:
            inner = _ruby_fields(code, code.arguments(start))
            names += inner[0] if inner else ()
            opaque = opaque or inner is None or inner[1]
        elif (name := _ruby_key(code, start)) is not None:
            names.append(name)
        else:
            others.append((start, end))
    opaque = opaque or tells_values(code, others)
    return None if is_print and not names and not opaque else (names, opaque)


def _ruby_key(code: Code, start: int) -> str | None:
    """``a: 1``, ``"a": 1``, ``:a => 1``, ``"a" => 1``."""
    if code.kind(start) in {"word", "string"} and code.text(start + 1) == ":" and code.text(start + 2) != ":":
        return unquoted(code.text(start))
    name = start + 1 if code.text(start) == ":" else start
    if code.key(name + 1, name + 3) == "= >" and (name > start or code.kind(start) == "string"):
        return unquoted(code.text(name))
    return None


def _begins(code: Code, at: int) -> bool:
    """Whether a statement begins at an index."""
    return at == 0 or code.line(at - 1) < code.line(at) or code.text(at - 1) in {";", "{", "|", "then", "else", "do"}


def _end_of_line(code: Code, at: int) -> int:
    """Where a call without brackets ends: with its line, unless that goes on."""
    line = code.line(at)
    end = at + 1
    while end < min(code.size, at + MOST_TOKENS) and (code.line(end) == line or code.text(end - 1) == ","):
        if code.text(end) in {";", "}", "if", "unless", "do"} or code.text(end) in {")", "]"}:
            break
        line = code.line(end)
        end = code.end_of(end) + 1 if end in code.close else end + 1
        line = max(line, code.line(end - 1))
    return end
