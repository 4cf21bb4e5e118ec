"""Whether the change touches the ``paths`` of a gate."""

from __future__ import annotations

from collections.abc import Callable

from gaterunner.config.types import Gate, Workflow
from gaterunner.model import Change, Problem
from gaterunner.plan.problems import workflow_problem


class Paths:
    """The compiled ``paths`` of a workflow; each distinct list is compiled and matched once."""

    def __init__(self, workflow: Workflow, change: Change | None, problems: list[Problem]) -> None:
        """A glob that cannot be compiled is added to ``problems``."""
        self._change = change
        self._matchers: dict[tuple[str, ...], Callable[[str], bool]] = {}
        self._touched: dict[tuple[str, ...], bool] = {}
        for gate in workflow.gates:
            if gate.paths and gate.paths not in self._matchers:
                self._compile(gate, workflow, problems)

    def reason_to_skip(self, gate: Gate) -> str | None:
        """Why a gate does not apply to the change; None when it does, or when that cannot be told."""
        change = self._change
        # A change without files is run: it may be one whose files are not known, and running too much is never wrong.
        if not gate.paths or change is None or not change.files or self._is_touched(gate.paths, change):
            return None
        count = len(change.files)
        files = f"{count} changed file{'s' if count != 1 else ''}"
        return f"none of the {files} matches `paths`: {', '.join(gate.paths)}"

    def _compile(self, gate: Gate, workflow: Workflow, problems: list[Problem]) -> None:
        from wcmatch import glob  # loaded only when a workflow has `paths`

        flags = glob.GLOBSTAR | glob.DOTGLOB | glob.BRACE | glob.NEGATE | glob.NEGATEALL | glob.CASE | glob.FORCEUNIX
        patterns = [each for pattern in gate.paths for each in _with_contents(pattern)]
        try:
            self._matchers[gate.paths] = glob.compile(patterns, flags=flags).match
        except Exception as error:  # noqa: BLE001 -- wcmatch and `re` raise several unrelated types for a bad pattern
            message = f"gate `{gate.name}`: `paths` holds a glob that cannot be used: {error}"
            help = "Write a simpler glob, such as `src/**/*.py`."
            problems.append(workflow_problem(workflow, gate.position, message, help))

    def _is_touched(self, globs: tuple[str, ...], change: Change) -> bool:
        """True when a changed file matches, on either side of a move, or when that cannot be told."""
        if globs not in self._touched:
            matches = self._matchers.get(globs)
            self._touched[globs] = matches is None or any(matches(file.path) for file in change.files)
        return self._touched[globs]


def _with_contents(pattern: str) -> tuple[str, ...]:
    """A pattern also covers everything below a directory of that name: ``src`` and ``src/`` mean ``src/**`` too."""
    sign = "!" if pattern.startswith("!") else ""
    plain = pattern.removeprefix("!").removeprefix("./").strip("/")
    return (sign + plain, f"{sign}{plain}/**") if plain and plain != "." else (f"{sign}**",)
