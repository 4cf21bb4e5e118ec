"""The tests that a spec lets a change remove. Pure but for reading the spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gaterunner.contract.patterns import TestIds
from gaterunner.contract.test_names import spellings
from gaterunner.contract.types import Spec

if TYPE_CHECKING:
    from gaterunner.config.types import Workflow
    from gaterunner.policies.context import PolicyContext

POLICY = "spec"


class Removable:
    """What `tests: may-remove` of a spec names."""

    def __init__(self, spec: Spec, workflow: Workflow) -> None:
        self._patterns = spec.tests.may_remove
        self._any = TestIds(tuple(pattern.test for pattern in self._patterns))
        self._roots: Sequence[str] = tuple(dict.fromkeys(gate.cwd.removeprefix("./") for gate in workflow.gates))

    def ids(self, path: str, name: str | None) -> tuple[str, ...]:
        """The ids that the test of a file may have; the file itself where nobody reads its language."""
        return (path,) if name is None else spellings(path, name, self._roots)

    def in_code(self, path: str, name: str | None) -> bool:
        """Whether the test of a file may go, in whichever gate it ran."""
        return any(self._any.matches(id) for id in self.ids(path, name))

    def in_results(self, id: str, gate: str) -> bool:
        """Whether the test of a gate may go."""
        return any(pattern.gate in (None, gate) and TestIds((pattern.test,)).matches(id) for pattern in self._patterns)


def removable(context: PolicyContext) -> Removable | None:
    """What the law's spec lets the change remove; None where the workflow does not ask for specs, or there is none.

    Never what the branch's own spec names. Raises ``EvaluationError`` when git or the forge has no answer.
    """
    if all(policy.name != POLICY for policy in context.workflow.policies):
        return None
    from gaterunner.contract.held import spec_of

    held = spec_of(context)
    if held.spec is None or held.source != "base" or not held.spec.tests.may_remove:
        return None
    return Removable(held.spec, context.workflow)
