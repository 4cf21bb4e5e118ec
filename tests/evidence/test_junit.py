"""Which result files count, and what is read from them."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gaterunner.evidence import junit_xml
from gaterunner.evidence.fresh import MAX_FILE_BYTES
from gaterunner.evidence.junit import JUnitWatch
from gaterunner.evidence.types import TestEvidence
from gaterunner.model import TestCounts
from gaterunner.redaction import Redactor

PASSED = '<testsuite name="s"><testcase classname="c" name="a"/></testsuite>'

JAVA = "src/test/java/com/acme/AT.java"


def watch(
    root: Path, *patterns: str, committed: Mapping[str, str] | None = None, mounted_at: str | None = None
) -> JUnitWatch:
    redactor = Redactor(["correct-horse-battery"])
    return JUnitWatch(root, root, patterns or ("*.xml",), redactor=redactor, committed=committed, mounted_at=mounted_at)


def read(root: Path, *contents: str, mounted_at: str | None = None) -> TestEvidence:
    """Files a.xml, b.xml … or a single r.xml."""
    watching = watch(root, mounted_at=mounted_at)
    for name, xml in zip("abc" if len(contents) > 1 else "r", contents, strict=False):
        (root / f"{name}.xml").write_text(xml)
    return watching.collect()


def suite(*cases: str, name: str = "s") -> str:
    """``suite("c.a", "c.b failed")``."""
    told = []
    for each in cases:
        test, _, state = each.partition(" ")
        classname, _, test = test.rpartition(".")
        inside = {"failed": "<failure/>", "skipped": "<skipped/>", "flaky": "<flakyFailure/>"}.get(state, "")
        told.append(f'<testcase classname="{classname}" name="{test}">{inside}</testcase>')
    return f'<testsuite name="{name}">{"".join(told)}</testsuite>'


def states(evidence: TestEvidence) -> dict[str, str]:
    return {case.id: case.state for case in evidence.cases}


# --- which files count ---


def test_a_new_file_counts(tmp_path: Path) -> None:
    evidence = read(tmp_path, PASSED)
    assert evidence.files == ("r.xml",)
    assert evidence.counts == TestCounts(total=1, passed=1)


def test_nothing_is_nothing(tmp_path: Path) -> None:
    assert watch(tmp_path).collect() == TestEvidence(patterns=("*.xml",))


def _leave(path: Path) -> None:
    pass


def _touch(path: Path) -> None:
    os.utime(path)


def _restore(path: Path) -> None:
    path.unlink()
    path.write_text(PASSED.replace("a", "b"))
    os.utime(path, (time.time() - 3600, time.time() - 3600))


@pytest.mark.parametrize("happens", [_leave, _touch, _restore])
def test_an_older_file_does_not_count(tmp_path: Path, happens: Callable[[Path], None]) -> None:
    (tmp_path / "r.xml").write_text(PASSED)
    watching = watch(tmp_path)
    happens(tmp_path / "r.xml")
    evidence = watching.collect()
    assert (evidence.files, evidence.stale) == ((), ("r.xml",))
    assert evidence.counts.total == 0
    assert (tmp_path / "r.xml").exists()


def _rewrite_the_same(path: Path) -> None:
    path.write_text(PASSED)


def _replace_with_the_same(path: Path) -> None:
    new = path.with_suffix(".new")
    new.write_text(PASSED)
    new.replace(path)


@pytest.mark.parametrize("happens", [_rewrite_the_same, _replace_with_the_same])
def test_a_tool_that_writes_the_same_result_again_counts(tmp_path: Path, happens: Callable[[Path], None]) -> None:
    (tmp_path / "r.xml").write_text(PASSED)
    watching = watch(tmp_path)
    happens(tmp_path / "r.xml")
    assert watching.collect().files == ("r.xml",)


def test_a_file_that_is_merely_checked_out_does_not_count(tmp_path: Path) -> None:
    blob = hashlib.sha1(f"blob {len(PASSED)}\0{PASSED}".encode(), usedforsecurity=False).hexdigest()
    watching = watch(tmp_path, committed={"r.xml": blob})
    (tmp_path / "r.xml").write_text(PASSED)
    assert watching.collect().stale == ("r.xml",)


@pytest.mark.parametrize(
    ("age", "zone", "counts"), [(0, True, True), (1, True, False), (10, False, True), (48, False, False)]
)
def test_a_file_that_says_it_is_older_does_not_count(tmp_path: Path, age: int, zone: bool, counts: bool) -> None:
    moment = datetime.now(UTC) - timedelta(hours=age) + timedelta(seconds=1)
    stamp = moment.isoformat() if zone else moment.replace(tzinfo=None).isoformat()
    evidence = read(tmp_path, PASSED.replace("<testsuite", f'<testsuite timestamp="{stamp}"'))
    assert bool(evidence.files) is counts


def test_a_directory_stands_for_the_xml_files_in_it(tmp_path: Path) -> None:
    watching = watch(tmp_path, "reports")
    (tmp_path / "reports/deep").mkdir(parents=True)
    (tmp_path / "reports/a.xml").write_text(PASSED)
    (tmp_path / "reports/deep/b.xml").write_text(PASSED.replace("a", "b"))
    (tmp_path / "reports/index.html").write_text("<html>")
    assert watching.collect().files == ("reports/a.xml", "reports/deep/b.xml")


def _link(path: Path) -> None:
    (path.parent / "elsewhere").write_text(PASSED)
    path.symlink_to("elsewhere")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _huge(path: Path) -> None:
    path.touch()
    os.truncate(path, MAX_FILE_BYTES + 1)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_link, "r.xml: is reached through a symbolic link or lies outside of the repository"),
        (_fifo, "r.xml: is not a regular file"),
        (_huge, "r.xml: is larger than 64 MiB"),
    ],
)
def test_what_is_no_ordinary_file_is_refused(tmp_path: Path, make: Callable[[Path], None], reason: str) -> None:
    watching = watch(tmp_path)
    make(tmp_path / "r.xml")
    assert watching.collect().unreadable == (reason,)


def test_a_linked_directory_leads_nowhere(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    watching = watch(root, "reports/*.xml", "../outside/*.xml")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/r.xml").write_text(PASSED)
    (root / "reports").symlink_to("../outside")
    evidence = watching.collect()
    assert evidence.files == ()
    assert len(evidence.unreadable) == 2


# --- what is read ---


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("", "is not valid XML: no element found: line 1, column 0"),
        ("<testsuite>", "is not valid XML: no element found: line 1, column 11"),
        ("<html/>", "is not a JUnit file: its root element is <html>"),
        ('<?xml version="1.0" encoding="no-such"?><testsuite/>', "is not valid XML: unknown encoding: no-such"),
        (
            '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite name="&a;"/>',
            "has a document type declaration, which JUnit files have no use for",
        ),
        ("<testsuite>" * 70 + "</testsuite>" * 70, "is nested deeper than 64 elements"),
    ],
)
def test_what_is_not_junit_is_unreadable(tmp_path: Path, xml: str, reason: str) -> None:
    evidence = read(tmp_path, xml)
    assert evidence.unreadable == (f"r.xml: {reason}",)
    assert evidence.files == ()


def test_suites_within_suites_are_added_up(tmp_path: Path) -> None:
    inner = (
        '<testsuite name="i"><testcase name="b"><skipped/></testcase><testcase name="c"><error/></testcase></testsuite>'
    )
    evidence = read(
        tmp_path, f'<testsuites><testsuite name="o"><testcase name="a"/>{inner}</testsuite>{PASSED}</testsuites>'
    )
    assert evidence.counts == TestCounts(total=4, passed=2, failed=1, skipped=1)


def test_cases_right_below_the_root_count(tmp_path: Path) -> None:
    assert read(tmp_path, '<testsuites><testcase name="a"/></testsuites>').counts.total == 1


def test_passing_on_a_retry_is_flaky(tmp_path: Path) -> None:
    evidence = read(tmp_path, '<testsuite><testcase name="a"><flakyFailure message="x"/></testcase></testsuite>')
    assert evidence.counts == TestCounts(total=1, passed=1, flaky=1)


@pytest.mark.parametrize(
    "case",
    [
        '<testcase name="/srv/shop/total.test.js" time="0.1" classname="test"/>',
        '<testcase name="test/total.mjs" time="0.1" classname="test"/>',
        '<testcase name="Warning"><warning type="PHPUnit\\Framework\\Warning">No tests found</warning></testcase>',
    ],
    ids=["node, below any root", "node, below its root", "PHPUnit"],
)
def test_a_case_that_stands_for_no_test_was_not_executed(tmp_path: Path, case: str) -> None:
    counts = read(tmp_path, f'<testsuites>{case}<testcase name="doubles" classname="test"/></testsuites>').counts
    assert counts == TestCounts(total=2, passed=1, skipped=1)


def test_failing_on_every_retry_is_failed(tmp_path: Path) -> None:
    xml = '<testsuite><testcase name="a"><failure message="x"/><rerunFailure message="y"/></testcase></testsuite>'
    assert read(tmp_path, xml).counts == TestCounts(total=1, failed=1)


def test_a_suite_that_only_declares_failures_has_failed(tmp_path: Path) -> None:
    evidence = read(tmp_path, '<testsuite name="s" tests="3" failures="1" errors="1"/>')
    assert evidence.counts.failed == 2
    assert evidence.failures[0].message == "s: 2 failed, but the result file lists none of them"


def test_a_copy_of_a_file_counts_once(tmp_path: Path) -> None:
    watching = watch(tmp_path)
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text(PASSED)
    evidence = watching.collect()
    assert evidence.files == ("a.xml", "b.xml")
    assert evidence.counts.total == 1
    assert evidence.copies == ("b.xml is a copy of a.xml and was counted once",)


# --- each test by its name ---


def test_every_test_is_named_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    evidence = read(tmp_path, suite("c.b", "c.a failed"), suite("d.a skipped", "c.b"))
    assert states(evidence) == {"c.b": "passed", "c.a": "failed", "d.a": "skipped"}


def test_a_test_without_a_class_is_named_after_its_suite(tmp_path: Path) -> None:
    evidence = read(tmp_path, '<testsuite name="s"><testcase name="a"/><testcase/></testsuite>')
    assert states(evidence) == {"s.a": "passed", "s": "passed"}


def test_a_module_that_pytest_cannot_load_goes_by_its_own_name(tmp_path: Path) -> None:
    case = '<testcase classname="" name="tests.test_a"><error message="collection failure"/></testcase>'
    assert states(read(tmp_path, f'<testsuite name="pytest">{case}</testsuite>')) == {"tests.test_a": "failed"}


def test_names_are_shown_on_one_line_without_secrets_and_stay_apart_when_cut(tmp_path: Path) -> None:
    names = ("a&#10;b\u202e", "correct-horse-battery", "x" * 300 + "1", "x" * 300 + "2")
    cases = "".join(f'<testcase classname="c" name="{name}"/>' for name in names)
    told = list(states(read(tmp_path, f"<testsuite>{cases}</testsuite>")))
    assert told[:2] == ["c.a b", "c.***"]
    assert len(set(told)) == 4
    assert all(len(name) < 270 for name in told)


def test_a_name_that_a_secret_s_pattern_could_reach_beyond_stays_one_name(tmp_path: Path) -> None:
    evidence = read(tmp_path, suite("c.aws_secret", "c.=" + "A" * 40))
    assert len(evidence.cases) == 2


def test_repeats_within_a_file_are_counted_as_told(tmp_path: Path) -> None:
    evidence = read(tmp_path, suite("c.a", "c.a", "c.a skipped"))
    assert evidence.counts == TestCounts(total=3, passed=2, skipped=1)
    assert states(evidence) == {"c.a": "passed"}
    assert (evidence.contradictions, evidence.copies) == ((), ())


def test_a_test_in_several_files_counts_once(tmp_path: Path) -> None:
    aggregate = f"<testsuites>{suite('c.a', 'c.b')}{suite('d.a', name='t')}</testsuites>"
    evidence = read(tmp_path, aggregate, suite("c.a", "c.b"), suite("d.a", name="t"))
    assert evidence.counts == TestCounts(total=3, passed=3)
    assert evidence.copies == ("3 tests are told in more than one file and counted once, the first is c.a",)


def test_a_test_that_is_skipped_in_one_file_and_passes_in_another_was_executed(tmp_path: Path) -> None:
    evidence = read(tmp_path, suite("c.a skipped"), suite("c.a"))
    assert evidence.counts == TestCounts(total=1, passed=1)
    assert (states(evidence), evidence.contradictions) == ({"c.a": "passed"}, ())


def test_files_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    evidence = read(tmp_path, suite("c.a", "c.b"), suite("c.a failed"))
    assert evidence.contradictions == ("c.a is told as passed in a.xml and as failed in b.xml",)
    assert states(evidence) == {"c.a": "failed", "c.b": "passed"}
    assert evidence.counts == TestCounts(total=2, passed=1, failed=1)


def test_a_file_that_contradicts_itself_is_told(tmp_path: Path) -> None:
    evidence = read(tmp_path, suite("c.a", "c.a failed"))
    assert evidence.contradictions == ("c.a is told twice in r.xml: as passed and as failed",)
    assert evidence.counts == TestCounts(total=2, passed=1, failed=1)


def test_a_rerun_that_the_tool_marks_is_no_contradiction(tmp_path: Path) -> None:
    evidence = read(tmp_path, suite("c.a flaky"))
    assert (states(evidence), evidence.contradictions) == ({"c.a": "passed"}, ())


def test_more_tests_than_can_be_told_are_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gaterunner.evidence.tally.MAX_CASES", 2)
    evidence = read(tmp_path, suite("c.a", "c.b"), suite("c.c"))
    assert evidence.unreadable == ("*.xml: more than 2 tests in all; split the gate",)
    assert len(evidence.cases) == 2


def test_a_file_with_more_tests_than_can_be_told_is_unreadable(tmp_path: Path) -> None:
    evidence = read(tmp_path, suite(*["c.a"] * (junit_xml.MAX_CASES + 1)))
    assert evidence.unreadable == ("r.xml: has more than 100000 test cases; split the gate",)


def test_paths_of_a_container_are_understood(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").touch()
    texts = (
        "/workspace/tests/test_a.py:12: AssertionError",
        "/workspace/../etc/passwd:1: no",
        "/workspaces/x.py:1: no",
    )
    cases = "".join(
        f'<testcase classname="X" name="{n}"><failure>{text}</failure></testcase>' for n, text in enumerate(texts)
    )
    evidence = read(tmp_path, f"<testsuite>{cases}</testsuite>", mounted_at="/workspace")
    assert [(finding.path, finding.line) for finding in evidence.failures] == [
        ("tests/test_a.py", 12),
        (None, None),
        (None, None),
    ]


def test_texts_are_cleaned_redacted_and_bounded(tmp_path: Path) -> None:
    message = "correct-horse-battery \u202e" + "x" * 1000
    xml = f'<testsuite><testcase classname="c" name="a"><failure message="{message}"/></testcase></testsuite>'
    [finding] = read(tmp_path, xml).failures
    assert finding.message.startswith("c.a: *** xxx")
    assert len(finding.message) == 500


@pytest.mark.parametrize(
    ("case", "text", "path", "line"),
    [
        ('classname="tests.test_a.TestA"', "tests/test_a.py:12: AssertionError", "tests/test_a.py", 12),
        ('classname="tests.test_a"', "tests/test_a.py:12: in test\nlib/b.py:3: ValueError", "tests/test_a.py", 12),
        ('classname="X"', 'File "/usr/lib/x.py", line 1\nFile "lib/b.py", line 7, in f', "lib/b.py", 7),
        ('file="tests/test_a.py" line="4"', "", "tests/test_a.py", 4),
        ('classname="X"', "    a_test.go:9: got 1", "a_test.go", 9),
        ('classname="X"', "Error: no\n    at f (web/a.test.ts:5:11)\n    at g (web/z.ts:1:1)", "web/a.test.ts", 5),
        ('classname="c.A"', "at org.junit.X.y(X.java:1)\n at com.acme.AT.t(AT.java:33)", JAVA, 33),
        ('file="../../etc/passwd" line="1"', "/etc/passwd:1", None, None),
        ('classname="X"', "", None, None),
    ],
)  # fmt: skip
def test_failures_point_at_files_that_exist(
    tmp_path: Path, case: str, text: str, path: str | None, line: int | None
) -> None:
    for name in ("tests/test_a.py", "lib/b.py", "a_test.go", "web/a.test.ts", JAVA):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    xml = f'<testsuite><testcase {case} name="a"><failure>{text}</failure></testcase></testsuite>'
    [finding] = read(tmp_path, xml).failures
    assert (finding.path, finding.line) == (path, line)


def test_pytest_counts_lines_from_zero(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").touch()
    case = '<testcase classname="test_a" name="a" file="test_a.py" line="4"><failure/></testcase>'
    [finding] = read(tmp_path, f'<testsuite name="pytest">{case}</testsuite>').failures
    assert finding.line == 5
