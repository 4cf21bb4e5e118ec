"""What the base's tests were, by its last report or by running its own tree with real pytest."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from gaterunner.baseline import Baselines, Worktrees
from gaterunner.config.types import Gate, Position, TestRules
from gaterunner.errors import EvaluationError
from gaterunner.evidence.junit import JUnitWatch
from gaterunner.evidence.types import BaselineEvidence, TestEvidence
from gaterunner.executors.base import Execution, Job
from gaterunner.executors.local import LocalExecutor
from gaterunner.gates.command import judge
from gaterunner.git.repository import Repository as Checkout
from gaterunner.model import GateResult, Outcome
from gaterunner.plan import PlannedGate
from gaterunner.redaction import Redactor
from tests.gates.evidence import Cases, cases
from tests.gitrepo import Repository

PYTEST = f"{sys.executable} -m pytest -q -p no:cacheprovider --junitxml=out.xml"
QUICK = {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
CODE = "def add(a, b):\n    return a + b\n"
TESTS = (
    "from code_ import add\ndef test_add():\n    assert add(1, 2) == 3\ndef test_zero():\n    assert add(0, 0) == 0\n"
)
RUN = TestRules(baseline="run")
WITH_TESTS = TestRules(baseline="run", base_tests=("tests/**",))


class Runs:
    """Runs a gate for real in whatever folder, and remembers what it was asked for."""

    def __init__(self, log: Path) -> None:
        self.asked: list[str] = []
        self._log = log

    def __call__(self, folder: Path, what: str) -> tuple[Execution, TestEvidence | None]:
        self.asked.append(what)
        return self.run(folder)

    def run(self, folder: Path) -> tuple[Execution, TestEvidence]:
        watch = JUnitWatch(folder, folder, ("out.xml",), redactor=Redactor())
        job = Job(  # noqa: S604 (`shell` is an option of a gate)
            name="unit",
            command=PYTEST,
            shell="bash",
            root=folder,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), **QUICK},
            timeout_s=60.0,
            log=self._log,
        )
        execution = LocalExecutor(Redactor()).run(job, on_lines=lambda _: None, cancelled=threading.Event())
        return execution, watch.collect()


class Bench:
    """A base with two tests; ``head`` commits a change on top of it and judges it."""

    def __init__(self, repo: Repository, folder: Path) -> None:
        self.repo = repo
        self.runs = Runs(folder / "gate.log")
        self.reports: dict[tuple[str, str], Cases] = {}
        self.imported: tuple[str, ...] = ()
        self._folder = folder
        self.base = repo.commit("Base", {"code_.py": CODE, "tests/test_a.py": TESTS, ".gitignore": "out.xml\n"})

    def commit(self, files: Mapping[str, str | None]) -> None:
        self.repo.commit("Head", files)

    def baseline(self, rules: TestRules, runs: Runs | None = None, *, failed: bool = False) -> BaselineEvidence | None:
        with Checkout.open(self.repo.root, env=dict(os.environ)) as checkout:
            baselines = Baselines(
                checkout,
                base=self.base,
                judged=self.repo.head,
                tests_of=lambda commit, gate: self.reports.get((commit, gate)),
                worktrees=Worktrees(checkout, identity=None, parent=self._folder),
                imported=lambda: self.imported,
            )
            found = baselines.of(planned(rules), runs or self.runs, failed=failed)
            assert baselines.of(planned(rules), runs or self.runs, failed=failed) == found  # found out once
            return found

    def judged(self, rules: TestRules) -> GateResult:
        execution, evidence = self.runs.run(self.repo.root)
        return judge(planned(rules), execution, evidence, baseline=self.baseline(rules))


@pytest.fixture
def bench(repo: Repository, tmp_path: Path) -> Bench:
    folder = tmp_path / "tmp"
    folder.mkdir()
    return Bench(repo, folder)


def planned(rules: TestRules) -> PlannedGate:
    gate = Gate(name="unit", position=Position(1, 1), tests=("out.xml",), test_rules=rules)
    return PlannedGate(gate=gate, command=PYTEST, why="")


def rules_of(result: GateResult) -> list[str]:
    return [finding.rule for finding in result.findings]


# --- what is found ---


def test_the_base_is_run_in_a_folder_of_its_own(bench: Bench) -> None:
    bench.commit({"tests/test_a.py": None, "tests/test_b.py": TESTS})
    assert bench.baseline(RUN) == BaselineEvidence(
        commit=bench.base,
        source="run",
        cases=cases(tests__test_a__test_add="passed", tests__test_a__test_zero="passed"),
    )
    assert bench.runs.asked == ["base"]
    assert not (bench.repo.root / "out.xml").exists()


def test_the_base_s_tests_are_run_on_the_head_s_code(bench: Bench) -> None:
    bench.commit({"code_.py": CODE.replace("+", "-"), "tests/test_a.py": TESTS.replace("== 3", "== -1")})
    found = bench.baseline(WITH_TESTS)
    assert found is not None
    assert found.on_head == cases(tests__test_a__test_add="failed", tests__test_a__test_zero="passed")
    assert bench.runs.asked == ["base", "base-tests"]


def test_tests_that_may_have_met_the_head_s_code_tell_nothing_of_the_base(bench: Bench) -> None:
    bench.commit({"code_.py": CODE.replace("+", "-"), "tests/test_a.py": TESTS.replace("== 3", "== -1")})
    bench.imported = ("tests/test_a.py",)
    assert (found := bench.baseline(WITH_TESTS)) is not None
    assert found.fault is None
    bench.imported = ("code_.py", "tests/test_a.py")
    assert (found := bench.baseline(WITH_TESTS)) is not None
    assert found.fault is not None
    assert found.fault.startswith("run on the base, tests may have imported this code's code_.py: the Python on PATH")
    assert (found := bench.baseline(RUN)) is not None  # which are gone is told by the test files alone
    assert found.fault is None


def test_tests_that_did_not_change_are_not_run_a_third_time(bench: Bench) -> None:
    bench.commit({"code_.py": CODE + "\n"})
    found = bench.baseline(WITH_TESTS)
    assert found is not None
    assert (found.on_head, found.fault) == (None, None)
    assert bench.runs.asked == ["base"]


def test_a_report_of_the_base_is_enough(bench: Bench) -> None:
    bench.commit({"code_.py": CODE + "\n"})
    bench.reports[bench.base, "unit"] = cases(a="passed")
    expected = BaselineEvidence(commit=bench.base, source="report", cases=cases(a="passed"))
    assert bench.baseline(TestRules(baseline="report")) == expected
    assert bench.baseline(TestRules()) == expected
    assert bench.runs.asked == []


def test_to_tell_which_failures_are_new_the_base_is_run_only_where_no_report_tells(bench: Bench) -> None:
    bench.commit({"code_.py": CODE.replace("+", "-")})
    found = bench.baseline(WITH_TESTS, failed=True)
    assert found is not None
    assert (found.source, len(found.cases), found.on_head) == ("run", 2, None)
    assert bench.runs.asked == ["base"]

    bench.reports[bench.base, "unit"] = cases(a="passed")
    found = bench.baseline(WITH_TESTS, failed=True)
    assert found == BaselineEvidence(commit=bench.base, source="report", cases=cases(a="passed"))
    assert bench.runs.asked == ["base"]


def test_no_report_matters_only_where_one_is_asked_for(bench: Bench) -> None:
    bench.commit({"code_.py": CODE + "\n"})
    assert bench.baseline(TestRules()) is None
    found = bench.baseline(TestRules(baseline="report"))
    assert found is not None
    assert found.fault == (
        f"no report is kept of {bench.base[:10]}; run gaterunner on every push to the target, or use `baseline: run`"
    )


def test_without_a_change_there_is_nothing_to_compare(bench: Bench) -> None:
    assert bench.baseline(WITH_TESTS) == BaselineEvidence(commit=bench.base, source="run")
    assert bench.runs.asked == []


def test_a_base_whose_command_leaves_no_tests_is_a_fault(bench: Bench) -> None:
    bench.base = bench.repo.commit("Broken", {"pytest.ini": "[pytest]\naddopts = --no-such-option\n"})
    bench.commit({"pytest.ini": None})
    found = bench.baseline(RUN)
    assert found is not None
    assert found.fault == "run on the base, exit code 4, and no test result was written"


def test_globs_that_match_nothing_on_the_base_are_a_fault(bench: Bench) -> None:
    bench.commit({"spec/test_b.py": TESTS})
    found = bench.baseline(TestRules(baseline="run", base_tests=("spec/**",)))
    assert found is not None
    assert found.fault == "no file of the base matches `base-tests: spec/**`"


def test_what_cannot_be_run_is_a_fault(bench: Bench) -> None:
    class Broken(Runs):
        def __call__(self, folder: Path, what: str) -> tuple[Execution, TestEvidence | None]:
            raise EvaluationError("the engine went away", help="start it again")

    bench.commit({"code_.py": CODE + "\n"})
    found = bench.baseline(RUN, Broken(Path("unused")))
    assert found is not None
    assert found.fault == "the engine went away; start it again"


# --- what becomes of the gate ---


def test_an_honest_branch_passes(bench: Bench) -> None:
    bench.commit({"code_.py": CODE + "# add\n", "tests/test_b.py": TESTS})
    result = bench.judged(WITH_TESTS)
    assert (result.outcome, result.reason) == (Outcome.PASSED, "exit code 0, 4 tests passed")
    assert result.findings == ()


def test_an_edited_assertion_fails_the_gate(bench: Bench) -> None:
    bench.commit({"code_.py": CODE.replace("+", "-"), "tests/test_a.py": TESTS.replace("== 3", "== -1")})
    result = bench.judged(WITH_TESTS)
    assert result.outcome is Outcome.FAILED
    assert result.reason == (
        "1 test of the base does not pass on this code in the base's version: tests.test_a.test_add"
    )


def test_a_deleted_test_leaves_the_gate_unproven(bench: Bench) -> None:
    bench.commit({"tests/test_a.py": TESTS[: TESTS.index("def test_zero")]})
    result = bench.judged(RUN)
    assert (result.outcome, result.reason) == (
        Outcome.UNPROVEN,
        "1 test of the base is gone: tests.test_a.test_zero",
    )


def test_a_skip_mark_leaves_the_gate_unproven(bench: Bench) -> None:
    skipped = TESTS.replace("def test_zero", "import pytest\n@pytest.mark.skip\ndef test_zero")
    bench.commit({"tests/test_a.py": skipped})
    assert rules_of(bench.judged(RUN)) == ["test-newly-skipped"]


def test_a_test_that_is_emptied_while_it_moves_is_caught_by_its_old_version(bench: Bench) -> None:
    emptied = TESTS.replace("assert add(1, 2) == 3", "pass")
    bench.commit({"code_.py": CODE.replace("+", "-"), "tests/test_a.py": None, "tests/test_b.py": emptied})
    assert bench.judged(RUN).outcome is Outcome.PASSED  # told as moved; nothing ran the old version
    result = bench.judged(WITH_TESTS)
    assert result.outcome is Outcome.FAILED
    assert rules_of(result) == ["test-weakened", "test-moved", "test-moved"]


def test_a_module_that_was_broken_on_the_base_may_be_mended(bench: Bench) -> None:
    bench.base = bench.repo.commit("Broken", {"tests/test_c.py": "import nothing_of_that_name\n" + TESTS})
    bench.commit({"tests/test_c.py": TESTS})
    result = bench.judged(RUN)
    assert (result.outcome, result.findings) == (Outcome.PASSED, ())


def test_code_that_keeps_the_base_s_tests_from_loading_does_not_escape_them(bench: Bench) -> None:
    bench.commit({"code_.py": CODE.replace("add", "plus"), "tests/test_a.py": TESTS.replace("add", "plus")})
    result = bench.judged(WITH_TESTS)
    assert result.outcome is Outcome.FAILED
    assert result.reason == (
        "1 test of the base does not pass on this code in the base's version: tests.test_a.test_zero; "
        "1 test of the base is gone: tests.test_a.test_add"
    )
