"""The seat belt: a gate that reaches a database which may only be read gets sessions that begin read-only.

It holds against a mistake and not against intent: ``SET default_transaction_read_only = off`` or ``BEGIN READ WRITE``
undoes it (measured on PostgreSQL 15). A role without the right to write is what holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gaterunner.config.types import Workflow
from gaterunner.plan.types import PlannedGate

_OPTION = "-c default_transaction_read_only=on"


def seat_belt(env: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What to add to an environment so that libpq's sessions begin read-only; what it holds already is kept.

    A URL with `options=` of its own overrules it, and so does a client that does not read ``PGOPTIONS``.
    """
    given = env.get("PGOPTIONS", "").strip()
    # Of two settings of one name the last one counts.
    return (("PGOPTIONS", f"{given} {_OPTION}".strip()),)


def with_seat_belt(
    plan: Sequence[PlannedGate], workflow: Workflow, environment: Mapping[str, str]
) -> tuple[PlannedGate, ...]:
    """The plan with the seat belt on every gate that reaches a database which may only be read.

    ``environment`` is gaterunner's own. Without such a policy or such a gate the plan is the same.
    """
    from gaterunner.targets.allowed import AllowList, Standing
    from gaterunner.targets.environment import named_by
    from gaterunner.targets.gates import holdings

    read_only = _read_only(workflow)
    if not read_only:
        return tuple(plan)
    allowed = AllowList(read_only=read_only)
    found = []
    for planned in plan:
        (holding,) = holdings(workflow, [planned], environment) or (None,)
        reaches = holding is not None and any(
            allowed.standing(target) is Standing.READ_ONLY
            for named in named_by(holding.env)
            for target in named.reading.targets
        )
        if holding is None or not reaches or holding.makes_database:
            found.append(planned)
        else:
            found.append(replace(planned, env=(*planned.env, *seat_belt(holding.env))))
    return tuple(found)


def _read_only(workflow: Workflow) -> tuple[str, ...]:
    for policy in workflow.policies:
        if policy.name == "no-prod-db-writes":
            from gaterunner.policies.no_prod_db_writes import Options

            return policy.options.read_only if isinstance(policy.options, Options) else ()
    return ()
