"""Walks syntax trees of Python several times at the cost of little more than once. Pure."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from functools import cache

_KEPT = "_gaterunner_children"
# What stands in these fields is no node, or one that says nothing by itself: `Load`, `Add`.
_NO_NODES = frozenset(
    {"ctx", "op", "ops", "id", "attr", "arg", "name", "names", "rest", "module", "level", "kind", "conversion"}
    | {"type_comment", "type_ignores", "is_async", "simple", "asname"}
)


def children(node: ast.AST) -> list[ast.AST]:
    """As ``ast.iter_child_nodes``, without operators, contexts and imported names; kept with the node.

    A test file is walked half a dozen times, for one question each, and asking for fields by name is most of that.
    """
    kept: list[ast.AST] | None = node.__dict__.get(_KEPT)
    if kept is None:
        kept = node.__dict__[_KEPT] = parts(node)
    return kept


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """As ``ast.walk``, in its order, without what ``children`` leaves out."""
    waiting = deque([node])
    while waiting:
        each = waiting.popleft()
        waiting.extend(children(each))
        yield each


def parts(node: ast.AST) -> list[ast.AST]:
    """As ``children``, looked for anew: of a tree that is about to change."""
    found: list[ast.AST] = []
    for name in _fields(node.__class__):  # type: ignore[arg-type]  # mypy: a class of nodes is no key
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            found.append(value)
        elif isinstance(value, list):
            found += [each for each in value if isinstance(each, ast.AST)]
    return found


@cache
def _fields(kind: type) -> tuple[str, ...]:
    names: tuple[str, ...] = getattr(kind, "_fields", ())
    return () if issubclass(kind, ast.Constant) else tuple(name for name in names if name not in _NO_NODES)


def same_source(left: object, right: object) -> bool:
    """Whether two expressions are the same source, as comparing what ``ast.dump`` says of each would tell."""
    if type(left) is not type(right):
        return False
    if isinstance(left, ast.AST):
        return all(same_source(getattr(left, name, None), getattr(right, name, None)) for name in left._fields)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_source, left, right))
    return repr(left) == repr(right)
