"""Calls in languages with braces, read from tokens: what is called, and how its message is composed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gaterunner.observability.found import Kind, Output
from gaterunner.weakening.code import Code

_LONGEST_CHAIN = 8
MOST_TOKENS = 300
"""Of one call that are told apart by: calls can stand in calls, each of which has all that is in it."""
_CONSTANT = re.compile(r"[A-Z][A-Z\d_]+$")  # by its name: what it adds is the same every time
_AFTER_CONSTANT = frozenset({"+", ")", ",", ""})
_LOGGER = re.compile(r"^_*(?:(?i:log|logs|logging|\w*logger)|\w*[a-z0-9]Log|\w*_(?i:log))$")


def is_logger(name: str) -> bool:
    """``logger``, ``accessLog``, ``audit_log``, ``getLogger()``; neither ``dialog`` nor ``changelog``."""
    return _LOGGER.match(name.removesuffix("()").removesuffix("[]").lstrip("@$")) is not None


def called(code: Code, at: int) -> tuple[str, ...]:
    """The names of what is called at an index, ``("this", "logger", "info")``; calls on the way end in ``()``."""
    parts = [code.text(at)]
    while len(parts) < _LONGEST_CHAIN and code.text(at - 1) == ".":
        before = at - 2
        if code.text(before) == "?":
            before -= 1
        suffix = ""
        if code.text(before) in {")", "]"}:
            opening = code.opened_at(before)
            if opening is None:
                return ("", *reversed(parts))
            suffix = "()" if code.text(before) == ")" else "[]"
            before = opening - 1
        if code.kind(before) != "word":
            return ("", *reversed(parts))
        parts.append(code.text(before) + suffix)
        at = before
    return tuple(reversed(parts))


def aliases(code: Code, meant: frozenset[str]) -> frozenset[str]:
    """Names that are given one of ``meant`` (``os.Stdout``), and nothing else anywhere in the file."""
    given: dict[str, bool] = {}
    for at in range(1, code.size):
        if code.text(at) != "=" or code.text(at + 1) == "=" or code.text(at - 1) in _COMPARED:
            continue
        before = at - 2 if code.text(at - 1) == ":" else at - 1
        if code.kind(before) == "word" and code.text(before - 1) != ".":
            means = any(
                code.key(at + 1, at + 1 + 2 * each.count(".") + 1).replace(" ", "") == each
                and code.text(at + 2 + 2 * each.count(".")) not in {".", "("}
                for each in meant
            )
            name = code.text(before)
            given[name] = means and given.get(name, True)
    return frozenset(name for name, means in given.items() if means)


_COMPARED = frozenset({"=", "!", "<", ">"})


def output(code: Code, kind: Kind, at: int, end: int, *, call: str, how: str = "", own: bool = False) -> Output:
    """What was found from the call's first token to that at ``end``, which is left in."""
    tokens = [(code.kind(each), code.text(each)) for each in range(at, min(end + 1, at + MOST_TOKENS))]
    return Output(
        kind=kind,
        call=call,
        how=how,
        line=code.line(at),
        end=code.line(end),
        code=" ".join(text for _, text in tokens),
        outline=" ".join(text for what, text in tokens if what == "word"),
        own=own,
    )


def pieces(code: Code, start: int, end: int) -> Iterator[int]:
    """The indices of tokens from start to end (left out) that stand in no bracket, and of the brackets themselves."""
    while code.text(start) == "(" and code.end_of(start) == end - 1:
        start, end = start + 1, end - 1
    at = start
    while at < end:
        yield at
        at = code.end_of(at) + 1 if at in code.close else at + 1


def composed(
    code: Code, start: int, end: int, *, filled: Callable[[Code, int], str | None], formats: re.Pattern[str]
) -> str | None:
    """How a message is composed; None for a text as it stands and for what cannot be told.

    ``filled`` says of a string's index that values are set into it. ``formats`` matches the names of calls that
    compose.
    """
    texts = others = plus = 0
    expects = True
    for at in pieces(code, start, end):
        text, kind = code.text(at), code.kind(at)
        if kind == "string":
            how = filled(code, at)
            if how is not None:
                return how
            texts += 1
            expects = False
        elif text == "+":
            plus += 1
            expects = True
        elif kind == "word" and code.text(at + 1) == "(" and formats.search(name := ".".join(called(code, at))):
            return f"`{name.removeprefix('.')}`"
        elif expects and (kind in {"word", "number"} or text in "(["):
            is_text = _CONSTANT.match(text) is not None and code.text(at + 1) in _AFTER_CONSTANT
            texts, others = texts + is_text, others + (not is_text)
            expects = False
    return "`+`" if plus and texts and others else None
