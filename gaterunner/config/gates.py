"""The list of gates: each item to a ``Gate``, then what they say about each other."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from msgspec import UNSET, Struct, UnsetType

from gaterunner.config.checks import gate_name_fault, normalised_glob, parse_memory
from gaterunner.config.decode import decode
from gaterunner.config.document import Entry, Mapping, Node, Scalar, Sequence
from gaterunner.config.gate_options import CommandOption, CoverageOptions, GateOptions, ResourceOptions, TestOptions
from gaterunner.config.items import Item, read_items
from gaterunner.config.option_types import as_tuple, given, seconds
from gaterunner.config.order import circles
from gaterunner.config.problems import Problems, quoted
from gaterunner.config.settings import services
from gaterunner.config.telemetry_options import telemetry_rules
from gaterunner.config.types import CoverageRules, Gate, GateKind, Resources, SentryRules, TestRules

if TYPE_CHECKING:
    from gaterunner.config.sentry_options import SentryOptions

REHEARSAL: GateKind = "migration-rehearsal"
"""The kind of gate that applies migrations, and the name that says it."""
ROLLBACK: GateKind = "rollback-rehearsal"
"""The kind of gate that runs others on the base's code, and the name that says it."""
SENTRY_CLEAN: GateKind = "sentry-clean"
"""The kind of gate that asks Sentry; names such as ``staging-sentry-24h-clean`` say it."""

MAX_GATES = 2000
_MOST_CIRCLES = 10  # finding one takes time by the number of gates


class ReadGate(Struct, frozen=True):
    """A gate with the nodes of its options by name, for positions."""

    gate: Gate
    nodes: dict[str, Node]

    @property
    def needs(self) -> tuple[Scalar, ...]:
        """The names under ``needs``."""
        node = self.nodes.get("needs")
        found = node.items if isinstance(node, Sequence) else (node,)
        return tuple(one for one in found if isinstance(one, Scalar))


def read_gates(node: Node, problems: Problems) -> tuple[ReadGate, ...]:
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
    _check_needs(sound, declared, problems)
    _check_rehearsed(sound, declared, problems)
    if len(sound) == len(items):
        _check_circles(sound, problems)
    return tuple(sound)


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


def _read_gate(item: Item, problems: Problems) -> ReadGate | None:
    name = item.name.text
    value = item.value
    if value is None:
        return ReadGate(_plain_gate(item), {})
    where = f"gate {quoted(name)}"
    if isinstance(value, Scalar):  # `name: value` is short for `name: {run: value}`
        given_run = Mapping((Entry(Scalar("run", True, item.name.position), value),), value.position)
        # A type of its own: reading all that `GateOptions` allows costs 10 ms, and most gates are written like this.
        short = decode(given_run, CommandOption, where=where, problems=problems)
        if short is None:
            return None
        return ReadGate(_plain_gate(item, short.run), {"run": value})
    if isinstance(value, Sequence):
        expected = f"a command or a map of options such as `{name}: {{run: make {name}}}`"
        problems.add(value.position, f"{where}: found a list, expected {expected}")
        return None
    options = decode(value, GateOptions, where=where, problems=problems)
    if options is None:
        return None
    nodes = {entry.key.text: entry.value for entry in value.entries}
    return ReadGate(_gate(item, options, nodes), nodes)


def _plain_gate(item: Item, run: str | None = None) -> Gate:
    kind = _kind(item)
    return Gate(
        name=item.name.text,
        position=item.name.position,
        kind=kind,
        run=run,
        database=kind == REHEARSAL,
        sentry=_sentry(item, kind),
    )


def _kind(item: Item, given: GateKind | UnsetType = UNSET) -> GateKind:
    """What is given, or else what the gate's name says."""
    if not isinstance(given, UnsetType):
        return given
    if item.name.text in (REHEARSAL, ROLLBACK):
        return REHEARSAL if item.name.text == REHEARSAL else ROLLBACK
    if "-sentry-" in item.name.text:
        from gaterunner.config.sentry_options import read_name

        return SENTRY_CLEAN if read_name(item.name.text) else "command"
    return "command"


def _sentry(item: Item, kind: GateKind, options: SentryOptions | UnsetType = UNSET) -> SentryRules | None:
    if kind != SENTRY_CLEAN:
        return None
    from gaterunner.config.sentry_options import sentry_rules

    return sentry_rules(item.name.text, options)


def _gate(item: Item, options: GateOptions, nodes: dict[str, Node]) -> Gate:
    kind = _kind(item, options.kind)
    return Gate(
        name=item.name.text,
        position=item.name.position,
        kind=kind,
        sentry=_sentry(item, kind, options.sentry),
        gates=as_tuple(options.gates),
        run=given(options.run),
        shell=options.shell,
        cwd=_directory(options.cwd),
        env=tuple((name, str(value)) for name, value in options.env.items()),
        timeout_s=seconds(options.timeout),
        needs=None if isinstance(options.needs, UnsetType) else as_tuple(options.needs),
        paths=_globs(options.paths),
        tests=_globs(options.tests.files if isinstance(options.tests, TestOptions) else options.tests),
        test_rules=_test_rules(options.tests),
        coverage=_coverage(options.coverage),
        telemetry=telemetry_rules(options.telemetry),
        advisory=options.advisory,
        image=given(options.image),
        resources=_resources(options.resources),
        network=given(options.network),
        services=services(options.services, nodes.get("services")),
        database=kind == REHEARSAL or (options.database and kind != ROLLBACK),
        retries=options.retries,
        inputs=_globs(options.inputs),
        shards=1 if isinstance(options.shards, UnsetType) else options.shards,
        flags=given(options.flags),
    )


def _globs(value: str | tuple[str, ...] | UnsetType) -> tuple[str, ...]:
    return tuple(map(normalised_glob, as_tuple(value)))


def _test_rules(tests: str | tuple[str, ...] | TestOptions | UnsetType) -> TestRules:
    if not isinstance(tests, TestOptions):
        return TestRules()
    return TestRules(
        minimum=tests.minimum,
        baseline=given(tests.baseline),
        base_tests=_globs(tests.base_tests),
        missing=tests.missing,
    )


def _coverage(coverage: str | tuple[str, ...] | CoverageOptions | UnsetType) -> CoverageRules | None:
    if isinstance(coverage, UnsetType):
        return None
    if not isinstance(coverage, CoverageOptions):
        return CoverageRules(files=_globs(coverage))
    return CoverageRules(
        files=_globs(coverage.files), minimum=given(coverage.minimum), changed_minimum=given(coverage.changed)
    )


def _resources(resources: ResourceOptions | UnsetType) -> Resources | None:
    if isinstance(resources, UnsetType):
        return None
    memory = resources.memory
    return Resources(
        memory=parse_memory(memory) if isinstance(memory, str) else given(memory),
        cpus=given(resources.cpus),
        pids=resources.pids,
        read_only=resources.read_only,
        tmpfs=resources.tmpfs,
    )


def _directory(text: str) -> str:
    return "/".join(part for part in text.split("/") if part not in {"", "."}) or "."


def _check_needs(gates: list[ReadGate], declared: Collection[str], problems: Problems) -> None:
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


def _check_rehearsed(gates: list[ReadGate], declared: Collection[str], problems: Problems) -> None:
    """What a rehearsal of the way back names."""
    for read in gates:
        if "gates" in read.nodes and read.gate.kind == ROLLBACK:
            from gaterunner.config.rollback_agreement import check_named

            check_named(read, gates, declared, problems)


def _check_circles(gates: list[ReadGate], problems: Problems) -> None:
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
    for circle in circles(waits, most=_MOST_CIRCLES):
        steps = tuple((by_name[name], after) for name, after in zip(circle, circle[1:] + circle[:1], strict=True))
        # Waiting for the gate above alone closes no circle, so one of the steps is written in the file.
        position = next(node.position for read, after in steps for node in read.needs if node.text == after)
        implicit = any(read.gate.needs is None for read, _ in steps)
        help = "a gate without `needs` waits for the one above it; `needs: []` waits for none" if implicit else None
        told = ", ".join(_step(read.gate, after) for read, after in steps)
        problems.add(position, f"the gates wait for each other in a circle: {told}", help)


def _step(gate: Gate, after: str) -> str:
    return f"{quoted(gate.name)} {'stands below' if gate.needs is None else 'needs'} {quoted(after)}"
