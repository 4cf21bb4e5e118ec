"""A rehearsal of migrations: three applications in their places, on one database that is looked at after each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from gaterunner.baseline import Worktrees
from gaterunner.change import ChangeOptions, determine_change
from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import Gate, Position
from gaterunner.database_state import Snapshot, TableRows
from gaterunner.executors.local import LocalExecutor
from gaterunner.git.repository import Repository as Checkout
from gaterunner.logs import LogFolder
from gaterunner.model import GateResult, Outcome
from gaterunner.plan import PlannedGate
from gaterunner.redaction import Redactor
from gaterunner.runner.gate_run import GateSurroundings
from gaterunner.runner.rehearsal import RehearsalRun
from gaterunner.runner.rehearsals import Rehearsals
from gaterunner.services.base import Reached, ServiceError
from tests.gitrepo import Repository

PASSWORD = "correct-horse-" + "battery"
DBMATE = "-- migrate:up\ncreate table {} ();\n"
FIRST, SECOND = "db/migrations/20250101000000_a.sql", "db/migrations/20250102000000_b.sql"
# A "database" that is a file: what the command finds in its tree is what was applied.
APPLY = 'for f in db/migrations/*; do grep -qsx "${f##*/}" "$DATA" || echo "${f##*/}" >> "$DATA"; done; pwd'


class FileDatabase:
    """A service host whose database is a file, a line for each migration."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.given = 0
        self.fault: str | None = None

    @contextmanager
    def for_gate(
        self, planned: PlannedGate, *, on_lines: Callable[[Sequence[str]], None], cancelled: Event
    ) -> Iterator[Reached]:
        self.given += 1
        yield Reached(
            env=(("DATA", str(self.path)), ("PGPASSWORD", PASSWORD)), secrets=(PASSWORD,), snapshot=self.snapshot
        )

    def snapshot(self) -> Snapshot:
        if self.fault is not None:
            raise ServiceError(self.fault)
        names = self.path.read_text().splitlines() if self.path.exists() else []
        objects = {f"TABLE {name}": f"CREATE {name}; -- {PASSWORD}" for name in names}
        return Snapshot(objects=objects, rows=(TableRows(table="applied", count=len(names), digest=""),))

    def close(self) -> None: ...


class Bench:
    """A repository whose main has a first migration; ``run`` rehearses what the branch adds."""

    def __init__(self, folder: Path) -> None:
        self.repo = Repository.create(folder / "repo")
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.database = FileDatabase(folder / "data")
        self.lines: list[str] = []
        self.redactor = Redactor()

    def branch(self, base: dict[str, str], work: dict[str, str | None]) -> Bench:
        self.repo.commit("Base", base)
        self.repo.switch("feat/x", create=True)
        self.repo.commit("Work", work)
        return self

    def run(self, command: str = APPLY, *, policies: str = "[]") -> GateResult:
        gate = Gate(name="rehearse", position=Position(1, 1), kind="migration-rehearsal", database=True, timeout_s=20)
        planned = PlannedGate(gate=gate, command=command, why="declared")
        workflow = parse_workflow(f"workflow: {{gates: [a], policies: {policies}}}".encode(), ".gaterunner.yml")
        with Checkout.open(self.repo.root, env=dict(os.environ)) as checkout:
            change = determine_change(checkout, ChangeOptions(base="main"), None)
            rehearsals = Rehearsals(checkout, change, workflow, Worktrees(checkout, identity=None))
            surroundings = GateSurroundings(
                root=self.repo.root,
                logs=self.logs,
                environment={"PATH": "/usr/bin:/bin"},
                redactor=self.redactor,
                executor_for=lambda _: LocalExecutor(self.redactor, grace_s=0.3),
                services=self.database,
                rehearsals=rehearsals,
            )
            run = RehearsalRun(planned, 1, surroundings, on_lines=self.lines.extend, cancelled=Event())
            return run.result()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_base_head_and_once_more_share_one_database(bench: Bench) -> None:
    result = bench.branch({FIRST: DBMATE.format("a")}, {SECOND: DBMATE.format("b")}).run()

    assert result.outcome is Outcome.PASSED
    assert result.reason == ("1 new migration applied, 1 object of the schema changes, a second time nothing does")
    assert bench.database.given == 1
    assert [line for line in bench.lines if line.startswith("---")] == [
        "--- the base's migrations",
        "--- the migrations of the branch",
        "--- the same once more",
    ]
    places = [line for line in bench.lines if line.startswith("/")]
    assert places[1:] == [str(bench.repo.root)] * 2
    assert places[0] != places[1]
    assert not Path(places[0]).exists()


def test_the_log_has_all_steps_and_the_diff_lies_beside_it(bench: Bench) -> None:
    result = bench.branch({FIRST: DBMATE.format("a")}, {SECOND: DBMATE.format("b")}).run("echo $PGPASSWORD; " + APPLY)

    assert result.log is not None
    log = Path(result.log)
    assert log.read_text().count("***\n") == 3
    assert log.with_suffix(".diff").read_text() == (
        "+++ TABLE 20250102000000_b.sql\n+CREATE 20250102000000_b.sql; -- ***\n\n"
    )
    kept = LogFolder(bench.repo.root / ".git", run="r", owner=None)
    with kept:
        (told,) = kept.keep([result], root=bench.repo.root)
    assert told.log == ".git/gaterunner/logs/r/01-rehearse.log"
    assert (bench.repo.root / told.log).with_suffix(".diff").exists()


def test_after_a_failure_nothing_more_is_applied(bench: Bench) -> None:
    bench.branch({FIRST: DBMATE.format("a")}, {SECOND: DBMATE.format("b")})
    result = bench.run(f"{APPLY}; test ! -e {SECOND}")

    assert result.reason == "the migrations of the branch cannot be applied to what the base's made: exit code 1"
    assert "--- the same once more" not in bench.lines


def test_a_base_without_migrations_is_not_applied(bench: Bench) -> None:
    result = bench.branch({"app.py": ""}, {FIRST: DBMATE.format("a")}).run()

    assert result.outcome is Outcome.PASSED
    assert result.reason.endswith(", to an empty database as the base has none")
    assert [line for line in bench.lines if line.startswith("---")] == [
        "--- the migrations of the branch",
        "--- the same once more",
    ]


def test_a_migration_in_a_folder_of_its_own_does_not_hide_the_bases(bench: Bench) -> None:
    bench.branch({FIRST: DBMATE.format("a")}, {"lib/db/migrations/20250102000000_b.sql": DBMATE.format("b")})
    result = bench.run()

    assert result.outcome is Outcome.UNPROVEN
    assert result.reason == (
        "the change adds 1 migration (20250102000000_b.sql), and applying changed neither schema nor rows"
    )


def test_what_the_operator_calls_no_migration_is_none(bench: Bench) -> None:
    bench.branch({FIRST: DBMATE.format("a")}, {SECOND: DBMATE.format("b")})
    command = 'echo first > "$DATA"'  # finds none of them

    assert bench.run(command).outcome is Outcome.UNPROVEN
    bench.database.path.unlink()
    assert bench.run(command, policies='[{forward-only-migrations: {ignore: ["db/**"]}}]').outcome is Outcome.PASSED


def test_a_database_that_cannot_be_looked_at_is_an_error_of_its_own(bench: Bench) -> None:
    bench.branch({FIRST: DBMATE.format("a")}, {SECOND: DBMATE.format("b")})
    bench.database.fault = "the gate's database could not be looked at"
    with pytest.raises(ServiceError, match="could not be looked at"):
        bench.run()
