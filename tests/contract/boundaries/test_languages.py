"""What is found in each language: the tables of its statements, and the fields of its log calls."""

from __future__ import annotations

import time

import pytest

from gaterunner.contract.boundaries.languages import kind_of_text, may_hold_statements, may_log, read_pieces
from gaterunner.contract.boundaries.pieces import LogCall, Statement, Text
from gaterunner.contract.boundaries.shape import is_sql
from gaterunner.contract.boundaries.sql import read_sql, read_text
from gaterunner.migrations.dialects import SEVERAL


def found(path: str, text: str) -> list[Statement]:
    pieces = read_pieces(kind_of_text(path, text), text)
    statements = [piece for piece in pieces if isinstance(piece, Statement)]
    texts = [piece for piece in pieces if isinstance(piece, Text)]
    return statements + [each for piece in texts for each in read_text(piece, SEVERAL)]


def tables(path: str, text: str) -> list[str]:
    return [f"{access.use} {access.table}" for statement in found(path, text) for access in statement.accesses]


def fields(path: str, text: str) -> list[str]:
    return [
        name
        for piece in read_pieces(kind_of_text(path, text), text)
        if isinstance(piece, LogCall)
        for name in piece.fields
    ]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.ts", "db.query(`SELECT a\n FROM users WHERE id = ${id}`)", ["read users"]),
        ("a.ts", 'const q = "SELECT a " + "FROM users"', ["read users"]),
        ("a.js", "sql`delete from users where id = ${id}`", ["write users"]),
        ("a.go", 'db.QueryContext(ctx, "select a from users")', ["read users"]),
        ("a.go", "q := `UPDATE users\nSET a = 1`", ["write users"]),
        ("A.java", 'String q = "SELECT * FROM users " + "WHERE id = ?";', ["read users"]),
        ("A.java", 'var q = """\n  SELECT * FROM users\n  """;', ["read users"]),
        ("a.rb", "q = <<~SQL\n  SELECT a FROM users\n  WHERE id = #{id}\nSQL\n", ["read users"]),
        ("a.rb", 'User.find_by_sql("select * from users")', ["read users"]),
        ("a.php", "<?php $q = 'SELECT * FROM users WHERE id = ' . $id;", ["read users"]),
        ("a.php", "<?php $q = <<<SQL\nSELECT * FROM users\nSQL;\n", ["read users"]),
        ("a.py", 'c.execute("SELECT a FROM {}".format("users"))', ["read users"]),
        ("a.py", 'c.execute("SELECT a FROM {}".format(users))', []),
        ("a.py", 'Q = ("SELECT a "\n  "FROM users")', ["read users"]),
        ("a.py", 'c.execute(text("select a from users"))', ["read users"]),
        ("a.py", 'op.add_column("users", x)\nop.create_index("i", "orders", ["a"])', ["write users", "write orders"]),
        (
            "a.py",
            'class A(Base):\n    __tablename__ = "users"\n\n\nselect(A.x)\nupdate(A)\n',
            ["read users", "write users"],
        ),
        (
            "a.py",
            'class A:\n    class Meta:\n        db_table = "users"\nA.objects.filter(x=1)\nA.objects.all().delete()\n',
            ["read users", "write users", "read users"],
        ),
    ],
)
def test_a_statement_in_a_string_is_read(path: str, text: str, expected: list[str]) -> None:
    assert tables(path, text) == expected
    assert may_hold_statements(f"\n{text}")


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.py", 'log.info("x", extra={"a": 1})\nlog.error("y", exc_info=True, b=2)', ["a", "b"]),
        ("a.py", 'logger = get_logger().bind(a=1)\nlogger.bind(b=1).info("x", **dict(c=1))', ["a", "b", "c"]),
        ("a.ts", 'logger.info({ a, b: 1 }, "x"); this.log.warn("x", { "c-d": 1, err })', ["a", "b", "c-d", "err"]),
        ("a.js", "console.log({ a: 1 }); dialog.error({ b: 1 }); Math.log(x)", ["a"]),
        ("a.go", 'slog.Info("x", "a", 1, slog.Int("b", 2)); l.With("c", 1)', ["a", "b"]),
        ("a.go", 'log.Info().Str("a", x).Msg("y"); logger.Infow("x", "b", 1)', ["a", "b"]),
        ("a.go", 'logrus.WithFields(logrus.Fields{"a": 1}).WithField("b", 2).Info("x")', ["a", "b"]),
        ("A.java", 'log.atInfo().addKeyValue("a", 1).log("x"); MDC.put("b", y); map.put("c", 1);', ["a", "b"]),
        ("a.rb", 'Rails.logger.info("x", a: 1)\nlogger.tagged(b: 2)', ["a", "b"]),
        ("a.php", "<?php $this->logger->info('x', ['a' => 1]); Log::error('y', ['b' => 2]);", ["a", "b"]),
    ],
)
def test_the_fields_of_a_log_call_are_read(path: str, text: str, expected: list[str]) -> None:
    assert sorted(fields(path, text)) == expected
    assert may_log(kind_of_text(path, text), text)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("WITH a AS (SELECT 1 FROM b) SELECT * FROM a JOIN c USING (id)", {"read b", "read c"}),
        ("WITH RECURSIVE a (x) AS (SELECT 1 FROM b WHAT NOW) SELECT * FROM a NOPE NOPE NO", {"read b"}),
        ("INSERT INTO a SELECT * FROM b ON CONFLICT DO NOTHING", {"write a", "read b"}),
        ("UPDATE a SET x = b.y FROM b WHERE a.id = b.id", {"write a", "read b"}),
        ("DELETE FROM a USING b WHERE a.id = b.id", {"write a", "read b"}),
        ("MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE", {"write a", "read b"}),
        ("SELECT extract(epoch FROM made), x IS DISTINCT FROM y FROM a", {"read a"}),
        ("SELECT * FROM audit.a, public.b, generate_series(1, 2)", {"read audit.a", "read public.b"}),
        ("TRUNCATE a, b", {"write a", "write b"}),
        ("DROP TABLE IF EXISTS a, b", {"write a", "write b"}),
        ("ALTER TABLE a DROP CONSTRAINT c", {"write a"}),
        ("ALTER TABLE a ADD CONSTRAINT c FOREIGN KEY (x) REFERENCES b (id)", {"write a"}),
        ("CREATE TABLE a (id int REFERENCES b (id))", {"write a"}),
        ("CREATE VIEW a AS SELECT * FROM b", {"write a", "read b"}),
        ("CREATE TEMP TABLE t AS SELECT * FROM a; SELECT * FROM t", {"read a"}),
        ("COPY a FROM STDIN", {"write a"}),
        ("COPY a TO STDOUT", {"read a"}),
        ("SELECT * FROM information_schema.tables, pg_class, pg_shadow", {"read pg_shadow"}),
        ("DO $$ BEGIN UPDATE a SET x = 1; SELECT y INTO v FROM b; END $$", {"write a", "read b"}),
        ("CREATE FUNCTION f() RETURNS void AS $$ DELETE FROM a $$ LANGUAGE sql", {"write a"}),
        ("DROP TRIGGER t ON a", set()),
        ("SELECT * FROM `a` WHERE `b` = 1", {"read a"}),
        ("SELECT * FROM [dbo].[a]", {"read dbo.a"}),
        ("SELECT 1 FROM a WHAT IS THIS", {"read a"}),
        ("BEGIN; SET x = 1; COMMIT; GRANT SELECT ON a TO b", set()),
    ],
)
def test_the_tables_of_a_statement(sql: str, expected: set[str]) -> None:
    assert {f"{each.use} {each.table}" for one in read_sql(sql, SEVERAL) for each in one.accesses} == expected


@pytest.mark.parametrize(
    "sql", ["SELECT 1 FROM a WHAT IS THIS", "CALL f()", "DO $$ BEGIN END $$", "CREATE FUNCTION f() AS $$ $$"]
)
def test_what_nobody_can_see_through_is_opaque(sql: str) -> None:
    assert [one.opaque for one in read_sql(sql, SEVERAL)] == [True]


def test_a_piece_that_is_computed_makes_a_statement_opaque_and_keeps_what_is_certain() -> None:
    (statement,) = found("a.py", 'c.execute("SELECT a FROM users " + tail)')
    assert (statement.opaque, [access.table for access in statement.accesses]) == (True, ["users"])


@pytest.mark.parametrize(
    "text",
    [
        "/*a*/ " * 20_000,
        "(" * 100_000,
        "select " * 20_000,
        "with a as " * 10_000,
        "-- x\n" * 30_000,
        "update a " * 20_000,
    ],
)
def test_what_is_no_statement_is_told_in_linear_time(text: str) -> None:
    started = time.monotonic()
    assert not is_sql(text)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "text",
    ["\n" * 200_000, "log" * 70_000, "(" * 200_000, "`${" * 50_000, "<<~SQL\n" + " \t" * 100_000, "log(" * 50_000],
)
@pytest.mark.parametrize("path", ["a.rb", "a.ts", "a.php", "a.go", "a.py"])
def test_no_text_takes_long(path: str, text: str) -> None:
    started = time.monotonic()
    may_hold_statements(text)
    kind = kind_of_text(path, text)
    may_log(kind, text)
    read_pieces(kind, text)
    assert time.monotonic() - started < 5
