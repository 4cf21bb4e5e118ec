"""What stands under ``database``: where gates get a database from, and the rules for migrations and cutovers."""

from __future__ import annotations

from msgspec import Struct, UnsetType

from gaterunner.config.decode import decode
from gaterunner.config.document import Mapping, Node, describe
from gaterunner.config.option_types import given
from gaterunner.config.policy_list import CUTOVERS_POLICY, MIGRATIONS_RULE, RULES, read_rule
from gaterunner.config.problems import Problems
from gaterunner.config.service_options import DatabaseOptions
from gaterunner.config.settings import DATABASE_SERVICE, positions, service
from gaterunner.config.types import Database, DeclaredPolicy

DEFAULT_ENVIRONMENT = "develop"


class DeclaredDatabase(Struct, frozen=True):
    """``policies`` are those that it declares; ``database`` is None where only migrations are ruled."""

    policies: tuple[DeclaredPolicy, ...] = ()
    database: Database | None = None
    is_broken: bool = False


def read_database(node: Node, problems: Problems) -> DeclaredDatabase:
    """What the map says; raises nothing, every problem is noted."""
    if not isinstance(node, Mapping):
        help = f"write `database: {{migrations: {MIGRATIONS_RULE}}}`"
        problems.add(node.position, f"`database`: found {describe(node)}, expected a map", help)
        return DeclaredDatabase(is_broken=True)
    rules = [entry for entry in node.entries if entry.key.text in RULES]
    policies = tuple(policy for entry in rules if (policy := read_rule(entry, problems)) is not None)
    options = decode(node, DatabaseOptions, where="`database`", problems=problems, beside=tuple(RULES))
    if options is None:
        return DeclaredDatabase(policies, is_broken=True)
    if not rules and isinstance(options.service, UnsetType):
        # An environment alone would be a name that nothing bears.
        expected = f"`migrations: {MIGRATIONS_RULE}`, or `service` with the image that gates get a database from"
        problems.add(node.position, f"`database` rules nothing, expected {expected}")
        return DeclaredDatabase(is_broken=True)
    return DeclaredDatabase(policies, _database(options, node, policies))


def _database(options: DatabaseOptions, node: Mapping, policies: tuple[DeclaredPolicy, ...]) -> Database | None:
    environment = given(options.environment)
    declared = None
    if not isinstance(options.service, UnsetType):
        declared = service(DATABASE_SERVICE, options.service, positions(node)["service"])
    cutovers = any(policy.name == CUTOVERS_POLICY for policy in policies)
    if environment is None and declared is None and not cutovers:
        return None
    return Database(environment=environment or DEFAULT_ENVIRONMENT, service=declared, cutovers=cutovers)
