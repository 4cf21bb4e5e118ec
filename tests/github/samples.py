"""Runs, reports and clocks for the tests of publishing."""

from __future__ import annotations

from gaterunner.config.types import Gate, Position, Workflow
from gaterunner.github.checks import CheckTarget, make_external_id
from gaterunner.github.client import GitHubClient
from gaterunner.github.transport import Clock
from gaterunner.model import (
    Change,
    ChangeSummary,
    Event,
    FileChange,
    Finding,
    GateResult,
    Mode,
    Outcome,
    Problem,
    Report,
    Severity,
    ToolInfo,
    Verdict,
    WorkflowInfo,
)
from gaterunner.plan import PlannedGate
from tests.fake_github import FakeGitHub

HEAD = "a1" * 20
BASE = "b2" * 20
OTHER = "c3" * 20


class StoppedClock:
    """A clock that moves only when somebody sleeps, and remembers for how long they did."""

    def __init__(self) -> None:
        self.at = 1_768_478_400.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    @property
    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.at, now=lambda: self.at, sleep=self.sleep)


def client_of(
    fake: FakeGitHub, stopped: StoppedClock | None = None, *, writes: bool = True, repository: str = "octo/example"
) -> GitHubClient:
    """A client with a new token; its repository exists and knows ``HEAD``."""
    fake.repository("octo/example").push(HEAD)
    clock = (stopped or StoppedClock()).clock
    return GitHubClient.connect(token=fake.token(writes=writes), repository=repository, api_url=fake.url, clock=clock)


def target(*, pull_request: int | None = None, name: str = "gaterunner") -> CheckTarget:
    return CheckTarget(
        name=name,
        head_sha=HEAD,
        external_id=make_external_id(run_id="77", run_attempt="1", job="gates", name=name, head_sha=HEAD),
        started_at="2026-01-15T12:00:00Z",
        details_url="https://github.com/octo/example/actions/runs/77",
        pull_request=pull_request,
    )


def gate(name: str, outcome: Outcome = Outcome.PASSED, **more: object) -> GateResult:
    return GateResult(name=name, kind="command", outcome=outcome, reason=f"{name} was run", **more)  # type: ignore[arg-type]  # tests pass the fields they are about


def finding(message: str = "it is wrong", **more: object) -> Finding:
    fields = {"rule": "tests", "severity": Severity.ERROR, "path": "app.py", "line": 3, **more}
    return Finding(message=message, **fields)  # type: ignore[arg-type]  # tests pass the fields they are about


def change_summary() -> ChangeSummary:
    return ChangeSummary(
        event=Event.PULL_REQUEST,
        base=BASE,
        head=HEAD,
        merge=OTHER,
        branch="feat/x",
        target="main",
        phase=None,
        dirty=False,
        commits=2,
        files=1,
        insertions=10,
        deletions=4,
    )


def report(
    verdict: Verdict = Verdict.PASS,
    *gates: GateResult,
    mode: Mode = Mode.ENFORCE,
    problems: tuple[Problem, ...] = (),
    law: bool = True,
    sentence: str | None = None,
    **more: object,
) -> Report:
    info = WorkflowInfo(path=".gaterunner.yml", sha256="d" * 64, source="base", changed_by_branch=False)
    fields: dict[str, object] = {"change": change_summary(), **more}
    return Report(
        verdict=verdict,
        sentence=sentence or f"The verdict is {verdict}.",
        mode=mode,
        started="2026-01-15T12:00:00Z",
        duration_s=75.0,
        tool=ToolInfo(version="1.0.0"),
        workflow=info if law else None,
        gates=gates,
        problems=problems,
        **fields,  # type: ignore[arg-type]  # tests pass the fields they are about
    )


def planned(name: str) -> PlannedGate:
    return PlannedGate(gate=Gate(name=name, position=Position(1, 1)), command=f"make {name}", why="Makefile target")


def workflow(*names: str) -> Workflow:
    gates = tuple(Gate(name=name, position=Position(1, 1)) for name in names)
    return Workflow(path=".gaterunner.yml", mode=Mode.ENFORCE, phases=(), gates=gates, policies=())


def change(*paths: str) -> Change:
    files = tuple(
        FileChange(path=path, status="M", old_mode="100644", new_mode="100644", old_blob="1" * 40, new_blob="2" * 40)
        for path in paths
    )
    return Change(
        event=Event.PULL_REQUEST,
        base=BASE,
        base_tip=BASE,
        law=BASE,
        head=HEAD,
        judged=OTHER,
        merge=OTHER,
        branch="feat/x",
        target="main",
        dirty=False,
        commits=(),
        files=files,
    )
