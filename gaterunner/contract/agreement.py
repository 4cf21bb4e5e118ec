"""Whether a spec names only what there is: gates and flags of the workflow file, cutovers. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct

from gaterunner.config.nearest import nearest
from gaterunner.config.problems import quoted
from gaterunner.config.types import Gate, Position, Workflow
from gaterunner.contract.types import Spec, TestPattern


class Disagreement(Struct, frozen=True, kw_only=True):
    """One name that means nothing, or not what it is used for. ``key`` tells it from others.

    ``to_come`` says that the branch of the phase can still declare it, and that nothing declared is spelt alike.
    """

    message: str
    help: str
    position: Position | None
    key: str
    to_come: bool = False


def disagreements(
    spec: Spec, workflow: Workflow, *, flags: Collection[str], cutovers: Collection[str]
) -> Iterator[Disagreement]:
    """Every such name. ``flags`` are those known beside the workflow's own, ``cutovers`` those that are declared."""
    gates = {gate.name: gate for gate in workflow.gates}
    for what, pattern in _patterns(spec):
        if pattern.gate is not None:
            yield from _of_pattern(what, pattern, pattern.gate, gates)
    for number, name in enumerate(spec.rollback.gates if spec.rollback else ()):
        if name not in gates:
            yield _unknown("gate", name, "`rollback`", gates, spec.place("rollback", "gates", number))
    known = {*flags, *(flag.name for flag in workflow.flags)}
    for number, name in enumerate(spec.flags):
        if name not in known:
            place = spec.place("flags", number)
            yield _unknown("flag", name, "`flags`", known, place, open=bool(workflow.flag_manifest))
    for number, name in enumerate(spec.cutovers):
        if name not in cutovers:
            yield _unknown("cutover", name, "`cutovers`", cutovers, spec.place("cutovers", number), open=True)


def _patterns(spec: Spec) -> Iterator[tuple[str, TestPattern]]:
    for objective in spec.objectives:
        for pattern in objective.tests:
            yield f"the objective {quoted(objective.id)}", pattern
    for pattern in spec.tests.must_pass:
        yield "`must-pass`", pattern
    for pattern in spec.tests.may_remove:
        yield "`may-remove`", pattern


def _of_pattern(what: str, pattern: TestPattern, name: str, gates: dict[str, Gate]) -> Iterator[Disagreement]:
    gate = gates.get(name)
    if gate is None:
        yield _unknown("gate", name, what, gates, pattern.position)
        return
    message, help = "", ""
    if not gate.tests:
        message = f"{what} needs tests of the gate {quoted(name)}, which declares no `tests`, so that it names none"
        help = "let the gate write result files and declare them, or name another gate"
    elif gate.advisory and what != "`may-remove`":
        message = f"{what} needs tests of the gate {quoted(name)}, which is advisory, so that nothing depends on it"
        help = "take `advisory` from the gate, or name another gate"
    if message:
        yield Disagreement(message=message, help=help, position=pattern.position, key=f"gate\0{name}\0{what}")


_WHERE = {
    "gate": "the workflow file declares no such gate",
    "flag": "no flag of that name is declared",
    "cutover": "no cutover of that name is declared",
}
_HELP = {
    "gate": "name a gate as the workflow file does",
    "flag": "declare it under `flags` of the workflow file or in the flag manifest, or correct its name",
    "cutover": "declare it in .gaterunner/cutovers.yml, or correct its name",
}


def _unknown(
    kind: str, name: str, where: str, known: Collection[str], position: Position | None, *, open: bool = False
) -> Disagreement:
    """``open`` says that what declares names of this kind is the branch's to change."""
    near = nearest(name, known)
    more = f"; did you mean `{near}`?" if near else ""
    message = f"{where} names the {kind} {quoted(name)}, and {_WHERE[kind]}{more}"
    key = f"{kind}\0{name}\0{where}"
    return Disagreement(message=message, help=_HELP[kind], position=position, key=key, to_come=open and near is None)
