"""What earlier runs tell later ones beside results: the tests of a commit, and how long gates take."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

from gaterunner.git.layout import find
from gaterunner.model import Outcome
from gaterunner.model import TestCase as Case
from gaterunner.model import TestCounts as Counts
from gaterunner.store.store import Store
from tests.store.runs import Branch, Gate


def opened(branch: Branch) -> Store:
    return Store.open(find(branch.root), environment=branch.environment, now=branch.now)


def with_tests(branch: Branch, *ids: str, **more: object) -> Gate:
    cases = tuple(Case(id=id, state="passed") for id in ids)
    return lambda _: branch.passed(cases=cases, tests=Counts(total=len(ids), passed=len(ids)), **more)


WORKFLOW = "workflow: {gates: [unit: {run: pytest, tests: out.xml}, lint: ruff]}"


def test_the_tests_of_a_commit_come_from_its_last_report(tmp_path: Path) -> None:
    branch = Branch(tmp_path, WORKFLOW)
    first = branch.repo.head
    branch.run(with_tests(branch, "a"))
    branch.run(with_tests(branch, "a", "b"))
    second = branch.repo.commit("Next")
    branch.run(with_tests(branch, "c"))

    with opened(branch) as store:
        assert store.tests_of(first, "unit") == (Case(id="a", state="passed"), Case(id="b", state="passed"))
        assert store.tests_of(second, "unit") == (Case(id="c", state="passed"),)
        assert store.tests_of(second, "other") is None
        assert store.tests_of("0" * 40, "unit") is None


def test_the_last_run_of_a_commit_is_the_newest_that_can_be_read(tmp_path: Path) -> None:
    branch = Branch(tmp_path, WORKFLOW)
    base = branch.repo.head
    branch.run(with_tests(branch, "a"))
    branch.run(with_tests(branch, "a", "b"))

    with opened(branch) as store:
        last = store.last_run(base)
        assert last.report is not None
        assert len(last.report.gates[0].cases) == 2
        assert store.last_run("0" * 40).reason == "no report is kept of the base 0000000000"
    for report in (each for store in branch.stores for each in store.glob("reports/*.json")):
        report.write_bytes(b"{}")
    with opened(branch) as store:
        assert store.last_run(base).reason == (
            f"no report but one that this version cannot read is kept of the base {base[:10]}"
        )


def test_also_where_the_gate_failed_or_was_cached(tmp_path: Path) -> None:
    branch = Branch(tmp_path, 'workflow: {gates: [unit: {run: pytest, tests: out.xml, inputs: ["src/**"]}]}')
    branch.run(with_tests(branch, "a"))
    cached = branch.repo.commit("Docs", {"docs/x.txt": "x"})
    assert branch.run().told == {"unit": "cached"}
    failed = branch.repo.commit("Break", {"src/app.py": "x"})
    branch.run(with_tests(branch, "b", outcome=Outcome.FAILED, exit_code=1))

    with opened(branch) as store:
        assert store.tests_of(cached, "unit") == (Case(id="a", state="passed"),)
        assert store.tests_of(failed, "unit") == (Case(id="b", state="passed"),)


def test_a_dirty_tree_tells_nothing_of_its_commit(tmp_path: Path) -> None:
    branch = Branch(tmp_path, WORKFLOW)
    branch.repo.write({"src/new.py": "x"})
    branch.run(with_tests(branch, "a"))

    with opened(branch) as store:
        assert store.tests_of(branch.repo.head, "unit") is None
        assert store.durations() == {}


def test_a_duration_is_the_median_of_the_last_times(tmp_path: Path) -> None:
    branch = Branch(tmp_path, WORKFLOW)
    for seconds in (100.0, 1.0, 2.0, 3.0, 4.0, 90.0):
        branch.run(with_tests(branch, "a", duration_s=seconds))

    with opened(branch) as store:
        assert store.durations() == {"unit": 3.0, "lint": 3.0}


def test_a_gate_that_did_not_run_or_pass_has_no_duration(tmp_path: Path) -> None:
    branch = Branch(tmp_path, 'workflow: {gates: [unit: {run: x, inputs: ["src/**"], tests: o.xml}]}')
    branch.run(with_tests(branch, "a", duration_s=7.0))
    branch.run()
    branch.repo.commit("Break", {"src/app.py": "x"})
    branch.run(with_tests(branch, "a", duration_s=1.0, outcome=Outcome.FAILED, exit_code=1))

    with opened(branch) as store:
        assert store.durations() == {"unit": 7.0}


def test_two_runs_at_once_each_find_what_is_right(tmp_path: Path) -> None:
    """They may lose what the other kept, as neither can tell it from what a gate put there, but never mix it up."""
    workflow = 'workflow: {gates: [unit: {run: pytest, inputs: ["src/**"]}]}'
    branch = Branch(tmp_path, workflow)
    branch.repo.git("worktree", "add", "-q", "-b", "feat/y", str(tmp_path / "other"), "feat/x")
    told: list[dict[str, str]] = []

    def runs(root: Path) -> None:
        one = object.__new__(Branch)
        one.__dict__.update(branch.__dict__, root=root)
        told.extend(one.run().told for _ in range(5))

    threads = [Thread(target=runs, args=(root,)) for root in (branch.root, tmp_path / "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(told) == 10
    assert {status for each in told for status in each.values()} <= {"passed", "cached"}
    assert branch.run().told in ({"unit": "passed"}, {"unit": "cached"})
    assert branch.run().told == {"unit": "cached"}
