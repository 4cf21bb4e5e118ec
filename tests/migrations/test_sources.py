"""What counts as cosmetic in each language, and what must never."""

from __future__ import annotations

import pytest

from gaterunner.migrations import source_code as code
from gaterunner.migrations import source_python as python
from gaterunner.migrations.kinds import UnreadableError
from gaterunner.migrations.source_sql import canonical, decode


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT 1;", "select\n 1 ;"),
        ("CREATE TABLE t (a int, b int)", "CREATE TABLE t(\n  a int,\n  b int\n)"),
        ("SELECT a FROM t -- why\n", "SELECT a FROM t"),
        ("/* licence */ SELECT a=b", "SELECT a = b"),
        ("SELECT 1;\r\nSELECT 2;\r\n", "SELECT 1;\nSELECT 2;\n"),
    ],
)
def test_sql_that_only_looks_different(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT 'a  b'", "SELECT 'a b'"),
        ("SELECT 'a -- b'", "SELECT 'a -- c'"),
        ("SELECT 'it''s -- b'", "SELECT 'it''s -- c'"),
        (r"SELECT 'a\' -- b'", r"SELECT 'a\' -- c'"),
        ('SELECT "A"', 'SELECT "a"'),
        ("SELECT `A`", "SELECT `a`"),
        ("SELECT * FROM Users", "SELECT * FROM users"),
        ("/*! DROP TABLE a */", "/*! DROP TABLE b */"),
        ("/*!50000 SELECT '*/' -- x\n*/", "/*!50000 SELECT '*/' -- y\n*/"),
        ("SELECT /*+ INDEX(a) */ 1", "SELECT /*+ INDEX(b) */ 1"),
        ("SELECT 5--3", "SELECT 5--4"),
        ("SELECT 5 # 3", "SELECT 5 # 4"),
        ("SELECT $$ -- a\n$$", "SELECT $$ -- b\n$$"),
        ("SELECT $x$ -- a\n$x$", "SELECT $x$ -- b\n$x$"),
        ("SELECT 1 .5", "SELECT 1.5"),
        ("SELECT E 'a'", "SELECT E'a'"),
        ("SELECT 'a'\n'b'", "SELECT 'a' 'b'"),
        ("SELECT a > = b", "SELECT a >= b"),
        ("SELECT 1 GO", "SELECT 1\nGO"),
        ("SELECT 1 -- x\rDROP TABLE a", "SELECT 1 -- y\rDROP TABLE b"),
        ("COPY a FROM stdin;\n1 \t2\n\\.\n", "COPY a FROM stdin;\n1\t2\n\\.\n"),
        ("/* /* a */ DROP TABLE b */", "/* /* a */ DROP TABLE c */"),
        ("SELECT\u00a0a", "SELECT a"),
        ("-- +goose StatementBegin\nSELECT 1", "SELECT 1"),
        ("--> statement-breakpoint\nSELECT 1", "SELECT 1"),
        ("SELECT q'[-- a]'", "SELECT q'[-- b]'"),
        ("SELECT [a -- b]", "SELECT [a -- c]"),
        ("SET\n@x = 'a\n-- b'", "SET\n@x = 'a\n-- c'"),
        ("SELECT 'open", "SELECT 'open "),
    ],
)
def test_sql_that_does_something_else(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["SELECT a, 'b' FROM t; -- c\n", "/*", "'", "-", "+/", "$a"])
def test_long_sql_is_reduced_in_linear_time(text: str) -> None:
    assert canonical(text * 20_001)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("language", [code.RUBY, code.JAVASCRIPT, code.CSHARP])
@pytest.mark.parametrize("text", ["/*", "`", "\n", "a b\n", ":a => 1, "])
def test_long_code_is_reduced_in_linear_time(language: code.Language, text: str) -> None:
    assert code.parts(text * 10_001, language).down is not None


@pytest.mark.parametrize("data", [b"\xff\x00", b"caf\xe9", b"a\0b", b"version https://git-lfs.github.com/spec/v1\n"])
def test_text_that_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        decode(data)


def test_utf_16_with_its_mark_is_read() -> None:
    assert decode("SELECT 1".encode("utf-16")) == "SELECT 1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1 # one"),
        ("x = 'a'", 'x = "a"'),
        ("x = u'a'", "x = 'a'"),
        ("import os\nx = 1", "x = 1"),
        ("from __future__ import unicode_literals\nx = 1", "x = 1"),
        ("def f(a: int) -> str:\n    'doc'\n    return a", "def f(a):\n    return a"),
        ("import b\nimport a\na(b)", "import a\nimport b\na(b)"),
    ],
)
def test_python_that_only_looks_different(one: str, other: str) -> None:
    assert python.reduce(one.encode(), lambda _: None) == python.reduce(other.encode(), lambda _: None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = True"),
        ("x = 1\n", "import surprise\nx = 1\n"),
        ("from a import b\nb()", "from c import b\nb()"),
        ("def f(a): pass", "def f(a: print(1)): pass"),
        ("def f(a): pass", "def f(a=print(1)): pass"),
        ("def f(): pass", "@print\ndef f(): pass"),
        ("from a import *\nx = 1", "from b import *\nx = 1"),
        ("import os\nx = eval('os')", "x = eval('os')"),
        ("# coding: utf-8\nx = 'é'", "# coding: latin-1\nx = 'é'"),
        ("class A:\n    x = 1", "class A:\n    x: print(1) = 1"),
    ],
)
def test_python_that_does_something_else(one: str, other: str) -> None:
    assert python.reduce(one.encode(), lambda _: None) != python.reduce(other.encode(), lambda _: None)


@pytest.mark.parametrize("text", ["x = (", "x = '\0'", "(" * 5000, "x = " + "-" * 50_000 + "1"])
def test_python_that_cannot_be_parsed_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        python.reduce(text.encode(), lambda _: None)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        (code.RUBY, "execute '# a'", "execute '# b'"),
        (code.RUBY, 'x "#{y["# a"]}"', 'x "#{y["# b"]}"'),
        (code.RUBY, "x <<~SQL\n  # a\nSQL\n", "x <<~SQL\n  # b\nSQL\n"),
        (code.RUBY, 'x = ?"; y # "a', 'x = ?"; y # "b'),
        (code.RUBY, "x = %q(# a)", "x = %q(# b)"),
        (code.RUBY, "x = /'/ # a'", "x = /'/ # b'"),
        (code.RUBY, "foo (1), 2", "foo(1), 2"),
        (code.RUBY, "a\nb", "a b"),
        (code.RUBY, "# frozen_string_literal: true\nx = ''\nx << 'a'", "x = ''\nx << 'a'"),
        (code.JAVASCRIPT, "x = `// a`", "x = `// b`"),
        (code.JAVASCRIPT, "x = `${`// a`}`", "x = `${`// b`}`"),
        (code.JAVASCRIPT, "x = /'/; y() // '\nz('a')", "x = /'/; y() // '\nz('b')"),
        (code.JAVASCRIPT, "return\nx", "return x"),
        (code.GO, "x := `// a`", "x := `// b`"),
        (code.GO, "//go:embed a.sql\nvar x string", "//go:embed b.sql\nvar x string"),
        (code.CSHARP, 'Sql(@"a // ""b""")', 'Sql(@"a // ""c""")'),
        (code.CSHARP, 'Sql($"a {x("// b")}")', 'Sql($"a {x("// c")}")'),
        (code.PHP, "<?php x('# a');", "<?php x('# b');"),
        (code.PHP, "<?php // ?> a", "<?php // ?> b"),
        (code.PHP, "<?php #[A]\nf();", "<?php #[B]\nf();"),
        (code.ELIXIR, 'x "#{y("# a")}"', 'x "#{y("# b")}"'),
        (code.ELIXIR, "~s(# a)", "~s(# b)"),
        (code.JAVA, "// \\u000a drop(1);", "// \\u000a drop(2);"),
    ],
)
def test_code_that_does_something_else(language: code.Language, one: str, other: str) -> None:
    assert code.canonical(one, language) != code.canonical(other, language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        (code.RUBY, "add :a,\n  :b => 1 # c\n", "add :a, b: 1\n"),
        (code.JAVASCRIPT, "/* a */ f( 'x' ) // y", 'f("x")'),
        (code.GO, "f(1) // a\n\n\n", "f(1)\n"),
        (code.CSHARP, "#nullable disable\nf();", "f();"),
        (code.ELIXIR, "f 1 # a\n", "f 1\n"),
        (code.PHP, "<?php\n# a\n// b\nf();", "<?php\nf();"),
    ],
)
def test_code_that_only_looks_different(language: code.Language, one: str, other: str) -> None:
    assert code.canonical(one, language) == code.canonical(other, language)
