"""How a rehearsal of the way back is judged by what other gates did on the base's code."""

from __future__ import annotations

import pytest

from gaterunner.config.types import Gate, Position
from gaterunner.database_state import Snapshot
from gaterunner.gates.rollback import RULES, BrokenStep, Trial, Tried, judge_rollback
from gaterunner.model import GateResult, Outcome, ServiceUse
from gaterunner.plan import PlannedGate

PLANNED = PlannedGate(
    gate=Gate(name="back", position=Position(1, 1), kind="rollback-rehearsal"), command="migrate", why="declared"
)
OLD, NEW = Snapshot(objects={}, rows=()), Snapshot(objects={"TABLE a": "CREATE TABLE a ();"}, rows=())
MIGRATION = ("db/migrate/1_a.rb",)


def result(outcome: Outcome = Outcome.PASSED, reason: str = "exit code 0", **more: object) -> GateResult:
    return GateResult(name="unit", kind="command", outcome=outcome, reason=reason, duration_s=1.5, **more)  # type: ignore[arg-type]  # fields of the type


FAILED = result(Outcome.FAILED, "exit code 1", exit_code=1, log_tail=("KeyError: note",))


def tried(*trials: Trial, moved: tuple[str, ...] = MIGRATION, broken: BrokenStep | None = None) -> Tried:
    return Tried(trials=trials, kept=moved, due=moved, moved=moved, has_server=True, has_tool=True, broken=broken)


def judged(seen: Tried) -> GateResult:
    return judge_rollback(PLANNED, seen, log="a.log")


def test_a_pass_says_what_passed_on_what_and_has_no_tests_of_its_own() -> None:
    told = judged(tried(Trial(result=result(cases=()), before=OLD, after=NEW)))

    assert (told.outcome, told.kind, told.log) == (Outcome.PASSED, "rollback-rehearsal", "a.log")
    assert told.reason == "the base's code passes unit on the branch's schema (1 object changed)"
    assert (told.tests, told.cases, told.findings) == (None, (), ())


@pytest.mark.parametrize(
    ("control", "outcome", "rule"),
    [
        (result(), Outcome.FAILED, "rollback/old-code-fails"),
        (FAILED, Outcome.UNPROVEN, "rollback/base-fails"),
        (result(Outcome.ERRORED, "no network"), Outcome.UNPROVEN, "rollback/base-fails"),
        (None, Outcome.UNPROVEN, "rollback/base-fails"),
    ],
)
def test_only_what_passes_without_the_migrations_is_broken_by_them(
    control: GateResult | None, outcome: Outcome, rule: str
) -> None:
    told = judged(tried(Trial(result=FAILED, control=control, before=OLD, after=NEW)))

    assert (told.outcome, [finding.rule for finding in told.findings]) == (outcome, [rule])
    assert (told.exit_code, told.log_tail) == (1, ("KeyError: note",))
    assert rule in RULES


def test_what_was_not_seen_without_the_migrations_is_not_said_of_them() -> None:
    control = result(Outcome.ERRORED, "no network")
    told = judged(tried(Trial(result=FAILED, control=control, before=OLD, after=NEW)))

    assert told.reason == (
        "gate `unit` failed on the base's code (exit code 1), and without the branch's migrations it "
        "could not be evaluated: no network"
    )


@pytest.mark.parametrize("outcome", [Outcome.ERRORED, Outcome.UNPROVEN])
def test_what_could_not_be_told_of_a_gate_is_not_told_of_the_way_back(outcome: Outcome) -> None:
    told = judged(tried(Trial(result=result(outcome, "why"), before=OLD, after=NEW)))

    assert told.outcome is outcome
    assert told.reason.endswith("on the base's code: why")


def test_the_gravest_of_several_counts_and_all_are_told() -> None:
    broken = Trial(result=FAILED, control=result(), before=OLD, after=NEW)
    told = judged(tried(Trial(result=result(Outcome.ERRORED, "no network")), broken))

    assert told.outcome is Outcome.FAILED
    assert told.reason.endswith("gate `unit` could not be evaluated on the base's code: no network")


def test_migrations_that_left_no_trace_prove_nothing() -> None:
    told = judged(tried(Trial(result=result(), before=NEW, after=NEW)))

    assert told.outcome is Outcome.UNPROVEN
    assert [finding.rule for finding in told.findings] == ["rollback/nothing-applied"]


def test_first_migrations_that_left_nothing_in_the_database_prove_nothing() -> None:
    """There was nothing to look at before them, so an empty database afterwards is what tells."""
    told = judged(tried(Trial(result=result(), before=None, after=OLD)))

    assert (told.outcome, [finding.rule for finding in told.findings]) == (
        Outcome.UNPROVEN,
        ["rollback/nothing-applied"],
    )
    assert judged(tried(Trial(result=result(), before=None, after=NEW))).outcome is Outcome.PASSED


def test_only_gates_that_met_the_schema_are_said_to() -> None:
    lint = GateResult(name="lint", kind="command", outcome=Outcome.PASSED, reason="exit code 0")
    told = judged(tried(Trial(result=result(), before=OLD, after=NEW), Trial(result=lint)))

    assert told.outcome is Outcome.PASSED
    assert told.reason == (
        "the base's code passes unit on the branch's schema (1 object changed), and without a database lint"
    )


def test_what_is_applied_anew_when_edited_may_come_to_the_same() -> None:
    """A comment in a repeatable migration changes nothing in the database."""
    seen = Tried(trials=(Trial(result=result(), before=NEW, after=NEW),), kept=MIGRATION, due=MIGRATION)

    assert judged(seen).outcome is Outcome.PASSED


def test_migrations_that_only_touch_rows_are_migrations() -> None:
    from gaterunner.database_state import TableRows

    after = Snapshot(objects=NEW.objects, rows=(TableRows(table="a", count=1, digest="x"),))
    assert judged(tried(Trial(result=result(), before=NEW, after=after))).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (Tried(trials=(Trial(result=result()),), due=MIGRATION), "there is no develop database"),
        (Tried(trials=(Trial(result=result()),), due=MIGRATION, has_server=True), "no tool that applies migrations"),
        (tried(Trial(result=result())), "none of its gates has `database: true`"),
    ],
)
def test_migrations_that_the_old_code_never_met_prove_nothing(seen: Tried, why: str) -> None:
    told = judged(seen)

    assert told.outcome is Outcome.UNPROVEN
    assert why in told.reason
    assert [finding.rule for finding in told.findings] == ["rollback/not-applied"]


def test_of_a_gate_that_could_not_be_had_nothing_else_is_said() -> None:
    told = judged(tried(Trial(result=result(Outcome.ERRORED, "no server"))))

    assert (told.outcome, told.findings) == (Outcome.ERRORED, ())
    assert told.reason == "gate `unit` could not be evaluated on the base's code: no server"


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ERRORED])
def test_migrations_that_cannot_be_applied_are_told_first(outcome: Outcome) -> None:
    step = BrokenStep(applied="head", outcome=outcome, reason="exit code 3", tail=("syntax error",))
    told = judged(tried(broken=step))

    assert (told.outcome, told.log_tail) == (outcome, ("syntax error",))
    assert told.reason == "the migrations of the branch cannot be applied: exit code 3"


def test_a_service_is_told_once_with_the_log_that_was_kept() -> None:
    one, two = (ServiceUse(name="db", image="postgres:16", log=log) for log in ("a.log", None))
    trials = [Trial(result=result(services=(use,)), before=OLD, after=NEW) for use in (one, two)]

    assert judged(tried(*trials)).services == (one,)


def test_no_gate_at_all_is_no_pass() -> None:
    assert judged(Tried(trials=())).outcome is Outcome.UNPROVEN
