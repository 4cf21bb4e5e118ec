"""Where migrations are looked for, and what runs around them."""

from __future__ import annotations

import pytest

from gaterunner.model import Finding, Severity
from tests.gitrepo import Files, Repository
from tests.migrations.judging import judge_files

RULE = "migration-lookup-changed"
DJANGO = {
    "manage.py": "import django\n",
    "shop/migrations/0001_initial.py": (
        "from django.db import migrations\n\n\n"
        "class Migration(migrations.Migration):\n    dependencies = []\n    operations = []\n"
    ),
}
ENV = "from alembic import context\n\ncontext.configure(url='x')\ncontext.run_migrations()\n"
ALEMBIC = {
    "alembic.ini": "[alembic]\nscript_location = db\n\n[loggers]\nkeys = root\n",
    "db/env.py": ENV,
    "db/script.py.mako": "x\n",
    "db/versions/0a1b_x.py": "revision = '0a1b'\ndown_revision = None\n\n\ndef upgrade():\n    pass\n",
}


def told(repo: Repository, base: Files, new: Files) -> list[Finding]:
    return [each for each in judge_files(repo, base, new).findings if each.rule == RULE]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("A = 1\n", "A = 1\nMIGRATION_MODULES = {'shop': 'shop.other'}\n", 2),
        ("MIGRATION_MODULES = {'shop': 'a'}\n", "MIGRATION_MODULES = {'shop': 'b'}\n", 1),
        ("MIGRATION_MODULES = {'shop': 'a'}\n", "", None),
        ("MIGRATION_MODULES = {}\n", "MIGRATION_MODULES = {}\nMIGRATION_MODULES['shop'] = None\n", 2),
        ("MIGRATION_MODULES = {}\n", "MIGRATION_MODULES = {}\nif X:\n    MIGRATION_MODULES.update(y)\n", 2),
        ("A = 1\n", "MIGRATION_MODULES = {\n", 1),
    ],
)
def test_modules_of_django(repo: Repository, old: str, new: str, line: int | None) -> None:
    [finding] = told(repo, {**DJANGO, "project/settings/base.py": old}, {"project/settings/base.py": new})

    assert (finding.severity, finding.line) == (Severity.ERROR, line)
    assert finding.message.startswith("Django: `MIGRATION_MODULES` changes")


def test_other_settings_and_other_words_are_nothing(repo: Repository) -> None:
    old, new = (
        "MIGRATION_MODULES = {'shop': 'a'}\nA = 1\n",
        "A = 2\n# MIGRATION_MODULES\nMIGRATION_MODULES = {\n  'shop': 'a'}\n",
    )
    assert told(repo, {**DJANGO, "settings.py": old}, {"settings.py": new}) == []


@pytest.mark.parametrize(
    "line",
    [
        "script_location = other",
        "script_location = db\nversion_locations = a\n  b",
        "script_location = db\npath_separator = os",
    ],
)
def test_places_of_alembic(repo: Repository, line: str) -> None:
    [finding] = told(repo, ALEMBIC, {"alembic.ini": f"[alembic]\n{line}\n\n[loggers]\nkeys = root\n"})
    assert finding.message.endswith("changes: revisions are looked for elsewhere.")


def test_other_keys_and_sections_are_nothing(repo: Repository) -> None:
    new = "[alembic]\nscript_location  =   db\nfile_template = x\n[other]\nversion_locations = y\n"
    assert told(repo, ALEMBIC, {"alembic.ini": new}) == []


@pytest.mark.parametrize(
    ("new", "severity"),
    [
        (ENV.replace("run_mig", "execute('VACUUM')\ncontext.run_mig"), Severity.ERROR),
        (ENV.replace("url='x'", "url='x', version_table='other'"), Severity.ERROR),
        (f"{ENV}bind.exec_driver_sql('DROP TABLE users')\n", Severity.ERROR),
        ("def broken(:\n", Severity.ERROR),
        (ENV.replace("url='x'", "url='x', compare_type=True"), Severity.WARNING),
    ],
)
def test_what_runs_around_revisions(repo: Repository, new: str, severity: Severity) -> None:
    [finding] = told(repo, ALEMBIC, {"db/env.py": new})
    assert finding.severity is severity


def test_the_form_of_env_py_is_nothing(repo: Repository) -> None:
    assert told(repo, ALEMBIC, {"db/env.py": f"# how revisions run\n{ENV}"}) == []


def test_an_env_py_that_is_new_beside_revisions(repo: Repository) -> None:
    without = {path: content for path, content in ALEMBIC.items() if path != "db/env.py"}
    [finding] = told(repo, {**without, "db/versions/env.py": ""}, {"db/env.py": ENV})
    assert finding.message == "Alembic: env.py, which runs around every revision, is new."


def test_without_its_files_alembic_does_not_run(repo: Repository) -> None:
    assert told(repo, ALEMBIC, {"db/env.py": None, "alembic.ini": None}) == []
