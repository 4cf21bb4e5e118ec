"""From nodes to the frozen type that declares what is allowed, with the position of everything that does not fit.

msgspec's own decoder stops at the first error and knows no positions, so the walk over nodes is ours; what is allowed
is read from the same type through ``msgspec.inspect``, which also gives the JSON Schema.

Besides its constraints a field may carry in ``Meta(extra=...)``:

- ``expected``: how the value is called in messages, where the constraints alone would say too little;
- ``check``: a function that gives a ``Fault`` for a text that the constraints cannot tell from a valid one;
- ``source_text``: numbers are taken as the text they are written as (``1.10`` stays ``1.10``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

from msgspec import Struct, inspect

from gaterunner.config.document import Mapping, Node, Scalar, Sequence, describe
from gaterunner.config.problems import MOST_CHOICES, Fault, Problems, listed, quoted
from gaterunner.config.scalars import Reading, integer, number

S = TypeVar("S", bound=Struct)


class _Unfit(Exception):  # noqa: N818 - never leaves this module: the value was reported and has no meaning
    """The node was reported; its value is not to be used."""


class _Rule(Struct, frozen=True):
    """What a field asks of its value beyond the type."""

    expected: str | None = None
    check: Callable[[str], Fault | None] | None = None
    source_text: bool = False


_NO_RULE = _Rule()


def decode(node: Mapping, kind: type[S], *, where: str, problems: Problems, beside: tuple[str, ...] = ()) -> S | None:
    """The map as an instance of ``kind``; None when anything in it was reported.

    ``where`` names the map in messages. ``beside`` are keys of it that the caller reads and ``kind`` does not know.
    """
    try:
        return cast("S", _Decoder(problems).struct(node, _type_info(kind), where, beside))
    except _Unfit:
        return None


@lru_cache(maxsize=64)
def _type_info(kind: type[Struct]) -> inspect.StructType:
    return cast("inspect.StructType", inspect.type_info(kind))


def a_map(kind: type[Struct]) -> str:
    """What is expected in the place of a map, with the keys that it needs."""
    return _a_map(_type_info(kind))


def _a_map(kind: inspect.StructType) -> str:
    needed = [quoted(field.encode_name) for field in kind.fields if field.required]
    return f"a map with {'the key' if len(needed) == 1 else 'the keys'} {', '.join(needed)}" if needed else "a map"


class _Decoder:
    """One method per type. Each gives the value, or reports and raises ``_Unfit``."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def struct(self, node: Node, kind: inspect.StructType, where: str, beside: tuple[str, ...] = ()) -> Struct:
        if not isinstance(node, Mapping):
            raise self._unfit(node, where, _a_map(kind))
        fields = {field.encode_name: field for field in kind.fields}
        values: dict[str, object] = {}
        fits = True
        for entry in node.entries:
            if entry.key.text in beside:
                continue
            field = fields.get(entry.key.text)
            if field is None:
                self._problems.unknown_key(entry.key.position, entry.key.text, where, (*beside, *fields))
                fits = False
                continue
            try:
                values[field.name] = self.value(entry.value, field.type, f"{quoted(entry.key.text)} of {where}")
            except _Unfit:
                fits = False
        present = {entry.key.text for entry in node.entries}
        for field in kind.fields:
            if field.required and field.encode_name not in present:
                self._problems.add(node.position, f"{where} lacks the key {quoted(field.encode_name)}")
                fits = False
        if not fits:
            raise _Unfit
        return self._construct(node, kind, values, where)

    def _construct(self, node: Node, kind: inspect.StructType, values: dict[str, object], where: str) -> Struct:
        try:
            return kind.cls(**values)
        except (ValueError, TypeError) as error:  # what `__post_init__` may raise, by msgspec's convention
            self._problems.add(node.position, f"{where}: {error}")
            raise _Unfit from None

    def value(self, node: Node, kind: inspect.Type, where: str, rule: _Rule = _NO_RULE) -> object:
        match kind:
            case inspect.Metadata():
                return self.value(node, kind.type, where, _merged(rule, kind.extra))
            case inspect.UnionType():
                return self._union(node, kind, where, rule)
            case inspect.StructType():
                return self.struct(node, kind, where)
            case inspect.DictType():
                return self._dict(node, kind, where, rule)
            case inspect.CollectionType():
                return self._collection(node, kind, where, rule)
            case _:
                return self._scalar(node, kind, where, rule)

    def _union(self, node: Node, kind: inspect.UnionType, where: str, rule: _Rule) -> object:
        """The member that the node's form points at; the members of one union differ in form."""
        if rule.source_text and isinstance(node, Scalar) and node.reading in {Reading.INTEGER, Reading.NUMBER}:
            return node.text
        for member in kind.types:
            if _takes(member, node):
                return self.value(node, member, where, rule)
        expected = rule.expected or listed([_name(member) for member in kind.types])
        raise self._unfit(node, where, expected, help=_fix(node, kind, rule))

    def _dict(self, node: Node, kind: inspect.DictType, where: str, rule: _Rule) -> dict[str, object]:
        if not isinstance(node, Mapping):
            raise self._unfit(node, where, rule.expected or "a map")
        if kind.max_length is not None and len(node.entries) > kind.max_length:
            message = f"{where} holds {len(node.entries)} entries, expected at most {kind.max_length}"
            self._problems.add(node.position, message)
            raise _Unfit
        values: dict[str, object] = {}
        fits = True
        for entry in node.entries:
            try:
                name = cast("str", self.value(entry.key, kind.key_type, f"a key of {where}"))
                values[name] = self.value(entry.value, kind.value_type, f"{quoted(name)} in {where}")
            except _Unfit:
                fits = False
        if not fits:
            raise _Unfit
        return values

    def _collection(self, node: Node, kind: inspect.CollectionType, where: str, rule: _Rule) -> object:
        if not isinstance(node, Sequence):
            raise self._unfit(node, where, rule.expected or "a list", help=_as_list(node))
        least = kind.min_length or 0
        if len(node.items) < least:
            found = "is an empty list" if not node.items else f"has only {len(node.items)}"
            expected = "at least one item" if least == 1 else f"at least {least} items"
            self._problems.add(node.position, f"{where} {found}, expected {expected}")
            raise _Unfit
        if kind.max_length is not None and len(node.items) > kind.max_length:
            message = f"{where} holds {len(node.items)} items, expected at most {kind.max_length}"
            self._problems.add(node.position, message)
            raise _Unfit
        values = []
        for item in node.items:
            try:
                values.append(self.value(item, kind.item_type, f"an item of {where}"))
            except _Unfit:
                continue
        if len(values) < len(node.items):
            raise _Unfit
        return _COLLECTIONS[type(kind)](values)

    def _choice(self, node: Node, choices: tuple[object, ...], where: str) -> object:
        found = _text_of(node)
        for choice in choices:
            if found is not None and found == str(choice):
                return choice
        names = [str(choice) for choice in choices]
        near = self._problems.near(found or "", names)
        expected = (
            f"one of {len(names)} names" if near and len(names) > MOST_CHOICES else listed([f"`{n}`" for n in names])
        )
        raise self._unfit(node, where, expected, near)

    def _scalar(self, node: Node, kind: inspect.Type, where: str, rule: _Rule) -> object:
        if isinstance(kind, inspect.EnumType):
            return kind.cls(self._choice(node, tuple(member.value for member in kind.cls), where))
        if isinstance(kind, inspect.LiteralType):
            return self._choice(node, kind.values, where)
        return self._plain(node, kind, where, rule)

    def _plain(self, node: Node, kind: inspect.Type, where: str, rule: _Rule) -> object:
        expected = rule.expected or _name(kind)
        if not isinstance(node, Scalar) or not _takes(kind, node):
            raise self._unfit(node, where, expected, help=_fix(node, kind, rule))
        match kind:
            case inspect.StrType():
                return self._text(node, kind, where, rule)
            case inspect.BoolType():
                return node.text.lower() == "true"
            case inspect.NoneType():
                return None
            case _:
                return self._number(node, cast("inspect.IntType | inspect.FloatType", kind), where, expected)

    def _text(self, node: Scalar, kind: inspect.StrType, where: str, rule: _Rule) -> str:
        fault = rule.check(node.text) if rule.check else None
        if fault:
            raise self._unfit(node, where, fault.expected, help=fault.help)
        if not _text_fits(node.text, kind):
            expected = rule.expected or "text" + (f" that matches {kind.pattern}" if kind.pattern else "")
            raise self._unfit(node, where, expected)
        return node.text

    def _number(
        self, node: Scalar, kind: inspect.IntType | inspect.FloatType, where: str, expected: str
    ) -> float | int:
        value = integer(node.text) if isinstance(kind, inspect.IntType) else number(node.text)
        if value is None:
            raise self._unfit(node, where, "a plain decimal number without leading zeros")
        bounds = _bounds(kind)
        if not all(holds(value) for _, holds in bounds):
            raise self._unfit(node, where, f"{expected} {listed([text for text, _ in bounds], last='and')}")
        return value

    def _unfit(self, node: Node, where: str, expected: str, near: str = "", help: str | None = None) -> _Unfit:
        self._problems.add(node.position, f"{where}: found {describe(node)}, expected {expected}{near}", help)
        return _Unfit()


_COLLECTIONS: dict[type[inspect.CollectionType], Callable[[list[object]], object]] = {
    inspect.ListType: list,
    inspect.VarTupleType: tuple,
    inspect.SetType: set,
    inspect.FrozenSetType: frozenset,
}


def _merged(rule: _Rule, extra: dict[str, Any] | None) -> _Rule:
    if not extra:
        return rule
    return _Rule(
        expected=extra.get("expected", rule.expected),
        check=extra.get("check", rule.check),
        source_text=extra.get("source_text", rule.source_text),
    )


def _text_of(node: Node) -> str | None:
    return node.text if isinstance(node, Scalar) and node.reading is not Reading.NULL else None


def _takes(kind: inspect.Type, node: Node) -> bool:
    """Whether the node has the form of the type; its value is checked later."""
    if isinstance(kind, inspect.Metadata):
        return _takes(kind.type, node)
    if isinstance(node, Sequence):
        return isinstance(kind, inspect.CollectionType)
    if isinstance(node, Mapping):
        return isinstance(kind, inspect.DictType | inspect.StructType)
    return isinstance(kind, _FORMS[node.reading])


_CHOICES = (inspect.EnumType, inspect.LiteralType)
_FORMS: dict[Reading, tuple[type[inspect.Type], ...]] = {
    Reading.TEXT: (inspect.StrType, *_CHOICES),
    Reading.WORD: _CHOICES,
    Reading.NULL: (inspect.NoneType,),
    Reading.BOOLEAN: (inspect.BoolType,),
    Reading.INTEGER: (inspect.IntType, inspect.FloatType, *_CHOICES),
    Reading.NUMBER: (inspect.FloatType,),
}

_NAMES: tuple[tuple[tuple[type[inspect.Type], ...], str], ...] = (
    ((inspect.StrType,), "text"),
    ((inspect.BoolType,), "`true` or `false`"),
    ((inspect.IntType,), "a whole number"),
    ((inspect.FloatType,), "a number"),
    ((inspect.NoneType,), "`null`"),
    ((inspect.CollectionType,), "a list"),
    ((inspect.DictType, inspect.StructType), "a map"),
)


def _name(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.Metadata):
        return _name(kind.type)
    if isinstance(kind, inspect.LiteralType):
        return listed([f"`{value}`" for value in kind.values])
    if isinstance(kind, inspect.EnumType):
        return listed([f"`{member.value}`" for member in kind.cls])
    return next(name for kinds, name in _NAMES if isinstance(kind, kinds))


def _fix(node: Node, kind: inspect.Type, rule: _Rule) -> str | None:
    """Unquoted values that are read as something else are the commonest slip where text is wanted."""
    if not isinstance(node, Scalar) or not _takes_text(node.text, kind, rule):
        return None
    return f'write it in quotes: "{node.text}"' if node.text else 'for empty text write ""'


def _takes_text(text: str, kind: inspect.Type, rule: _Rule) -> bool:
    """Whether the type would take this text in quotes."""
    match kind:
        case inspect.Metadata():
            return _takes_text(text, kind.type, _merged(rule, kind.extra))
        case inspect.UnionType():
            return any(_takes_text(text, member, rule) for member in kind.types)
        case inspect.StrType():
            return (rule.check is None or rule.check(text) is None) and _text_fits(text, kind)
    return False


def _as_list(node: Node) -> str | None:
    if isinstance(node, Scalar) and node.text and node.text.isprintable():
        return f"write it as a list: [{node.text}]"
    return None


def _text_fits(text: str, kind: inspect.StrType) -> bool:
    if kind.pattern is not None and not re.search(kind.pattern, text):
        return False
    return (kind.min_length or 0) <= len(text) and (kind.max_length is None or len(text) <= kind.max_length)


def _bounds(kind: inspect.IntType | inspect.FloatType) -> list[tuple[str, Callable[[float], bool]]]:
    found: list[tuple[str, Callable[[float], bool]]] = []
    if kind.gt is not None:
        found.append((f"above {_plainly(kind.gt)}", float(kind.gt).__lt__))
    if kind.ge is not None:
        found.append((f"of at least {_plainly(kind.ge)}", float(kind.ge).__le__))
    if kind.lt is not None:
        found.append((f"below {_plainly(kind.lt)}", float(kind.lt).__gt__))
    if kind.le is not None:
        found.append((f"of at most {_plainly(kind.le)}", float(kind.le).__ge__))
    return found


def _plainly(bound: float) -> str:
    return str(int(bound)) if float(bound).is_integer() else f"{bound:g}"
