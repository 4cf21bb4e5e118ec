"""The cutovers file at the base and in the judged tree, as it is there."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.config.types import Workflow
from gaterunner.cutovers.reading import read_cutovers
from gaterunner.cutovers.types import PATH, Cutover, Cutovers
from gaterunner.errors import WorkflowFileError
from gaterunner.model import Problem
from gaterunner.policies.context import PolicyContext, RepositoryReader, TreeEntry
from gaterunner.policies.plain_files import TooLarge, content, find

POLICY = "cutovers"
MAX_BYTES = 1_000_000


class Held(Struct, frozen=True, kw_only=True):
    """The file of one commit. ``problems`` says why it cannot be read; it then declares nothing."""

    entry: TreeEntry | None = None
    cutovers: tuple[Cutover, ...] = ()
    problems: tuple[Problem, ...] = ()
    fault: str | None = None

    @property
    def is_broken(self) -> bool:
        """True when there is something in its place that cannot be read."""
        return bool(self.problems) or self.fault is not None


def is_declared(workflow: Workflow) -> bool:
    """Whether the workflow asks for cutovers: then, and only then, a declared one permits a destructive step."""
    return any(policy.name == POLICY for policy in workflow.policies)


def cutovers_of(context: PolicyContext) -> Cutovers:
    """What is declared at the base and in the judged tree; nothing where the workflow does not ask for cutovers.

    A file that cannot be read declares nothing; the policy `cutovers` tells of it. Raises ``EvaluationError``.
    """
    if not is_declared(context.workflow):
        return Cutovers()
    base, judged = (held(context.repository, commit) for commit in (context.change.base, context.change.judged))
    return Cutovers(base=base.cutovers, judged=judged.cutovers)


def held(repository: RepositoryReader, commit: str) -> Held:
    """The file of a commit. Raises ``EvaluationError`` when the commit's tree or the blob cannot be had."""
    there = find(repository, commit, PATH)
    if there.entry is None or there.fault is not None:
        return Held(entry=there.entry, fault=there.fault)
    data = content(repository, there.entry, max_bytes=MAX_BYTES)
    if isinstance(data, TooLarge):
        return Held(entry=there.entry, fault=data.told)
    try:
        return Held(entry=there.entry, cutovers=read_cutovers(data, PATH))
    except WorkflowFileError as error:
        return Held(entry=there.entry, problems=error.problems)
