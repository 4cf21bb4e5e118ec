"""What was seen of one gate or policy."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import UNSET, Struct, UnsetType

from gaterunner.model.decisions import Decided
from gaterunner.model.findings import Finding
from gaterunner.model.outcomes import Outcome, Skip


class TestCounts(Struct, frozen=True, kw_only=True):
    """Totals over all result files of one gate. ``failed`` includes errors; ``total`` includes skipped."""

    total: int = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    flaky: int = 0


class TestCase(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One test as the result files tell it; ``id`` is ``classname.name`` (the suite's name where there is no class).

    ``flaky`` says that it failed in this run before it passed.
    """

    __test__: ClassVar[bool] = False  # pytest takes every class named Test… for a test case

    id: str
    state: Literal["passed", "failed", "skipped"]
    flaky: bool = False


class CoverageCounts(Struct, frozen=True, kw_only=True):
    """Lines that can be executed and those that were; ``changed_*`` only over lines that the change adds or edits."""

    lines: int = 0
    covered: int = 0
    changed_lines: int = 0
    changed_covered: int = 0


class Attempt(Struct, frozen=True, kw_only=True):
    """One try of a gate with `retries:`; ``number`` counts from 1, the other fields are those of ``GateResult``."""

    number: int
    outcome: Outcome
    reason: str
    exit_code: int | None = None
    signal: str | None = None
    started: str | None = None
    duration_s: float = 0.0
    log: str | None = None


class ServiceUse(Struct, frozen=True, kw_only=True):
    """One service that a gate could reach; ``log`` is kept when the gate did not pass or the service did not start."""

    name: str
    image: str
    image_digest: str | None = None
    ready_s: float | None = None
    log: str | None = None


class Proof(Struct, frozen=True, kw_only=True):
    """What a `cached` result rests on: the report (sha256 of its bytes) of the run that executed the gate.

    ``commit`` is the head it ran on, ``started`` when (ISO 8601 UTC), ``key`` the sha256 over everything that must be
    identical (docs/caching.md has the list).
    """

    report: str
    commit: str
    started: str
    key: str


class SignalCounts(Struct, frozen=True, kw_only=True):
    """What a program under test sent of its own running, by one protocol.

    ``transactions`` are root spans, one for each request or job, ``spans`` all others, ``logs`` structured log records
    and ``errors`` events that tell of one.
    """

    transactions: int = 0
    spans: int = 0
    logs: int = 0
    errors: int = 0


class OperationUse(Struct, frozen=True, kw_only=True):
    """How often spans of one operation (``http.server``, ``db``) were sent, and how long they took."""

    name: str
    count: int
    mean_ms: float | None = None
    longest_ms: float | None = None


class TelemetryStats(Struct, frozen=True, kw_only=True):
    """What arrived at the receiver of a gate with `telemetry:`, in numbers.

    ``payloads`` are requests, ``bytes`` their bodies as sent. ``traces`` counts distinct ones, up to a bound.
    ``others`` are kinds of items that nothing is asked of, each with its number. ``sources`` names the SDKs.
    ``operations`` are the most frequent ones, ``operations_left_out`` counts the rest. ``discarded`` is what an SDK
    says it chose not to send (sampling, filters). ``lost`` holds a sentence for everything that could not be counted:
    with any, the numbers prove nothing.
    """

    sentry: SignalCounts = SignalCounts()
    otlp: SignalCounts = SignalCounts()
    payloads: int = 0
    bytes: int = 0
    traces: int = 0
    others: tuple[tuple[str, int], ...] = ()
    sources: tuple[str, ...] = ()
    operations: tuple[OperationUse, ...] = ()
    operations_left_out: int = 0
    discarded: int = 0
    lost: tuple[str, ...] = ()


class Waiting(Struct, frozen=True, kw_only=True):
    """What a `pending` gate waits for. All times are ISO 8601 UTC with ``Z``.

    ``since`` is when what is waited out began, ``until`` when it is over, both None where nothing began yet.
    ``next_evaluation`` is when asking again can first give another answer. ``told`` are sentences about what was seen
    so far, such as the traffic.
    """

    since: str | None = None
    until: str | None = None
    next_evaluation: str
    told: tuple[str, ...] = ()


class GateResult(Struct, frozen=True, kw_only=True):
    """What was seen of one gate. ``started`` is ISO 8601 UTC, ``duration_s`` in seconds.

    ``exit_code`` is None when the command did not end by itself; then ``signal`` names what ended it (``SIGKILL``).
    ``log`` is the path of the kept log file, ``log_tail`` the last lines of it, cleaned and bounded. ``attempts``
    counts tries; ``tries`` holds each of them when there was more than one, and ``flaky`` says that an earlier one
    failed before this pass. ``cases`` are the tests that the result files name. ``proof`` is set when ``cached`` is,
    ``waiting`` when the outcome is `pending`.
    """

    name: str
    kind: str
    outcome: Outcome
    reason: str
    skip: Skip | None = None
    waiting: Waiting | None = None
    command: str | None = None
    exit_code: int | None = None
    signal: str | None = None
    started: str | None = None
    duration_s: float = 0.0
    attempts: int = 0
    tries: tuple[Attempt, ...] = ()
    flaky: bool = False
    cached: bool = False
    proof: Proof | None = None
    advisory: bool = False
    executor: str | None = None
    image: str | None = None
    image_digest: str | None = None
    services: tuple[ServiceUse, ...] = ()
    tests: TestCounts | None = None
    cases: tuple[TestCase, ...] = ()
    coverage: CoverageCounts | None = None
    telemetry: TelemetryStats | None = None
    log: str | None = None
    log_tail: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


class PolicyResult(Struct, frozen=True, kw_only=True):
    """What was seen of one policy: ``observed`` and ``expected`` are sentences a person can compare.

    ``decided`` is what it saw of the decision log; a report tells it at its top, and never here. ``unshown`` says what
    the evidence does not show besides what failed: nobody can waive that, so it is what stays when the rest is waived.
    ``unapproved`` is true of an UNPROVEN result that lacks nothing but somebody's approval of its errors.
    """

    name: str
    outcome: Outcome
    reason: str
    observed: str = ""
    expected: str = ""
    skip: Skip | None = None
    duration_s: float = 0.0
    findings: tuple[Finding, ...] = ()
    decided: Decided | UnsetType = UNSET
    unshown: str = ""
    unapproved: bool = False

    @property
    def may_be_waived(self) -> bool:
        """Whether it is let through once each of its errors is: what was not shown is nothing that anybody weighed."""
        if self.outcome is Outcome.UNPROVEN:
            return self.unapproved
        return self.outcome is Outcome.FAILED and not self.unshown
