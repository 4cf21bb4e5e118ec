"""What a migration in Ruby, JavaScript, PHP, Elixir, C#, Go or Java does, by the calls that its tool offers.

Nothing is parsed in full: a call that the table in ``code_verbs.py`` knows is read, SQL in a string goes to the judge
of SQL, and what works on rows through models is opaque. The way back is left out only where its extent is certain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from gaterunner.migrations import code_hidden, source_code
from gaterunner.migrations.code_text import COMPUTED, Bare, Call, Literal, Source, call_at, calls, read
from gaterunner.migrations.code_types import column_type
from gaterunner.migrations.code_verbs import TOOLS, Tool, Verb
from gaterunner.migrations.effects import Effect, Kind
from gaterunner.migrations.inventory import Claim
from gaterunner.migrations.source_sql import decode
from gaterunner.migrations.sql_keywords import destructive_word

Sql = Callable[[str, int], Iterable[Effect]]

_CERTAIN = {"ruby": source_code.RUBY, "elixir": source_code.ELIXIR}
_DIR_DOWN = re.compile(r"\b\w+\.down\s*(?:\{|do\b)")
_COMPUTED_CALL = re.compile(
    r"(?<![\w.])(?:eval|instance_eval|class_eval|public_send|send|__send__|call_user_func\w*|Function)\s*[( ]"
)
_TYPED = frozenset({Kind.CHANGE_TYPE, Kind.ADD_COLUMN})


def effects(claim: Claim, data: bytes, sql: Sql) -> Iterator[Effect]:
    """What applying the migration does, in its order. Raises ``UnreadableError`` where it is no text."""
    tool = TOOLS.get(claim.tool.name)
    if tool is None:  # files that the operator named by glob, in a language that is not known
        yield Effect(kind=Kind.OPAQUE, line=1, says="a file of a tool that is not known")
        return
    text = decode(data)
    yield from _Reading(_applied(read(text, tool.language), tool, text), tool, sql).effects()


def _applied(source: Source, tool: Tool, text: str) -> Source:
    """Without the way back, where its extent is certain; with it otherwise."""
    down = tool.down
    if tool.language == "go":
        registered = re.findall(r"AddMigration\w*\(\s*(?:\w+\s*,\s*)?\w+\s*,\s*(\w+)", source.code)
        down = registered[0] if len(registered) == 1 else ""
    code = _without_dir_down(source.code) if tool.language == "ruby" else source.code
    named = len(re.findall(rf"\b{down}\b", code)) if down else 0
    if named == 1 or (tool.language == "go" and named == 2):  # noqa: PLR2004 - registered and defined
        language = _CERTAIN.get(tool.language)
        extent = (
            source_code.block_extent(code, down, language)
            if language
            else source_code.brace_extent(code, down, source_code.JAVASCRIPT)
        )
        if extent:
            code = code[: extent[0]] + re.sub(r"[^\n]", " ", code[extent[0] : extent[1]]) + code[extent[1] :]
    return Source(text, code, source.literals)


def _without_dir_down(code: str) -> str:
    """Rails' ``dir.down { … }``: braces, or a block that ends on a line indented like its first one."""
    for found in list(_DIR_DOWN.finditer(code)):
        if found[0].endswith("{"):
            end = _closing_brace(code, found.end() - 1)
        else:
            start = code.rfind("\n", 0, found.start()) + 1
            indent = re.match(r"[ \t]*", code[start:])
            closing = re.compile(rf"(?m)^{indent[0] if indent else ''}end[ \t]*\r?$").search(code, found.end())
            end = closing.end() if closing else None
        if end is not None and not re.search(r"\b(?:def|class|up)\b", code[found.end() : end]):
            code = code[: found.start()] + re.sub(r"[^\n]", " ", code[found.start() : end]) + code[end:]
    return code


def _closing_brace(code: str, at: int) -> int | None:
    depth = 0
    for brace in re.compile(r"[{}]").finditer(code, at):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.end()
    return None


class _Reading:
    def __init__(self, source: Source, tool: Tool, sql: Sql) -> None:
        self._source = source
        self._tool = tool
        self._sql = sql
        self._table: str | None = None  # of the block that was opened last
        self._created = False

    def effects(self) -> Iterator[Effect]:
        found: list[tuple[int, Effect]] = []
        for call in calls(self._source, self._tool.pattern()):
            found += [(call.at, effect) for effect in self._call(call)]
        found += list(self._rows())
        found.sort(key=lambda each: each[0])
        told = [effect for _, effect in found]
        if code_hidden.may_be_skipped(self._source):
            told = [replace(each, guarded=True) if each.kind is Kind.CREATE_TABLE else each for each in told]
        told += code_hidden.effects(self._source, self._tool)
        yield from told
        yield from self._opaque(told)

    def _call(self, call: Call) -> Iterator[Effect]:
        name, tool = call.name, self._tool
        if name in tool.sql:
            yield from self._run(call)
        if name in tool.blocks:
            yield from self._open(call)
        elif name in tool.verbs:
            yield from self._verb(call, tool.verbs[name])

    # --- tables and columns ------------------------------------------------------------------------------------------

    def _open(self, call: Call) -> Iterator[Effect]:
        table = _first(call.args)
        if self._tool.language == "elixir" and "table(" not in call.raw.replace(" ", ""):
            return  # an index or a constraint
        if (
            self._tool.language == "javascript"
            and call.name == "table"
            and "=>" not in call.raw
            and "function" not in call.raw
        ):
            return  # a query on the table
        if self._tool.language == "php" and not call.raw.rstrip().endswith("}"):
            return
        self._table = table
        self._created = call.name.startswith("create")
        if self._created:
            guarded = "if_not_exists" in call.raw or "ifnotexists" in call.name.lower().replace("_", "")
            if re.search(r"force:\s*(?:true|:cascade)", call.raw):  # Rails drops the table first
                says = f"{call.name} of {table} by force"
                yield Effect(kind=Kind.DROP_TABLE, line=call.line, table=table, says=says)
            yield Effect(kind=Kind.CREATE_TABLE, line=call.line, table=table, guarded=guarded)

    def _verb(self, call: Call, verb: Verb) -> Iterator[Effect]:
        if verb.inside:
            if self._table is None and not self._tool.blocks:
                return
            if not self._is_inside(call):
                return
        if self._tool.language == "elixir" and verb.table == 0 and "table(" not in call.raw.replace(" ", ""):
            return  # an index or a constraint
        table = self._table if verb.inside else self._argument(call, verb.table)
        column = self._argument(call, verb.column)
        if self._tool.language == "elixir" and call.name == "rename" and len(call.args) > 1:
            verb = Verb(kind=Kind.RENAME_COLUMN, table=0, column=1, to="to")
            column = self._argument(call, 1)
        for each in self._columns(call, verb, column):
            yield self._effect(call, verb, table, each)

    def _is_inside(self, call: Call) -> bool:
        """A short name such as ``remove`` counts only on a block's own variable."""
        if self._tool.language == "ruby":
            callee = self._source.code[call.at : call.at + 40]
            return re.match(r"t\w?\.|table\.", callee) is not None
        return True

    def _columns(self, call: Call, verb: Verb, column: str | None) -> list[str | None]:
        if not verb.many or not isinstance(verb.column, int):
            return [column]
        columns: list[str | None] = []
        for each in call.args[verb.column :]:
            columns += each if isinstance(each, list) else [each]
        return columns or [None]

    def _argument(self, call: Call, place: int | str | None) -> str | None:
        if place is None:
            return None
        if isinstance(place, str):
            value = call.named.get(place)
            return value if isinstance(value, str) else None
        if place < len(call.args) and isinstance(call.args[place], Bare):
            return None
        value = call.args[place] if place < len(call.args) else None
        if isinstance(value, list):
            return value[0] if value else None
        return value if value is not None else self._in_object(call, place)

    def _in_object(self, call: Call, place: int) -> str | None:
        """The name in ``new Table({name: "x"})`` or ``{tableName: "x", schema: "y"}``."""
        if place != 0:
            return None
        found = re.search(r"(?:tableName|name)\s*:\s*['\"`](\w+)['\"`]", call.raw)
        return found[1] if found else None

    def _type_text(self, call: Call, verb: Verb) -> str | None:
        """The type's word, which may be a constant of the program; in Rails' blocks it is the call's own name."""
        if verb.to is None:
            return call.name if verb.inside else None
        value = call.named.get(verb.to) if isinstance(verb.to, str) else call.args[verb.to : verb.to + 1]
        value = value[0] if isinstance(value, list) and value else value
        return value if isinstance(value, str) else None

    def _effect(self, call: Call, verb: Verb, table: str | None, column: str | None) -> Effect:
        table = table.lower() if table else None
        told = f"{table or '…'}.{column}" if column else table  # a table that is only known when it runs
        says = f"{call.name} of {told}" if told else call.name
        if verb.kind in {Kind.RENAME_TABLE, Kind.RENAME_COLUMN}:
            says += f" to {self._argument(call, verb.to) or '…'}"
        to = self._type_text(call, verb) if verb.kind in _TYPED else self._argument(call, verb.to)
        old = None
        if verb.kind in _TYPED:
            to = column_type(self._tool.language, to, call)
            old = column_type(self._tool.language, self._argument(call, verb.old), call, old=True) if verb.old else None
        guarded = bool(re.search(r"if_not_exists|IfNotExists", call.raw)) or "if_not_exists" in call.name
        return Effect(
            kind=verb.kind,
            line=call.line,
            table=table,
            column=column,
            to=to,
            old_type=old or None,
            guarded=guarded,
            says=says,
        )

    # --- rows and SQL ------------------------------------------------------------------------------------------------

    def _run(self, call: Call) -> Iterator[Effect]:
        literal = self._literal(call)
        if literal is None:
            word = destructive_word(call.raw)
            says = f"{call.name} of a computed statement" + (f" with {word} in it" if word else "")
            yield Effect(kind=Kind.OPAQUE, line=call.line, harmful=word is not None, says=says)
            return
        found = list(self._sql(literal.text, self._source.line(literal.at)))
        yield from found
        if literal.computed and not found:
            yield Effect(kind=Kind.OPAQUE, line=call.line, says=f"{call.name} of SQL with computed pieces")

    def _literal(self, call: Call) -> Literal | None:
        """The only string of the first argument; several, put together, as one with computed pieces between."""
        start = call.end - len(call.raw)
        inside = [each for at, each in sorted(self._source.literals.items()) if start <= at < call.end]
        if not inside:
            return None
        first = inside[0]
        if self._tool.language in {"javascript", "php", "csharp", "java", "go"} or len(inside) > 1:
            joined = [first.text]
            end = first.end
            for each in inside[1:]:
                gap = self._source.code[end : each.at].strip()
                if gap not in {"+", ".", "<>", "\\"}:
                    if "+" not in gap and "." not in gap:
                        break
                    joined.append(COMPUTED)
                joined.append(each.text)
                end = each.end
            computed = any(each.computed for each in inside) or COMPUTED in joined
            return Literal("".join(joined), first.at, end, computed)
        return first

    def _rows(self) -> Iterator[tuple[int, Effect]]:
        if self._tool.rows is None:
            return
        for found in self._tool.rows.finditer(self._source.code):
            verb = next((text for name, text in found.groupdict().items() if name != "table" and text), "delete")
            shown = re.sub(r"\s+", "", self._source.text[found.start() : found.end()])[:60]
            kind = Kind.UPDATE if verb.startswith("update") else Kind.DELETE
            kind = Kind.TRUNCATE if verb == "truncate" else kind
            line = self._source.line(found.start())
            table, columns = self._model(found) if self._tool is TOOLS["rails"] else (None, ())
            says = f"{shown} without a condition"
            yield found.start(), Effect(kind=kind, line=line, table=table, columns=columns, says=says)

    def _model(self, found: re.Match[str]) -> tuple[str | None, tuple[str, ...]]:
        """The table of a Rails model by the framework's convention, and the columns that an update_all sets."""
        model = found[0].lstrip(":").partition(".")[0].rpartition("::")[2]
        table = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model).lower()
        table = f"{table[:-1]}ies" if re.search(r"[^aeiou]y$", table) else f"{table}s"
        call = call_at(self._source, found.end())
        text = call.args[0] if call.args and isinstance(call.args[0], str) else ""
        return table, (*call.named, *re.findall(r"(?:^|,)\s*[\w.\"`]*?(\w+)[\"`]?\s*=", text))

    def _opaque(self, known: Iterable[Effect]) -> Iterator[Effect]:
        """One remark for code whose effect only running tells."""
        told = any(effect.kind is Kind.OPAQUE for effect in known)
        computed = _COMPUTED_CALL.search(self._source.code)
        if computed:
            says = f"{computed[0].strip(' (')} of something computed"
            line = self._source.line(computed.start())
            word = destructive_word(self._source.text)
            yield Effect(kind=Kind.OPAQUE, line=line, harmful=word is not None, says=says)
        elif (
            self._tool.opaque
            and not told
            and not any(self._rows())
            and (found := self._tool.opaque.search(self._source.code))
        ):
            shown = re.sub(r"\s+", "", found[0])[:60].rstrip("(")
            yield Effect(
                kind=Kind.OPAQUE, line=self._source.line(found.start()), says=f"code that works on rows ({shown})"
            )


def _first(args: list[str | list[str] | None]) -> str | None:
    value = args[0] if args else None
    if isinstance(value, list):
        return value[0] if value else None
    if isinstance(value, Bare):
        return None
    return value.lower() if isinstance(value, str) else None
