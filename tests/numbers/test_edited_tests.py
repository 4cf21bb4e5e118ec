"""Tests that a change adds, removes and edits, counted from what its files say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from gaterunner.git import Repository as Checkout
from gaterunner.numbers.edited_tests import EditedTests, edited_tests
from gaterunner.weakening import compare
from tests.gitrepo import ENVIRONMENT, Repository

WINDOWS = """\
def test_hour():
    assert window("1h").hours == 1


def test_day():
    assert window("24h").hours == 24
"""


def edits(tmp_path: Path, before: Mapping[str, str], after: Mapping[str, str | None]) -> EditedTests:
    repo = Repository.create(tmp_path / "repo")
    repo.git("config", "core.autocrlf", "false")
    base = repo.commit("Before", before)
    head = repo.commit("After", after)
    with Checkout.open(repo.root, env=ENVIRONMENT) as checkout:
        return edited_tests(checkout.diff_files(base, head), checkout)


def test_added_removed_and_edited_tests_are_told_apart(tmp_path: Path) -> None:
    before = WINDOWS + '\n\ndef test_year():\n    with pytest.raises(TooLong):\n        window("1y")\n'
    after = WINDOWS.replace("hours == 24", "hours == 24.0")
    after += '\n\ndef test_names_are_told():\n    assert str(window("7d")) == "a week" and load("x") is None\n'

    found = edits(tmp_path, {"tests/test_windows.py": before}, {"tests/test_windows.py": after})

    assert (found.added, found.removed, found.changed) == (1, 1, 1)


def test_one_that_has_another_name_is_edited(tmp_path: Path) -> None:
    after = WINDOWS.replace("test_hour", "test_first_hour")

    found = edits(tmp_path, {"tests/test_windows.py": WINDOWS}, {"tests/test_windows.py": after})

    assert (found.added, found.removed, found.changed) == (0, 0, 1)


def test_one_of_the_same_name_in_another_file_is_that_one_edited(tmp_path: Path) -> None:
    after = {"tests/test_a.py": None, "tests/test_b.py": WINDOWS.replace("hours == 1\n", "hours in (1, 1.0)\n")}

    found = edits(tmp_path, {"tests/test_a.py": WINDOWS}, after)

    assert (found.added, found.removed, found.changed) == (0, 0, 1)


def test_one_that_never_ran_and_is_gone_becomes_no_other(tmp_path: Path) -> None:
    skipped = WINDOWS.replace("def test_day", "@pytest.mark.skip\ndef test_day")
    hour, day = WINDOWS.split("\n\n\n")
    after = {"tests/test_a.py": f"{hour}\n", "tests/test_b.py": day}

    found = edits(tmp_path, {"tests/test_a.py": skipped}, after)

    assert (found.added, found.removed) == (1, 1)


def test_other_line_ends_edit_nothing(tmp_path: Path) -> None:
    found = edits(
        tmp_path, {"tests/test_a.py": WINDOWS}, {"tests/test_a.py": WINDOWS.replace("\n", "\r\n").rstrip("\r\n")}
    )

    assert found == EditedTests()


def test_a_form_feed_ends_no_line_of_a_source(tmp_path: Path) -> None:
    paged = f"\f\n{WINDOWS}"

    found = edits(tmp_path, {"tests/test_a.py": paged}, {"tests/test_a.py": paged.replace("== 24", "== 24.0")})

    assert (found.added, found.removed, found.changed) == (0, 0, 1)


def test_a_test_that_moves_to_another_file_is_none_of_them(tmp_path: Path) -> None:
    found = edits(
        tmp_path, {"tests/test_a.py": WINDOWS}, {"tests/test_a.py": None, "tests/unit/test_other.py": WINDOWS + "\n"}
    )

    assert (found.added, found.removed, found.changed) == (0, 0, 0)


def test_what_moves_to_where_no_runner_looks_is_removed(tmp_path: Path) -> None:
    found = edits(
        tmp_path, {"tests/test_a.py": WINDOWS}, {"tests/test_a.py": None, "tests/disabled/test_a.py": WINDOWS}
    )

    assert found.removed == 2


@pytest.mark.parametrize(
    "after",
    [
        {"tests/test_a.py": WINDOWS + "\n\ndef test_week():\n    assert window('7d').hours == 168\n"},
        {"tests/test_a.py": WINDOWS.replace("def test_day", "def test_one_day")},
        {"tests/test_a.py": None, "tests/disabled/test_a.py": WINDOWS},
        {"tests/test_a.py": None, "tests/test_b.py": WINDOWS.replace("test_day", "test_other")},
    ],
)
def test_added_and_removed_are_those_of_the_policies(tmp_path: Path, after: Mapping[str, str | None]) -> None:
    repo = Repository.create(tmp_path / "repo")
    base = repo.commit("Before", {"tests/test_a.py": WINDOWS})
    head = repo.commit("After", after)
    with Checkout.open(repo.root, env=ENVIRONMENT) as checkout:
        files = checkout.diff_files(base, head)
        found, policies = edited_tests(files, checkout), compare.tests_between(files, checkout, head)

    assert (found.added, found.removed) == (len(policies.added), len(policies.removed))


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
