"""What the gates showed of the program's spans and logs, as a policy."""

from __future__ import annotations

from typing import Any

import pytest

from gaterunner.config.grammar import parse_workflow
from gaterunner.model import GateResult, Outcome, PolicyResult, SignalCounts, Skip, TelemetryStats
from gaterunner.plan import PlannedGate
from gaterunner.policies.observability import Options, Signals
from tests.gitrepo import Repository
from tests.policies.judging import judge_policy

BOTH = "  gates: [unit, {smoke: {run: make smoke, telemetry: expect}}, {e2e: {run: make e2e, telemetry: watch}}]"
SPANS, LOGS = SignalCounts(transactions=1, spans=2), SignalCounts(logs=3)
NOTHING = SignalCounts()


def result(name: str, outcome: Outcome = Outcome.PASSED, **more: Any) -> GateResult:
    return GateResult(name=name, kind="command", outcome=outcome, reason=more.pop("reason", ""), **more)


def sent(name: str, sentry: SignalCounts = NOTHING, otlp: SignalCounts = NOTHING, **more: Any) -> GateResult:
    return result(name, telemetry=TelemetryStats(sentry=sentry, otlp=otlp, payloads=1), **more)


def judged(
    repo: Repository,
    *gates: GateResult,
    signals: Signals = "spans + structured logs",
    workflow: str = BOTH,
    planned: bool = True,
) -> PolicyResult:
    """The policy over a change of one file, where these gates ran."""
    repo.switch("feat/x", create=True)
    repo.commit("Change", {"README.md": "# Changed\n"})
    text = f"workflow:\n{workflow}\n  policies: [{{observability: {signals}}}]\n"
    law = parse_workflow(text.encode(), ".gaterunner.yml")
    plan = [PlannedGate(gate=gate, command="true", why="declared", declared=gate.name) for gate in law.gates]
    context: dict[str, Any] = {"workflow": law, "plan": tuple(plan) if planned else (), "gates": gates}
    return judge_policy(repo, "observability", Options(signals=signals), **context)


def test_gates_prove_it_together(repo: Repository) -> None:
    found = judged(
        repo, result("unit"), sent("smoke", SPANS), sent("e2e", LOGS), signals="sentry spans + structured logs"
    )
    assert (found.outcome, found.reason) == (
        Outcome.PASSED,
        "smoke: 1 transaction, 2 spans received; e2e: 3 logs received",
    )
    assert found.expected == "sentry spans + structured logs"


@pytest.mark.parametrize(
    ("signals", "gates", "missing"),
    [
        ("sentry spans + structured logs", [sent("smoke", SPANS)], "no structured log"),
        ("sentry spans + structured logs", [sent("smoke", LOGS, SPANS)], "no Sentry span"),
        ("sentry spans + structured logs", [sent("smoke")], "no Sentry span and no structured log"),
        ("opentelemetry spans", [sent("smoke", SPANS)], "no OpenTelemetry span"),
        ("structured logs", [sent("smoke", SPANS, SPANS)], "no structured log"),
    ],
)
def test_what_never_arrived_is_unproven(
    repo: Repository, signals: Signals, gates: list[GateResult], missing: str
) -> None:
    found = judged(repo, *gates, signals=signals)
    assert (found.outcome, found.reason) == (Outcome.UNPROVEN, f"{missing} arrived in `smoke`")


@pytest.mark.parametrize("signals", ["spans + structured logs", "spans", "structured logs", "opentelemetry spans"])
def test_the_protocol_matters_only_where_it_is_named(repo: Repository, signals: Signals) -> None:
    assert judged(repo, sent("smoke", LOGS, SPANS), signals=signals).outcome is Outcome.PASSED


def test_a_gate_that_did_not_pass_proves_nothing(repo: Repository) -> None:
    gate = sent("smoke", SignalCounts(spans=1, logs=1), outcome=Outcome.FAILED)
    found = judged(repo, gate, sent("e2e"))
    assert found.outcome is Outcome.UNPROVEN
    assert found.reason == "no span and no structured log arrived in `smoke`, `e2e`; gate `smoke` failed"


def test_without_a_gate_to_look_at_it_says_how_to_declare_one(repo: Repository) -> None:
    found = judged(repo, result("unit"), workflow="  gates: [unit, build]")
    assert found.outcome is Outcome.UNPROVEN
    assert found.reason == (
        "no gate shows what the program sends: add `telemetry: expect` to one that runs it, such as `smoke`"
    )


def test_gates_that_did_not_apply_have_nothing_to_show(repo: Repository) -> None:
    skipped = [
        result("smoke", Outcome.SKIPPED, skip=Skip.NOT_APPLICABLE, reason="no path touched"),
        result("e2e", Outcome.SKIPPED, skip=Skip.NOT_SELECTED, reason="not selected"),
    ]
    found = judged(repo, *skipped)
    assert (found.outcome, found.skip) == (Outcome.SKIPPED, Skip.NOT_APPLICABLE)
    assert found.reason == "gate `smoke` no path touched; gate `e2e` not selected"


def test_a_gate_that_was_not_reached_is_unproven(repo: Repository) -> None:
    found = judged(repo, result("smoke", Outcome.SKIPPED, skip=Skip.NOT_REACHED, reason="build failed"))
    assert found.outcome is Outcome.UNPROVEN


def test_without_gates_nothing_can_be_seen(repo: Repository) -> None:
    assert judged(repo, planned=False).outcome is Outcome.SKIPPED


def test_states_of_flags_are_the_gates_own(repo: Repository) -> None:
    assert judged(repo, sent("smoke (flags on)", SignalCounts(spans=1, logs=1))).outcome is Outcome.PASSED


def test_an_empty_change_has_nothing_to_prove(repo: Repository) -> None:
    assert judge_policy(repo, "observability").outcome is Outcome.SKIPPED
