"""The policies: rules that are evaluated over the change and the evidence. One file per policy.

A new policy is one module with an ``Options`` type and an ``evaluate`` function, and one line in ``POLICIES``.
A module is loaded when a workflow file names its policy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Literal, cast

from msgspec import Struct

from gaterunner.model import PolicyResult
from gaterunner.policies.context import PolicyContext


class PolicyKind(Struct, frozen=True, kw_only=True):
    """One row of the table: what a workflow file may name and what then happens.

    ``module`` holds ``Options``, which is decoded from the file, and ``evaluate``, which takes the context and an
    instance of it. ``reads`` says what it needs besides file contents: the ``records`` of the range, the ``trees`` of
    base, base tip, law and judged commit, the ``hunks`` between base and judged commit, the ``merges`` of the range,
    made again, the ``history``, which is these and what the target got meanwhile, what the messages of target and
    range say of ``phases``, and the ``root`` that the history begins with.
    ``aliases`` are older spellings that keep working. ``stage`` says when it is evaluated: ``before`` the gates, which
    do not start unless it holds; ``beside`` them; or ``after`` them, over what they showed. One that is ``always`` on
    need not be declared. ``rules`` are what the names of its rules begin with. ``searches`` says that it searches
    contents for secrets, which is done in another process: it is evaluated in a thread of its own from the beginning,
    as it mostly waits.
    """

    summary: str
    module: str
    reads: tuple[Literal["records", "trees", "hunks", "merges", "history", "phases", "root"], ...] = ()
    aliases: tuple[str, ...] = ()
    stage: Literal["before", "beside", "after"] = "beside"
    always: bool = False
    rules: tuple[str, ...] = ()
    searches: bool = False

    @property
    def options(self) -> type[Struct]:
        """The type of the policy's options."""
        return cast("type[Struct]", import_module(self.module).Options)

    def evaluate(self, context: PolicyContext, options: Struct) -> PolicyResult:
        """The policy's judgement. Raises what the policy raises."""
        decide: Callable[[PolicyContext, Any], PolicyResult] = import_module(self.module).evaluate
        return decide(context, options)


POLICIES: dict[str, PolicyKind] = {
    "no-merge-to-main": PolicyKind(
        summary="The branch reaches a protected branch only through a pull request.",
        module="gaterunner.policies.no_merge_to_main",
        rules=("no-merge", "on-protected-branch", "protected-branch", "pushed-without", "target-not-allowed"),
        aliases=("no-main-merge",),
    ),
    "no-secret-changes": PolicyKind(
        summary="No commit of the range adds a secret or touches a file that holds one.",
        module="gaterunner.policies.no_secret_changes",
        rules=("secret",),
        reads=("records",),
        searches=True,
        aliases=("no-secret-diffs",),
    ),
    "forward-only-migrations": PolicyKind(
        summary="Database migrations are only ever added, in order; existing ones are never rewritten.",
        module="gaterunner.policies.forward_only_migrations",
        rules=("migration-",),
        reads=("trees",),
    ),
    "cutovers": PolicyKind(
        summary="What a migration drops is replaced first: step by step, behind a flag, both written meanwhile.",
        module="gaterunner.policies.cutovers",
        rules=("cutover/",),
        reads=("trees",),
        stage="after",
    ),
    "guardrails": PolicyKind(
        summary="What the branch changes in the rules that it is judged by is shown and needs approval.",
        module="gaterunner.policies.guardrails",
        rules=("guardrails/",),
        reads=("trees", "hunks"),
        always=True,
    ),
    "clean-main": PolicyKind(
        summary="The branch merges into a green target, its merges hide nothing, and its commits tell who made them.",
        module="gaterunner.policies.clean_main",
        rules=("clean-main/",),
        reads=("history",),
    ),
    "change-budget": PolicyKind(
        summary="The change stays small enough for somebody to read it.",
        module="gaterunner.policies.change_budget",
        rules=("change-budget/",),
    ),
    "spec": PolicyKind(
        summary="The branch of a phase does what the phase's spec says, proven by tests, and nothing else.",
        module="gaterunner.policies.spec",
        rules=("spec/",),
        reads=("trees", "merges"),
        stage="after",
    ),
    "observability": PolicyKind(
        summary="The program tells of its own running: spans and structured logs, seen while gates ran it.",
        module="gaterunner.policies.observability",
        rules=("observability/", "telemetry/"),
        reads=("hunks",),
        stage="after",
    ),
    "phases": PolicyKind(
        summary="A phase starts once those before it have landed; in force wherever phases are declared.",
        module="gaterunner.policies.phases",
        rules=("phases/",),
        reads=("phases",),
    ),
    "reversible-rollout": PolicyKind(
        summary="What a change brings can be turned off, and taken back: flags off by default, a rehearsed way back.",
        module="gaterunner.policies.reversible_rollout",
        rules=("rollout/",),
        reads=("trees", "hunks"),
        stage="after",
    ),
    "decisions": PolicyKind(
        summary="What the phase's spec asks of the panel is answered, in a log that only grows and can be replayed.",
        module="gaterunner.policies.decisions",
        rules=("decisions/",),
        reads=("trees", "root", "hunks"),
        stage="after",
    ),
    "no-prod-db-writes": PolicyKind(
        summary="No gate can reach a database that is not meant for it.",
        module="gaterunner.policies.no_prod_db_writes",
        rules=("no-prod/",),
        reads=("trees", "hunks"),
        stage="before",
    ),
}


def names_in_force(declared: Sequence[str]) -> tuple[str, ...]:
    """The policies of a run by their names: those that are always on, then the others that are ``declared``."""
    always = (name for name, kind in POLICIES.items() if kind.always and name not in declared)
    return (*always, *declared)
