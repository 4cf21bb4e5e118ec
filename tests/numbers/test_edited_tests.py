"""Tests that a change adds, removes and edits, counted from what its files say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gaterunner.git import Repository as Checkout
from gaterunner.numbers.edited_tests import EditedTests, edited_tests
from tests.gitrepo import ENVIRONMENT, Repository

WINDOWS = """\
def test_hour():
    assert window("1h").hours == 1


def test_day():
    assert window("24h").hours == 24
"""


def edits(tmp_path: Path, before: Mapping[str, str], after: Mapping[str, str | None]) -> EditedTests:
    repo = Repository.create(tmp_path / "repo")
    base = repo.commit("Before", before)
    head = repo.commit("After", after)
    with Checkout.open(repo.root, env=ENVIRONMENT) as checkout:
        return edited_tests(checkout.diff_files(base, head), checkout)


def test_added_removed_and_edited_tests_are_told_apart(tmp_path: Path) -> None:
    after = WINDOWS.replace("hours == 24", "hours == 24.0").replace("test_hour", "test_first_hour")
    after += '\n\ndef test_week():\n    assert window("7d").hours == 168\n'

    found = edits(tmp_path, {"tests/test_windows.py": WINDOWS}, {"tests/test_windows.py": after})

    assert (found.added, found.removed, found.changed) == (2, 1, 1)


def test_a_test_that_moves_to_another_file_is_none_of_them(tmp_path: Path) -> None:
    found = edits(
        tmp_path, {"tests/test_a.py": WINDOWS}, {"tests/test_a.py": None, "tests/unit/test_other.py": WINDOWS + "\n"}
    )

    assert (found.added, found.removed, found.changed) == (0, 0, 0)


def test_other_languages_are_read_as_well(tmp_path: Path) -> None:
    before = "test('hour', () => {\n  expect(window('1h')).toBe(1);\n});\n"
    after = before + "test('day', () => {\n  expect(window('24h')).toBe(24);\n});\n"

    found = edits(tmp_path, {"src/window.test.js": before}, {"src/window.test.js": after})

    assert (found.added, found.removed, found.changed) == (1, 0, 0)


def test_a_language_that_nobody_reads_is_named(tmp_path: Path) -> None:
    found = edits(tmp_path, {"x.txt": "x"}, {"Tests/WindowTests.swift": "func testHour() {}"})

    assert found.unread == ("Tests/WindowTests.swift",)


def test_code_that_is_no_test_counts_for_nothing(tmp_path: Path) -> None:
    found = edits(tmp_path, {"app.py": "def f(): pass\n"}, {"app.py": "def g(): pass\n"})

    assert found == EditedTests()
