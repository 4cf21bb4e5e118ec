"""Whether the change touches the ``paths`` of a gate."""

from __future__ import annotations

from gaterunner.config.types import Gate, Workflow
from gaterunner.globs import Globs
from gaterunner.model import Change, Problem
from gaterunner.plan.problems import workflow_problem


class Paths:
    """The compiled ``paths`` of a workflow; each distinct list is compiled and matched once."""

    def __init__(self, workflow: Workflow, change: Change | None, problems: list[Problem]) -> None:
        """A glob that cannot be compiled is added to ``problems``, also one that is only used later."""
        self._change = change
        self._globs: dict[tuple[str, ...], Globs | None] = {}
        self._touched: dict[tuple[str, ...], bool] = {}
        for gate in workflow.gates:
            for option, patterns in (
                ("paths", gate.paths),
                ("inputs", gate.inputs),
                ("base-tests", gate.test_rules.base_tests),
            ):
                if patterns and patterns not in self._globs:
                    self._globs[patterns] = _compiled(gate, option, patterns, workflow, problems)

    def reason_to_skip(self, gate: Gate) -> str | None:
        """Why a gate does not apply to the change; None when it does, or when that cannot be told."""
        change = self._change
        # A change without files is run: it may be one whose files are not known, and running too much is never wrong.
        if not gate.paths or change is None or not change.files or self._is_touched(gate.paths, change):
            return None
        count = len(change.files)
        files = f"{count} changed file{'s' if count != 1 else ''}"
        return f"none of the {files} matches `paths`: {', '.join(gate.paths)}"

    def _is_touched(self, patterns: tuple[str, ...], change: Change) -> bool:
        """True when a changed file matches, on either side of a move, or when that cannot be told."""
        if patterns not in self._touched:
            globs = self._globs.get(patterns)
            self._touched[patterns] = globs is None or any(globs.matches(file.path) for file in change.files)
        return self._touched[patterns]


def _compiled(
    gate: Gate, option: str, patterns: tuple[str, ...], workflow: Workflow, problems: list[Problem]
) -> Globs | None:
    try:
        return Globs(patterns)
    except ValueError as error:
        message = f"gate `{gate.name}`: `{option}` holds a glob that cannot be used: {error}"
        help = "Write a simpler glob, such as `src/**/*.py`."
        problems.append(workflow_problem(workflow, gate.position, message, help))
        return None
