"""Routines, rules and triggers that one file creates: which of them destroy something, and what sets them off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gaterunner.migrations.effects import Effect, Kind
from gaterunner.migrations.sql_cursor import Cursor
from gaterunner.migrations.sql_tokens import Dialect, Statement, Token


class Routines:
    """``harmful`` hold a destructive keyword, ``composing`` run a statement that they put together.

    ``uses`` are the words in each body, ``armed`` the tables whose rules or triggers destroy something; the empty name
    stands for any change of the schema.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.names: set[str] = set()
        self.harmful: set[str] = set()
        self.composing: set[str] = set()
        self.uses: dict[str, set[str]] = {}
        self.armed: set[str] = set()
        self._dialect = dialect

    def is_harmful(self, name: str) -> bool:
        """Whether a routine of this file destroys something, itself or through one that it names."""
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            each = waiting.pop()
            if each in self.harmful:
                return True
            if each in self.names and each not in seen:
                seen.add(each)
                waiting += self.uses.get(each, ())
        return False

    def arm(self, tokens: Sequence[Token], schema: str | None, *, harmful: bool) -> None:
        """Keeps in mind the table of a trigger or rule whose firing destroys something; all, for one on events."""
        if not harmful:
            return
        words = [token.upper for token in tokens]
        if "EVENT" in words[:4]:
            self.armed.add("")
            return
        place = words.index("ON") if "ON" in words else -1
        if words[1:2] == ["RULE"] or "RULE" in words[:5]:
            place = words.index("TO") if "TO" in words else -1
        cursor = Cursor(tokens, self._dialect, schema)
        cursor.at = place + 1
        self.armed.add(cursor.qualified() or "")

    def fires(self, statement: Statement, verb: str) -> Iterator[Effect]:
        """What a statement that sets one of them off does."""
        names = {token.text.lower() for token in statement.tokens if token.kind in {"word", "name"}}
        hit = next((name for name in self.armed if not name or name.rpartition(".")[2].lower() in names), None)
        changes = verb in {"INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "REPLACE", "TRUNCATE", "WITH", "LOAD"}
        if hit is not None and (changes if hit else verb in {"CREATE", "ALTER", "DROP", "COMMENT", "GRANT"}):
            says = f"{verb} that sets off a rule or trigger which destroys something"
            yield Effect(kind=Kind.OPAQUE, line=statement.line, harmful=True, says=says)
