"""The tests that a spec lets a change remove. Pure but for reading the spec."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gaterunner.contract.patterns import TestIds
from gaterunner.contract.test_names import is_within, spellings, spelt_in_full
from gaterunner.contract.types import Spec

if TYPE_CHECKING:
    from gaterunner.config.types import Workflow
    from gaterunner.policies.context import PolicyContext

POLICY = "spec"


def roots_of(workflow: Workflow) -> dict[str, str]:
    """The folder that each gate runs in, by its name, relative to the repository's root; `.` for that."""
    return {gate.name: posixpath.normpath(gate.cwd or ".") for gate in workflow.gates}


class Removable:
    """What `tests: may-remove` of a spec names."""

    def __init__(self, spec: Spec, workflow: Workflow) -> None:
        self._patterns = spec.tests.may_remove
        self._of_gate = {
            gate: TestIds(tuple(pattern.test for pattern in self._patterns if pattern.gate == gate))
            for gate in {pattern.gate for pattern in self._patterns}
        }
        self.roots = roots_of(workflow)
        self._everywhere: Sequence[str] = tuple(dict.fromkeys(self.roots.values()))

    def ids(self, path: str, name: str | None, gate: str | None = None) -> tuple[str, ...]:
        """The ids that the test of a file may have, in any gate or in one; the file itself where nobody reads its
        language."""
        if name is None:
            return (path,)
        if gate is None:
            return spellings(path, name, self._everywhere)
        root = self.roots.get(gate, ".")
        found = spellings(path, name, (root,))
        if is_within(path, root):
            return found
        of_others = any(other != "." and is_within(path, other) for other in self._everywhere)
        return () if of_others else spelt_in_full(path, found)

    def in_code(self, path: str, name: str | None) -> bool:
        """Whether the test of a file may go: by a pattern of a gate, only one that such a gate would run."""
        return any(
            patterns.matches(id) for gate, patterns in self._of_gate.items() for id in self.ids(path, name, gate)
        )

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
