"""Finds out what the base's tests were: from its last report, or by running its own tree."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from gaterunner.baseline.worktree import Worktrees
from gaterunner.config.types import TestRules
from gaterunner.errors import GaterunnerError
from gaterunner.evidence.types import BaselineEvidence, TestEvidence
from gaterunner.executors.base import Execution
from gaterunner.gates.command import judge
from gaterunner.gates.wording import some
from gaterunner.git.repository import Repository
from gaterunner.git.worktree import overlaid
from gaterunner.globs import Globs
from gaterunner.model import TestCase
from gaterunner.plan import PlannedGate

Execute = Callable[[Path, str], tuple[Execution, TestEvidence | None]]
"""Runs a gate's command in another folder than the checkout, and collects the result files it writes there.

The second argument says what is run, for the name of a log: ``base``, or ``base-tests`` for the base's tests on the
head's code.
"""

_SHA_SHOWN = 10


class Baselines:
    """What the base's tests were, gate by gate; each is found out once. Used from several threads.

    Make it before the first gate starts: what a commit holds is looked up then. ``base`` and ``judged`` are commits;
    ``base_tests`` says that a gate asks for the base's tests on the judged code. ``tests_of`` gives a commit's tests of
    a gate from the last report that is kept of it (see ``Store.tests_of``). ``imported`` tells which changed files a
    gate of this machine may have imported from the checkout although it ran in another tree.
    """

    def __init__(
        self,
        repository: Repository,
        *,
        base: str,
        judged: str,
        tests_of: Callable[[str, str], tuple[TestCase, ...] | None],
        worktrees: Worktrees,
        imported: Callable[[], tuple[str, ...]],
        base_tests: bool = True,
    ) -> None:
        self._repository = repository
        self._base = base
        self._judged = judged
        self._tests_of = tests_of
        self._worktrees = worktrees
        self._imported = imported
        commits = (base, judged) if base_tests and base != judged else ()
        self._trees = {commit: repository.tree(commit) for commit in commits}
        self._lock = threading.Lock()
        self._known: dict[tuple[str, bool], BaselineEvidence | None] = {}

    def of(self, planned: PlannedGate, execute: Execute, *, failed: bool = False) -> BaselineEvidence | None:
        """The base's tests of a gate; None when none are asked for and no report tells of them.

        ``failed`` says that tests of the head failed, and which of them are new is all there is to find out: a report
        of the base will do then, also where the base would be run otherwise. Whatever goes wrong is the evidence's
        ``fault``.
        """
        key = planned.gate.name, failed
        with self._lock:
            if key in self._known:
                return self._known[key]
        found = self._find_for_failed(planned, execute) if failed else self._find(planned, execute)
        with self._lock:
            return self._known.setdefault(key, found)

    def _find_for_failed(self, planned: PlannedGate, execute: Execute) -> BaselineEvidence | None:
        rules = planned.gate.test_rules
        kept = self._tests_of(self._base, planned.gate.name) if rules.baseline == "run" else None
        if kept is not None:
            return BaselineEvidence(commit=self._base, source="report", cases=kept)
        plain = replace(rules, base_tests=())
        return self._find(replace(planned, gate=replace(planned.gate, test_rules=plain)), execute)

    def _find(self, planned: PlannedGate, execute: Execute) -> BaselineEvidence | None:
        rules = planned.gate.test_rules
        if self._base == self._judged:
            # Nothing lies between, so nothing can be gone.
            return None if rules.baseline is None else BaselineEvidence(commit=self._base, source=rules.baseline)
        if rules.baseline == "run":
            return self._run(planned, rules, execute)
        cases = self._tests_of(self._base, planned.gate.name)
        if cases is not None:
            return BaselineEvidence(commit=self._base, source="report", cases=cases)
        if rules.baseline is None:
            return None
        fault = (
            f"no report is kept of {self._base[:_SHA_SHOWN]}; run gaterunner on every push to the target, "
            "or use `baseline: run`"
        )
        return BaselineEvidence(commit=self._base, source="report", fault=fault)

    def _run(self, planned: PlannedGate, rules: TestRules, execute: Execute) -> BaselineEvidence:
        evidence = BaselineEvidence(commit=self._base, source="run")
        try:
            cases, fault = self._cases(planned, self._base, execute, "base")
            if fault is None and rules.base_tests and planned.image is None:
                fault = self._mixed(Globs(rules.base_tests))
            evidence = replace(evidence, cases=cases, fault=fault and f"run on the base, {fault}")
            if fault is None and rules.base_tests:
                evidence = self._on_head(planned, rules.base_tests, execute, evidence)
        except GaterunnerError as error:
            return replace(evidence, fault=error.line)
        return evidence

    def _mixed(self, tests: Globs) -> str | None:
        """Why the base's tests may have met the head's code: what that breaks would count as broken before."""
        served = [path for path in self._imported() if not tests.matches(path)]
        if not served:
            return None
        return (
            f"tests may have imported this code's {some(served)}: the Python on PATH has the checkout installed in "
            "editable mode; let the gate's command install into an environment of its own, or give the gate an `image`"
        )

    def _on_head(
        self, planned: PlannedGate, globs: Sequence[str], execute: Execute, evidence: BaselineEvidence
    ) -> BaselineEvidence:
        """With what the base's own tests say about the head's code, where they are not the head's own anyway."""
        matches = Globs(globs).matches
        if not any(matches(entry.path) for entry in self._trees[self._base]):
            return replace(evidence, fault=f"no file of the base matches `base-tests: {' '.join(globs)}`")
        commit = overlaid(self._repository, self._judged, self._base, matches, entries_of=self._trees.__getitem__)
        if commit is None:
            return evidence
        cases, fault = self._cases(planned, commit, execute, "base-tests")
        if fault is not None:
            return replace(evidence, fault=f"run on this code in the base's version, {fault}")
        return replace(evidence, on_head=cases)

    def _cases(
        self, planned: PlannedGate, commit: str, execute: Execute, what: str
    ) -> tuple[tuple[TestCase, ...], str | None]:
        """What the tests of a commit were, or why that is not known. Tests that fail are known, too."""
        with self._worktrees.of(commit, contained=planned.image is not None) as folder:
            execution, tests = execute(folder, what)
        if execution.ended == "exited" and tests is not None and tests.cases and not tests.unreadable:
            return tests.cases, None
        # Judged without the gate's own rules, the reason says what of this run is missing.
        plain = replace(planned, gate=replace(planned.gate, test_rules=TestRules(), coverage=None))
        return (), judge(plain, execution, tests).reason
