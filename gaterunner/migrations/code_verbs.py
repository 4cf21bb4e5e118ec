"""The calls by which migrations in Ruby, JavaScript, PHP, Elixir, C# and Go change a schema: one table per tool."""

from __future__ import annotations

import re

from msgspec import Struct

from gaterunner.migrations.effects import Kind
from gaterunner.migrations.words import words


class Verb(Struct, frozen=True, kw_only=True):
    """What a call does. ``table``, ``column`` and ``to`` are places of arguments, or names of named ones.

    ``inside`` marks a call within a table's block, whose table is the block's. ``many``: every argument from
    ``column`` on is a column.
    """

    kind: Kind
    table: int | str | None = None
    column: int | str | None = None
    to: int | str | None = None
    old: str | None = None
    inside: bool = False
    many: bool = False


class Tool(Struct, frozen=True, kw_only=True):
    """One tool: its language, how a callee looks, its verbs, the calls that open a table's block or run SQL.

    ``rows`` matches code that deletes or changes rows without a condition, ``opaque`` code whose effect only running
    tells.
    """

    language: str
    callee: str
    verbs: dict[str, Verb]
    blocks: dict[str, Verb] = {}
    sql: frozenset[str] = frozenset()
    rows: re.Pattern[str] | None = None
    opaque: re.Pattern[str] | None = None
    down: str = "down"

    def pattern(self) -> re.Pattern[str]:
        """Matches every call of the tables; the name is group ``name``."""
        names = sorted({*self.verbs, *self.blocks, *self.sql}, key=len, reverse=True)
        return re.compile(self.callee.replace("NAMES", "|".join(map(re.escape, names))))


_CREATE = Verb(kind=Kind.CREATE_TABLE, table=0)
_DROP = Verb(kind=Kind.DROP_TABLE, table=0)
_DROP_INSIDE = Verb(kind=Kind.DROP_COLUMN, column=0, inside=True, many=True)
_RENAME = Verb(kind=Kind.RENAME_TABLE, table=0, to=1)
_RENAME_INSIDE = Verb(kind=Kind.RENAME_COLUMN, column=0, to=1, inside=True)
_EVERYTHING = Verb(kind=Kind.DROP_SCHEMA)
_COLUMN = Verb(kind=Kind.DROP_COLUMN, table=0, column=1)

_RAILS_TYPES = words(
    """string text integer bigint float decimal datetime timestamp timestamptz time date binary boolean json
    jsonb uuid inet citext hstore references belongs_to primary_key"""
)

RAILS = Tool(
    language="ruby",
    callee=r"(?<![\w:@])(?:\w+\.)?(?P<name>NAMES)(?![\w?!=:])",
    verbs={
        "drop_table": Verb(kind=Kind.DROP_TABLE, table=0, many=True, column=None),
        "drop_join_table": _DROP,
        "remove_column": _COLUMN,
        "remove_columns": Verb(kind=Kind.DROP_COLUMN, table=0, column=1, many=True),
        "remove_reference": _COLUMN,
        "remove_belongs_to": _COLUMN,
        "remove_timestamps": Verb(kind=Kind.DROP_COLUMN, table=0),
        "remove": _DROP_INSIDE,
        "remove_references": _DROP_INSIDE,
        "rename_table": _RENAME,
        "rename_column": Verb(kind=Kind.RENAME_COLUMN, table=0, column=1, to=2),
        "rename": _RENAME_INSIDE,
        "change_column": Verb(kind=Kind.CHANGE_TYPE, table=0, column=1, to=2),
        "change": Verb(kind=Kind.CHANGE_TYPE, column=0, to=1, inside=True),
        "add_column": Verb(kind=Kind.ADD_COLUMN, table=0, column=1, to=2),
        "add_reference": Verb(kind=Kind.ADD_COLUMN, table=0, column=1),
        "add_belongs_to": Verb(kind=Kind.ADD_COLUMN, table=0, column=1),
        "truncate": Verb(kind=Kind.TRUNCATE, table=0),
        "truncate_tables": Verb(kind=Kind.TRUNCATE, table=0),
        "drop_schema": Verb(kind=Kind.DROP_SCHEMA, table=0),
        "drop_database": _EVERYTHING,
        "column": Verb(kind=Kind.ADD_COLUMN, column=0, to=1, inside=True),
        **{name: Verb(kind=Kind.ADD_COLUMN, column=0, inside=True) for name in _RAILS_TYPES},
    },
    blocks={
        "create_table": _CREATE,
        "change_table": Verb(kind=Kind.CREATE_TABLE, table=0),
        "create_join_table": _CREATE,
    },
    sql=frozenset({"execute", "exec_query", "exec_update", "exec_delete", "select_all", "suppress_messages"}),
    rows=re.compile(
        r"(?<![\w.)\]])(?:::)?[A-Z]\w*(?:::\w+)*(?:\.(?:all|unscoped|reset_column_information))*"
        r"\.(?P<verb>delete_all|destroy_all|update_all)\b"
    ),
    opaque=re.compile(
        r"(?<![\w:])(?:revert\b|[A-Z]\w*(?:::[A-Z]\w*)*\.(?!(?:new|connection|reset_column_information|table_name|env|now|"
        r"quote|current|configuration|application|column_names|columns|table_exists\?)\b)[a-z_]\w*[!?]?)"
    ),
)
KNEX = Tool(
    language="javascript",
    callee=r"(?<![\w$])(?:(?P<owner>[\w$.]+|\))\s*\.\s*)(?P<name>NAMES)(?=\s*\()",
    verbs={
        "dropTable": _DROP,
        "dropTableIfExists": _DROP,
        "renameTable": _RENAME,
        "dropColumn": _DROP_INSIDE,
        "dropColumns": _DROP_INSIDE,
        "dropTimestamps": Verb(kind=Kind.DROP_COLUMN, inside=True),
        "renameColumn": _RENAME_INSIDE,
        "dropSchema": Verb(kind=Kind.DROP_SCHEMA, table=0),
        "dropSchemaIfExists": Verb(kind=Kind.DROP_SCHEMA, table=0),
    },
    blocks=dict.fromkeys(("createTable", "createTableIfNotExists", "alterTable", "table"), _CREATE),
    sql=frozenset({"raw"}),
    rows=re.compile(
        r"(?<![\w$.])(?:knex|db|trx|tx|k)\s*(?:\(\s*\"(?P<table>_*)\"\s*\)|\.(?:from|table|into)\(\s*\"_*\"\s*\))\s*"
        r"\.(?P<verb>del|delete|truncate|update)\b"
    ),
    opaque=re.compile(r"(?<![\w$.])(?:knex|db|trx|tx)\s*\(|\.(?:insert|update|del|transaction|batchInsert)\s*\("),
)
SEQUELIZE = Tool(
    language="javascript",
    callee=r"(?<![\w$])(?:(?P<owner>[\w$.]+)\s*\.\s*)(?P<name>NAMES)(?=\s*\()",
    verbs={
        "dropTable": _DROP,
        "dropAllTables": _EVERYTHING,
        "dropSchema": Verb(kind=Kind.DROP_SCHEMA, table=0),
        "dropAllSchemas": _EVERYTHING,
        "dropDatabase": _EVERYTHING,
        "removeColumn": _COLUMN,
        "renameTable": _RENAME,
        "renameColumn": Verb(kind=Kind.RENAME_COLUMN, table=0, column=1, to=2),
        "changeColumn": Verb(kind=Kind.CHANGE_TYPE, table=0, column=1),
        "createTable": _CREATE,
        "addColumn": Verb(kind=Kind.ADD_COLUMN, table=0, column=1),
    },
    sql=frozenset({"query"}),
    rows=re.compile(
        r"\.(?P<verb>bulkDelete)\s*\(\s*\"(?P<table>_*)\"\s*(?:\)|,\s*(?:null|undefined|\{\s*\})\s*[,)])|"
        r"\.(?P<truncate>truncate)\s*\(|\.destroy\s*\(\s*\{\s*(?:truncate|where\s*:\s*\{\s*\})"
    ),
    opaque=re.compile(r"\.(?:bulkInsert|bulkUpdate|bulkDelete|findAll|update|destroy|create|bulkCreate)\s*\("),
)
TYPEORM = Tool(
    language="javascript",
    callee=r"(?<![\w$])(?:(?P<owner>[\w$.]+)\s*\.\s*)(?P<name>NAMES)(?=\s*\()",
    verbs={
        "dropTable": _DROP,
        "dropColumn": _COLUMN,
        "dropColumns": Verb(kind=Kind.DROP_COLUMN, table=0, column=1, many=True),
        "renameTable": _RENAME,
        "renameColumn": Verb(kind=Kind.RENAME_COLUMN, table=0, column=1, to=2),
        "changeColumn": Verb(kind=Kind.CHANGE_TYPE, table=0, column=1),
        "changeColumns": Verb(kind=Kind.CHANGE_TYPE, table=0),
        "createTable": _CREATE,
        "addColumn": Verb(kind=Kind.ADD_COLUMN, table=0, column=1),
        "clearTable": Verb(kind=Kind.TRUNCATE, table=0),
        "clearDatabase": _EVERYTHING,
        "dropSchema": Verb(kind=Kind.DROP_SCHEMA, table=0),
        "dropDatabase": Verb(kind=Kind.DROP_SCHEMA, table=0),
    },
    sql=frozenset({"query"}),
    rows=re.compile(r"\.(?P<verb>clear)\s*\(\s*\)|\.(?:delete|update)\s*\(\s*\{\s*\}"),
    opaque=re.compile(r"\.(?:getRepository|createQueryBuilder|manager)\b"),
)
ECTO = Tool(
    language="elixir",
    callee=r"(?<![\w.:@])(?P<name>NAMES)(?![\w?!:])",
    verbs={
        "drop": Verb(kind=Kind.DROP_TABLE, table=0),
        "drop_if_exists": Verb(kind=Kind.DROP_TABLE, table=0),
        "remove": Verb(kind=Kind.DROP_COLUMN, column=0, inside=True),
        "remove_if_exists": Verb(kind=Kind.DROP_COLUMN, column=0, inside=True),
        "rename": Verb(kind=Kind.RENAME_TABLE, table=0, to="to"),
        "modify": Verb(kind=Kind.CHANGE_TYPE, column=0, to=1, old="from", inside=True),
        "add": Verb(kind=Kind.ADD_COLUMN, column=0, to=1, inside=True),
        "add_if_not_exists": Verb(kind=Kind.ADD_COLUMN, column=0, to=1, inside=True),
    },
    blocks={"create": _CREATE, "create_if_not_exists": _CREATE, "alter": Verb(kind=Kind.CREATE_TABLE, table=0)},
    sql=frozenset({"execute"}),
    rows=re.compile(r"\b[Rr]epo(?:\(\))?\.(?P<verb>delete_all|update_all)\b"),
    opaque=re.compile(r"\b[Rr]epo(?:\(\))?\.[a-z]\w*|\|>\s*\w*[Rr]epo\w*\.\w+"),
)
LARAVEL = Tool(
    language="php",
    callee=r"(?P<owner>\$\w+\s*->\s*|\)\s*->\s*|\w+::)(?P<name>NAMES)(?=\s*\()",
    verbs={
        "drop": _DROP,
        "dropIfExists": _DROP,
        "dropAllTables": _EVERYTHING,
        "dropColumn": _DROP_INSIDE,
        "dropColumns": Verb(kind=Kind.DROP_COLUMN, table=0, column=1, many=True),
        "removeColumn": _DROP_INSIDE,
        "dropSoftDeletes": Verb(kind=Kind.DROP_COLUMN, inside=True),
        "dropSoftDeletesTz": Verb(kind=Kind.DROP_COLUMN, inside=True),
        "dropTimestamps": Verb(kind=Kind.DROP_COLUMN, inside=True),
        "dropTimestampsTz": Verb(kind=Kind.DROP_COLUMN, inside=True),
        "dropRememberToken": Verb(kind=Kind.DROP_COLUMN, inside=True),
        "dropMorphs": _DROP_INSIDE,
        "dropConstrainedForeignId": _DROP_INSIDE,
        "dropConstrainedForeignIdFor": Verb(kind=Kind.DROP_COLUMN, inside=True),
        "rename": _RENAME,
        "renameColumn": _RENAME_INSIDE,
    },
    blocks={"create": _CREATE, "table": Verb(kind=Kind.CREATE_TABLE, table=0)},
    sql=frozenset({"statement", "unprepared", "raw", "affectingStatement"}),
    rows=re.compile(
        r"(?:DB::table\(\s*\"_*\"\s*\)|(?<![\w$>])[A-Z]\w*::query\(\))\s*->\s*(?P<verb>delete|truncate|update)\b|"
        r"(?<![\w$>])(?!DB\b|Schema\b)[A-Z]\w*::(?P<truncate>truncate)\b"
    ),
    opaque=re.compile(
        r"\bDB::(?!statement|unprepared|raw\b)\w+|(?<![\w$>\\])(?!DB\b|Schema\b|Str\b|Arr\b)[A-Z]\w*::(?!class\b)[a-z]\w*"
    ),
)
EF_CORE = Tool(
    language="csharp",
    callee=r"\.\s*(?P<name>NAMES)(?=\s*[(<])(?:<[^>()]*>)?",
    verbs={
        "DropTable": Verb(kind=Kind.DROP_TABLE, table="name"),
        "DropColumn": Verb(kind=Kind.DROP_COLUMN, table="table", column="name"),
        "DropSchema": Verb(kind=Kind.DROP_SCHEMA, table="name"),
        "RenameTable": Verb(kind=Kind.RENAME_TABLE, table="name", to="newName"),
        "RenameColumn": Verb(kind=Kind.RENAME_COLUMN, table="table", column="name", to="newName"),
        "AlterColumn": Verb(kind=Kind.CHANGE_TYPE, table="table", column="name", to="type", old="oldType"),
        "AddColumn": Verb(kind=Kind.ADD_COLUMN, table="table", column="name", to="type"),
        "CreateTable": Verb(kind=Kind.CREATE_TABLE, table="name"),
        "EnsureSchema": Verb(kind=Kind.CREATE_SCHEMA, table="name"),
    },
    sql=frozenset({"Sql"}),
    opaque=re.compile(r"\.(?:DeleteData|UpdateData|SqlResource)\s*[(<]"),
    down="Down",
)
_ANY_METHOD = r"\.\s*(?P<name>NAMES)(?=\s*\()"
GO = Tool(
    language="go",
    callee=_ANY_METHOD,
    verbs={},
    sql=words("Exec ExecContext QueryContext Query QueryRow QueryRowContext MustExec"),
)
JAVA = Tool(
    language="java",
    callee=_ANY_METHOD,
    verbs={},
    sql=words(
        """execute executeUpdate executeQuery update prepareStatement batchUpdate addBatch createNativeQuery
        createQuery"""
    ),
)

TOOLS = {
    "rails": RAILS,
    "knex": KNEX,
    "sequelize": SEQUELIZE,
    "typeorm": TYPEORM,
    "ecto": ECTO,
    "laravel": LARAVEL,
    "ef-core": EF_CORE,
    "goose": GO,
    "flyway": JAVA,
}
