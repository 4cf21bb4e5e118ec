"""A rehearsal of migrations, as a user sees it: on a real PostgreSQL, in a container and on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gaterunner.model import GateResult, Outcome, Verdict
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository

pytestmark = pytest.mark.docker

FIRST = "create table orders (id int primary key, total int not null);\ninsert into orders values (1, 10);\n"
SECOND = "alter table orders add note text;\n"
UP = "-- migrate:up\n"
# A migration tool in ten lines, for gates of this machine: it notes what it applied.
TOOL = """
import os, pathlib, pg8000.dbapi
db = pg8000.dbapi.connect(user=os.environ["PGUSER"], password=os.environ["PGPASSWORD"], host=os.environ["PGHOST"],
                          port=int(os.environ["PGPORT"]), database=os.environ["PGDATABASE"])
cursor = db.cursor()
cursor.execute("create table if not exists applied (name text primary key)")
for path in sorted(pathlib.Path("migrations").glob("*.sql")):
    cursor.execute("select 1 from applied where name = %s", (path.name,))
    if not cursor.fetchone():
        print("applying", path.name)
        cursor.execute(path.read_text())
        cursor.execute("insert into applied values (%s)", (path.name,))
db.commit()
"""


class Project:
    """A repository whose main holds a first migration and a workflow that rehearses."""

    def __init__(self, root: Path, image: str) -> None:
        self.repo = Repository.create(root)
        self.image = image

    def starts(self, gate: str, files: dict[str, str] | None = None, *, policies: str = "") -> Project:
        workflow = f"workflow:\n  gates:\n    - {gate}\n  database: {{service: {self.image}{policies}}}\n"
        start = {"migrations/0001_orders.sql": FIRST} if files is None else files
        self.repo.commit("Start", {".gaterunner.yml": workflow, "tool.py": TOOL, **start})
        self.repo.switch("feat/x", create=True)
        return self

    def rehearses(self, files: dict[str, str | None]) -> tuple[Ran, GateResult]:
        self.repo.commit("Work", files)
        ran = gaterunner(self.repo.root, "run", "--format", "json")
        return ran, ran.gate("migration-rehearsal")

    @property
    def in_container(self) -> str:
        """A gate without a command in an image that has psql."""
        return f"migration-rehearsal: {{image: {self.image}}}"


LOCAL = f"migration-rehearsal: {sys.executable} tool.py"


@pytest.fixture
def project(tmp_path: Path, postgres_image: str) -> Project:
    return Project(tmp_path / "repo", postgres_image)


def messages(gate: GateResult, rule: str) -> list[str]:
    return [finding.message for finding in gate.findings if finding.rule == f"rehearsal/{rule}"]


def test_new_migrations_are_applied_to_what_the_bases_made(project: Project) -> None:
    project.starts(project.in_container)

    ran, gate = project.rehearses({"migrations/0002_note.sql": SECOND})

    assert (ran.code, gate.outcome, gate.kind) == (0, Outcome.PASSED, "migration-rehearsal"), gate.reason
    assert gate.reason == "1 object of the schema changes, a second time nothing does"
    assert messages(gate, "schema-changed") == ["TABLE public.orders changes: + note text"]
    assert gate.log is not None
    log = (project.repo.root / gate.log).read_text()
    parts = log.split("--- ")
    assert [part.splitlines() for part in parts if part] == [
        ["the base's migrations", "migrations/0001_orders.sql"],
        ["the migrations of the branch", "migrations/0002_note.sql"],
        ["the same once more"],
    ]
    diff = (project.repo.root / gate.log).with_suffix(".diff").read_text()
    assert diff.startswith("~~~ TABLE public.orders\n")
    assert "\n+    note text\n" in diff


def test_a_gate_of_this_machine_rehearses_as_well(project: Project) -> None:
    project.starts(LOCAL)

    ran, gate = project.rehearses({"migrations/0002_note.sql": SECOND})

    assert (ran.code, gate.outcome, gate.executor) == (0, Outcome.PASSED, "local"), gate.reason
    assert gate.reason == "1 object of the schema changes, a second time nothing does"
    assert gate.log_tail == ()


def test_the_policies_about_databases_agree_with_it(project: Project) -> None:
    rules = ", migrations: forward-only, cutovers: feature-flags + dual-write (when needed)"
    project.starts(
        "migration-rehearsal: {run: '" + LOCAL.partition(": ")[2] + "'}\n  policies: [no-prod-db-writes]",
        {"tool.py": TOOL.replace('"migrations"', '"db/migrations"'), "db/migrations/20250101000000_a.sql": UP + FIRST},
        policies=rules,
    )

    ran, gate = project.rehearses({"db/migrations/20250102000000_b.sql": UP + SECOND})

    assert gate.reason == "1 new migration applied, 1 object of the schema changes, a second time nothing does"
    assert {policy.name: str(policy.outcome) for policy in ran.report.policies} == {
        "guardrails": "passed",
        "no-prod-db-writes": "passed",
        "forward-only-migrations": "passed",
        "cutovers": "skipped",
    }
    assert ran.code == 0


def test_a_migration_that_does_not_fit_the_bases_data_fails(project: Project) -> None:
    project.starts(LOCAL)

    ran, gate = project.rehearses({"migrations/0002_strict.sql": "alter table orders add note text not null;\n"})

    assert (ran.code, gate.outcome) == (1, Outcome.FAILED)
    assert gate.reason == "the migrations of the branch cannot be applied to what the base's made: exit code 1"
    assert any("contains null values" in line for line in gate.log_tail)
    assert messages(gate, "step-failed") == [gate.reason]


def test_an_edited_migration_shows_that_the_base_has_applied_it(project: Project) -> None:
    """Whoever edits what has run changes nothing where it ran; only new databases would differ."""
    project.starts(LOCAL)

    _, gate = project.rehearses({"migrations/0001_orders.sql": FIRST + SECOND})

    assert gate.reason == "the schema does not change, a second time nothing does"


@pytest.mark.parametrize(
    ("again", "named"),
    [
        ("create index concurrently_not on orders (total)", None),
        ("insert into orders select max(id) + 1, 0 from orders", "public.orders"),
        ("alter table orders add column if not exists again text; alter table orders rename again to x", None),
    ],
    ids=["fails", "rows", "schema"],
)
def test_a_command_that_cannot_be_repeated_fails(project: Project, again: str, named: str | None) -> None:
    """A script that notes nothing: every statement runs each time."""
    script = 'psql -v ON_ERROR_STOP=1 -qc "$(cat each.sql)"'
    gate = f"migration-rehearsal: {{image: {project.image}, run: '{script}'}}"
    project.starts(gate, {"each.sql": "create table if not exists orders (id int, total int)"})

    ran, result = project.rehearses({"each.sql": f"create table if not exists orders (id int, total int); {again}"})

    assert (ran.code, result.outcome) == (1, Outcome.FAILED)
    if named is not None:
        assert result.reason == f"applied a second time, the command changes 1 object: {named}"
        assert messages(result, "not-repeatable") == [result.reason]
    else:
        assert result.reason == "applied a second time, the command fails: exit code 1"


def test_a_command_that_applies_nothing_proves_nothing(project: Project) -> None:
    project.starts("migration-rehearsal: 'true'")

    ran, gate = project.rehearses({"migrations/0002_note.sql": SECOND})

    assert (ran.code, gate.outcome) == (1, Outcome.UNPROVEN)
    assert gate.reason == "the command succeeded and made nothing in the database"
    assert messages(gate, "nothing-applied") == [gate.reason]


def test_added_migrations_that_the_command_does_not_find_prove_nothing(project: Project) -> None:
    dbmate = "-- migrate:up\ncreate table {} ();\n"
    project.starts(LOCAL, {"migrations/0001_a.sql": FIRST, "db/migrations/20250101000000_a.sql": dbmate.format("a")})

    ran, gate = project.rehearses({"db/migrations/20250102000000_b.sql": dbmate.format("b")})

    assert (ran.code, gate.outcome) == (1, Outcome.UNPROVEN)
    assert gate.reason == (
        "the change adds 1 migration (20250102000000_b.sql), and applying changed neither schema nor rows"
    )


def test_the_first_migration_of_all_is_applied_to_an_empty_database(project: Project) -> None:
    project.starts(f"migration-rehearsal: {{run: '{sys.executable} db/tool.py'}}", {})

    dbmate = "-- migrate:up\ncreate table a ();\n"
    ran, gate = project.rehearses(
        {"db/tool.py": TOOL.replace('"migrations"', '"db/migrations"'), "db/migrations/20250101000000_a.sql": dbmate}
    )

    assert (ran.code, gate.outcome) == (0, Outcome.PASSED), gate.reason
    assert gate.reason == (
        "1 new migration applied, 3 objects of the schema change, a second time nothing does, to an empty database as "
        "the base has none"
    )


def test_a_base_that_cannot_be_applied_is_told_as_the_bases_fault(project: Project) -> None:
    project.starts(LOCAL, {"migrations/0001_broken.sql": "create tabel;\n"})

    ran, gate = project.rehearses({"migrations/0001_broken.sql": "create table a ();\n"})

    assert (ran.code, gate.outcome) == (1, Outcome.FAILED)
    assert gate.reason == "the base's own migrations cannot be applied to an empty database: exit code 1"


def test_a_branch_that_renames_its_tool_is_found_out(project: Project) -> None:
    """The command is the base's: what the branch calls its own way of migrating is not executed."""
    project.starts(LOCAL)

    _, gate = project.rehearses({"tool.py": None, "migrate.py": TOOL})

    assert gate.outcome is Outcome.FAILED
    assert gate.reason == "the migrations of the branch cannot be applied to what the base's made: exit code 2"


def test_no_password_is_told_anywhere(project: Project) -> None:
    gate = f"migration-rehearsal: echo $DATABASE_URL $PGPASSWORD; {sys.executable} tool.py"
    ran, result = project.starts(gate).rehearses(
        {"migrations/0002_x.sql": "do $$ begin execute format('comment on table orders is %L', 'x'); end $$"}
    )
    assert ran.report.verdict is Verdict.PASS
    assert result.log is not None
    first = (project.repo.root / result.log).read_text().splitlines()[1]
    assert first.endswith(" ***")
    assert "***@127.0.0.1" in first


def test_a_tool_that_is_missing_is_an_error_and_no_failure(project: Project) -> None:
    project.starts("migration-rehearsal: no-such-tool migrate")

    ran, gate = project.rehearses({"migrations/0002_note.sql": SECOND})

    assert (ran.code, gate.outcome) == (3, Outcome.ERRORED)
    assert gate.reason.startswith("the base's migrations: exit code 127: a command was not found")
