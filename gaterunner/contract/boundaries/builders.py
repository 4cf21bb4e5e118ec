"""Data behind query builders and object mappers: tables that a line names, and lines whose tables nobody here knows.

By lines, and in every language: what names a table is a string in a place where only a table stands.
"""

from __future__ import annotations

import re

from gaterunner.contract.boundaries.pieces import Access, Mapped, Statement

_QUOTED = r"\(\s*(?:[\"'`](?P<{}>[A-Za-z_][\w.]*)(?:\s+as\s+\w+)?[\"'`])"
# Laravel, Knex, Kysely, Supabase, gorm, pandas, SQLAlchemy, MongoDB and Firestore.
_TABLE = re.compile(
    rf"\bDB::table{_QUOTED.format('a')}|\b(?:knex|trx)(?:\.table|\.from|\.into)?{_QUOTED.format('b')}"
    rf"|\.(?:selectFrom|insertInto|updateTable|deleteFrom){_QUOTED.format('c')}|\bsupabase\w*\.from{_QUOTED.format('d')}"
    rf"|\b(?:db|tx|DB)\.Table{_QUOTED.format('e')}|\bread_sql_table{_QUOTED.format('f')}"
    rf"|\bspark\.(?:read\.)?table{_QUOTED.format('i')}|\bdynamo\w*\.Table{_QUOTED.format('j')}"
    rf"|\b(?:sa\.|sqlalchemy\.)?(?:Table|table)\(\s*[\"'](?P<g>\w+)[\"']\s*,\s*(?:\w*meta\w*|\w+\.metadata|(?:sa\.)?[cC]olumn)"
    rf"|\b(?:db|database|mongo\w*|firestore|client)(?:\(\))?\.collection{_QUOTED.format('h')}"
)
_WRITES = re.compile(
    r"(?i)insertInto|updateTable|deleteFrom|\.(?:insert\w*|update\w*|upsert\w*|delete\w*|del|destroy|save|create\w*|add|set|replace\w*|truncate"
    r"|increment|decrement)\("
)
# Rails, Laravel, Knex and Sequelize change a table in a migration.
_CHANGES = re.compile(
    rf"^\s*(?:(?:create|drop|change|rename)_table|(?:add|remove|change|rename)_column|(?:add|remove)_(?:index|reference|timestamps"
    rf"|foreign_key|check_constraint)|change_column_\w+)[ (]\s*[:\"'](?P<a>\w[\w.]*)"
    rf"|\bSchema::(?:create|table|drop\w*|rename){_QUOTED.format('b')}"
    rf"|\.schema\.(?:createTable|alterTable|dropTable\w*|table|renameTable){_QUOTED.format('c')}"
    rf"|\bqueryInterface\.\w+{_QUOTED.format('d')}"
    # Liquibase.
    r"|\btableName=[\"'](?P<e>\w+)[\"']|^\s*(?:-\s+)?tableName:\s*(?P<f>\w+)\s*$"
)
_MAPPED = re.compile(
    r"\.objects\b|\b(?:session|db\.session)\.(?:query|get|add|merge|scalars?)\(|\bselect\(\s*[A-Z]\w*|\b(?:prisma|tx)\.\w+\.(?:find|create|update"
    r"|upsert|delete|count|aggregate|groupBy)\w*\(|\bgetRepository\(|\bcreateQueryBuilder\(|\bqueryBuilder\("
    r"|\b[A-Z]\w+(?:::|\.)(?:where|find|find_by|find_each|findOne|findMany|findAll|findBy\w*|findOrFail|all|pluck|create|createMany|insert"
    r"|insert_all|upsert\w*|update|update_all|delete|delete_all|deleteMany|updateMany|destroy|destroy_all|first|query|includes|joins"
    r"|order|limit|select)\b|\.(?:Find|First|Create|Save|Take|Pluck|Updates?|Preload)\(\s*&|\bselectFrom\(|\b(?:insertInto|deleteFrom)\("
    r"|\.from\(\s*[a-z]\w*\s*\)|\bmigrations\.(?:AddField|RemoveField|AlterField|RenameField|CreateModel|DeleteModel|RunPython)"
    r"|\bself\.table_name\b|\$table\s*=|@(?:Table|Entity|Query)\b|\btableName\b|\bFromSql\w*\(|\bdiesel::|\bsqlx::|\bRepo\.\w+|\bDbSet<"
    r"|\bTable\(\s*[\"']|\bdb(?:\[[\"']|\.\w+\.(?:find|insert|update|delete|aggregate|count)\w*\()|\bDB\[|\.Model\(\s*&"
    r"|(?<!\bArray)(?<!\bBuffer)(?:\.|->)(?:from|From|Into)\(\s*[\"'`]\w+[\"'`]|[rR]epository\.\w+\(|\.selectAll\(|\b_?\w*[cC]ontext\.[A-Z]\w+\."
    r"|\bfrom\(?\s*\w+ in |\b(?:connection|conn|db)\.(?:execute|exec_\w+|select_\w+)\s+\w|=\s*\w+\.execute\s*$"
    r"|getattr\([^()]*execute"
    r"|\b(?:pg_dump|pg_restore|mysqldump|mongodump|mongoexport|psql|mysql|sqlite3|sqlcmd|bq|snowsql|clickhouse-client)\s+-|\bmysqldump\b"
    r"|\bcopy_(?:from|to)\(|\bcallproc\(|\bto_sql\(|\.execute_sql\("
)

WORDS = (
    ".table", "tableName", "db[", "db.", "DB[", ".Model(", "from(", ".From(", ".Into(", "epository.",
    "selectAll", "ontext.", " in ", "connection.", "conn.", ".execute", "execute\"", "pg_", "dump", "mongo",
    "psql ", "mysql ", "sqlite3 ", "sqlcmd ", "bq ", "snowsql ", "clickhouse-client ", "table", "Table", "knex",
    "trx", "selectFrom", "insertInto", "deleteFrom", "supabase", ".collection", ".objects", "session",
    "select(", "prisma.", "tx.", "getRepository", "ueryBuilder", ".where", "::where", ".find", "::find", ".all",
    "::all", "pluck", ".create", "::create", ".insert", "::insert", ".upsert", "::upsert", ".update",
    "::update", ".delete", "::delete", "destroy", ".first", "::first", ".query", "::query", ".includes",
    ".joins", ".order", ".limit", ".select", "::select", ".Find(", ".First(", ".Create(", ".Save(", ".Take(",
    ".Pluck(", ".Update", ".Preload(", ".from(", "migrations.", "@Entity", "@Query", "FromSql", "diesel::",
    "sqlx::", "Repo.", "DbSet<", "copy_", "callproc", "to_sql", "execute_sql", "column", "index", "reference",
    "_timestamps", "foreign_key", "_constraint", "Schema::", "queryInterface",
)  # fmt: skip
"""One of these stands in each line of which anything is told here."""


def uses(number: int, line: str) -> Statement | Mapped | None:
    """What one line does with tables, as far as it says which; None for nothing."""
    changed = _CHANGES.search(line)
    named = changed or _TABLE.search(line)
    if named is not None:
        table = next(each for each in named.groups() if each).lower()
        access = Access(use="write" if changed or _WRITES.search(line) else "read", table=table)
        return Statement(line=number, end=number, code=line.strip(), accesses=(access,))
    return Mapped(line=number, end=number, code=line.strip()) if _MAPPED.search(line) else None
