"""The grammar of both lists: an item is ``name``, or ``name: value``, or ``name: {options}``."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.config.document import Entry, Mapping, Node, Scalar, Sequence, describe
from gaterunner.config.problems import Problems, listed, quoted
from gaterunner.config.scalars import Reading

_STEP_KEYS = {"name", "run", "id", "uses"}


class Item(Struct, frozen=True):
    """One item of ``gates`` or ``policies``; ``value`` is None for a bare name."""

    name: Scalar
    value: Node | None


def read_items(node: Node, where: str, problems: Problems) -> tuple[Item, ...]:
    """The items that are well formed; the others were reported. ``where`` is ``gates`` or ``policies``."""
    if not isinstance(node, Sequence):
        problems.add(node.position, f"`{where}`: found {describe(node)}, expected a list", _list_help(node, where))
        return ()
    items = [_read_item(item, where, problems) for item in node.items]
    return tuple(item for item in items if item is not None)


def _read_item(node: Node, where: str, problems: Problems) -> Item | None:
    if isinstance(node, Scalar) and node.reading is Reading.TEXT:
        return Item(node, None)
    if isinstance(node, Scalar):
        _report_unquoted(node, where, problems)
        return None
    if not isinstance(node, Mapping):
        expected = "`name`, `name: value` or `name: {options}`"
        problems.add(node.position, f"an item of `{where}`: found {describe(node)}, expected {expected}")
        return None
    if len(node.entries) != 1:
        _report_keys(node, where, problems)
        return None
    return _read_entry(node.entries[0], where, problems)


def _read_entry(entry: Entry, where: str, problems: Problems) -> Item | None:
    if entry.key.reading is not Reading.TEXT:
        _report_unquoted(entry.key, where, problems)
        return None
    if isinstance(entry.value, Scalar) and entry.value.reading is Reading.NULL:
        message = f"{quoted(entry.key.text)} in `{where}`: found nothing after the `:`, expected a value or options"
        problems.add(entry.key.position, message, f"without options write only the name: `- {entry.key.text}`")
        return None
    return Item(entry.key, entry.value)


def _report_unquoted(name: Scalar, where: str, problems: Problems) -> None:
    help = f'write it in quotes: "{name.text}"' if name.text else "remove the empty item"
    problems.add(name.position, f"an item of `{where}`: found {describe(name)}, expected a name", help)


def _report_keys(node: Mapping, where: str, problems: Problems) -> None:
    keys = [entry.key.text for entry in node.entries]
    if not keys and node.left_out:
        return
    if not keys:
        problems.add(node.position, f"an item of `{where}`: found an empty map, expected a name")
        return
    shown = listed([quoted(key) for key in keys[:5]] + (["…"] if len(keys) > 5 else []), last="and")  # noqa: PLR2004 - enough to recognise the item
    message = f"an item of `{where}`: found {len(keys)} keys ({shown}), expected one, the name"
    first = node.entries[0].value
    if isinstance(first, Scalar) and first.reading is Reading.NULL:
        help = f"indent the options further than {quoted(keys[0])}"
    elif _STEP_KEYS & set(keys):
        help = "the name itself is the key: `- build: {run: make build, timeout: 10m}`"
    else:
        help = "begin every item with its own `- `"
    problems.add(node.position, message, help)


def _list_help(node: Node, where: str) -> str | None:
    if isinstance(node, Mapping) and node.entries:
        return "begin every item with `- `"
    if isinstance(node, Scalar) and node.reading is Reading.NULL:
        return f"add items, or remove `{where}`" if where != "gates" else "add at least one gate: `- build`"
    if isinstance(node, Scalar):
        return f"write it as a list: `{where}: [{node.text}]`" if node.text.isprintable() else None
    return None
