"""The policies: rules that are evaluated over the change and the evidence. One file per policy.

A new policy is one module with an ``Options`` type and an ``evaluate`` function, and one line in ``POLICIES``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from gaterunner.model import PolicyResult
from gaterunner.policies import forward_only_migrations, no_merge_to_main, no_secret_changes
from gaterunner.policies.context import PolicyContext


class PolicyKind(Struct, frozen=True, kw_only=True):
    """One row of the table: what a workflow file may name and what then happens.

    ``evaluate`` takes the context and an instance of ``options``. ``aliases`` are older spellings that keep working.
    """

    summary: str
    options: type[Struct]
    evaluate: Callable[[PolicyContext, Any], PolicyResult]
    aliases: tuple[str, ...] = ()


POLICIES: dict[str, PolicyKind] = {
    "no-merge-to-main": PolicyKind(
        summary="The branch reaches a protected branch only through a pull request.",
        options=no_merge_to_main.Options,
        evaluate=no_merge_to_main.evaluate,
        aliases=("no-main-merge",),
    ),
    "no-secret-changes": PolicyKind(
        summary="No commit of the range adds a secret or touches a file that holds one.",
        options=no_secret_changes.Options,
        evaluate=no_secret_changes.evaluate,
        aliases=("no-secret-diffs",),
    ),
    "forward-only-migrations": PolicyKind(
        summary="Database migrations are only ever added, in order; existing ones are never rewritten.",
        options=forward_only_migrations.Options,
        evaluate=forward_only_migrations.evaluate,
    ),
}
