"""From the bytes of a workflow file to a ``Workflow``, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import TYPE_CHECKING

from gaterunner.config.agreement import check_agreement
from gaterunner.config.document import Mapping, Node, Scalar, describe, parse_document
from gaterunner.config.gates import read_gates
from gaterunner.config.nearest import nearest
from gaterunner.config.problems import Problems, listed, quoted
from gaterunner.config.settings import KEYS as SETTINGS
from gaterunner.config.settings import read_settings
from gaterunner.config.source import read_text
from gaterunner.config.types import DeclaredPolicy, Gate, Phase, Workflow
from gaterunner.model import Mode

if TYPE_CHECKING:
    from gaterunner.config.database import DeclaredDatabase

ROOT = "workflow"
KEYS = ("mode", "phases", "gates", "database", "policies", *SETTINGS)


def parse_workflow(data: bytes, path: str) -> Workflow:
    """The workflow that the file says; ``path`` is only told in problems and kept in the result.

    Raises ``WorkflowFileError`` with every problem of the file, each with its position. What stops the YAML parser
    itself (syntax, encoding, bounds) is told with what was found before it, since nothing after it can be read.
    """
    problems = Problems(path)
    root = parse_document(read_text(data, problems), problems)
    node = _root(root, problems)
    parts = _parts(node, problems) if node is not None else {}
    mode = _mode(parts.get("mode"), problems)
    settings = read_settings(node.entries if node is not None else (), problems)
    gates = read_gates(parts["gates"], problems) if "gates" in parts else ()
    policies, database = _policies(parts, problems)
    phases, policies = _phases(parts, policies, problems)
    check_agreement(gates, settings, database, problems)
    if problems:
        raise problems.error()
    return Workflow(
        path=path,
        mode=mode,
        phases=phases,
        gates=_watched(tuple(read.gate for read in gates), policies),
        policies=policies,
        executor=settings.executor,
        image=settings.image,
        services=settings.services,
        flags=settings.flags,
        database=database.database if database else None,
        keep_going=settings.keep_going,
        specs=settings.specs,
        flag_manifest=settings.flag_manifest,
        areas=settings.areas,
    )


def _root(node: Node, problems: Problems) -> Mapping | None:
    """What stands under the root key; None when that is no map, which is reported."""
    if not isinstance(node, Mapping):
        message = f"found {describe(node)} at the root of the file, expected a map with the key `{ROOT}`"
        problems.add(node.position, message)
        return None
    values = {entry.key.text: entry.value for entry in node.entries}
    if ROOT in values:
        _report_others(node, problems)
        return _workflow_map(values[ROOT], problems)
    if values.keys() & set(KEYS):
        message = f"the key `{ROOT}` is missing at the root of the file, found {quoted(node.entries[0].key.text)}"
        problems.add(node.position, message, f"write `{ROOT}:` in the first line and indent everything under it")
        return node
    if len(node.entries) == 1 and nearest(node.entries[0].key.text, (ROOT,)):
        _report_others(node, problems)
        return _workflow_map(node.entries[0].value, problems)
    _report_others(node, problems)
    problems.add(node.position, f"the key `{ROOT}` is missing at the root of the file")
    return None


def _report_others(node: Mapping, problems: Problems) -> None:
    for entry in node.entries:
        if entry.key.text == ROOT:
            continue
        help = f"indent it under `{ROOT}:`" if entry.key.text in KEYS else None
        near = "" if help else problems.near(entry.key.text, (ROOT,))
        message = f"unknown key {quoted(entry.key.text)} at the root of the file, expected only `{ROOT}`{near}"
        problems.add(entry.key.position, message, help)


def _workflow_map(node: Node, problems: Problems) -> Mapping | None:
    if isinstance(node, Mapping):
        return node
    message = f"`{ROOT}`: found {describe(node)}, expected a map with the key `gates`"
    problems.add(node.position, message, "the smallest workflow file is `workflow: {gates: [build]}`")
    return None


def _parts(node: Mapping, problems: Problems) -> dict[str, Node]:
    parts: dict[str, Node] = {}
    for entry in node.entries:
        if entry.key.text in KEYS:
            parts[entry.key.text] = entry.value
            continue
        problems.unknown_key(entry.key.position, entry.key.text, f"`{ROOT}`", KEYS)
    if "gates" not in parts:
        problems.add(
            node.position, f"`{ROOT}` lacks the key `gates`, expected at least one gate", "add `gates: [build]`"
        )
    return parts


def _mode(node: Node | None, problems: Problems) -> Mode:
    if node is None:
        return Mode.ENFORCE
    modes = tuple(mode.value for mode in Mode)
    if isinstance(node, Scalar) and node.text in modes:
        return Mode(node.text)
    near = problems.near(node.text, modes) if isinstance(node, Scalar) else ""
    expected = listed([f"`{mode}`" for mode in modes])
    problems.add(node.position, f"`mode`: found {describe(node)}, expected {expected}{near}")
    return Mode.ENFORCE


def _phases(
    parts: Table[str, Node], policies: tuple[DeclaredPolicy, ...], problems: Problems
) -> tuple[tuple[Phase, ...], tuple[DeclaredPolicy, ...]]:
    """The phases, and the policies with the one that phases bring with them."""
    if "phases" not in parts and all(policy.name != "phases" for policy in policies):
        return (), policies
    from gaterunner.config.phases import check_applying, read_phases, with_policy

    node = parts.get("phases")
    read = read_phases(node, problems) if node is not None else ()
    check_applying(read, parts.get("gates"), parts.get("policies"), parts.get("database"), problems)
    return tuple(one.phase for one in read), with_policy(policies, read, node, problems)


def _watched(gates: tuple[Gate, ...], policies: tuple[DeclaredPolicy, ...]) -> tuple[Gate, ...]:
    """The gates, some of which a policy wants to see at work."""
    if all(policy.name != "observability" for policy in policies):
        return gates
    from gaterunner.config.telemetry_agreement import with_telemetry

    return with_telemetry(gates, [policy.name for policy in policies])


def _policies(
    parts: Table[str, Node], problems: Problems
) -> tuple[tuple[DeclaredPolicy, ...], DeclaredDatabase | None]:
    """The declared policies in their order, those that ``database`` declares last, and what else it says."""
    if "policies" not in parts and "database" not in parts:
        return (), None
    from gaterunner.config.policy_list import check_declared_once, read_policies

    policies = read_policies(parts["policies"], problems) if "policies" in parts else ()
    if "database" not in parts:
        return policies, None
    from gaterunner.config.database import read_database

    database = read_database(parts["database"], problems)
    for ruled in database.policies:
        check_declared_once(policies, ruled, problems)
    return (*policies, *database.policies), database
