"""Which changes of a column's type lose nothing."""

import pytest

from gaterunner.migrations.column_types import compare

WIDENING = [
    ("int", "bigint"), ("smallint", "integer"), ("varchar(20)", "character varying(50)"), ("varchar(20)", "text"),
    ("char(5)", "varchar(5)"), ("numeric(10, 2)", "numeric(12, 4)"), ("int", "numeric(10,0)"),
    ("int unsigned", "bigint"),
    ("real", "double precision"), ("timestamp(3) without time zone", "timestamp"), ("date", "timestamp"),
    ("date", "timestamp with time zone"),
    ("enum('a','b')", "enum('b','c','a')"), ("nvarchar(50)", "nvarchar(max)"), ("text", "mediumtext"),
]  # fmt: skip
NARROWING = [
    ("bigint", "int"), ("text", "varchar(50)"), ("varchar(50)", "varchar(20)"), ("numeric(10,2)", "numeric(10,4)"),
    ("bigint", "numeric(10,0)"), ("timestamp", "timestamp(0)"), ("enum('a','b')", "enum('a')"), ("mediumtext", "text"),
]  # fmt: skip
UNKNOWN = [
    ("role", "role_new"), ("timestamp", "timestamp with time zone"), ("text", "jsonb"), ("text[]", "text"),
    ("", "text"),
    ("int", "text"), ("bigint", "int unsigned"), ("varchar(x)", "varchar(y)"),
]  # fmt: skip
SAME = [
    ("integer", "INT4"),
    ("int(11)", "int(10)"),
    ("character varying", "varchar"),
    ("role", "role"),
    ("bool", "boolean"),
]


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        (*pair, verdict)
        for verdict, pairs in {
            "widening": WIDENING,
            "narrowing": NARROWING,
            "unknown": UNKNOWN,
            "same": SAME,
        }.items()
        for pair in pairs
    ],
)
def test_what_a_change_of_type_does_to_values(old: str, new: str, verdict: str) -> None:
    assert compare(old, new) == verdict
