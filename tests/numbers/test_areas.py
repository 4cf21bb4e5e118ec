"""Lines by area."""

from __future__ import annotations

from gaterunner.config.types import ELSEWHERE, Area, Position
from gaterunner.model import AreaLines, FileChange
from gaterunner.numbers.areas import lines_by_area


def file(path: str, insertions: int | None = 1, deletions: int | None = 0) -> FileChange:
    return FileChange(
        path=path,
        status="M",
        old_mode="100644",
        new_mode="100644",
        old_blob="1" * 40,
        new_blob="2" * 40,
        insertions=insertions,
        deletions=deletions,
    )


def area(name: str, *paths: str) -> Area:
    return Area(name=name, position=Position(1, 1), paths=paths)


def test_lines_are_summed_by_area_and_kind_in_the_order_of_the_file() -> None:
    files = [
        file("docs/x.md", 3),
        file("web/a.ts", 10, 2),
        file("api/a.py", 5, 1),
        file("api/b.py", 7),
        file("api/tests/test_a.py", 4),
    ]

    found = lines_by_area(files, [area("api", "api/**"), area("web", "web/**")])

    assert found == (
        AreaLines(area="api", kind="code", files=2, insertions=12, deletions=1),
        AreaLines(area="api", kind="tests", files=1, insertions=4, deletions=0),
        AreaLines(area="web", kind="code", files=1, insertions=10, deletions=2),
        AreaLines(area=ELSEWHERE, kind="docs", files=1, insertions=3, deletions=0),
    )


def test_a_path_belongs_to_the_first_area_that_matches() -> None:
    found = lines_by_area([file("api/core/x.py")], [area("core", "api/core/**"), area("api", "api/**")])

    assert [row.area for row in found] == ["core"]


def test_binary_files_are_counted_as_files_without_lines() -> None:
    (row,) = lines_by_area([file("logo.bin", None, None), file("x.bin")], [])

    assert (row.files, row.binary, row.insertions) == (2, 1, 1)


def test_no_change_has_no_lines() -> None:
    assert lines_by_area([], [area("api", "**")]) == ()
