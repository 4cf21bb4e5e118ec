"""The gates of one run with everything around them: whose rights they get, where they run, services, cache."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.cache_home import cache_home
from gaterunner.config.types import Workflow
from gaterunner.executors.identity import owner_of, private_home
from gaterunner.executors.places import Places
from gaterunner.git import Repository
from gaterunner.model import Change, GateResult, Report
from gaterunner.plan import PlannedGate
from gaterunner.redaction import Redactor
from gaterunner.reporters.observer import Observer
from gaterunner.runner.gate_run import GateSurroundings
from gaterunner.runner.gates import run_gates
from gaterunner.runner.schedule import usable_cpus
from gaterunner.services.base import ServiceHost

if TYPE_CHECKING:
    from gaterunner.baseline import Baselines, Worktrees
    from gaterunner.numbers.last_run import LastRun
    from gaterunner.runner.rehearsals import Rehearsals
    from gaterunner.runner.rollbacks import Rollbacks
    from gaterunner.runner.sentry_asking import Deployments, SentrySurroundings
    from gaterunner.store.cache import GateCache
    from gaterunner.store.store import Store
    from gaterunner.telemetry.trace import Trace


class Settings(Struct, frozen=True, kw_only=True):
    """How gates are to be run. ``jobs`` None means one per CPU; ``fresh`` and ``cache`` are those of ``Options``.

    ``adopted`` says that the workflow file is the branch's own, as the base holds none. ``deployments`` asks the forge
    when commits were deployed, None where there is none to ask. ``now`` tells the time, ``asked_since`` when the run
    began that this one goes on with.
    """

    jobs: int | None
    keep_going: bool
    fresh: bool
    cache: Path | None
    image_digest: str | None
    adopted: bool = False
    deployments: Deployments | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    asked_since: datetime | None = None


class GateStage:
    """Made when the plan is known; ``run`` once, then ``keep`` with the report. ``notes`` are for the report's readers.

    ``run_name`` tells this run apart from others, ``logs`` is a folder that gates cannot write to.
    ``trace`` is the one that gates continue.
    """

    def __init__(
        self,
        repository: Repository,
        change: Change,
        workflow: Workflow,
        plan: Sequence[PlannedGate],
        *,
        settings: Settings,
        environment: Mapping[str, str],
        redactor: Redactor,
        logs: Path,
        run_name: str,
        trace: Trace | None = None,
    ) -> None:
        self._repository = repository
        self._change = change
        self._workflow = workflow
        self._plan = plan
        self._settings = settings
        self._environment = environment
        self._redactor = redactor
        self._logs = logs
        self._run_name = run_name
        self._trace = trace
        self._owner = owner_of(repository.root)
        self._places = Places(environment, redactor, identity=self._owner, run=run_name)
        self._store: Store | None = None
        self._cache: GateCache | None = None
        self.notes: list[str] = []

    def run(self, observer: Observer, cancelled: Event) -> tuple[GateResult, ...]:
        """The results in the order of the plan. Raises ``GaterunnerError`` when the change itself cannot be read."""
        if not self._plan:
            return ()
        if self._owner is None and os.geteuid() == 0 and self._executes_here():
            self.notes.append(
                "gates ran as root: the checkout belongs to root, so there is no other user to run them as"
            )
        self._open_cache()
        with nullcontext() if self._owner is None else private_home(self._owner) as home:
            return run_gates(
                self._plan,
                surroundings=GateSurroundings(
                    root=self._repository.root,
                    logs=self._logs,
                    environment=self._environment,
                    redactor=self._redactor,
                    executor_for=self._places.executor_for,
                    engine=self._places.engine,
                    identity=self._owner,
                    home=home,
                    committed=self._committed(),
                    changed=self._changed(),
                    services=self._services(),
                    cache=self._cache,
                    baselines=self._baselines(),
                    rehearsals=self._rehearsals(),
                    rollbacks=self._rollbacks(),
                    trace=self._trace,
                    sentry=self._sentry(),
                ),
                observer=observer,
                cancelled=cancelled,
                jobs=self._settings.jobs or usable_cpus(),
                keep_going=self._settings.keep_going or self._workflow.keep_going,
            )

    def last_run(self) -> LastRun:
        """The base's last run, as far as it is kept. Call it before ``keep``."""
        from gaterunner.numbers.last_run import LastRun

        if self._store is None or not self._store.usable:
            return LastRun(reason="no results of earlier runs are kept here")
        return self._store.last_run(self._change.base)

    def keep(self, report: Report, note: Callable[[str], None]) -> None:
        """Writes what later runs may rest on. Call it when the report is final; what goes wrong is a note."""
        if self._store is None:
            if self._could_be_written():  # there was none before
                from gaterunner.store.store import forget

                forget(self._repository.layout, environment=self._environment, rights=self._owner)
            return
        with self._store:
            if self._cache is not None:
                from gaterunner.reporters.json import encode_report

                told = len(self._store.notes)
                self._cache.save(report, encode_report(report))
                for line in self._store.notes[told:]:
                    note(line)

    def _running(self) -> list[PlannedGate]:
        return [planned for planned in self._plan if planned.skip is None]

    def _rehearses(self) -> bool:
        return any(planned.gate.kind == "migration-rehearsal" for planned in self._running())

    def _goes_back(self) -> bool:
        return any(planned.gate.kind == "rollback-rehearsal" for planned in self._running())

    def _executed(self) -> Sequence[PlannedGate]:
        """All gates whose command may be executed: a rehearsal of the way back also runs some that do not run here."""
        return self._plan if self._goes_back() else self._running()

    def _open_cache(self) -> None:
        """Reads what earlier runs left, unless there is nothing and nobody has a use for it.

        Also when this workflow could use none of it: a gate that runs on this machine may write there for a run that
        can, of another target with another workflow, and that is then removed.
        """
        used = any(
            each.gate.inputs or each.gate.tests or each.gate.coverage or each.gate.telemetry for each in self._plan
        )
        if not (used or self._settings.cache is not None or self._could_be_written()):
            return
        from gaterunner.store.cache import GateCache
        from gaterunner.store.store import Store

        self._store = Store.open(self._repository.layout, environment=self._environment, cache=self._settings.cache)
        self._cache = GateCache(
            self._store,
            self._repository,
            self._change,
            self._workflow,
            self._plan,
            environment=self._environment,
            digest_of=self._places.digest_of,
            fresh=self._settings.fresh,
            image_digest=self._settings.image_digest,
        )
        self.notes += self._store.notes

    def _could_be_written(self) -> bool:
        """Whether gates of this machine run where there are, by now, stores that they may reach."""
        home = cache_home(self._environment)
        return home is not None and os.path.lexists(home) and self._executes_here()

    def _executes_here(self) -> bool:
        """Whether a command of the branch is started on this machine; a gate that asks Sentry starts none."""
        return any(gate.image is None and gate.gate.sentry is None for gate in self._executed())

    def _services(self) -> ServiceHost | None:
        asked = any(planned.gate.services or planned.gate.database for planned in self._executed())
        if not (asked or self._workflow.services):
            return None
        from gaterunner.services.host import Services

        return Services(
            self._places.engine,
            run=self._run_name,
            run_services=self._workflow.services,
            database=self._workflow.database,
            logs=self._logs,
            redactor=self._redactor,
        )

    def _baselines(self) -> Baselines | None:
        """None unless a gate tells of tests: the base's may then be known."""
        if self._store is None or not any(planned.gate.tests for planned in self._running()):
            return None
        from gaterunner.baseline import Baselines

        return Baselines(
            self._repository,
            base=self._change.base,
            judged=self._change.judged,
            tests_of=self._store.tests_of,
            worktrees=self._worktrees(),
            imported=self._imported,
            base_tests=any(planned.gate.test_rules.base_tests for planned in self._running()),
        )

    def _imported(self) -> tuple[str, ...]:
        from gaterunner.runner.installed import imported_from

        changed = (file.path for file in self._change.files)
        return imported_from(self._repository.root, changed, self._environment, self._committed())

    def _rehearsals(self) -> Rehearsals | None:
        """None unless a gate rehearses migrations: the base's are then applied first."""
        if not self._rehearses():
            return None
        from gaterunner.runner.rehearsals import Rehearsals

        return Rehearsals(self._repository, self._change, self._workflow, self._worktrees())

    def _rollbacks(self) -> Rollbacks | None:
        """None unless a gate rehearses the way back, which is done on the base's code."""
        if not self._goes_back():
            return None
        from gaterunner.runner.rollbacks import Rollbacks

        return Rollbacks(self._repository, self._change, self._workflow, self._worktrees(), self._plan)

    def _sentry(self) -> SentrySurroundings | None:
        """None unless a gate asks Sentry: of what commit, then."""
        if not any(planned.gate.kind == "sentry-clean" for planned in self._running()):
            return None
        from gaterunner.runner.sentry_asking import SentrySurroundings

        return SentrySurroundings(
            head=self._change.head,
            asked_since=self._settings.asked_since,
            dirty=self._change.dirty,
            adopted=self._settings.adopted,
            now=self._settings.now,
            deployments=self._settings.deployments,
        )

    def _worktrees(self) -> Worktrees:
        from gaterunner.baseline import Worktrees

        # The engine may see nothing but the checkout when we run in a container ourselves.
        in_container = any(planned.image is not None for planned in self._executed())
        parent = self._repository.git_dir if in_container else None
        return Worktrees(self._repository, identity=self._owner, parent=parent)

    def _committed(self) -> dict[str, str]:
        evidenced = any(planned.gate.tests or planned.gate.coverage for planned in self._running())
        if not (evidenced or self._rehearses() or self._goes_back()):
            return {}
        return {entry.path: entry.blob for entry in self._repository.tree(self._change.judged)}

    def _changed(self) -> dict[str, frozenset[int]]:
        if not any(planned.gate.coverage for planned in self._running()):
            return {}
        from gaterunner.git.added import added_lines

        return added_lines(self._repository, self._change.base, self._change.judged, self._change.files)
