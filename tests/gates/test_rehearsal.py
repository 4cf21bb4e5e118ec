"""How a rehearsal of migrations is judged by what each application left."""

from __future__ import annotations

import pytest

from gaterunner.config.types import Gate, Position
from gaterunner.database_state import Snapshot, TableRows, read_dump, schema_diff
from gaterunner.executors.base import Execution
from gaterunner.gates.rehearsal import MOST_NOTICES, Rehearsed, Step, StepName, judge_rehearsal
from gaterunner.model import GateResult, Outcome, Severity
from gaterunner.plan import PlannedGate

PLANNED = PlannedGate(
    gate=Gate(name="rehearse", position=Position(1, 1), kind="migration-rehearsal"), command="migrate", why="declared"
)
NOTED = TableRows(table="public.applied", count=1, digest="a")


def state(*tables: str, rows: tuple[TableRows, ...] = (NOTED,)) -> Snapshot:
    return Snapshot(objects={f"TABLE public.{name}": f"CREATE TABLE public.{name} (\n);" for name in tables}, rows=rows)


def step(name: StepName, snapshot: Snapshot | None, *, code: int = 0, seconds: float = 1.5) -> Step:
    execution = Execution(ended="exited", exit_code=code, started=f"2025-01-01T00:00:0{len(name)}Z", duration_s=seconds)
    return Step(name=name, execution=execution, snapshot=snapshot)


def judged(*states: Snapshot, added: tuple[str, ...] = (), again: Snapshot | None = None) -> GateResult:
    before, after = states
    steps = (step("base", before), step("head", after), step("again", again or after))
    return judge_rehearsal(PLANNED, Rehearsed(steps=steps, added=added), log="a.log")


def test_a_pass_tells_what_changed_and_that_nothing_did_again() -> None:
    result = judged(state("a"), state("a", "b"), added=("m/2.sql",))
    assert (result.outcome, result.kind, result.log) == (Outcome.PASSED, "migration-rehearsal", "a.log")
    assert result.reason == "1 new migration applied, 1 object of the schema changes, a second time nothing does"
    (notice,) = result.findings
    assert (notice.rule, notice.severity) == ("rehearsal/schema-changed", Severity.NOTICE)
    assert notice.message == "TABLE public.b is new: CREATE TABLE public.b ()"


SMALL = "CREATE TABLE public.b (\n    id integer NOT NULL,\n    price integer NOT NULL\n);"
WHOLE = "TABLE public.b {}: CREATE TABLE public.b (id integer NOT NULL, price integer NOT NULL)"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, SMALL, WHOLE.format("is new")),
        (SMALL, None, WHOLE.format("is gone")),
        (
            SMALL,
            SMALL.replace("id integer", "id bigint"),
            "TABLE public.b changes: - id integer NOT NULL; + id bigint NOT NULL",
        ),
    ],
)
def test_an_object_is_told_as_a_statement_or_by_what_differs(before: str | None, after: str | None, told: str) -> None:
    def holding(text: str | None) -> Snapshot:
        return Snapshot(objects={"TABLE public.a": "x"} | ({"TABLE public.b": text} if text else {}), rows=(NOTED,))

    (notice,) = judged(holding(before), holding(after)).findings
    assert notice.message == told


def test_times_are_those_of_all_steps() -> None:
    result = judged(state("a"), state("a", "b"))
    assert (result.started, result.duration_s) == ("2025-01-01T00:00:04Z", 4.5)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (
            (step("base", None, code=2),),
            "the base's own migrations cannot be applied to an empty database: exit code 2",
        ),
        (
            (step("base", state("a")), step("head", None, code=1)),
            "the migrations of the branch cannot be applied to what the base's made: exit code 1",
        ),
        (
            (step("base", state("a")), step("head", state("a")), step("again", None, code=1)),
            "applied a second time, the command fails: exit code 1",
        ),
    ],
)
def test_the_step_that_failed_is_named(steps: tuple[Step, ...], told: str) -> None:
    result = judge_rehearsal(PLANNED, Rehearsed(steps=steps), log=None)
    assert (result.outcome, result.reason) == (Outcome.FAILED, told)
    (finding,) = result.findings
    assert (finding.rule, finding.severity, len(finding.fingerprint or "")) == (
        "rehearsal/step-failed",
        Severity.ERROR,
        32,
    )


def test_a_step_that_was_interrupted_is_an_error() -> None:
    ended = Execution(ended="interrupted", started="2025-01-01T00:00:00Z", duration_s=1)
    result = judge_rehearsal(PLANNED, Rehearsed(steps=(Step(name="base", execution=ended),)), log=None)
    assert (result.outcome, result.reason) == (Outcome.ERRORED, "the base's migrations: interrupted before it ended")


def test_a_second_application_that_was_not_made_is_no_pass() -> None:
    steps = (step("base", state("a")), step("head", state("a", "b")))
    assert judge_rehearsal(PLANNED, Rehearsed(steps=steps), log=None).outcome is Outcome.UNPROVEN


@pytest.mark.parametrize(
    ("again", "named"),
    [
        (state("a", "b", rows=(TableRows(table="public.applied", count=2, digest="b"),)), "public.applied"),
        (state("a", "b", rows=(TableRows(table="public.applied", count=1, digest="b"),)), "public.applied"),
        (state("a", "b", "c"), "TABLE public.c"),
        (state("a"), "TABLE public.b"),
    ],
    ids=["a row more", "a row changed", "an object more", "an object less"],
)
def test_what_a_second_application_changes_is_named(again: Snapshot, named: str) -> None:
    result = judged(state("a"), state("a", "b"), again=again)
    assert (result.outcome, result.findings[0].rule) == (Outcome.FAILED, "rehearsal/not-repeatable")
    assert result.reason == f"applied a second time, the command changes 1 object: {named}"


def test_a_database_that_nobody_made_anything_in_proves_nothing() -> None:
    result = judged(state(rows=()), state(rows=()))
    assert (result.outcome, result.findings[0].rule) == (Outcome.UNPROVEN, "rehearsal/nothing-applied")


def test_added_migrations_must_leave_a_trace() -> None:
    result = judged(state("a"), state("a"), added=("m/1.sql", "m/2.sql", "m/3.sql", "m/4.sql"))
    assert result.outcome is Outcome.UNPROVEN
    assert result.reason == (
        "the change adds 4 migrations (1.sql, 2.sql, 3.sql and 1 more), and applying changed neither schema nor rows"
    )


def test_the_tools_own_list_is_trace_enough() -> None:
    noted = (TableRows(table="public.applied", count=2, digest="b"),)
    result = judged(state("a"), state("a", rows=noted), added=("m/2.sql",))
    assert (result.outcome, result.reason) == (
        Outcome.PASSED,
        "1 new migration applied, the schema does not change, a second time nothing does",
    )


def test_a_change_without_migrations_passes() -> None:
    assert judged(state("a"), state("a")).outcome is Outcome.PASSED


def test_a_large_change_is_told_in_part() -> None:
    result = judged(state("a"), state("a", *(f"t{number}" for number in range(MOST_NOTICES + 20))))
    assert len(result.findings) == MOST_NOTICES + 1
    assert result.findings[-1].message == "20 more objects change; the file beside the log has all of them"


DUMP = """\
--
-- PostgreSQL database dump
--

\\restrict {key}

-- Dumped from database version 15.9
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

--
-- Name: f(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$
-- a comment of its own
select 'x'
$$;


--
-- Name: a b; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public."a b" (
    id integer
);


--
-- Name: TABLE "a b"; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public."a b" IS 'x';


\\unrestrict {key}

--
-- PostgreSQL database dump complete
--
"""


def test_a_dump_is_read_object_by_object() -> None:
    objects = read_dump(DUMP.format(key="abc"))
    assert list(objects) == ["FUNCTION public.f()", "TABLE public.a b", 'COMMENT public.TABLE "a b"']
    assert objects["TABLE public.a b"] == 'CREATE TABLE public."a b" (\n    id integer\n);'
    assert "-- a comment of its own" in objects["FUNCTION public.f()"]


def test_the_random_keys_around_a_dump_are_no_change() -> None:
    assert read_dump(DUMP.format(key="abc")) == read_dump(DUMP.format(key="xyz"))


def test_the_kept_diff_has_every_line() -> None:
    seen = Rehearsed(steps=(step("base", state("gone")), step("head", state("new"))))
    assert schema_diff(seen.changes) == (
        "+++ TABLE public.new\n+CREATE TABLE public.new (\n+);\n\n"
        "--- TABLE public.gone\n-CREATE TABLE public.gone (\n-);\n\n"
    )
