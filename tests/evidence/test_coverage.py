"""Which coverage counts, how its sources are found in the checkout, and what is said of changed lines."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from gaterunner.config.types import CoverageRules
from gaterunner.evidence.coverage import MAX_BLOCKS, CoverageWatch
from gaterunner.evidence.types import CoverageEvidence
from gaterunner.model import CoverageCounts, Severity
from gaterunner.redaction import Redactor

Changed = Mapping[str, frozenset[int]]

LCOV = "TN:\nSF:src/a.py\nDA:1,1\nDA:2,0\nDA:4,3,abc\nDA:5,0\nend_of_record\n"
COBERTURA = (
    '<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://cobertura.example/coverage-04.dtd">'
    '<coverage{stamp}><sources><source>{source}</source></sources><packages><package name="p"><classes>'
    '<class name="a" filename="{file}"><methods><method name="f"><lines><line number="1" hits="1"/></lines></method>'
    '</methods><lines><line number="1" hits="1"/><line number="2" hits="0" branch="true"/></lines></class>'
    "</classes></package></packages></coverage>"
)
JACOCO = (
    '<?xml version="1.0"?><!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">'
    '<report name="x"><sessioninfo id="h" start="1" dump="{dump}"/><group name="g"><package name="com/acme">'
    '<class name="com/acme/A" sourcefilename="A.java"><method name="f" desc="()V" line="3">'
    '<counter type="LINE" missed="0" covered="2"/></method></class><sourcefile name="A.java">'
    '<line nr="3" mi="0" ci="2" mb="0" cb="0"/><line nr="4" mi="3" ci="0" mb="0" cb="0"/>'
    '<counter type="LINE" missed="1" covered="1"/></sourcefile></package></group></report>'
)
CLOVER = (
    '<coverage generated="{stamp}"><project timestamp="1"><package name="p"><file name="/repo/src/a.php">'
    '<class name="A"><metrics/></class><line num="3" type="method" name="f" count="2"/>'
    '<line num="4" type="stmt" count="0"/><line num="5" type="cond" truecount="1" falsecount="0"/>'
    "<metrics/></file></package></project></coverage>"
)


def checkout(root: Path, *names: str) -> dict[str, str]:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return dict.fromkeys(names, "0" * 40)


def read(
    root: Path,
    content: str,
    *tracked: str,
    changed: Changed | None = None,
    cwd: str = ".",
    mounted_at: str | None = None,
    asked: float | None = None,
) -> CoverageEvidence:
    committed = checkout(root, *tracked)
    (root / cwd).mkdir(exist_ok=True)
    watching = CoverageWatch(
        root,
        root / cwd,
        CoverageRules(files=("cov",), changed_minimum=asked),
        redactor=Redactor(["correct-horse-battery"]),
        committed=committed,
        changed=changed or {},
        mounted_at=mounted_at,
    )
    (root / cwd / "cov").write_text(content)
    return watching.collect()


def now() -> int:
    return int(time.time())


def cobertura(source: str, file: str, stamp: str = "") -> str:
    return COBERTURA.format(source=source, file=file, stamp=stamp)


# --- formats ---


def test_lcov_is_read(tmp_path: Path) -> None:
    evidence = read(tmp_path, LCOV, "src/a.py")
    assert evidence.counts == CoverageCounts(lines=4, covered=2)
    assert (evidence.files, evidence.unreadable, evidence.unplaced) == (("cov",), (), ())


def test_cobertura_is_read_each_line_once(tmp_path: Path) -> None:
    evidence = read(tmp_path, cobertura(f"{tmp_path}/src", "a.py"), "src/a.py")
    assert evidence.counts == CoverageCounts(lines=2, covered=1)


def test_jacoco_is_read_below_the_source_folder_that_holds_it(tmp_path: Path) -> None:
    evidence = read(tmp_path, JACOCO.format(dump=now() * 1000 + 5000), "app/src/main/java/com/acme/A.java")
    assert evidence.counts == CoverageCounts(lines=2, covered=1)


def test_clover_is_read(tmp_path: Path) -> None:
    content = CLOVER.format(stamp=now() + 5).replace("/repo/", f"{tmp_path}/")
    assert read(tmp_path, content, "src/a.php").counts == CoverageCounts(lines=3, covered=2)


@pytest.mark.parametrize("report", ["xml", "lcov"])
def test_what_coverage_py_writes_is_read(tmp_path: Path, report: str) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/__init__.py").write_text("def f(a):\n    if a:\n        return 1\n    return 2\n")
    (tmp_path / "pkg/unused.py").write_text("def g():\n    return 1\n")
    (tmp_path / "use.py").write_text("from pkg import f\nf(1)\n")
    committed = dict.fromkeys(("pkg/__init__.py", "pkg/unused.py", "use.py"), "0" * 40)
    changed = {"pkg/__init__.py": frozenset({3, 4}), "pkg/unused.py": frozenset({1, 2})}
    rules = CoverageRules(files=("out",))
    watching = CoverageWatch(
        tmp_path, tmp_path, rules, redactor=Redactor(), committed=committed, changed=changed, mounted_at=None
    )
    for step in (["run", "--source=pkg", "use.py"], [report, "-q", "-o", "out"]):
        subprocess.run([sys.executable, "-m", "coverage", *step], cwd=tmp_path, check=True, timeout=60)
    evidence = watching.collect()
    assert evidence.counts == CoverageCounts(lines=6, covered=3, changed_lines=4, changed_covered=1)
    assert [(finding.path, finding.line, finding.end_line) for finding in evidence.uncovered] == [
        ("pkg/__init__.py", 4, 4),
        ("pkg/unused.py", 1, 2),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty"),
        (
            "mode: set\na.go:1.1,2.2 1 1\n",
            "is no coverage file that gaterunner reads: Cobertura, JaCoCo or Clover XML, or LCOV",
        ),
        ("<html/>", "is no coverage file that gaterunner reads: its root element is <html>"),
        ("<coverage>", "is not valid XML: no element found: line 1, column 10"),
        (
            '<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/passwd">]><coverage><sources><source>&a;</source></sources></coverage>',
            "declares entities or elements of its own, which coverage files have no use for",
        ),
        ("<coverage>" + "<a>" * 70 + "</a>" * 70 + "</coverage>", "is nested deeper than 64 elements"),
        ("SF:a.py\nDA:0,1\n", "tells of line '0'"),
        ("SF:a.py\nDA:1000001,1\n", "tells of line '1000001'"),
        ("SF:a.py\nDA:-3,1\n", "tells of line '-3'"),
        ("TN:\nDA:3,1\n", "tells of line 3 of no source"),
    ],
)  # fmt: skip
def test_what_is_no_coverage_is_unreadable(tmp_path: Path, content: str, reason: str) -> None:
    evidence = read(tmp_path, content, "a.py")
    assert evidence.unreadable == (f"cov: {reason}",)
    assert evidence.files == ()


def test_a_document_type_is_never_fetched(tmp_path: Path) -> None:
    (tmp_path / "coverage.dtd").write_text('<!ENTITY a "x">')
    content = cobertura(str(tmp_path), "a.py").replace("http://cobertura.example/coverage-04.dtd", "coverage.dtd")
    assert read(tmp_path, content.replace("<packages>", "<packages>&a;"), "a.py").counts.lines == 2


# --- freshness ---


def test_an_older_file_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "cov").write_text(LCOV)
    watching = CoverageWatch(tmp_path, tmp_path, CoverageRules(files=("cov",)), redactor=Redactor())
    os.utime(tmp_path / "cov")
    assert watching.collect() == CoverageEvidence(patterns=("cov",), stale=("cov",))


def test_a_committed_file_does_not_count(tmp_path: Path) -> None:
    blob = hashlib.sha1(f"blob {len(LCOV)}\0{LCOV}".encode(), usedforsecurity=False).hexdigest()
    watching = CoverageWatch(
        tmp_path, tmp_path, CoverageRules(files=("cov",)), redactor=Redactor(), committed={"fixtures/cov": blob}
    )
    (tmp_path / "cov").write_text(LCOV)
    assert watching.collect().stale == ("cov",)


@pytest.mark.parametrize(
    "stamp", ['timestamp="{seconds}"', 'timestamp="{seconds}000"', 'timestamp="{seconds}.25"'], ids=str
)
def test_a_file_that_says_it_is_older_does_not_count(tmp_path: Path, stamp: str) -> None:
    old, new = (" " + stamp.format(seconds=moment) for moment in (now() - 3600, now() + 5))
    assert read(tmp_path, cobertura(str(tmp_path), "a.py", old), "a.py").stale == ("cov",)
    (tmp_path / "cov").unlink()
    assert read(tmp_path, cobertura(str(tmp_path), "a.py", new), "a.py").files == ("cov",)


def test_a_jacoco_report_of_older_sessions_does_not_count(tmp_path: Path) -> None:
    assert read(tmp_path, JACOCO.format(dump=(now() - 3600) * 1000), "x/com/acme/A.java").stale == ("cov",)


# --- where sources are ---


@pytest.mark.parametrize(
    ("source", "file", "tracked", "found"),
    [
        (".", "src/a.py", ("src/a.py",), True),
        ("/workspace/src", "a.py", ("src/a.py",), True),
        ("/workspace", "/workspace/src/a.py", ("src/a.py",), True),
        ("/workspace/../workspace/src", "./a.py", ("src/a.py",), True),
        ("/gone", "pkg/a.py", ("src/pkg/a.py",), True),  # the only file with that end
        ("/gone", "pkg/a.py", ("src/pkg/a.py", "lib/pkg/a.py"), False),
        ("/gone", "a.py", ("src/a.py",), False),  # a bare name says too little
        ("/gone", "pkg/a.py", ("pkg/a.py",), True),
        ("/usr/lib/python3", "a.py", ("a.py",), False),
        ("/workspace", "/usr/lib/python3/a.py", ("a.py",), False),
        ("/workspace", "../../etc/passwd", ("a.py",), False),
        ("/workspaces", "a.py", ("src/a.py",), False),
        ("", "", ("a.py",), False),
    ],
)
def test_sources_are_found_where_they_can_only_be(
    tmp_path: Path, source: str, file: str, tracked: tuple[str, ...], found: bool
) -> None:
    evidence = read(tmp_path, cobertura(source, file), *tracked, mounted_at="/workspace")
    assert bool(evidence.counts.lines) is found
    assert bool(evidence.unplaced) is not found


def test_a_name_under_two_roots_means_none_of_them(tmp_path: Path) -> None:
    content = cobertura("a", "x.py").replace("</sources>", "<source>b</source></sources>")
    assert read(tmp_path, content, "a/x.py", "b/x.py").unplaced == ("x.py",)
    (tmp_path / "b/x.py").unlink()
    (tmp_path / "cov").unlink()
    assert read(tmp_path, content, "a/x.py").counts.lines == 2


def test_names_are_relative_to_where_the_gate_ran_first(tmp_path: Path) -> None:
    changed = {"web/src/a.py": frozenset({1}), "src/a.py": frozenset({1})}
    evidence = read(tmp_path, LCOV, "src/a.py", "web/src/a.py", changed=changed, cwd="web")
    assert (evidence.counts.lines, evidence.counts.changed_lines) == (4, 1)
    assert "src/a.py" in [finding.path for finding in evidence.uncovered]  # not measured


def test_a_generated_source_counts_and_a_link_to_elsewhere_does_not(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").touch()
    assert read(tmp_path, LCOV, "b.py").counts.lines == 4
    (tmp_path / "src/a.py").unlink()
    (tmp_path / "src/a.py").symlink_to("/etc/passwd")
    (tmp_path / "cov").unlink()
    assert read(tmp_path, LCOV, "b.py").unplaced == ("src/a.py",)


def test_a_line_is_covered_when_any_file_says_so(tmp_path: Path) -> None:
    committed = checkout(tmp_path, "src/a.py")
    watching = CoverageWatch(
        tmp_path, tmp_path, CoverageRules(files=("*.info",)), redactor=Redactor(), committed=committed
    )
    (tmp_path / "unit.info").write_text(LCOV)
    (tmp_path / "integration.info").write_text("SF:src/a.py\nDA:2,7\nDA:6,0\nend_of_record\n")
    assert watching.collect().counts == CoverageCounts(lines=5, covered=3)


# --- changed lines ---


def test_changed_lines_are_those_that_can_be_executed(tmp_path: Path) -> None:
    changed = {"src/a.py": frozenset({1, 2, 3}), "README.md": frozenset({1})}
    evidence = read(tmp_path, LCOV, "src/a.py", changed=changed)
    assert evidence.counts == CoverageCounts(lines=4, covered=2, changed_lines=2, changed_covered=1)


def test_uncovered_lines_are_told_in_blocks(tmp_path: Path) -> None:
    rows = "".join(f"DA:{line},{hit}\n" for line, hit in ((1, 0), (2, 0), (5, 0), (6, 1), (7, 0), (8, 0)))
    changed = {"src/a.py": frozenset({1, 2, 3, 4, 5, 6, 7})}
    evidence = read(tmp_path, f"SF:src/a.py\n{rows}end_of_record\n", "src/a.py", changed=changed)
    assert [(finding.message, finding.path, finding.line, finding.end_line) for finding in evidence.uncovered] == [
        ("no test executes lines 1 to 5, which the change adds", "src/a.py", 1, 5),
        ("no test executes line 7, which the change adds", "src/a.py", 7, 7),
    ]
    assert {finding.severity for finding in evidence.uncovered} == {Severity.NOTICE}


def test_blocks_are_bounded(tmp_path: Path) -> None:
    rows = "".join(f"DA:{line},{line % 2}\n" for line in range(1, 2 * MAX_BLOCKS + 20))
    changed = {"src/a.py": frozenset(range(1, 10_000))}
    evidence = read(tmp_path, f"SF:src/a.py\n{rows}end_of_record\n", "src/a.py", changed=changed)
    assert len(evidence.uncovered) == MAX_BLOCKS + 1
    assert evidence.uncovered[-1].message == "9 more blocks of changed lines, 109 in all"


def test_changed_sources_that_nothing_tells_of_are_named(tmp_path: Path) -> None:
    names = ("src/a.py", "src/new.py", "tests/test_new.py", "src/new_test.py", "README.md")
    changed = dict.fromkeys(names, frozenset({1}))
    [finding] = read(tmp_path, LCOV, *names, changed=changed).uncovered
    assert (finding.rule, finding.path, finding.severity) == ("changed-file-unmeasured", "src/new.py", Severity.NOTICE)
    (tmp_path / "cov").unlink()
    [finding] = read(tmp_path, LCOV, *names, changed=changed, asked=90).uncovered
    assert finding.severity is Severity.WARNING


def test_a_file_of_a_million_lines_is_read_in_time(tmp_path: Path) -> None:
    rows = "".join(f"DA:{line},{line % 2}\n" for line in range(1, 1_000_001, 4))
    changed = {"src/a.py": frozenset(range(1, 1_000_001))}
    started = time.monotonic()
    evidence = read(tmp_path, f"SF:src/a.py\n{rows}end_of_record\n", "src/a.py", changed=changed)
    assert evidence.counts.changed_lines == 250_000
    assert time.monotonic() - started < 20
