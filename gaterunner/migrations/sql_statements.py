"""The judge of SQL: what the statements of one text do, one after another, under one dialect."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from msgspec.structs import replace

from gaterunner.migrations import sql_ddl, sql_rows
from gaterunner.migrations.effects import Effect, Kind
from gaterunner.migrations.sql_cursor import Cursor, short
from gaterunner.migrations.sql_keywords import destructive_word
from gaterunner.migrations.sql_routines import Routines
from gaterunner.migrations.sql_tokens import Dialect, Statement, Token, statements
from gaterunner.migrations.sql_words import (
    BACK_TO_DEFAULTS,
    BUILT_IN,
    HARMLESS,
    LOSING_FUNCTIONS,
    MAY_UNDO,
    META_HARMLESS,
    META_INCLUDE,
    OBJECTS,
    READS_OTHERWISE,
    ROUTINES,
)

_CREATIONS = frozenset({Kind.CREATE_TABLE, Kind.ADD_COLUMN, Kind.CREATE_SCHEMA, Kind.CREATE_TYPE, Kind.COPY_ROWS})

_MOST_COMPOSED = 64  # of what variables are set to: what a file composes is looked at with each
COMPUTED_NAME = "__computed__"
"""Stands in SQL for a piece that the program around it computes; it reads as a name or a value."""

Include = Callable[[str], "str | None"]


class SqlJudge:
    """Reads one text; ``include`` gives the text of a file that a client's command names, None where it has none."""

    def __init__(self, dialect: Dialect, *, include: Include | None = None, first_line: int = 1) -> None:
        self._dialect = dialect
        self._include = include
        self._shift = first_line - 1
        self._schema: str | None = None
        self._made = Routines(dialect)
        self._prepared: set[str] = set()
        self._composed: deque[str] = deque(maxlen=_MOST_COMPOSED)  # what variables are set to
        self._literals: list[str] = []  # of SET and DECLARE, for a statement that is composed of them
        self._depth = 0
        self._last: Statement | None = None
        self._ddl: dict[str, Callable[[Cursor], Iterator[Effect]]] = {
            "CREATE": sql_ddl.create,
            "DROP": sql_ddl.drop,
            "TRUNCATE": sql_ddl.truncate,
            "RENAME": sql_ddl.rename,
            "ALTER": self._alter,
            "SET": self._set,
            "USE": self._use,
        }
        self._runs_others: dict[str, Callable[[Statement, Cursor], Iterator[Effect]]] = {
            "SELECT": self._select,
            "PERFORM": self._select,
            "CALL": self._call,
            "EXEC": self._execute,
            "EXECUTE": self._execute,
            "PREPARE": self._prepare,
            "DO": self._do,
            "COPY": self._copy,
            "BEGIN": self._anonymous,
            "IF": self._anonymous,
            "WHILE": self._anonymous,
            "DECLARE": self._anonymous,
        }

    def effects(self, text: str) -> Iterator[Effect]:
        """What the statements do, in their order."""
        uncertain = MAY_UNDO.search(text) is not None
        for statement in statements(text, self._dialect):
            for effect in self._statement(statement):
                certain = replace(effect, guarded=True) if uncertain and effect.kind in _CREATIONS else effect
                yield _moved(without_computed(certain), self._shift)

    def _statement(self, statement: Statement) -> Iterator[Effect]:
        tokens = statement.tokens
        if tokens[0].kind == "meta":
            yield from self._meta(tokens[0])
            return
        self._last = statement
        cursor = Cursor(tokens, self._dialect, self._schema)
        while cursor.mark("("):  # (SELECT …) UNION …
            pass
        verb = cursor.word
        cursor.at += 1
        if verb == "CREATE" and self._is_routine(tokens):
            yield from self._routine(statement)
            return
        yield from self._set_off(statement, verb)
        if verb in self._ddl:
            yield from self._ddl[verb](cursor)
        elif verb in self._runs_others:
            yield from self._runs_others[verb](statement, cursor)
        elif verb in BACK_TO_DEFAULTS:
            self._schema = None
        elif verb not in HARMLESS:
            yield from self._unknown_verb(statement)
        if verb in {"SELECT", "COPY"} or not (verb in {"GRANT", "REVOKE", "COMMENT"} or verb in self._runs_others):
            yield from sql_rows.changes(statement, self._dialect, self._schema)

    # --- statements on the schema ------------------------------------------------------------------------------------

    def _alter(self, cursor: Cursor) -> Iterator[Effect]:
        yield from sql_ddl.alter(cursor, self._unknown_action)

    def _unknown_action(self, tokens: Sequence[Token]) -> Iterator[Effect]:
        """A second opinion on an action of ALTER TABLE; what nobody can read is not taken for harmless."""
        from gaterunner.migrations import sql_parser

        told = sql_parser.destructive_alter("ALTER TABLE t " + " ".join(token.text for token in tokens), self._dialect)
        words = {token.upper for token in tokens}
        harmful = bool(told) or bool(words & {"DROP", "TRUNCATE", "RENAME", "DELETE"})
        if harmful or told is None:
            says = f"ALTER TABLE … {short(tokens)}"
            yield Effect(kind=Kind.OPAQUE, line=tokens[0].line, harmful=harmful, says=says)

    def _set(self, cursor: Cursor) -> Iterator[Effect]:
        """SET search_path changes what later names mean; a variable may hold a statement that is executed later."""
        said = " ".join(token.text for token in cursor.tokens)
        if self._depth == 0 and (found := READS_OTHERWISE.search(said.upper())):
            says = f"what follows {found[0].lower()}, which changes where texts end,"
            yield Effect(kind=Kind.OPAQUE, line=cursor.line, harmful=True, says=says)
        self._composed.append(said)
        cursor.take_any("LOCAL", "SESSION")
        self._literals += [token.text for token in cursor.tokens if token.kind == "string"]
        if cursor.take_any("SEARCH_PATH", "SCHEMA", "CURRENT_SCHEMA"):
            cursor.mark("=") or cursor.take("TO")
            self._enter(cursor.token)

    def _use(self, cursor: Cursor) -> Iterator[Effect]:
        self._enter(cursor.token)
        return
        yield  # it is a reader like the others

    def _enter(self, token: Token) -> None:
        name = token.text.partition(",")[0].strip().strip("\"'")
        default = name.lower() in {"public", "dbo", "main", "default", "$user", ""}
        self._schema = None if default else name.lower() if token.kind == "word" else name

    # --- what runs something that is not written here ----------------------------------------------------------------

    def _is_routine(self, tokens: Sequence[Token]) -> bool:
        words = [token.upper for token in tokens[1:12]]
        kind = next((word for word in words if word in ROUTINES | {"EVENT", "TABLE", "INDEX", "SCHEMA"}), "")
        return kind in ROUTINES | {"EVENT"}

    def _routine(self, statement: Statement) -> Iterator[Effect]:
        """A body is not run by creating it; it is when something of this file calls it, or as a scheduled event."""
        words = [token.upper for token in statement.tokens]
        kind = next(word for word in words if word in ROUTINES | {"EVENT"})
        cursor = Cursor(statement.tokens, self._dialect, None)
        cursor.at = words.index(kind) + 1
        cursor.skip_existence()
        name = (cursor.qualified() or "").rpartition(".")[2].lower()
        self._made.names.add(name)
        body = _without_grants(statement.text)
        used = {token.lower() for token in re.findall(r"\w+", body)}
        word = destructive_word(body)
        self._made.uses[name] = used
        if kind in {"TRIGGER", "RULE"} or words[1:3] == ["EVENT", "TRIGGER"]:
            self._made.arm(
                statement.tokens, self._schema, harmful=word is not None or any(map(self._made.is_harmful, used))
            )
        elif word:
            self._made.harmful.add(name)
        elif re.search(r"(?i)\bEXEC(?:UTE)?\b", body):
            self._made.composing.add(name)
        if kind == "EVENT" and words[1:3] != ["EVENT", "TRIGGER"]:
            yield self._opaque(statement, f"the event {name}", body)

    def _select(self, statement: Statement, _cursor: Cursor) -> Iterator[Effect]:
        """A SELECT may call what was created to be called."""
        tokens = statement.tokens
        for token, following in pairwise(tokens):
            if token.kind not in {"word", "name"} or following.text != "(" or following.kind != "mark":
                continue
            name = token.text.lower()
            if name == "set_config":
                self._literals.append(statement.text)
                if "search_path" in statement.text:
                    literals = [each for each in tokens if each.kind == "string"]
                    self._enter(literals[1] if len(literals) > 1 else Token("string", "", 1, 0, 0))
            elif name in self._made.names or not BUILT_IN.fullmatch(name):
                yield from self._called(statement, name)
                return

    def _called(self, statement: Statement, name: str) -> Iterator[Effect]:
        if name in LOSING_FUNCTIONS and name not in self._made.names:
            yield Effect(kind=Kind.OPAQUE, line=statement.line, harmful=True, says=f"a call of {name}, which deletes")
            return
        literals = "\n".join(token.text for token in statement.tokens if token.kind == "string")
        if self._made.is_harmful(name):
            says = f"a call of {name}, whose body above destroys something"
            yield Effect(kind=Kind.OPAQUE, line=statement.line, harmful=True, says=says)
        elif name not in self._made.names or literals or name in self._made.composing:
            yield self._opaque(statement, f"a call of {name}", literals)

    def _set_off(self, statement: Statement, verb: str) -> Iterator[Effect]:
        """What a routine, trigger or rule that was created above does now."""
        if self._made.harmful:
            yield from self._calls_of_harmful(statement, verb)
        if self._made.armed:
            yield from self._made.fires(statement, verb)

    def _calls_of_harmful(self, statement: Statement, verb: str) -> Iterator[Effect]:
        if verb in {"SELECT", "CALL", "EXEC", "EXECUTE", "PERFORM", "DROP", "ALTER", "COMMENT", "GRANT", "REVOKE"}:
            return  # read elsewhere, or only named
        for token, following in pairwise(statement.tokens):
            if following.text == "(" and token.text.lower() in self._made.harmful:
                yield from self._called(statement, token.text.lower())
                return

    def _copy(self, statement: Statement, _cursor: Cursor) -> Iterator[Effect]:
        if any(token.upper == "PROGRAM" for token in statement.tokens):
            yield Effect(kind=Kind.OPAQUE, line=statement.line, harmful=True, says="COPY with a program")

    def _call(self, statement: Statement, cursor: Cursor) -> Iterator[Effect]:
        name = (cursor.qualified() or "").rpartition(".")[2].lower()
        yield from self._called(statement, name)

    def _execute(self, statement: Statement, cursor: Cursor) -> Iterator[Effect]:
        """EXEC of SQL Server, EXECUTE of a prepared or composed statement."""
        name = (cursor.qualified() or "").rpartition(".")[2].lower()
        strings = [token.text for token in statement.tokens if token.kind == "string"]
        if name == "sp_rename" and strings:
            yield from self._sp_rename(statement, strings)
        elif name in self._made.names:
            yield from self._called(statement, name)
        elif name in self._prepared:
            return  # judged where it was prepared
        elif cursor.take("IMMEDIATE") or name == "immediate":
            yield from self._dynamic(statement, strings)
        else:
            yield from self._dynamic(statement, [*strings, *self._literals])

    def _sp_rename(self, statement: Statement, strings: list[str]) -> Iterator[Effect]:
        names = [part.strip('[]"').lower() for part in strings[0].split(".")]
        kind = strings[2].upper() if len(strings) > 2 else ""  # noqa: PLR2004 - its third argument
        new = strings[1] if len(strings) > 1 else None
        says = f"EXEC sp_rename {strings[0]}"
        if kind == "COLUMN":
            table = ".".join(part for part in names[:-1] if part != "dbo") or None
            yield Effect(kind=Kind.RENAME_COLUMN, line=statement.line, table=table, column=names[-1], to=new, says=says)
        elif kind not in {"INDEX", "STATISTICS", "USERDATATYPE"}:
            table = ".".join(part for part in names if part != "dbo")
            yield Effect(kind=Kind.RENAME_TABLE, line=statement.line, table=table, to=new, says=says)

    def _dynamic(self, statement: Statement, strings: Sequence[str]) -> Iterator[Effect]:
        """Composed SQL: a single whole literal is judged as what it is, anything else by its keywords."""
        whole = [token for token in statement.tokens if token.kind in {"string", "word", "name"}][1:]
        if len(strings) == 1 and all(token.kind == "string" or token.upper == "IMMEDIATE" for token in whole):
            yield from self._inner(strings[0], statement.line)
            return
        pieces = "\n".join(
            (statement.text, *strings, "".join(strings), *self._composed)
        )  # also as they may be put together
        yield self._opaque(statement, "a composed statement", pieces)

    def _prepare(self, statement: Statement, cursor: Cursor) -> Iterator[Effect]:
        self._prepared.add(cursor.identifier() or "")
        cursor.group()
        if cursor.take("FROM"):
            strings = [token.text for token in statement.tokens if token.kind == "string"] or self._literals
            yield from self._dynamic(statement, strings)
        elif cursor.take("AS"):
            rest = tuple(cursor.rest())
            if rest:
                yield from self._statement(Statement(rest, statement.text[rest[0].at - statement.tokens[0].at :]))

    def _do(self, statement: Statement, _cursor: Cursor) -> Iterator[Effect]:
        strings = [token for token in statement.tokens if token.kind == "string"]
        if not strings:
            return  # MySQL's DO evaluates an expression
        body = max(strings, key=lambda token: len(token.text))
        beside = any(one.kind == other.kind == "string" for one, other in pairwise(statement.tokens))
        text = "".join(token.text for token in strings) if beside else body.text  # 'a' and 'b' on two lines are one
        yield from self._block(text, body.line, "a DO block")

    def _anonymous(self, statement: Statement, _cursor: Cursor) -> Iterator[Effect]:
        """A procedural block of SQL Server or Oracle; a plain BEGIN of a transaction is none."""
        if len(statement.tokens) > 3 or statement.tokens[0].upper in {"IF", "WHILE"}:  # noqa: PLR2004 - BEGIN IMMEDIATE TRANSACTION
            self._keep(statement)
            yield from self._block(statement.text, statement.line, "a procedural block")
        elif statement.tokens[0].upper == "DECLARE":
            self._keep(statement)

    def _keep(self, statement: Statement) -> None:
        self._composed.append(statement.text)
        self._literals += [token.text for token in statement.tokens if token.kind == "string"]

    def _block(self, body: str, line: int, what: str) -> Iterator[Effect]:
        """The statements of a procedural body, where they are plain; what is computed in it is opaque."""
        from gaterunner.migrations.sql_blocks import pieces

        found: list[Effect] = []
        for piece, at in pieces(body, self._dialect):
            found += self._inner(piece, line + at)
        certain = [effect for effect in found if effect.kind is not Kind.OPAQUE]
        opaque = [effect for effect in found if effect.kind is Kind.OPAQUE]
        # Inside a block a creation may be skipped: by a condition, or by a handler of the error that it exists.
        yield from (replace(each, guarded=True) if each.kind in _CREATIONS else each for each in certain)
        yield from opaque[:1] if not any(each.harmful for each in opaque) else (each for each in opaque if each.harmful)
        word = destructive_word(body)
        if word and not any(each.harmful for each in opaque) and all(each.kind in _CREATIONS for each in certain):
            yield Effect(kind=Kind.OPAQUE, line=line, harmful=True, says=f"{what} with {word} in it")

    def _inner(self, text: str, line: int) -> Iterator[Effect]:
        if self._depth > 4:  # noqa: PLR2004 - nobody nests deeper on purpose
            yield Effect(kind=Kind.OPAQUE, line=line, harmful=True, says="statements nested too deeply")
            return
        self._depth += 1
        for statement in statements(text, self._dialect):
            for effect in self._statement(statement):
                yield _moved(effect, line - 1)
        self._depth -= 1

    def _unknown_verb(self, statement: Statement) -> Iterator[Effect]:
        first = statement.tokens[0]
        follows = statement.tokens[1].upper if len(statement.tokens) > 1 else ""
        filled_in = (first.kind == "mark" and first.text in {"$", ":", "!", "{", "%"}) or first.text == COMPUTED_NAME
        if filled_in and self._depth == 0 and (first.text != COMPUTED_NAME or follows in OBJECTS):
            # `${verb} TABLE users`, `:verb`, `:r file`, `!!program`: what it is, somebody else says
            says = f"the statement {short(statement.tokens, 6)}, whose verb is filled in,"
            yield Effect(kind=Kind.OPAQUE, line=statement.line, harmful=True, says=says)
            return
        if first.kind == "mark" or (len(statement.tokens) > 1 and statement.tokens[1].text == ":"):
            return  # a label, or what is left of a client's own syntax
        yield self._opaque(statement, f"the statement {short(statement.tokens, 6)}", statement.text)

    def _opaque(self, statement: Statement, what: str, text: str) -> Effect:
        word = destructive_word(text)
        says = f"{what} with {word} in it" if word else what
        return Effect(kind=Kind.OPAQUE, line=statement.line, harmful=word is not None, says=says)

    def _meta(self, token: Token) -> Iterator[Effect]:
        """A command of psql: what it includes is judged too, what it runs in a shell cannot be."""
        included = META_INCLUDE.match(token.text)
        if included:
            name = included["file"].strip("'\"")
            text = self._include(name) if self._include and self._depth < 4 else None  # noqa: PLR2004 - as above
            if text is None:
                yield Effect(kind=Kind.OPAQUE, line=token.line, harmful=True, says=f"{name}, which is in no file here")
                return
            for effect in self._inner(text, 1):
                yield _from_file(effect, token.line, name)
        elif token.text.startswith("\\set") and (word := "`" if "`" in token.text else destructive_word(token.text)):
            says = f"a variable of psql with {word} in it"
            yield Effect(kind=Kind.OPAQUE, line=token.line, harmful=True, says=says)
        elif not META_HARMLESS.match(token.text):
            harmful = not token.text.startswith(("\\c ", "\\connect", "\\g"))
            if token.text.startswith("\\gexec") and self._last:
                harmful = destructive_word(self._last.text) is not None
            yield Effect(kind=Kind.OPAQUE, line=token.line, harmful=harmful, says=f"psql's {token.text.split()[0]}")


def without_computed(effect: Effect) -> Effect:
    """A name of which a piece is computed is none that could be known."""
    if COMPUTED_NAME not in f"{effect.table} {effect.column} {effect.to}":
        return effect
    known = {
        name: None if COMPUTED_NAME in (getattr(effect, name) or "") else getattr(effect, name)
        for name in ("table", "column", "to")
    }
    return replace(effect, says=effect.says.replace(COMPUTED_NAME, "…"), **known)


def _without_grants(text: str) -> str:
    """A trigger's own ``BEFORE DELETE OR TRUNCATE ON`` is no verb."""
    return re.sub(r"(?i)\b(?:BEFORE|AFTER|INSTEAD\s+OF|OR|ON|FOR)\s+(?:TRUNCATE|DELETE|UPDATE)\b", " ", text)


def _moved(effect: Effect, lines: int) -> Effect:
    return replace(effect, line=effect.line + lines) if lines else effect


def _from_file(effect: Effect, line: int, name: str) -> Effect:
    return replace(effect, line=line, via=name)
