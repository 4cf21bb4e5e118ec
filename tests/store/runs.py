"""Runs with a store, their gates replaced by functions: what a cache does in a few lines of test.

branch = Branch(tmp_path)
branch.run().told == {"unit": "passed"}
branch.run().told == {"unit": "cached"}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gaterunner import __version__
from gaterunner.change import ChangeOptions, determine_change
from gaterunner.config.grammar import parse_workflow
from gaterunner.git import Repository as Checkout
from gaterunner.model import ChangeSummary, GateResult, Outcome, Problem, Report, Skip, ToolInfo, Trouble, Verdict
from gaterunner.plan import PlannedGate, make_plan
from gaterunner.reporters.json import encode_report
from gaterunner.store.cache import GateCache
from gaterunner.store.store import Store
from tests.gitrepo import Repository

UNIT = 'workflow: {gates: [unit: {run: pytest, inputs: ["src/**"]}]}'
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

_PROBLEM = Problem(trouble=Trouble.EVALUATION, message="HEAD was moved")

Gate = Callable[[Path], GateResult | None]


class Seen(Struct, frozen=True):
    """What became of one run."""

    report: Report
    encoded: bytes
    notes: tuple[str, ...]

    @property
    def told(self) -> dict[str, str]:
        return {gate.name: "cached" if gate.cached else str(gate.outcome) for gate in self.report.gates}

    @property
    def gate(self) -> GateResult:
        return self.report.gates[0]

    @property
    def kept_not(self) -> str:
        """Why the first gate's result was not kept; empty when it was."""
        return next((each.message for each in self.gate.findings if each.rule == "not-cached"), "")


class Branch:
    """A repository with a branch ``feat/x`` checked out, and a home for its store."""

    def __init__(self, tmp_path: Path, workflow: str = UNIT, files: Mapping[str, str | bytes] | None = None) -> None:
        self.repo = Repository.create(tmp_path / "repo")
        self.repo.commit("Start", {".gaterunner.yml": workflow, "src/app.py": "print(1)\n", **(files or {})})
        self.repo.switch("feat/x", create=True)
        self.root = self.repo.root
        self.workflow = workflow
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home")}
        self.now = NOW
        self.digests: dict[str, str] = {}
        self.broken = False

    @property
    def stores(self) -> list[Path]:
        return sorted(Path(self.environment["HOME"], ".cache", "gaterunner").glob("*"))

    def later(self, **more: float) -> None:
        self.now += timedelta(**more)

    def run(
        self,
        gate: Gate | None = None,
        *,
        cache: Path | None = None,
        fresh: bool = False,
        before_saving: Callable[[], object] = lambda: None,
        base: str | None = None,
        executor: str = "local",
    ) -> Seen:
        """One run. ``gate`` stands for every gate: it gets the root, and what it returns replaces a plain pass."""
        self.later(minutes=1)
        with Checkout.open(self.root, env=self.environment) as checkout:
            change = determine_change(checkout, ChangeOptions(base=base), None)
            workflow = parse_workflow(self.workflow.encode(), ".gaterunner.yml")
            tree = checkout.tree_view(change.judged)
            plan = make_plan(workflow, change, tree, tree)
            with Store.open(checkout.layout, environment=self.environment, cache=cache, now=self.now) as store:
                cached = GateCache(
                    store,
                    checkout,
                    change,
                    workflow,
                    plan,
                    environment=self.environment,
                    digest_of=self.digests.get,
                    fresh=fresh,
                )
                results = tuple(self._gate(planned, cached, gate, executor) for planned in plan)
                before_saving()
                report = Report(
                    verdict=Verdict.PASS,
                    sentence="",
                    started=self.now.isoformat(),
                    duration_s=1.0,
                    tool=ToolInfo(version=__version__),
                    change=ChangeSummary(
                        event=change.event,
                        base=change.base,
                        head=change.head,
                        merge=change.merge,
                        branch=change.branch,
                        target=change.target,
                        phase=None,
                        dirty=change.dirty,
                        commits=0,
                        files=0,
                        insertions=0,
                        deletions=0,
                    ),
                    workflow=None,
                    gates=results,
                    problems=(_PROBLEM,) if self.broken else (),
                )
                encoded = encode_report(report)
                cached.save(report, encoded)
                return Seen(report, encoded, tuple(store.notes))

    def _gate(self, planned: PlannedGate, cached: GateCache, gate: Gate | None, executor: str) -> GateResult:
        if planned.skip is not None:
            return GateResult(
                name=planned.gate.name, kind="command", outcome=Outcome.SKIPPED, reason="", skip=Skip.NOT_APPLICABLE
            )
        found = cached.lookup(planned)
        if found is not None:
            return found
        watch = cached.watch(planned)
        given = gate(self.root) if gate is not None else None
        result = given or self.passed()
        digest = self.digests.get(planned.image) if planned.image else None
        result = replace(result, name=planned.gate.name, executor=executor, image=planned.image, image_digest=digest)
        finding = cached.remember(planned, result, watch)
        return replace(result, findings=(*result.findings, finding)) if finding is not None else result

    def passed(self, **more: object) -> GateResult:
        """A plain pass at this time, with anything different that is named."""
        result = GateResult(
            name="",
            kind="command",
            outcome=Outcome.PASSED,
            reason="exit code 0",
            exit_code=0,
            started=self.now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            duration_s=2.0,
            attempts=1,
        )
        return replace(result, **more)
