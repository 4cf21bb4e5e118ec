"""Walking a syntax tree gives what ``ast`` gives, less what nobody asks for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from gaterunner.weakening import syntax

LEFT_OUT = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.alias)
SOURCES = sorted(Path(syntax.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_tree_is_walked_in_the_order_of_ast(path: Path) -> None:
    module = ast.parse(path.read_text())

    expected = [node for node in ast.walk(module) if not isinstance(node, LEFT_OUT)]

    assert list(syntax.walk(module)) == expected
    assert list(syntax.walk(module)) == expected, "the second time, from what was kept"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("f(x, y=1)", "f(x,  y=1)"),
        ("f(x)", "f(y)"),
        ("1", "True"),
        ("1", "1.0"),
        ("'a'", "u'a'"),
        ("a.b[0]", "a.b[0]"),
        ("[a, *b]", "[a, b]"),
        ("{**a}", "{None: a}"),
        ("a < b", "a <= b"),
        ("lambda x: x", "lambda x, y: x"),
    ],
)
def test_the_same_source_is_what_dumps_the_same(left: str, right: str) -> None:
    one, other = ast.parse(left, mode="eval").body, ast.parse(right, mode="eval").body

    assert syntax.same_source(one, other) is (ast.dump(one) == ast.dump(other))


def test_no_node_is_left_out_by_the_name_of_its_field() -> None:
    # Fields with other nodes in them are declared as such in the grammar that `ast` documents its classes with.
    kinds = "|".join(("expr", "stmt", "arguments", "arg", "keyword", "comprehension", "excepthandler", "withitem"))
    wrong = [
        (kind.__name__, name)
        for kind in vars(ast).values()
        if isinstance(kind, type) and (kind.__doc__ or "").startswith(f"{kind.__name__}(")
        for name in re.findall(rf"\b(?:{kinds}|pattern|match_case)[*?]? (\w+)", kind.__doc__ or "")
        if name not in syntax._fields(kind)
    ]

    assert wrong == []
