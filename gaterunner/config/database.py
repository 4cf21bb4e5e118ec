"""What stands under ``database``: where gates get a database from, and the rule for migrations."""

from __future__ import annotations

from msgspec import Struct, UnsetType

from gaterunner.config.decode import decode
from gaterunner.config.document import Mapping, Node, describe
from gaterunner.config.option_types import given
from gaterunner.config.policy_list import MIGRATIONS_RULE, read_migrations
from gaterunner.config.problems import Problems
from gaterunner.config.service_options import DatabaseOptions
from gaterunner.config.settings import DATABASE_SERVICE, positions, service
from gaterunner.config.types import Database, DeclaredPolicy

DEFAULT_ENVIRONMENT = "develop"


class DeclaredDatabase(Struct, frozen=True):
    """``migrations`` is the policy that it declares; ``database`` is None where only migrations are ruled."""

    migrations: DeclaredPolicy | None = None
    database: Database | None = None
    is_broken: bool = False


def read_database(node: Node, problems: Problems) -> DeclaredDatabase:
    """What the map says; raises nothing, every problem is noted."""
    if not isinstance(node, Mapping):
        help = f"write `database: {{migrations: {MIGRATIONS_RULE}}}`"
        problems.add(node.position, f"`database`: found {describe(node)}, expected a map", help)
        return DeclaredDatabase(is_broken=True)
    rule = next((entry for entry in node.entries if entry.key.text == "migrations"), None)
    migrations = read_migrations(rule, problems) if rule else None
    options = decode(node, DatabaseOptions, where="`database`", problems=problems, beside=("migrations",))
    if options is None:
        return DeclaredDatabase(migrations, is_broken=True)
    if rule is None and isinstance(options.service, UnsetType):
        # An environment alone would be a name that nothing bears.
        expected = f"`migrations: {MIGRATIONS_RULE}`, or `service` with the image that gates get a database from"
        problems.add(node.position, f"`database` rules nothing, expected {expected}")
        return DeclaredDatabase(is_broken=True)
    return DeclaredDatabase(migrations, _database(options, node))


def _database(options: DatabaseOptions, node: Mapping) -> Database | None:
    environment = given(options.environment)
    if isinstance(options.service, UnsetType):
        return None if environment is None else Database(environment=environment)
    declared = service(DATABASE_SERVICE, options.service, positions(node)["service"])
    return Database(environment=environment or DEFAULT_ENVIRONMENT, service=declared)
