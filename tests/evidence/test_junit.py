"""Which result files count, and what is read from them."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gaterunner.evidence.fresh import MAX_FILE_BYTES
from gaterunner.evidence.junit import Watch
from gaterunner.evidence.types import TestEvidence
from gaterunner.model import TestCounts
from gaterunner.redaction import Redactor

PASSED = '<testsuite name="s"><testcase classname="c" name="a"/></testsuite>'

JAVA = "src/test/java/com/acme/AT.java"


def watch(root: Path, *patterns: str, committed: Mapping[str, str] | None = None) -> Watch:
    redactor = Redactor(["correct-horse-battery"])
    return Watch(root, root, patterns or ("*.xml",), redactor=redactor, committed=committed)


def read(root: Path, xml: str) -> TestEvidence:
    watching = watch(root)
    (root / "r.xml").write_text(xml)
    return watching.collect()


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
