"""One gate of the kind ``sentry-clean``: asks, judges, and tells what was asked in its log."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from gaterunner.errors import EvaluationError
from gaterunner.gates.sentry_clean import judge_unanswered
from gaterunner.gates.unexecuted import errored
from gaterunner.model import GateResult
from gaterunner.output import clean
from gaterunner.runner.gate_run import GateRun
from gaterunner.runner.sentry_asking import Asking

_TAIL = 20


class SentryRun(GateRun):
    """Executes nothing: no cache, services, attempts or container. It waits for nothing and keeps nothing."""

    def result(self) -> GateResult:
        """What Sentry's answers come to; what could not be asked is in the result as well, with what was so far."""
        started = datetime.now(UTC)
        self._told: list[str] = []
        try:
            result = self._asked()
        except EvaluationError as error:
            result = self._unanswered(self._here.redactor(error.line))
        log = self._here.logs / f"{self._stem}.log"
        log.write_text("".join(f"{line}\n" for line in self._told), encoding="utf-8", errors="backslashreplace")
        return replace(
            result,
            started=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            duration_s=round((datetime.now(UTC) - started).total_seconds(), 3),
            log=str(log),
            log_tail=tuple(self._told[-_TAIL:]),
        )

    def _asked(self) -> GateResult:
        rules, sentry = self._gate.sentry, self._here.sentry
        if rules is None or sentry is None:
            raise EvaluationError("nothing says what to ask Sentry for", help="give the gate an environment")
        asking = Asking(
            rules,
            sentry,
            self._here.environment,
            learn=self._here.redactor.learn,
            tell=self._tell,
            sleep=self._sleep,
        )
        return asking.result(self._planned)

    def _unanswered(self, why: str) -> GateResult:
        sentry = self._here.sentry
        if sentry is None:
            return errored(self._planned, why)
        return judge_unanswered(
            self._planned, self._gate.sentry, why=why, now=sentry.now(), asked_since=sentry.asked_since
        )

    def _tell(self, line: str) -> None:
        shown = self._here.redactor(" ".join(clean(line).split()))
        self._told.append(shown)
        self._on_lines([shown])

    def _sleep(self, seconds: float) -> None:
        if self._cancelled.wait(seconds):
            raise EvaluationError("interrupted while it asked Sentry")
