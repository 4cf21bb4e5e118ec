"""What is read from the events of `go test -json`."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaterunner.evidence.go_test import read_go_test
from gaterunner.evidence.junit import JUnitWatch
from gaterunner.evidence.types import TestEvidence
from gaterunner.model import TestCounts
from gaterunner.redaction import Redactor

SHOP = "example.org/shop"


def events(*lines: str, package: str = SHOP) -> str:
    """``events("run TestA", "output TestA text", "pass TestA", "pass")``; a package ends with an action alone."""
    told = []
    for line in lines:
        action, _, rest = line.partition(" ")
        test, _, output = rest.partition(" ")
        event = {"Action": action, "Package": package, "Test": test, "Output": f"{output}\n" if output else ""}
        told.append(json.dumps({name: value for name, value in event.items() if value}))
    return "\n".join(told) + "\n"


def read(root: Path, text: str) -> TestEvidence:
    watching = JUnitWatch(root, root, ("unit.json",), redactor=Redactor([]))
    (root / "unit.json").write_text(text)
    return watching.collect()


def test_tests_that_passed_failed_and_were_skipped_are_counted_with_their_subtests(tmp_path: Path) -> None:
    evidence = read(
        tmp_path,
        events("start", "run TestA", "run TestA/one", "pass TestA/one", "pass TestA")
        + events("run TestB", "skip TestB", "run TestC", "output TestC     c_test.go:8: bad", "fail TestC", "fail"),
    )
    assert evidence.counts == TestCounts(total=4, passed=2, failed=1, skipped=1)
    assert [case.id for case in evidence.cases] == [
        f"{SHOP}.{name}" for name in ("TestA/one", "TestA", "TestB", "TestC")
    ]
    assert [failure.message for failure in evidence.failures] == [f"{SHOP}.TestC: c_test.go:8: bad"]
    assert evidence.unreadable == ()


def test_a_failure_leads_to_the_file_in_the_folder_of_its_package(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    for folder in (tmp_path, tmp_path / "api"):
        (folder / "a_test.go").write_text("package a\n")
    told = events("run TestA", "output TestA     a_test.go:3: bad", "fail TestA", "fail", package=f"{SHOP}/api")
    (failure,) = read(tmp_path, told).failures
    assert (failure.path, failure.line) == ("api/a_test.go", 3)


def test_a_test_that_takes_its_package_down_has_failed(tmp_path: Path) -> None:
    evidence = read(tmp_path, events("run TestA", "pass TestA", "run TestB", "output TestB panic", "fail"))
    assert evidence.counts == TestCounts(total=2, passed=1, failed=1)
    assert evidence.failures[0].message == f"{SHOP}.TestB: did not end: panic"


def test_a_test_that_never_ended_has_failed_even_where_all_else_passed(tmp_path: Path) -> None:
    assert read(tmp_path, events("run TestA", "pass")).counts.failed == 1
    assert read(tmp_path, events("start", "run TestA", "pass TestA")).counts.failed == 1


def test_a_package_that_fails_outside_of_its_tests_is_told(tmp_path: Path) -> None:
    evidence = read(tmp_path, events("run TestA", "pass TestA", "fail"))
    assert evidence.counts == TestCounts(total=2, passed=1, failed=1)
    assert "the package failed outside of its tests" in evidence.failures[0].message


@pytest.mark.parametrize(
    "told",
    [
        f"FAIL\t{SHOP} [build failed]\n",
        json.dumps(
            {"Action": "build-output", "ImportPath": f"{SHOP} [{SHOP}.test]", "Output": "a.go:1:1: build failed"}
        )
        + "\n"
        + events("start", "fail"),
    ],
    ids=["before Go 1.24", "since"],
)
def test_a_package_that_could_not_be_built_is_told(tmp_path: Path, told: str) -> None:
    evidence = read(tmp_path, told)
    assert evidence.counts == TestCounts(total=1, failed=1)
    assert "build failed" in evidence.failures[0].message


def test_packages_without_tests_are_no_tests(tmp_path: Path) -> None:
    evidence = read(tmp_path, events("start", "output  [no test files]", "skip"))
    assert (evidence.counts, evidence.unreadable) == (TestCounts(), ())


@pytest.mark.parametrize("text", ['{"Action": 1}\n', "{\n", '{"Package": "a"}\n'])
def test_what_is_something_else_is_unreadable(tmp_path: Path, text: str) -> None:
    assert "is not what `go test -json` prints" in read(tmp_path, text).unreadable[0]


_LINES = st.sampled_from(
    [
        line
        for name in ("TestA", "")
        for action in ("start", "run", "pass", "fail", "skip")
        for line in [f"{action} {name}"]
    ]
)


@given(st.lists(_LINES, max_size=12))
def test_no_order_of_events_hides_a_failure(lines: list[str]) -> None:
    parsed = read_go_test(events(*(line.strip() for line in lines)).encode())
    failed = sum(case.state == "failed" for case in parsed.cases) + parsed.unlisted
    assert bool(parsed.failures) == bool(failed)
    assert failed >= any(line.startswith("fail") for line in lines)


@given(st.binary(max_size=200))
def test_anything_is_read_or_refused(data: bytes) -> None:
    with suppress(ValueError):
        read_go_test(b"{" + data)
