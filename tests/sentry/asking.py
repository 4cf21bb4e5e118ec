"""One gate that asks a fake Sentry at the time that its clock shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from gaterunner.config.types import Gate, Position, SentryRules
from gaterunner.errors import EvaluationError
from gaterunner.gates.sentry_clean import judge_unanswered
from gaterunner.model import GateResult
from gaterunner.plan import PlannedGate
from gaterunner.runner.sentry_asking import Asking, SentrySurroundings
from gaterunner.sentry.client import Patience
from tests.fake_sentry import FakeSentry

HEAD = "0123456789abcdef" * 2 + "01234567"
OLD = "fedcba9876543210" * 2 + "fedcba98"
RULES = SentryRules(environment="staging", window_s=24 * 3600)
QUICK = Patience(answer_s=2, first_pause_s=0.001, in_all_s=30, attempts=3)


class Asker:
    """``told`` is what the last evaluation told in its log, ``slept`` how long it would have waited."""

    def __init__(self, sentry: FakeSentry, rules: SentryRules = RULES) -> None:
        self.sentry = sentry
        self.rules = rules
        self.environment: Mapping[str, str] = sentry.environment
        self.asked_since: datetime | None = sentry.state.clock
        self.skew = timedelta()
        self.told: list[str] = []
        self.slept: list[float] = []
        self.learned: list[str] = []
        self.adopted = False
        self.dirty = False
        self.deployments: Sequence[tuple[str, datetime]] | EvaluationError | None = None

    def __call__(self, **rules: object) -> GateResult:
        """The gate's result by now, with other rules where some are given; an error is its reason."""
        asked = replace(self.rules, **rules)
        gate = Gate(name="staging-sentry-24h-clean", position=Position(1, 1), kind="sentry-clean", sentry=asked)
        planned = PlannedGate(gate=gate, command="", why="asks")
        self.told, self.slept = [], []
        surroundings = SentrySurroundings(
            head=HEAD,
            asked_since=self.asked_since,
            adopted=self.adopted,
            dirty=self.dirty,
            now=lambda: self.sentry.state.clock + self.skew,
            deployments=self._deployed if self.deployments is not None else None,
            patience=QUICK,
        )
        asking = Asking(
            asked,
            surroundings,
            self.environment,
            learn=self.learned.append,
            tell=self.told.append,
            sleep=self.slept.append,
        )
        try:
            return asking.result(planned)
        except EvaluationError as error:
            now = self.sentry.state.clock
            return judge_unanswered(planned, asked, why=error.line, now=now, asked_since=self.asked_since)

    def _deployed(self, environment: str, head: str) -> Sequence[tuple[str, datetime]]:
        assert (environment, head) == ("staging", HEAD)
        if isinstance(self.deployments, EvaluationError):
            raise self.deployments
        return self.deployments or ()
