"""What is read from the output of `cargo test`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaterunner.evidence.cargo_test import read_cargo_test
from gaterunner.evidence.junit import JUnitWatch
from gaterunner.evidence.types import TestEvidence
from gaterunner.model import TestCounts
from gaterunner.redaction import Redactor

LIB = "     Running unittests src/lib.rs (target/debug/deps/shop-507999230d6984fa)\n"
PASSED = "test result: ok. {} passed; 0 failed; {} ignored; 0 measured; 0 filtered out; finished in 0.00s\n"
FAILED = "test result: FAILED. {} passed; {} failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n"


def read(root: Path, text: str) -> TestEvidence:
    watching = JUnitWatch(root, root, ("unit.txt",), redactor=Redactor([]))
    (root / "unit.txt").write_text(text)
    return watching.collect()


def names(evidence: TestEvidence) -> list[str]:
    return [case.id for case in evidence.cases]


def test_every_target_is_counted_and_tests_of_one_name_stay_apart(tmp_path: Path) -> None:
    evidence = read(
        tmp_path,
        "   Compiling shop v0.1.0\n" + LIB + "\nrunning 3 tests\ntest it ... ok\ntest slow ... ignored, needs a disk\n"
        "test panics - should panic ... ok\n\n"
        + PASSED.format(2, 1)
        + "     Running tests/it.rs (target/debug/deps/it-d6c00e1614d165e9)\n\nrunning 1 test\ntest it ... ok\n\n"
        + PASSED.format(1, 0)
        + "   Doc-tests shop\n\nrunning 1 test\ntest src/lib.rs - total (line 1) ... ok\n\n"
        + PASSED.format(1, 0),
    )
    assert evidence.counts == TestCounts(total=5, passed=4, skipped=1)
    assert names(evidence) == [
        "shop:src/lib.rs.it",
        "shop:src/lib.rs.slow",
        "shop:src/lib.rs.panics",
        "it:tests/it.rs.it",
        "shop:doc.src/lib.rs - total (line 1)",
    ]


@pytest.mark.parametrize(
    "panic",
    [
        "thread 'it' (14605) panicked at src/lib.rs:7:39:\nassertion `left == right` failed\n  left: 4\n right: 5\n",
        "thread 'it' panicked at 'assertion failed: `(left == right)`\n  left: `4`,\n right: `5`', src/lib.rs:7:39\n",
    ],
    ids=["since Rust 1.73", "before"],
)
def test_a_failure_tells_what_it_expected_and_where(tmp_path: Path, panic: str) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").write_text("\n" * 9)
    (failure,) = read(
        tmp_path,
        f"{LIB}\nrunning 1 test\ntest it ... FAILED\n\nfailures:\n\n---- it stdout ----\nas it went\n{panic}"
        f"note: run with `RUST_BACKTRACE=1`\n\n\nfailures:\n    it\n\n{FAILED.format(0, 1)}",
    ).failures
    assert failure.message.startswith("shop:src/lib.rs.it: panicked at ")
    assert "left" in failure.message
    assert (failure.path, failure.line) == ("src/lib.rs", 7)


def test_output_of_a_test_on_the_line_of_its_name_hides_the_name_and_not_the_test(tmp_path: Path) -> None:
    evidence = read(
        tmp_path, f"{LIB}\nrunning 2 tests\ntest a ... leak\nok\nleaktest b ... ok\n\n{PASSED.format(2, 0)}"
    )
    assert evidence.counts == TestCounts(total=2, passed=2)


def test_a_run_that_a_test_prints_is_no_run(tmp_path: Path) -> None:
    inner = f"running 7 tests\ntest inner ... ok\n\n{PASSED.format(7, 0)}"
    evidence = read(tmp_path, f"{LIB}\nrunning 1 test\n{inner}test it ... ok\n\n{PASSED.format(1, 0)}")
    assert evidence.counts == TestCounts(total=1, passed=1)


def test_a_run_without_a_summary_has_failed(tmp_path: Path) -> None:
    evidence = read(tmp_path, f"{LIB}\nrunning 2 tests\ntest a ... ok\nerror: test failed, to rerun pass `--lib`\n")
    assert evidence.counts == TestCounts(total=1, failed=1)
    assert "the run ended without a summary" in evidence.failures[0].message


def test_names_that_say_more_than_the_summary_are_not_believed(tmp_path: Path) -> None:
    evidence = read(tmp_path, f"{LIB}\nrunning 1 test\ntest a ... ok\ntest b ... ok\n\n{PASSED.format(1, 0)}")
    assert "names 2 tests of shop:src/lib.rs as passed, its summary 1" in evidence.unreadable[0]


def test_what_does_not_compile_has_no_tests(tmp_path: Path) -> None:
    evidence = read(tmp_path, "   Compiling shop v0.1.0\nerror[E0308]: mismatched types\n")
    assert (evidence.counts, evidence.unreadable) == (TestCounts(), ())


def test_colours_do_not_matter(tmp_path: Path) -> None:
    told = f"\x1b[0m\x1b[1m\x1b[32m{LIB}\x1b[0m\nrunning 1 test\ntest a ... \x1b[32mok\x1b[m\n\n{PASSED.format(1, 0)}"
    assert read(tmp_path, told).counts == TestCounts(total=1, passed=1)


_LINES = st.sampled_from(
    [
        LIB,
        "running 1 test\n",
        "test a ... ok\n",
        "test b ... FAILED\n",
        "failures:\n",
        "---- b stdout ----\n",
        PASSED.format(1, 0),
        FAILED.format(0, 1),
    ]
)


@given(st.lists(_LINES, max_size=12))
def test_no_order_of_lines_hides_a_failed_run(lines: list[str]) -> None:
    with suppress(ValueError):
        parsed = read_cargo_test("".join(lines).encode())
        failed = sum(case.state == "failed" for case in parsed.cases) + parsed.unlisted
        assert bool(parsed.failures) == bool(failed)


@given(st.binary(max_size=200))
def test_anything_is_read_or_refused(data: bytes) -> None:
    with suppress(ValueError):
        read_cargo_test(LIB.encode() + b"running 1 test\n" + data)
