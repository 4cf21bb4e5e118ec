"""Reads along the tokens of one SQL statement."""

from __future__ import annotations

from collections.abc import Sequence

from gaterunner.migrations.sql_tokens import Dialect, Token

_NOTHING = Token("", "", 0, 0, 0)
# Schemas that a name without one means, so that both spellings are the same table.
_DEFAULT_SCHEMAS = frozenset({"public", "dbo", "main"})


class Cursor:
    """A place in a statement; every method that takes something moves it on."""

    def __init__(self, tokens: Sequence[Token], dialect: Dialect, schema: str | None = None) -> None:
        """``schema`` is what names without one were made to mean by a statement before."""
        self.tokens = tokens
        self.dialect = dialect
        self.at = 0
        self.schema = schema

    @property
    def token(self) -> Token:
        """The token here; one of no kind at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else _NOTHING

    @property
    def word(self) -> str:
        """The keyword here, upper case; empty where there is none."""
        return self.token.upper

    @property
    def line(self) -> int:
        return self.token.line or (self.tokens[-1].line if self.tokens else 1)

    def ahead(self, steps: int = 1) -> Token:
        """The token some steps on."""
        at = self.at + steps
        return self.tokens[at] if at < len(self.tokens) else _NOTHING

    def take(self, *words: str) -> bool:
        """Moves over all of the words in their order, if they stand here."""
        if all(self.ahead(step).upper == word for step, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def take_any(self, *words: str) -> str:
        """Moves over one of the words, if it stands here, and gives it."""
        word = self.word
        if word and word in words:
            self.at += 1
            return word
        return ""

    def mark(self, text: str) -> bool:
        """Moves over a mark, if it stands here."""
        if self.token.kind == "mark" and self.token.text == text:
            self.at += 1
            return True
        return False

    def skip_existence(self) -> bool:
        """Moves over ``IF [NOT] EXISTS``; True when it stood here."""
        return self.take("IF", "NOT", "EXISTS") or self.take("IF", "EXISTS")

    def identifier(self) -> str | None:
        """One name, folded as the database does: lower case unless quoted (and there too, where case never counts)."""
        token = self.token
        if token.kind not in {"word", "name"} and not (token.kind == "string" and self.dialect == "mysql"):
            return None
        self.at += 1
        return folded(token, self.dialect)

    def qualified(self) -> str | None:
        """A name with what stands before its dots; a default schema is left out, the last two parts are kept."""
        first = self.identifier()
        if first is None:
            return None
        parts = [first]
        while self.token.kind == "mark" and self.token.text == ".":
            self.at += 1
            parts.append(self.identifier() or "")  # SQL Server: `db..table`
        parts = [part for part in parts if part]
        if len(parts) == 1:
            return f"{self.schema}.{parts[0]}" if self.schema else parts[0]
        schema, name = parts[-2:]
        return name if schema.lower() in _DEFAULT_SCHEMAS else f"{schema}.{name}"

    def group(self) -> list[Token]:
        """The tokens between the parentheses that open here, without them; moves behind."""
        if not self.mark("("):
            return []
        start, depth = self.at, 1
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.kind == "mark":
                depth += (token.text == "(") - (token.text == ")")
                if depth == 0:
                    return list(self.tokens[start : self.at - 1])
        return list(self.tokens[start:])

    def rest(self) -> list[Token]:
        """All tokens from here on; moves to the end."""
        start, self.at = self.at, len(self.tokens)
        return list(self.tokens[start:])


def folded(token: Token, dialect: Dialect) -> str:
    """A name as it is compared: only PostgreSQL and Oracle tell quoted names of another case apart."""
    if token.kind == "word" or dialect not in {"postgres", "oracle"}:
        return token.text.lower()
    return token.text


def split_commas(tokens: Sequence[Token]) -> list[list[Token]]:
    """The parts between commas that stand outside all parentheses."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind == "mark":
            depth += (token.text in "([") - (token.text in ")]")
            if token.text == "," and depth == 0:
                parts.append([])
                continue
        parts[-1].append(token)
    return [part for part in parts if part]


def short(tokens: Sequence[Token], limit: int = 12) -> str:
    """A statement's beginning for a message: keywords and names as they are, every literal as ``…``."""
    shown = ["…" if token.kind in {"string", "number"} else token.text for token in tokens[:limit]]
    text = " ".join(shown)
    return text.replace(" . ", ".").replace(" ,", ",") + (" …" if len(tokens) > limit else "")
