"""What blocks, what is exempt and what is told, over real repositories."""

from __future__ import annotations

import pytest

from gaterunner.config.types import DEFAULT_PATH, DeclaredPolicy, Position, Workflow
from gaterunner.model import Mode, Outcome
from gaterunner.policies.cutovers import Options as CutoverOptions
from gaterunner.policies.forward_only_migrations import Options
from tests.gitrepo import Files, Repository
from tests.migrations.judging import judge_files, line
from tests.policies.judging import judge_policy

FOLDER = "db/migration/postgres"
START: Files = {f"{FOLDER}/V1__start.sql": 'CREATE TABLE users (id int, name varchar(20), "role" role);\n'}


def lines(repo: Repository, sql: str, base: Files = START, name: str = "V2__more.sql") -> list[str]:
    result = judge_files(repo, base, {f"{FOLDER}/{name}": sql})
    return [line(finding).replace(f"{FOLDER}/", "") for finding in result.findings]


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("DROP TABLE users;", "migration-drop-table"),
        ("ALTER TABLE users DROP COLUMN name;", "migration-drop-column"),
        ("DROP SCHEMA public CASCADE;", "migration-drop-schema"),
        ("ALTER TABLE users RENAME name TO full_name;", "migration-rename"),
        ("ALTER TABLE users ALTER name TYPE varchar(10);", "migration-narrowing"),
        ('ALTER TABLE users ALTER "role" TYPE role_new;', "migration-narrowing"),
        ("TRUNCATE users;", "migration-truncate"),
        ("DELETE FROM users;", "migration-unqualified-delete"),
        ("UPDATE users SET name = '';", "migration-unqualified-update"),
        ("DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'users'; END $$;", "migration-opaque"),
    ],
)
def test_what_loses_something_blocks(repo: Repository, sql: str, rule: str) -> None:
    assert lines(repo, sql) == [f"error {rule} V2__more.sql:1"]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (a int);\nDROP TABLE t;",
        "ALTER TABLE users ADD COLUMN slug text;\nUPDATE users SET slug = lower(name);",
        "ALTER TABLE users ADD COLUMN slug text;\nALTER TABLE users RENAME slug TO label;",
        "CREATE TABLE t (a int);\nALTER TABLE t RENAME TO u; DELETE FROM u WHERE a = 1;",
        "CREATE SCHEMA attic;\nDROP SCHEMA attic CASCADE;",
    ],
)
def test_what_the_change_creates_itself_is_exempt_and_listed(repo: Repository, sql: str) -> None:
    assert lines(repo, sql) == ["notice migration-exempt V2__more.sql:2"]


def test_an_object_of_another_new_migration_is_exempt(repo: Repository) -> None:
    head: Files = {f"{FOLDER}/V2__a.sql": "CREATE TABLE t (a int);", f"{FOLDER}/V3__b.sql": "DROP TABLE t;"}
    result = judge_files(repo, START, head)
    assert [line(each) for each in result.findings] == [f"notice migration-exempt {FOLDER}/V3__b.sql:1"]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE users; CREATE TABLE users (id int);",
        "CREATE TABLE IF NOT EXISTS users (id int); DROP TABLE users;",
        "CREATE TABLE attic.users (id int); DROP TABLE users;",
        "SET search_path = attic; CREATE TABLE users (id int); SET search_path = public; DROP TABLE users;",
        'CREATE TABLE "USERS" (id int); DROP TABLE users;',
        "CREATE TABLE new_users (id int); DROP TABLE users; ALTER TABLE new_users RENAME TO users;",
        "CREATE TABLE n (a int); INSERT INTO n TABLE users LIMIT 1; DROP TABLE users; ALTER TABLE n RENAME TO users",
    ],
)
def test_a_table_that_was_there_is_not_exempt_by_a_trick(repo: Repository, sql: str) -> None:
    assert "error migration-drop-table V2__more.sql:1" in lines(repo, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE users ADD COLUMN slug text; UPDATE users SET slug = '', name = '';",
        "ALTER TABLE users ADD COLUMN IF NOT EXISTS name text; UPDATE users SET name = '';",
    ],
)
def test_an_update_that_also_overwrites_an_old_column_blocks(repo: Repository, sql: str) -> None:
    assert "error migration-unqualified-update V2__more.sql:1" in lines(repo, sql)


REBUILD = """CREATE TABLE new_users (id int, name text);
INSERT INTO new_users (id, name) SELECT id, {columns} FROM users;
DROP TABLE users;
ALTER TABLE new_users RENAME TO users;
"""
SMALL: Files = {f"{FOLDER}/V1__start.sql": "CREATE TABLE users (id int, name text);\n"}


def test_a_rebuild_that_copies_all_rows_is_exempt(repo: Repository) -> None:
    assert lines(repo, REBUILD.format(columns="name"), SMALL) == ["notice migration-exempt V2__more.sql:3"]


def test_a_rebuild_that_leaves_a_column_out_drops_it(repo: Repository) -> None:
    assert lines(repo, REBUILD.format(columns="''"), SMALL) == [
        "error migration-drop-column V2__more.sql:2",
        "notice migration-exempt V2__more.sql:3",
    ]


def test_a_widening_of_a_known_type_passes_with_a_note(repo: Repository) -> None:
    sql = "ALTER TABLE users ALTER COLUMN name TYPE text;"
    assert lines(repo, sql) == ["notice migration-widening V2__more.sql:1"]


def test_only_what_an_edit_adds_is_judged(repo: Repository) -> None:
    base: Files = {f"{FOLDER}/R__views.sql": "DROP TABLE old;\nSELECT 1;\n"}
    assert lines(repo, "SELECT 1;\n\nDROP TABLE old;\n", base, "R__views.sql") == []
    repo.git("checkout", "-q", "-f", "--detach")
    sql = "DROP TABLE old;\nDROP TABLE users;\n"
    assert lines(repo, sql, base, "R__views.sql") == ["error migration-drop-table R__views.sql:2"]


def test_an_included_file_is_judged_with_the_migration(repo: Repository) -> None:
    head: Files = {f"{FOLDER}/V2__more.sql": "\\ir parts/drop.sql\n", f"{FOLDER}/parts/drop.sql": "DROP TABLE users;\n"}
    result = judge_files(repo, START, head)
    (finding,) = [each for each in result.findings if each.rule == "migration-drop-table"]
    assert finding.path == f"{FOLDER}/V2__more.sql"
    assert "(in parts/drop.sql, which it includes)" in finding.message


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'a\\'; DROP TABLE users; -- '",  # in MySQL the backslash keeps the string open
        "SELECT 1; /*! DROP TABLE users */;",  # a comment elsewhere
        "SELECT 1\nDROP TABLE users",  # SQL Server needs no semicolon
    ],
)
def test_where_the_database_is_not_known_every_reading_counts(repo: Repository, sql: str) -> None:
    base: Files = {"db/migration/V1__start.sql": "CREATE TABLE users (id int);\n"}
    result = judge_files(repo, base, {"db/migration/V2__more.sql": sql})
    assert "migration-drop-table" in [each.rule for each in result.findings]


def test_a_squashed_django_migration_is_exempt(repo: Repository) -> None:
    text = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    {}\n"
    first = "dependencies = []\n    operations = []"
    squash = f"replaces = [('shop', '0001_a')]\n    {first[:-1]}migrations.DeleteModel('Item')]"
    base: Files = {"manage.py": "", "shop/migrations/0001_a.py": text.format(first)}
    result = judge_files(repo, base, {"shop/migrations/0001_squashed.py": text.format(squash)})
    assert [line(each) for each in result.findings] == ["notice migration-exempt shop/migrations/0001_squashed.py"]


def test_the_order_of_a_django_app_decides_what_was_created_before(repo: Repository) -> None:
    def text(after: str, operation: str) -> str:
        return (
            "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
            f"    dependencies = {after}\n    operations = [{operation}]\n"
        )

    base: Files = {"manage.py": "", "shop/migrations/0001_a.py": text("[]", "migrations.CreateModel('Item', [])")}
    head: Files = {
        "shop/migrations/0003_a.py": text("[('shop', '0001_a')]", "migrations.DeleteModel('Item')"),
        "shop/migrations/0002_b.py": text("[('shop', '0003_a')]", "migrations.CreateModel('Item', [])"),
    }
    result = judge_files(repo, base, head)
    assert "error migration-drop-table shop/migrations/0003_a.py:6" in [line(each) for each in result.findings]


def test_a_rule_can_be_told_or_turned_off(repo: Repository) -> None:
    head: Files = {f"{FOLDER}/V2__more.sql": "DELETE FROM users;\n"}
    told = judge_files(repo, START, head, rules={"migration-unqualified-delete": "warn"})
    assert (told.outcome, len(told.findings)) == (Outcome.PASSED, 1)


def test_a_finding_keeps_its_fingerprint_when_it_moves(repo: Repository) -> None:
    prints: set[str | None] = set()
    for sql in ("DROP TABLE users;", "SELECT 1;\n\nDROP TABLE users;"):
        base: Files = {**START, f"{FOLDER}/V2__more.sql": None} if prints else START
        (finding,) = judge_files(repo, base, {f"{FOLDER}/V2__more.sql": sql}).findings
        prints.add(finding.fingerprint)
    assert len(prints) == 1
    assert all(each and len(each) == 32 for each in prints)


def test_the_help_says_which_cutover_to_declare(repo: Repository) -> None:
    head: Files = {f"{FOLDER}/V2__more.sql": "ALTER TABLE users DROP COLUMN name;\n"}
    (finding,) = judge_files(repo, START, head).findings
    assert finding.message == (
        "Flyway: ALTER TABLE users DROP COLUMN name: its values are gone for good, "
        "and code that still runs asks for it."
    )
    assert finding.help == (
        "Stop using the column first, and declare a cutover for `users.name` in .gaterunner/cutovers.yml "
        "and take it to stop-old before."
    )


CUTOVERS = """cutovers:
  - name: full-names
    drops: users.name
    flag: full_names
    dual-write: app.py
    parity: parity
    phase: {phase}
"""


@pytest.mark.parametrize(("phase", "outcome"), [("stop-old", Outcome.PASSED), ("backfill", Outcome.FAILED)])
def test_a_cutover_that_is_far_enough_permits_its_step(repo: Repository, phase: str, outcome: Outcome) -> None:
    repo.commit("Start", {**START, ".gaterunner/cutovers.yml": CUTOVERS.format(phase=phase), "app.py": "full_names"})
    repo.switch("feat/x", create=True)
    repo.commit("Drop", {f"{FOLDER}/V2__more.sql": "ALTER TABLE users DROP COLUMN name;\n"})
    policies = (DeclaredPolicy(name="cutovers", options=CutoverOptions(), position=Position(1, 1)),)
    workflow = Workflow(path=DEFAULT_PATH, mode=Mode.ENFORCE, phases=(), gates=(), policies=policies)
    result = judge_policy(repo, "forward-only-migrations", Options(), workflow=workflow)
    assert result.outcome is outcome
    if outcome is Outcome.PASSED:
        assert "the cutover full-names permits it" in result.findings[0].message


def test_a_thousand_findings_are_bounded(repo: Repository) -> None:
    sql = "".join(f"DROP TABLE t{number};\n" for number in range(1000))
    result = judge_files(repo, START, {f"{FOLDER}/V2__more.sql": sql})
    assert len(result.findings) == 100
    assert "901 further findings" in result.findings[-1].message


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("models.DateField()", "models.DateTimeField()", "notice migration-widening"),
        ("TaggableManager(through='taggit.TaggedItem')", "TaggableManager(through='extras.TaggedItem')", ""),
        ("models.ManyToManyField(to='core.a')", "models.ManyToManyField(to='core.b')", "warning migration-opaque"),
        ("models.ForeignKey(to='core.a')", "models.ForeignKey(to=model_name('core', 'a'))", "warning migration-opaque"),
        ("models.ForeignKey(to='core.a')", "models.ForeignKey(to='core.b')", "error migration-narrowing"),
        ("models.CharField(max_length=9)", "OwnField()", "error migration-narrowing"),
    ],
)
def test_django_fields_whose_columns_tell_what_is_lost(repo: Repository, old: str, new: str, told: str) -> None:
    head = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
    start = f"    operations = [migrations.CreateModel('Item', [('kind', {old})])]\n"
    then = f"    dependencies = [('shop', '0001_a')]\n    operations = [migrations.AlterField('Item', 'kind', {new})]\n"
    base = {"manage.py": "import django\n", "shop/migrations/0001_a.py": head + start}

    result = judge_files(repo, base, {"shop/migrations/0002_b.py": head + then})

    assert [line(each).rpartition(" ")[0] for each in result.findings] == ([told] if told else [])
