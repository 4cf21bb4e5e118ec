"""What a rehearsal of the way back must not contradict: the gates that it runs, and what it cannot be given."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from gaterunner.config.document import Scalar, Sequence
from gaterunner.config.problems import Problems, quoted
from gaterunner.config.types import GateKind

if TYPE_CHECKING:
    from gaterunner.config.database import DeclaredDatabase
    from gaterunner.config.gates import ReadGate

ROLLBACK: GateKind = "rollback-rehearsal"
_REFUSED = ("tests", "coverage", "inputs", "shards", "retries", "flags", "services", "database")
"""What the gates that it runs bring themselves, and what has no meaning on the base's code."""


def check_rollback(read: ReadGate, database: DeclaredDatabase | None, problems: Problems) -> None:
    """Notes what keeps a gate of the kind ``rollback-rehearsal`` from meaning anything, and ``gates`` of any other."""
    where = f"gate {quoted(read.gate.name)}"
    if read.gate.kind != ROLLBACK:
        message = f"`gates` of {where}: only a gate of the kind `{ROLLBACK}` runs others"
        problems.add(read.nodes["gates"].position, message, f"remove `gates`, or write `kind: {ROLLBACK}`")
        return
    for option in _REFUSED:
        if option in read.nodes:
            message = f"`{option}` of {where}: the gates that it runs on the base's code have their own"
            problems.add(read.nodes[option].position, message, f"remove `{option}`")
    if "run" in read.nodes and not _has_server(database):
        message = f"`run` of {where}: it is what applies migrations, and the workflow names no service to apply them to"
        help = "add `database: {service: postgres:16}` under `workflow`, or remove `run`"
        problems.add(read.nodes["run"].position, message, help)


def check_named(read: ReadGate, gates: Iterable[ReadGate], declared: Collection[str], problems: Problems) -> None:
    """Notes what ``gates`` names and cannot be run; ``declared`` are the names of all, ``gates`` those read so far."""
    where = f"`gates` of gate {quoted(read.gate.name)}"
    kinds = {other.gate.name: other.gate.kind for other in gates}
    commands = [name for name in declared if kinds.get(name, "command") == "command"]
    node = read.nodes.get("gates")
    named = node.items if isinstance(node, Sequence) else (node,)
    if isinstance(node, Sequence) and not node.items:
        problems.add(node.position, f"{where}: found an empty list, expected at least one gate", "remove `gates`")
    seen: set[str] = set()
    for one in named:
        if not isinstance(one, Scalar):
            continue
        if one.text not in declared:
            near = problems.near(one.text, commands)
            problems.add(one.position, f"{where}: found {quoted(one.text)}, expected the name of a declared gate{near}")
        elif one.text not in commands:
            message = f"{where}: found {quoted(one.text)}, of the kind `{kinds[one.text]}`, expected a plain command"
            problems.add(one.position, message)
        elif one.text in seen:
            problems.add(one.position, f"{where}: {quoted(one.text)} stands here a second time")
        seen.add(one.text)


def _has_server(database: DeclaredDatabase | None) -> bool:
    """Whether the workflow names a server; one whose declaration is broken was reported as such."""
    if database is None:
        return False
    return database.is_broken or (database.database is not None and database.database.service is not None)
