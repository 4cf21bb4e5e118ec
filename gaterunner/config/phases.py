"""The list of phases: each to a ``Phase``, then what they say about each other, about gates and about policies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct, UnsetType

from gaterunner.config.checks import name_fault
from gaterunner.config.decode import decode
from gaterunner.config.document import Mapping, Node, Scalar, Sequence, describe
from gaterunner.config.items import Item, read_items
from gaterunner.config.option_types import as_tuple, given
from gaterunner.config.order import circles
from gaterunner.config.phase_options import MAX_PHASES, PhaseOptions
from gaterunner.config.policy_list import RULES, canonical_name
from gaterunner.config.problems import Problems, listed, quoted
from gaterunner.config.types import PHASE_BRANCHES, DeclaredPolicy, Phase, Position
from gaterunner.policies import POLICIES

POLICY = "phases"
"""The policy that is in force wherever phases are declared."""
SPEC_POLICY = "spec"
"""The policy without which no phase may leave anything out: else a branch's name would choose what it has to pass."""
ALWAYS = (SPEC_POLICY, POLICY)
"""What no phase can leave out, beside the policies that are always on."""

_MOST_NAMED = 5
_MOST_CIRCLES = 10


class ReadPhase(Struct, frozen=True):
    """A phase with the nodes of its options by name, for positions."""

    phase: Phase
    nodes: dict[str, Node]

    def scalars(self, option: str) -> tuple[Scalar, ...]:
        """The names under an option."""
        node = self.nodes.get(option)
        found = node.items if isinstance(node, Sequence) else (node,)
        return tuple(one for one in found if isinstance(one, Scalar))


def read_phases(node: Node, problems: Problems) -> tuple[ReadPhase, ...]:
    """All phases in their order; raises nothing, every problem is noted."""
    items = read_items(node, "phases", problems)
    if len(items) > MAX_PHASES:
        problems.add(items[MAX_PHASES].name.position, f"more than {MAX_PHASES} phases")
        return ()
    declared: dict[str, Position] = {}
    read = [_read_phase(item, problems) for item in items if _is_new_name(item.name, declared, problems)]
    sound = [phase for phase in read if phase is not None]
    _check_branches(sound, problems)
    _check_after(sound, declared, problems)
    if len(sound) == len(items):
        _check_circles(sound, problems)
    return tuple(sound)


def effective_after(phases: Iterable[Phase]) -> dict[str, tuple[str, ...]]:
    """What each phase comes after: what its ``after`` says, or without one the phase above it in the list."""
    after: dict[str, tuple[str, ...]] = {}
    above: tuple[str, ...] = ()
    for phase in phases:
        after[phase.name] = above if phase.after is None else phase.after
        above = (phase.name,)
    return after


def with_policy(
    policies: tuple[DeclaredPolicy, ...], phases: tuple[ReadPhase, ...], node: Node | None, problems: Problems
) -> tuple[DeclaredPolicy, ...]:
    """The declared policies and the one that phases bring with them, unless it is declared with options of its own."""
    own = next((policy for policy in policies if policy.name == POLICY), None)
    if own is not None and node is None:
        message = f"the policy `{POLICY}` is declared, but the workflow has no phases"
        problems.add(own.position, message, "add `phases: [name]` under `workflow`, or remove the policy")
    if own is not None or not phases or node is None:
        return policies
    return (*policies, DeclaredPolicy(name=POLICY, options=POLICIES[POLICY].options(), position=node.position))


def check_applying(
    phases: Iterable[ReadPhase], gates: Node | None, policies: Node | None, database: Node | None, problems: Problems
) -> None:
    """What phases say of gates and policies; the nodes are those of the workflow's own keys."""
    known_gates = _names_in(gates)
    canonical = {text: canonical_name(text) for text in _names_in(policies)}
    declared = {name for name in canonical.values() if name is not None}
    declared |= {name for key, (name, _) in RULES.items() if key in _names_in(database)}
    for read in phases:
        _check_gates(read, known_gates, problems)
        _check_policies(read, declared, problems)
        if SPEC_POLICY not in declared:
            _refuse_left_out(read, known_gates, declared, problems)


def _is_new_name(name: Scalar, declared: dict[str, Position], problems: Problems) -> bool:
    fault = name_fault(name.text)
    if fault:
        problems.add(name.position, f"a phase: found {describe(name)}, expected {fault.expected}", fault.help)
        return False
    if name.text in declared:
        message = f"the phase {quoted(name.text)} stands here a second time, first in line {declared[name.text].line}"
        problems.add(name.position, message)
        return False
    declared[name.text] = name.position
    return True


def _read_phase(item: Item, problems: Problems) -> ReadPhase | None:
    name, value = item.name, item.value
    if value is None:
        return ReadPhase(Phase(name=name.text, position=name.position, branch=f"{PHASE_BRANCHES}{name.text}"), {})
    where = f"phase {quoted(name.text)}"
    if not isinstance(value, Mapping):
        names = listed([f"`{field}`" for field in PhaseOptions.__struct_encode_fields__])
        message = f"{where} takes no value: found {describe(value)}, expected a map with {names}"
        problems.add(value.position, message)
        return None
    options = decode(value, PhaseOptions, where=where, problems=problems)
    if options is None:
        return None
    phase = Phase(
        name=name.text,
        position=name.position,
        branch=given(options.branch) or f"{PHASE_BRANCHES}{name.text}",
        after=None if isinstance(options.after, UnsetType) else as_tuple(options.after),
        gates=None if isinstance(options.gates, UnsetType) else as_tuple(options.gates),
        policies=None if isinstance(options.policies, UnsetType) else tuple(map(_canonical, options.policies)),
        done_at=given(options.done_at),
    )
    return ReadPhase(phase, {entry.key.text: entry.value for entry in value.entries})


def _canonical(name: str) -> str:
    return canonical_name(name) or name


def _check_branches(phases: Iterable[ReadPhase], problems: Problems) -> None:
    first: dict[str, Phase] = {}
    for read in phases:
        phase = read.phase
        if phase.branch in first:
            other = first[phase.branch]
            node = read.nodes.get("branch")
            message = f"{quoted(phase.branch)} is the branch of phase {quoted(phase.name)} and, in line "
            message += f"{other.position.line}, of {quoted(other.name)}"
            help = "give each phase a branch of its own: which of the two would a change on it belong to?"
            problems.add(node.position if node else phase.position, message, help)
        first.setdefault(phase.branch, phase)


def _check_after(phases: Iterable[ReadPhase], declared: Collection[str], problems: Problems) -> None:
    for read in phases:
        where = f"`after` of phase {quoted(read.phase.name)}"
        for name in read.scalars("after"):
            if name.text == read.phase.name:
                problems.add(name.position, f"{where}: it names itself", "remove it")
            elif name.text not in declared:
                near = problems.near(name.text, declared)
                problems.add(name.position, f"{where}: there is no phase {quoted(name.text)}{near}")


def _check_circles(phases: list[ReadPhase], problems: Problems) -> None:
    names = {read.phase.name: read for read in phases}
    after = effective_after(read.phase for read in phases)
    waits = {name: tuple(one for one in before if one in names and one != name) for name, before in after.items()}
    for circle in circles(waits, most=_MOST_CIRCLES):
        chain = " → ".join(quoted(name) for name in (*circle, circle[0]))
        implied = [name for name in circle if names[name].phase.after is None]
        help = "remove one `after` of the circle"
        if implied:
            help += f"; {quoted(implied[0])} has none and so comes after the phase above it, `after: []` says otherwise"
        problems.add(names[circle[0]].phase.position, f"phases come after each other in a circle: {chain}", help)


def _names_in(node: Node | None) -> tuple[str, ...]:
    """The names of a list's items or of a map's keys, also of those that have errors of their own."""
    if isinstance(node, Mapping):
        return tuple(entry.key.text for entry in node.entries)
    items = node.items if isinstance(node, Sequence) else ()
    return tuple(name for item in items for name in _name_of(item))


def _name_of(item: Node) -> Iterator[str]:
    if isinstance(item, Scalar):
        yield item.text
    elif isinstance(item, Mapping):
        yield from (entry.key.text for entry in item.entries[:1])


def _check_gates(read: ReadPhase, known: Collection[str], problems: Problems) -> None:
    where = f"`gates` of phase {quoted(read.phase.name)}"
    if read.phase.gates == ():
        problems.add(read.nodes["gates"].position, f"{where} is an empty list, expected at least one gate")
    for name in read.scalars("gates"):
        if name.text not in known:
            near = problems.near(name.text, known)
            problems.add(name.position, f"{where}: the workflow declares no gate {quoted(name.text)}{near}")


def _check_policies(read: ReadPhase, declared: Collection[str], problems: Problems) -> None:
    where = f"`policies` of phase {quoted(read.phase.name)}"
    for name in read.scalars("policies"):
        known = canonical_name(name.text)
        if known is None:
            near = problems.near(name.text, tuple(POLICIES))
            problems.add(name.position, f"{where}: there is no policy {quoted(name.text)}{near}")
        elif known not in declared and not _always(known):
            help = "declare it under `policies` of the workflow; a phase only says which of those apply to it"
            problems.add(name.position, f"{where}: the workflow does not declare {quoted(name.text)}", help)


def _always(policy: str) -> bool:
    return policy in ALWAYS or POLICIES[policy].always


def _refuse_left_out(read: ReadPhase, gates: Collection[str], policies: Collection[str], problems: Problems) -> None:
    """The author of a branch chooses its name, so without a spec it would be for them to say what it has to pass."""
    phase = read.phase
    left = {
        "gates": [name for name in gates if phase.gates and name not in phase.gates],
        "policies": [
            name
            for name in sorted(policies)
            if phase.policies is not None and name not in phase.policies and not _always(name)
        ],
    }
    for option, names in left.items():
        if names:
            more = [f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
            told = listed([*map(quoted, names[:_MOST_NAMED]), *more], last="and")
            message = (
                f"`{option}` of phase {quoted(phase.name)} leaves out {told}, which takes the policy `{SPEC_POLICY}`"
            )
            help = f"declare `{SPEC_POLICY}` under `policies`: else whoever names a branch chooses what it has to pass"
            problems.add(read.nodes[option].position, message, help)
