"""Every case under ``tests/cases/effects``: what a migration does, of the tool that the file is named after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gaterunner.migrations.inventory import Claim
from gaterunner.migrations.kinds import Place
from gaterunner.migrations.reading import read
from gaterunner.migrations.tools import TOOLS
from tests.migrations.test_sql_statements import told

CASES = Path(__file__).parents[1] / "cases" / "effects"
DJANGO = """from django.db import migrations, models

{before}


class Migration(migrations.Migration):
    operations = [{operations}]
"""


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for number, case in enumerate(yaml.safe_load(path.read_text())):
            yield pytest.param(path.stem, case, id=f"{path.stem} {number}")


def code_of(case: dict[str, Any]) -> str:
    if "code" in case:
        return str(case["code"])
    return DJANGO.format(before=case.get("before", ""), operations=case["operations"])


@pytest.mark.parametrize(("tool", "case"), list(cases()))
def test_a_migration_does_what_the_case_says(tool: str, case: dict[str, Any]) -> None:
    path = case.get("path", "shop/migrations/0001_x")
    claim = Claim(path=path, tool=TOOLS[tool], place=Place(sequence="shop/migrations", name="x"))
    (effects,) = read(claim, code_of(case).encode(), (case.get("dialect", "postgres"),))
    assert [told(effect) for effect in effects] == case["does"]


def test_a_table_that_is_only_known_when_it_runs_has_no_name() -> None:
    claim = Claim(path="db/migrate/1_x.rb", tool=TOOLS["rails"], place=Place(sequence="db/migrate", name="x"))
    code = b"def change\n  [User].each { |one| rename_column one.table_name, :slug, :token }\nend\n"
    ((effect,),) = read(claim, code, ("postgres",))
    assert effect.says == "rename_column of ….slug to token"
