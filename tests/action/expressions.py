"""GitHub's expressions, as far as our action and our workflows use them (docs.github.com, "Evaluate expressions").

evaluate("steps.a.outputs.b == 'true' && always()", contexts, status)
fill("gaterunner-${{ matrix.part }}", contexts)

Anything else is refused, so that nothing of what is tested is silently taken for something.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|(\d+)|([A-Za-z_][\w-]*(?:\.[\w-]+)*)|(\|\||&&|==|!=|!|\(|\)|,))")
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")


def fill(text: str, contexts: Mapping[str, Any]) -> str:
    """A value of the file with its expressions replaced by what they are as text."""
    return _EXPRESSION.sub(lambda found: _as_text(evaluate(found[1], contexts)), text)


def value_of(text: str, contexts: Mapping[str, Any]) -> Any:
    """As ``fill``; a value that is one expression keeps its type."""
    found = _EXPRESSION.fullmatch(text.strip())
    return evaluate(found[1], contexts) if found else fill(text, contexts)


def holds(condition: str | None, contexts: Mapping[str, Any], *, failed: bool) -> bool:
    """Whether a step or job with this ``if:`` runs: one that asks for no status implies ``success()``."""
    if condition is None:
        return not failed
    text = found[1] if (found := _EXPRESSION.fullmatch(condition.strip())) else condition
    asks = re.search(r"\b(?:always|failure|success|cancelled)\(", text)
    status = {"always": True, "failure": failed, "success": not failed, "cancelled": False}
    return bool(evaluate(text, contexts, status)) and (bool(asks) or not failed)


def evaluate(expression: str, contexts: Mapping[str, Any], status: Mapping[str, bool] | None = None) -> Any:
    """The value of an expression. Raises ``ValueError`` for what this module does not know."""
    reader = _Reader(expression, contexts, status or {})
    value = reader.either()
    if reader.tokens:
        raise ValueError(f"not understood: {expression!r}")
    return value


class _Reader:
    def __init__(self, expression: str, contexts: Mapping[str, Any], status: Mapping[str, bool]) -> None:
        self.contexts = contexts
        self.status = status
        self.tokens: list[str] = []
        text = expression.strip()
        while text:
            found = _TOKEN.match(text)
            if found is None:
                raise ValueError(f"not understood: {expression!r}")
            self.tokens.append(found[0].strip())
            text = text[found.end() :].strip()

    def either(self) -> Any:
        value = self.both()
        while self._take("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> Any:
        value = self.compared()
        while self._take("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self) -> Any:
        value = self.single()
        if self._take("=="):
            return _as_text(value).lower() == _as_text(self.single()).lower()
        if self._take("!="):
            return _as_text(value).lower() != _as_text(self.single()).lower()
        return value

    def single(self) -> Any:
        if self._take("!"):
            return not self.single()
        if self._take("("):
            value = self.either()
            self._expect(")")
            return value
        token = self.tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.isdecimal():
            return int(token)
        return self._call(token) if self._take("(") else self._named(token)

    def _call(self, name: str) -> Any:
        arguments = []
        while not self._take(")"):
            arguments.append(self.either())
            self._take(",")
        if name in self.status and not arguments:
            return self.status[name]
        if name == "fromJSON":
            return json.loads(arguments[0])
        if name == "toJSON":
            return json.dumps(arguments[0], indent=2)
        if name == "format":
            return arguments[0].format(*map(_as_text, arguments[1:]))
        raise ValueError(f"not understood: the function {name}")

    def _named(self, path: str) -> Any:
        if path in ("true", "false", "null"):
            return json.loads(path)
        context, *names = path.split(".")
        if context not in self.contexts:
            raise ValueError(f"not understood: the context {context}")
        value = self.contexts[context]
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    def _take(self, token: str) -> bool:
        if self.tokens and self.tokens[0] == token:
            self.tokens.pop(0)
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise ValueError(f"not understood: {token} is missing")


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)
