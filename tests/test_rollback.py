"""A rehearsal of the way back, as a user sees it: on a real PostgreSQL, in a container and on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gaterunner.model import GateResult, Outcome
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Files, Repository
from tests.test_rehearsal import FIRST, SECOND, TOOL

pytestmark = pytest.mark.docker

# Programs that read and write orders: the first names its columns, the others take what is there for what they know.
CONNECT = TOOL.partition("cursor.execute")[0]
COPES = CONNECT + 'cursor.execute("insert into orders (id, total) values (2, 5)")\n'  # noqa: S608 (a program, and nothing is set into it)
COUNTS = CONNECT + 'cursor.execute("select * from orders")\nidentity, total = cursor.fetchone()\n'  # noqa: S608 (as above)
PYTHON = sys.executable
STRICT = "alter table orders add note text not null default 'x'; alter table orders alter note drop default;\n"
RENAMED = "alter table orders rename column total to amount;\n"


class Project:
    """A repository whose main holds a program, a first migration, and a workflow that rehearses the way back."""

    def __init__(self, root: Path, image: str) -> None:
        self.repo = Repository.create(root)
        self.image = image

    def starts(self, program: str, *gates: str) -> Project:
        listed = "".join(f"    - {gate}\n" for gate in gates)
        workflow = f"workflow:\n  gates:\n{listed}  database: {{service: {self.image}}}\n"
        files: Files = {".gaterunner.yml": workflow, "tool.py": TOOL, "app.py": program}
        self.repo.commit("Start", {**files, "migrations/0001_orders.sql": FIRST})
        self.repo.switch("feat/x", create=True)
        return self

    def goes_back(self, files: Files) -> tuple[Ran, GateResult]:
        self.repo.commit("Work", files)
        ran = gaterunner(self.repo.root, "run", "--format", "json", "--keep-going")
        return ran, ran.gate("rollback-rehearsal")


APP = f"app: {{run: '{PYTHON} tool.py && {PYTHON} app.py', database: true}}"
BACK = f"rollback-rehearsal: {PYTHON} tool.py"


@pytest.fixture
def project(tmp_path: Path, postgres_image: str) -> Project:
    return Project(tmp_path / "repo", postgres_image)


def test_old_code_that_names_its_columns_copes_with_a_new_one(project: Project) -> None:
    ran, gate = project.starts(COPES, APP, BACK).goes_back({"migrations/0002_note.sql": SECOND, "app.py": COPES + "#"})

    assert (ran.code, gate.outcome, gate.kind) == (0, Outcome.PASSED, "rollback-rehearsal"), gate.reason
    assert gate.reason == "the base's code passes app on the branch's schema (1 object changed)"
    assert gate.log is not None
    log = (project.repo.root / gate.log).read_text()
    assert [line for line in log.splitlines() if line.startswith(("---", "applying"))] == [
        "--- the base's migrations",
        "applying 0001_orders.sql",
        "--- the migrations of the branch",
        "applying 0002_note.sql",
        "--- gate `app` on the base's code, with the branch's migrations kept",
    ]


@pytest.mark.parametrize(
    ("program", "migration", "said"),
    [
        (COUNTS, SECOND, "too many values to unpack"),
        (COPES, STRICT, "null value in column"),
        (COPES, RENAMED, "does not exist"),
    ],
    ids=["select star", "required column", "renamed column"],
)
def test_old_code_that_breaks_on_the_new_schema_fails(
    project: Project, program: str, migration: str, said: str
) -> None:
    """The branch's own code is right for its schema, so nothing else would have told."""
    project.starts(program, APP, BACK)
    ran, gate = project.goes_back({"migrations/0002_next.sql": migration, "app.py": "pass\n"})

    assert ran.gate("app").outcome is Outcome.PASSED
    assert (ran.code, gate.outcome) == (1, Outcome.FAILED)
    assert [finding.rule for finding in gate.findings] == ["rollback/old-code-fails"]
    assert any(said in line for line in gate.log_tail), gate.log_tail


# A program of a container: it makes its tables where nobody has, as programs do that migrate at their start.
IN_CONTAINER = """
psql -qc 'select 1 from orders' || cat migrations/*.sql | psql -v ON_ERROR_STOP=1 -q
psql -v ON_ERROR_STOP=1 -qc 'insert into orders (id, total) values (2, 5)'
"""


@pytest.mark.parametrize(
    ("back", "executor"), [(BACK, "local"), ("rollback-rehearsal: {image: IMAGE}", "docker")], ids=["here", "there"]
)
@pytest.mark.parametrize(("migration", "outcome"), [(SECOND, Outcome.PASSED), (STRICT, Outcome.FAILED)])
def test_a_gate_in_a_container_meets_the_database_that_was_migrated(
    project: Project, back: str, executor: str, migration: str, outcome: Outcome
) -> None:
    """Wherever the migrations are applied; without a command by the tool that the repository keeps them with."""
    app = f"app: {{run: sh app.py, image: {project.image}, database: true}}"
    project.starts(IN_CONTAINER, app, back.replace("IMAGE", project.image))
    _, gate = project.goes_back({"migrations/0002_next.sql": migration, "app.py": "true\n"})

    assert (gate.outcome, gate.executor) == (outcome, executor), gate.reason


def test_no_password_is_told_anywhere(project: Project) -> None:
    tells = f"rollback-rehearsal: echo $DATABASE_URL $PGPASSWORD; {PYTHON} tool.py"
    _, gate = project.starts(COPES, APP, tells).goes_back({"migrations/0002_note.sql": SECOND})

    assert gate.log is not None
    told = (project.repo.root / gate.log).read_text().splitlines()[1]
    assert told.endswith(" ***")
    assert "***@127.0.0.1" in told
