"""The list of policies and the rules of `database`: each to a ``DeclaredPolicy`` with its options decoded."""

from __future__ import annotations

from typing import ClassVar, Protocol, cast

from msgspec import Struct

from gaterunner.config.decode import decode
from gaterunner.config.document import Entry, Mapping, Node, Scalar, Sequence, describe
from gaterunner.config.items import Item, read_items
from gaterunner.config.problems import Problems, listed, quoted
from gaterunner.config.types import DeclaredPolicy, Position
from gaterunner.policies import POLICIES, PolicyKind

MIGRATIONS_POLICY = "forward-only-migrations"
MIGRATIONS_RULE = "forward-only"
CUTOVERS_POLICY = "cutovers"
CUTOVERS_RULE = "feature-flags + dual-write (when needed)"
RULES: dict[str, tuple[str, str]] = {
    "migrations": (MIGRATIONS_POLICY, MIGRATIONS_RULE),
    "cutovers": (CUTOVERS_POLICY, CUTOVERS_RULE),
}
"""What a key under ``database`` declares: the policy, and the one rule there is."""


class TakesValue(Protocol):
    """An ``Options`` type that gives ``name: value`` a meaning: the value is that of the option named here."""

    value_option: ClassVar[str]


def value_option(options: type[Struct]) -> str | None:
    """The option that a bare value sets, None when the policy takes no bare value."""
    return cast("str | None", getattr(options, "value_option", None))


def canonical_name(name: str) -> str | None:
    """The policy that a name or an alias means, None when this version has none of that name."""
    if name in POLICIES:
        return name
    return next((known for known, kind in POLICIES.items() if name in kind.aliases), None)


def read_policies(node: Node, problems: Problems) -> tuple[DeclaredPolicy, ...]:
    """All policies in their order; raises nothing, every problem is noted."""
    declared: dict[str, Position] = {}
    policies = []
    for item in read_items(node, "policies", problems):
        name = _known_name(item.name, problems)
        if name is None:
            continue
        if name in declared:
            alias = f" (as {quoted(item.name.text)})" if item.name.text != name else ""
            first = declared[name].line
            message = f"the policy `{name}` is declared a second time{alias}, first in line {first}"
            problems.add(item.name.position, message)
            continue
        declared[name] = item.name.position
        policy = _read_policy(name, item, problems)
        if policy is not None:
            policies.append(policy)
    return tuple(policies)


def check_declared_once(policies: tuple[DeclaredPolicy, ...], ruled: DeclaredPolicy, problems: Problems) -> None:
    """``database`` and the list may not both declare the same policy: which options would hold?"""
    key = next(key for key, (name, _) in RULES.items() if name == ruled.name)
    for policy in policies:
        if policy.name == ruled.name:
            line = ruled.position.line
            message = f"the policy `{policy.name}` is also declared by `database: {key}:` in line {line}"
            problems.add(policy.position, message, "remove one of the two")


def _known_name(name: Scalar, problems: Problems) -> str | None:
    found = canonical_name(name.text)
    if found is None:
        known = tuple(POLICIES)
        spellings = known + tuple(alias for kind in POLICIES.values() for alias in kind.aliases)
        near = problems.near(name.text, spellings)
        has = listed([f"`{one}`" for one in known], last="and")
        problems.add(name.position, f"unknown policy {quoted(name.text)}, this version has {has}{near}")
    return found


def _read_policy(name: str, item: Item, problems: Problems) -> DeclaredPolicy | None:
    kind = POLICIES[name]
    position = item.name.position
    where = f"policy {quoted(item.name.text)}"
    value = item.value
    if value is None:
        value = Mapping((), position)
    elif not isinstance(value, Mapping):
        option = value_option(kind.options)
        if option is None:
            _report_value(value, kind, where, problems)
            return None
        value = Mapping((Entry(Scalar(option, True, position), value),), value.position)
    return _declared(name, value, position, where, problems)


def _declared(
    name: str,
    options: Mapping,
    position: Position,
    where: str,
    problems: Problems,
    *,
    beside: tuple[str, ...] = (),
) -> DeclaredPolicy | None:
    decoded = decode(options, POLICIES[name].options, where=where, problems=problems, beside=beside)
    return None if decoded is None else DeclaredPolicy(name=name, options=decoded, position=position)


def _report_value(value: Node, kind: PolicyKind, where: str, problems: Problems) -> None:
    names = [f"`{field}`" for field in kind.options.__struct_encode_fields__]
    expected = f"a map with {listed(names)}" if names else "only its name: it has no options"
    problems.add(value.position, f"{where} takes no value: found {describe(value)}, expected {expected}")


def read_rule(entry: Entry, problems: Problems) -> DeclaredPolicy | None:
    """The policy that an entry of `database` declares, see ``RULES``; None when it was reported."""
    node = entry.value
    policy_name, expected = RULES[entry.key.text]
    where = f"`database.{entry.key.text}`"
    rule, options = node, Mapping((), node.position)
    if isinstance(node, Mapping):
        given = next((one.value for one in node.entries if one.key.text == "rule"), None)
        if given is None:
            problems.add(node.position, f"{where} lacks the key `rule`, expected `rule: {expected}`")
            return None
        rule, options = given, node
    fits = isinstance(rule, Scalar) and rule.text == expected
    if not fits:
        near = problems.near(rule.text, (expected,)) if isinstance(rule, Scalar) else ""
        place = where if rule is node else f"`rule` of {where}"
        suffix = f" or a map with `rule: {expected}`" if isinstance(node, Sequence) else ""
        message = f"{place}: found {describe(rule)}, expected `{expected}`{suffix}{near}"
        problems.add(rule.position, message)
    policy = _declared(policy_name, options, entry.key.position, where, problems, beside=("rule",))
    return policy if fits else None
