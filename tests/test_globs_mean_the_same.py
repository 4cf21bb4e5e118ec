"""A glob means the same wherever one may be written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gaterunner.config.types import Area, Position
from gaterunner.contract.scope import Scope
from gaterunner.globs import Globs
from gaterunner.migrations.inventory import numbered_tool
from gaterunner.migrations.kinds import Layout
from gaterunner.model import FileChange
from gaterunner.numbers.areas import lines_by_area
from gaterunner.policies.no_secret_changes import _matcher
from tests.contract.contracts import spec as a_spec
from tests.contract.contracts import workflow
from tests.contract.test_reading import read

LAYOUT = Layout((), lambda _path: "")
MEANINGS = [
    ("app/*.sql", "app/a.sql", True),
    ("app/*.sql", "app/b/a.sql", False),
    ("app", "app/b/a.sql", True),
    ("app/", "app/b/a.sql", True),
    ("./app", "app/a.sql", True),
    ("app/**", "app/.hidden/a.sql", True),
    ("app/*", "app/.a.sql", True),
    ("**/a.sql", "a.sql", True),
    ("app/**/a.sql", "app/a.sql", True),
    ("app/**/a.sql", "app/x/y/a.sql", True),
    ("app/{a,b}.sql", "app/b.sql", True),
    ("app/[ab].sql", "app/b.sql", True),
    ("app/?.sql", "app/ab.sql", False),
    ("APP/**", "app/a.sql", False),
    ("app/a.sql", "app/aXsql", False),
    (".", "app/a.sql", True),
]


def change(path: str) -> FileChange:
    return FileChange(
        path=path, status="A", old_mode="000000", new_mode="100644", old_blob="0" * 40, new_blob="1" * 40, insertions=1
    )


def in_an_area(glob: str, path: str) -> bool:
    (row,) = lines_by_area([change(path)], [Area(name="named", position=Position(1, 1), paths=(glob,))])
    return row.area == "named"


def in_touchpoints(glob: str, path: str) -> bool:
    scope = Scope(read(a_spec(touchpoints=f"{{allow: ['{glob}']}}", non_goals=None)), workflow())
    return not list(scope.outside([change(path)]))


def of_migrations(glob: str, path: str) -> bool:
    return numbered_tool((glob,)).place(path, LAYOUT) is not None


def unscanned(glob: str, path: str) -> bool:
    return _matcher((glob,))(path)


def of_a_gate(glob: str, path: str) -> bool:
    return Globs((glob,)).matches(path)


@pytest.mark.parametrize("means", [in_an_area, in_touchpoints, of_migrations, unscanned, of_a_gate])
@pytest.mark.parametrize(("glob", "path", "expected"), MEANINGS)
def test_a_glob_means_the_same_everywhere(
    means: Callable[[str, str], bool], glob: str, path: str, expected: bool
) -> None:
    assert means(glob, path) is expected
