"""The list of gates: each item to a ``Gate``, then what they say about each other."""

from __future__ import annotations

from msgspec import Struct, UnsetType

from gaterunner.config.checks import gate_name_fault, normalised_glob
from gaterunner.config.decode import decode
from gaterunner.config.document import Entry, Mapping, Node, Scalar, Sequence
from gaterunner.config.gate_options import GateOptions, as_tuple
from gaterunner.config.items import Item, read_items
from gaterunner.config.order import circles
from gaterunner.config.problems import Problems, quoted
from gaterunner.config.types import Gate

MAX_GATES = 500


class _Read(Struct, frozen=True):
    """A gate with the nodes of its ``needs``, for positions."""

    gate: Gate
    needs: tuple[Scalar, ...]


def read_gates(node: Node, problems: Problems) -> tuple[Gate, ...]:
    """All gates in their order; raises nothing, every problem is noted."""
    items = read_items(node, "gates", problems)
    if isinstance(node, Sequence) and not node.items:
        problems.add(node.position, "`gates`: found an empty list, expected at least one gate", "add one: `- build`")
    if len(items) > MAX_GATES:
        problems.add(items[MAX_GATES].name.position, f"more than {MAX_GATES} gates")
        return ()
    declared: dict[str, Scalar] = {}
    read = [_read_gate(item, problems) for item in items if _is_new_name(item.name, declared, problems)]
    sound = [gate for gate in read if gate is not None]
    _check_needs(sound, tuple(declared), problems)
    if len(sound) == len(items):
        _check_circles(sound, problems)
    return tuple(gate.gate for gate in sound)


def _is_new_name(name: Scalar, declared: dict[str, Scalar], problems: Problems) -> bool:
    fault = gate_name_fault(name.text)
    if fault:
        message = f"the name of a gate: found {quoted(name.text)}, expected {fault.expected}"
        joined = name.plain and name.lines > 1
        help = "the lines were joined into one name; check their indentation" if joined else fault.help
        problems.add(name.position, message, help)
        return False
    if name.text in declared:
        first = declared[name.text].position.line
        problems.add(name.position, f"the gate {quoted(name.text)} is declared a second time, first in line {first}")
        return False
    declared[name.text] = name
    return True


def _read_gate(item: Item, problems: Problems) -> _Read | None:
    name = item.name.text
    value = item.value
    if value is None:
        return _Read(Gate(name=name, position=item.name.position), ())
    where = f"gate {quoted(name)}"
    if isinstance(value, Scalar):  # `name: value` is short for `name: {run: value}`
        key = Scalar("run", True, item.name.position)
        value = Mapping((Entry(key, value),), value.position)
    if isinstance(value, Sequence):
        expected = f"a command or a map of options such as `{name}: {{run: make {name}}}`"
        problems.add(value.position, f"{where}: found a list, expected {expected}")
        return None
    options = decode(value, GateOptions, where=where, problems=problems)
    if options is None:
        return None
    return _Read(_gate(item, options), _needs_nodes(value))


def _gate(item: Item, options: GateOptions) -> Gate:
    return Gate(
        name=item.name.text,
        position=item.name.position,
        run=None if isinstance(options.run, UnsetType) else options.run,
        shell=options.shell,
        cwd=_directory(options.cwd),
        env=tuple((name, str(value)) for name, value in options.env.items()),
        timeout_s=options.timeout_s,
        needs=None if isinstance(options.needs, UnsetType) else as_tuple(options.needs),
        paths=tuple(map(normalised_glob, as_tuple(options.paths))),
        tests=tuple(map(normalised_glob, as_tuple(options.tests))),
        advisory=options.advisory,
    )


def _directory(text: str) -> str:
    return "/".join(part for part in text.split("/") if part not in {"", "."}) or "."


def _needs_nodes(options: Mapping) -> tuple[Scalar, ...]:
    for entry in options.entries:
        if entry.key.text == "needs":
            found = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
            return tuple(node for node in found if isinstance(node, Scalar))
    return ()


def _check_needs(gates: list[_Read], declared: tuple[str, ...], problems: Problems) -> None:
    for read in gates:
        where = f"`needs` of gate {quoted(read.gate.name)}"
        seen: set[str] = set()
        for node in read.needs:
            if node.text == read.gate.name:
                problems.add(node.position, f"{where}: found the gate itself, expected another gate")
            elif node.text not in declared:
                near = problems.near(node.text, declared)
                message = f"{where}: found {quoted(node.text)}, expected the name of a declared gate{near}"
                problems.add(node.position, message)
            elif node.text in seen:
                problems.add(node.position, f"{where}: {quoted(node.text)} stands here a second time")
            seen.add(node.text)


def _check_circles(gates: list[_Read], problems: Problems) -> None:
    """Gates that wait for each other. A gate without ``needs`` waits for the one above it."""
    waits: dict[str, tuple[str, ...]] = {}
    by_name = {read.gate.name: read for read in gates}
    above: str | None = None
    for read in gates:
        name, needs = read.gate.name, read.gate.needs
        if needs is None:
            waits[name] = (above,) if above else ()
        else:
            waits[name] = tuple(other for other in needs if other in by_name and other != name)
        above = name
    for circle in circles(waits):
        steps = tuple((by_name[name], after) for name, after in zip(circle, circle[1:] + circle[:1], strict=True))
        # Waiting for the gate above alone closes no circle, so one of the steps is written in the file.
        position = next(node.position for read, after in steps for node in read.needs if node.text == after)
        implicit = any(read.gate.needs is None for read, _ in steps)
        help = "a gate without `needs` waits for the one above it; `needs: []` waits for none" if implicit else None
        told = ", ".join(_step(read.gate, after) for read, after in steps)
        problems.add(position, f"the gates wait for each other in a circle: {told}", help)


def _step(gate: Gate, after: str) -> str:
    return f"{quoted(gate.name)} {'stands below' if gate.needs is None else 'needs'} {quoted(after)}"
