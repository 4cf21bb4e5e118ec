"""One run, readable from top to bottom: change, law, plan, gates beside policies, verdict, report."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from msgspec import Struct
from msgspec.structs import replace

from gaterunner import __version__
from gaterunner.change import ChangeOptions, determine_change
from gaterunner.errors import GaterunnerError, UsageError, machine_error
from gaterunner.excerpts import with_excerpts
from gaterunner.executors.identity import owner_of
from gaterunner.executors.local import LocalExecutor
from gaterunner.gates.unexecuted import skipped
from gaterunner.git import Repository
from gaterunner.judged_tree import look_again, refuse_another
from gaterunner.logs import LogFolder
from gaterunner.model import Change, GateResult, Part, Problem, Report, Skip, ToolInfo, Trouble
from gaterunner.plan import PlannedGate, make_plan
from gaterunner.plan.digest import plan_digest
from gaterunner.policies.context import DatabaseProbe, SecretScanner
from gaterunner.policies.forge import Forge
from gaterunner.policy_stage import PolicyStage, Sources
from gaterunner.redaction import Redactor
from gaterunner.repetition import Memory
from gaterunner.report import Results, build_report
from gaterunner.reporters.observer import Observer
from gaterunner.runner.stage import GateStage, Settings
from gaterunner.verdict import Scope

if TYPE_CHECKING:
    from gaterunner.config.law import Law
    from gaterunner.github.events import GitHubEvent
    from gaterunner.numbers.last_run import LastRun
    from gaterunner.numbers.measuring import Measured
    from gaterunner.runner.sentry_asking import Deployments
    from gaterunner.telemetry.trace import Trace

_INTERRUPTED = Problem(
    trouble=Trouble.INTERRUPTED, message="the run was interrupted", help="run it again to get a verdict"
)


class Options(Struct, frozen=True, kw_only=True):
    """What the caller asks for. ``folder`` is any folder inside the repository; ``gates`` selects some by name.

    ``jobs`` is how many gates run at once, None for as many as there are CPUs. ``executor`` is where all of them run,
    None for where the workflow says. ``fresh`` takes no cached result; ``cache`` is an exported folder of results to
    read and to write instead of the machine's own. ``part`` is a part of a fan-out, ``2/5``: then only gates count.
    ``committed`` judges the commit that is checked out and not what lies beside it in the work tree.
    """

    folder: Path
    scope: Scope = "gates+policies"
    base: str | None = None
    head: str | None = None
    config: str | None = None
    gates: tuple[str, ...] = ()
    jobs: int | None = None
    keep_going: bool = False
    executor: Literal["local", "docker"] | None = None
    fresh: bool = False
    cache: Path | None = None
    part: str | None = None
    committed: bool = False


class Surroundings(Struct, frozen=True, kw_only=True):
    """What a run finds around it: everything that reaches outside of the process comes in through here.

    ``trace`` is the one that gates continue. ``now`` tells the time to gates that wait for some.
    """

    environment: Mapping[str, str]
    observer: Observer
    cancelled: threading.Event
    secrets: SecretScanner
    redactor: Redactor
    event: GitHubEvent | None = None
    forge: Forge | None = None
    databases: DatabaseProbe | None = None
    token: str | None = None
    image_digest: str | None = None
    note: Callable[[str], None] = lambda _line: None
    trace: Trace | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def run(options: Options, surroundings: Surroundings) -> Report:
    """Judges one branch and returns the report; never raises for what it finds, nor for a defect of its own."""
    return report_of(Judging(options, surroundings), surroundings)


def report_of(judging: Judging, surroundings: Surroundings) -> Report:
    """Takes all steps and returns the report; never raises for what it finds, nor for a defect of its own."""
    started, clock = datetime.now(UTC), time.monotonic()
    problems = judging.run()
    if surroundings.cancelled.is_set():
        problems = (*problems, _INTERRUPTED)
    report = build_report(
        replace(judging.results, problems=problems),
        started=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        duration_s=time.monotonic() - clock,
        tool=ToolInfo(version=__version__, image_digest=surroundings.image_digest),
        redact=surroundings.redactor,
    )
    report = judging.remember(report)
    judging.keep(report)
    return report


@contextmanager
def planned(options: Options, surroundings: Surroundings) -> Iterator[tuple[Change, Law, tuple[PlannedGate, ...]]]:
    """Change, law and plan of a run that is not started. Raises ``GaterunnerError``."""
    judging = Judging(options, surroundings)
    with Repository.open(options.folder, env=surroundings.environment) as repository:
        change = judging.determine_change(repository)
        law = judging.read_law(repository, change)
        yield change, law, judging.make_plan(repository, change, law)


class Judging:
    """The steps of one run. ``results`` holds what is known so far, so that a run that stops still has a report.

    ``executes`` says whether gates are executed here, and not, as for `collect`, on other machines. ``asked_since`` is
    when the run began that this one goes on with, None where it goes on with none.
    """

    executes: ClassVar[bool] = True
    asked_since: datetime | None = None

    def __init__(self, options: Options, surroundings: Surroundings) -> None:
        self._options = options
        self._surroundings = surroundings
        self.results = Results(scope=options.scope)
        event = surroundings.event
        if event is not None:
            self.results = replace(
                self.results, repository=event.repository, pull_request=event.number, run_url=event.run_url
            )
        self._ended: Memory | None = None
        self._run_name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        self._stage: GateStage | None = None

    def run(self) -> tuple[Problem, ...]:
        """All steps; returns what kept the run from being judged, which is nothing when all went well."""
        try:
            if self.executes and self._options.scope != "policies":
                LocalExecutor.prepare()
            threading.Thread(target=_load_grammar, name="grammar", daemon=True).start()
            with Repository.open(self._options.folder, env=self._surroundings.environment) as repository:
                if self._options.part is None:
                    self._ended = Memory(repository.git_dir, owner=owner_of(repository.root))
                return self.judge(repository)
        except GaterunnerError as error:
            return error.problems
        except OSError as error:
            return machine_error(error).problems
        except Exception as error:  # noqa: BLE001  a defect of ours ends as a report that says so
            from gaterunner.crash import describe_crash

            return (describe_crash(error),)

    def judge(self, repository: Repository) -> tuple[Problem, ...]:
        """What lies between opening the repository and the report; returns what kept it from being judged."""
        change = self.determine_change(repository)
        law = self.read_law(repository, change)
        plan = self.make_plan(repository, change, law)
        digest = plan_digest(law.info.sha256, change.judged, plan) if plan else None
        self.results = replace(self.results, cut=any(planned.shard[1] > 1 for planned in plan), plan=digest)
        if self._options.part is not None:
            self.results = replace(self.results, scope="gates", part=_part(self._options, change, law, plan))
        self._surroundings.observer.started(change, law.workflow, plan)
        with self._log_folder(repository) as logs:
            policies = self.policy_stage(repository, change, law, plan)
            blocked = policies.before()
            policies.start()
            gates = (
                self._run_gates(repository, change, law, plan, logs.private)
                if blocked is None
                else self._leave_out(plan, blocked)
            )
            whole = self.completed(plan, gates)
            self.results = replace(self.results, gates=whole, policies=policies.results(whole))
            self.results = replace(self.results, measured=self.measure(repository, change, law, plan))
            self.add_excerpts(repository, change)
            # Last, as keeping the logs takes other rights for a moment, and no other thread may work then.
            self.results = replace(self.results, gates=tuple(logs.keep(self.results.gates, root=repository.root)))
        if any(gate.started and gate.executor for gate in gates):
            self._note(look_again(repository, change, plan))
        return ()

    def completed(self, plan: Sequence[PlannedGate], gates: tuple[GateResult, ...]) -> tuple[GateResult, ...]:  # noqa: ARG002  for those that override it
        """All gates that the report tells of, in the order of the plan; ``gates`` are what became of them here."""
        return gates

    def determine_change(self, repository: Repository) -> Change:
        options = ChangeOptions(
            base=self._options.base,
            head=self._options.head,
            token=self._surroundings.token,
            committed=self._options.committed,
        )
        change = determine_change(repository, options, self._surroundings.event)
        self.results = replace(self.results, change=change)
        return change

    def read_law(self, repository: Repository, change: Change) -> Law:
        from gaterunner.config.law import read_law

        law = read_law(repository, change, root=repository.root, config=self._options.config)
        self.results = replace(self.results, law=law)
        return law

    def make_plan(self, repository: Repository, change: Change, law: Law) -> tuple[PlannedGate, ...]:
        if self._options.scope == "policies":
            return ()
        self.check_work_tree(repository, change)
        if self._surroundings.event is not None and self._surroundings.event.policies_only:
            raise UsageError(
                f"on {self._surroundings.event.name} no code of the branch may be executed",
                help="use the command `check` there, and run the gates on pull_request",
            )
        return make_plan(
            law.workflow,
            change,
            repository.tree_view(change.law),
            repository.tree_view(change.judged),
            selected=self._options.gates,
            executor=self._options.executor,
        )

    def check_work_tree(self, repository: Repository, change: Change) -> None:
        """Raises ``UsageError`` unless gates would see what is judged."""
        if self._options.head is not None:
            refuse_another(repository, change, self._options.head)

    def policy_stage(
        self, repository: Repository, change: Change, law: Law, plan: Sequence[PlannedGate]
    ) -> PolicyStage:
        here = self._surroundings
        return PolicyStage(
            repository,
            change,
            law,
            plan,
            sources=Sources(
                secrets=here.secrets,
                environment=here.environment,
                forge=here.forge,
                databases=here.databases,
                pull_request=here.event.number if here.event is not None else None,
            ),
            observer=here.observer,
            cancelled=here.cancelled,
            part=self._options.part is not None,
        )

    def _belted(self, law: Law, plan: Sequence[PlannedGate]) -> Sequence[PlannedGate]:
        """The plan with read-only sessions for gates that reach a database which they may only read."""
        if all(policy.name != "no-prod-db-writes" for policy in law.workflow.policies):
            return plan
        from gaterunner.targets.seat_belt import with_seat_belt

        return with_seat_belt(plan, law.workflow, self._surroundings.environment)

    def _leave_out(self, plan: Sequence[PlannedGate], reason: str) -> tuple[GateResult, ...]:
        """No gate is started; those that would not have run anyway keep their own reason."""
        gates = tuple(
            skipped(planned, planned.skip or Skip.NOT_REACHED, planned.skip_reason or reason) for planned in plan
        )
        for gate in gates:
            self._surroundings.observer.gate_finished(gate)
        return gates

    def _run_gates(
        self, repository: Repository, change: Change, law: Law, plan: Sequence[PlannedGate], logs: Path
    ) -> tuple[GateResult, ...]:
        self._stage = GateStage(
            repository,
            change,
            law.workflow,
            self._belted(law, plan),
            settings=Settings(
                jobs=self._options.jobs,
                keep_going=self._options.keep_going,
                fresh=self._options.fresh,
                cache=self._options.cache,
                image_digest=self._surroundings.image_digest,
                adopted=law.info.source == "head",
                deployments=self._deployments(),
                now=self._surroundings.now,
                asked_since=self.asked_since,
            ),
            environment=self._surroundings.environment,
            redactor=self._surroundings.redactor,
            logs=logs,
            run_name=self._run_name,
            trace=self._surroundings.trace,
        )
        gates = self._stage.run(self._surroundings.observer, self._surroundings.cancelled)
        for sentence in self._stage.notes:
            self._note(sentence)
        return gates

    def _deployments(self) -> Deployments | None:
        """When commits were deployed, as GitHub tells it; None where nobody can ask."""
        event, token = self._surroundings.event, self._surroundings.token
        if event is None or token is None:
            return None
        from gaterunner.github.deployments import deployments_since

        return partial(deployments_since, token=token, repository=event.repository, api_url=event.api_url)

    def measure(self, repository: Repository, change: Change, law: Law, plan: Sequence[PlannedGate]) -> Measured | None:
        """What the change tells in numbers; None where no gate was asked for."""
        if self._options.scope == "policies" or self._options.part is not None:
            return None
        from gaterunner.numbers.measuring import measure, promised_by

        promised = promised_by(plan, untimed=self.untimed(), in_shards=not self.executes)
        return measure(change, law.workflow.areas, repository, promised=promised, last=self.last_run(change))

    def last_run(self, change: Change) -> LastRun:  # noqa: ARG002  for those that override it
        """The base's last run, as far as it is kept."""
        from gaterunner.numbers.last_run import LastRun

        return LastRun(reason="no gate ran on this machine") if self._stage is None else self._stage.last_run()

    def untimed(self) -> Mapping[str, str]:
        """Why the time of gates, or of the whole run, is not known; by their names."""
        return {}

    def add_excerpts(self, repository: Repository, change: Change) -> None:
        """Lets the findings so far show the lines that they point at."""
        gates, policies = with_excerpts(
            self.results.gates,
            self.results.policies,
            judged=change.judged,
            source=repository,
            scanner=self._surroundings.secrets,
            redact=self._surroundings.redactor,
        )
        self.results = replace(self.results, gates=gates, policies=policies)

    def remember(self, report: Report) -> Report:
        """The report with how often in a row this branch has ended like this; call it once, with the final report."""
        if self._ended is None:
            return report
        return replace(report, failures=replace(report.failures, repeated=self._ended.counted(report)))

    def keep(self, report: Report) -> None:
        """Keeps for later runs what this one proved; call it with the final report."""
        if self._stage is not None:
            self._stage.keep(report, self._surroundings.note)

    def _note(self, sentence: str | None) -> None:
        change = self.results.change
        if change is not None and sentence is not None:
            self.results = replace(self.results, change=replace(change, notes=(*change.notes, sentence)))

    def _log_folder(self, repository: Repository) -> LogFolder:
        return LogFolder(repository.git_dir, run=self._run_name, owner=owner_of(repository.root))


def _load_grammar() -> None:
    """What reading the law takes, YAML above all, is loaded while git is asked for the change."""
    with suppress(ImportError):  # told where the law is read
        import gaterunner.config.law  # noqa: F401


def _part(options: Options, change: Change, law: Law, plan: Sequence[PlannedGate]) -> Part:
    from gaterunner.fanout.parts import parse_part, selector_of

    number, total = parse_part(options.part or "")
    selected = tuple(selector_of(planned) for planned in plan if planned.skip is not Skip.NOT_SELECTED)
    return Part(number=number, total=total, plan=plan_digest(law.info.sha256, change.judged, plan), selected=selected)
