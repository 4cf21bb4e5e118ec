"""Every case under ``tests/cases/statements``: what SQL does in the file's dialect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from gaterunner.migrations.effects import Effect, Kind
from gaterunner.migrations.sql_statements import SqlJudge
from gaterunner.migrations.sql_tokens import Dialect, statements, without_comments

CASES = Path(__file__).parents[1] / "cases" / "statements"


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text()):
            yield pytest.param(path.stem, case["sql"], case["does"], id=f"{path.stem}: {case['sql'][:60]}")


def told(effect: Effect) -> str:
    if effect.kind is Kind.OPAQUE:
        return "harmful opaque" if effect.harmful else "opaque"
    name = f"{effect.table}.{effect.column}" if effect.column else f"{effect.table}"
    return f"{effect.kind} {name}"


@pytest.mark.parametrize(("dialect", "sql", "does"), list(cases()))
def test_a_statement_does_what_the_case_says(dialect: str, sql: str, does: list[str]) -> None:
    assert [told(effect) for effect in SqlJudge(cast("Dialect", dialect)).effects(sql)] == does


def test_lines_are_those_of_the_file() -> None:
    sql = "-- first\nDO $$\nBEGIN\n  IF true THEN\n    DROP TABLE a;\n  END IF;\nEND $$;\n\nDROP TABLE b;\n"
    assert [(each.table, each.line) for each in SqlJudge("postgres").effects(sql)] == [("a", 5), ("b", 9)]


def test_an_included_file_is_judged_where_it_is_included() -> None:
    files = {"more.sql": "SELECT 1;\nDROP TABLE a;\n"}
    (effect,) = SqlJudge("postgres", include=files.get).effects("SELECT 1;\n\\i more.sql\n")
    assert (effect.kind, effect.table, effect.line, effect.via) == (Kind.DROP_TABLE, "a", 2, "more.sql")


def test_files_that_include_each_other_come_to_an_end() -> None:
    files = {"a.sql": "\\i b.sql\n", "b.sql": "\\i a.sql\n"}
    assert any(each.harmful for each in SqlJudge("postgres", include=files.get).effects("\\i a.sql\n"))


def test_comments_can_be_blanked_out_in_place() -> None:
    text = "DROP TABLE a; -- squawk-ignore\n/* two\nlines */ SELECT '--';\n"
    blank = without_comments(text, "postgres")
    assert "squawk" not in blank
    assert "SELECT '--'" in blank
    assert [len(line) for line in blank.split("\n")][:2] == [len(line) for line in text.split("\n")][:2]


def test_a_long_text_takes_time_in_proportion() -> None:
    text = "INSERT INTO t (a, b) VALUES (1, 'some text; with marks');\n" * 20_000
    assert sum(1 for _ in statements(text, "postgres")) == 20_000


@pytest.mark.parametrize(
    "sql", ["'", '"', "$$", "/*", "(", ")", "DROP", "DROP TABLE", "ALTER TABLE", "\\", ";;", "DO $$", ""]
)
def test_a_broken_text_breaks_nothing(sql: str) -> None:
    for dialect in ("postgres", "mysql", "sqlite", "tsql", "oracle"):
        list(SqlJudge(dialect).effects(sql))


def test_a_drop_behind_a_hundred_thousand_actions_is_found() -> None:
    text = "ALTER TABLE t " + "".join(f"ADD COLUMN c{number} int, " for number in range(30_000)) + "DROP COLUMN a"
    assert [told(each) for each in SqlJudge("postgres").effects(text)][-1] == "drop-column t.a"


def test_rows_of_literals_are_passed_over_and_what_follows_is_not() -> None:
    text = "INSERT INTO t VALUES (1, 'a'), (2, NULL)," + "(3, 'x;y')," * 1000 + "(4, 'it''s'); DROP TABLE t;"
    assert [told(each) for each in SqlJudge("mysql").effects(text)] == ["drop-table t"]
