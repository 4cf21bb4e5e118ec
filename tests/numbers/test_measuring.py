"""Numbers of real runs: their figures beside those of the base's last run, in the report and as a file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from gaterunner.model import Figure
from gaterunner.reporters.numbers_csv import HEADER, render_numbers
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository
from tests.reporters.reports import report

WORKFLOW = """\
workflow:
  areas: {app: app/**, site: [web/**, docs/**]}
  gates:
    - unit: {run: python3 unit.py, tests: unit.xml}
"""


def unit(*names: str) -> str:
    """A suite that runs these tests."""
    cases = "".join(f'<testcase classname="t" name="{name}"/>' for name in names)
    written = f'<testsuite name="unit" tests="{len(names)}">{cases}</testsuite>'
    return f"open('unit.xml', 'w').write('{written}')\n"


@pytest.fixture
def branch(tmp_path: Path) -> Repository:
    """Two tests on main; the branch adds two, takes one away and writes code."""
    repo = Repository.create(tmp_path / "repo")
    start = {
        ".gaterunner.yml": WORKFLOW,
        ".gitignore": "unit.xml\n",
        "unit.py": unit("hour", "day"),
        "app/a.py": "1\n",
    }
    repo.commit("Start", start)
    run(repo)
    repo.switch("feat/x", create=True)
    work = {"unit.py": unit("day", "week", "month"), "app/a.py": "1\n2\n3\n", "docs/x.md": "x\n"}
    repo.commit("Work", work)
    return repo


def run(repo: Repository, *arguments: str) -> Ran:
    # The base's own tree is judged as main's push is: beside nothing.
    cache = repo.root.parent / "xdg"
    return gaterunner(repo.root, "run", "--format", "json", *arguments, env={"XDG_CACHE_HOME": str(cache)})


def figures(ran: Ran) -> dict[str, Figure]:
    numbers = ran.report.numbers
    assert numbers is not None
    return {figure.name: figure for figure in numbers.figures}


def test_tests_are_compared_with_the_base_s_last_run(branch: Repository) -> None:
    found = figures(run(branch))

    assert (found["executed"].value, found["executed"].base) == (3, 2)
    assert found["new in the results"].value == 2
    assert found["gone from the results"].value == 1


def test_the_run_names_the_report_that_it_was_compared_with(branch: Repository) -> None:
    numbers = run(branch).report.numbers

    assert numbers is not None
    assert numbers.compared_commit == branch.git("rev-parse", "main")
    assert numbers.compared_with is not None
    assert len(numbers.compared_with) == 64
    assert numbers.not_compared is None


def test_without_a_run_of_the_base_nothing_is_compared_and_the_reason_is_told(branch: Repository) -> None:
    ran = gaterunner(branch.root, "run", "--format", "json")

    numbers = ran.report.numbers
    assert numbers is not None
    assert numbers.compared_commit is None
    assert numbers.not_compared is not None
    assert "kept" in numbers.not_compared
    found = figures(ran)
    assert (found["executed"].value, found["executed"].base) == (3, None)
    assert found["executed"].base_reason == numbers.not_compared
    assert (found["new in the results"].value, found["new in the results"].reason) == (None, numbers.not_compared)


def test_the_diff_is_counted_by_area(branch: Repository) -> None:
    numbers = run(branch).report.numbers

    assert numbers is not None
    rows = [(row.area, row.kind, row.insertions, row.deletions) for row in numbers.lines]
    assert rows == [("app", "code", 2, 0), ("site", "docs", 1, 0), ("elsewhere", "code", 1, 1)]
    found = figures(run(branch))
    assert {name: found[name].value for name in ("commits", "files", "insertions", "deletions")} == {
        "commits": 1,
        "files": 3,
        "insertions": 4,
        "deletions": 1,
    }


def test_policies_alone_are_not_counted(branch: Repository) -> None:
    assert gaterunner(branch.root, "check", "--format", "json").report.numbers is None


def test_the_numbers_are_printed_with_the_run(branch: Repository) -> None:
    text = gaterunner(branch.root, "run", env={"XDG_CACHE_HOME": str(branch.root.parent / "xdg")}).out

    assert "Lines" in text
    assert "executed 3 (base 2)" in text
    assert "Not measured" in text


def test_they_are_written_as_csv(branch: Repository, tmp_path: Path) -> None:
    run(branch, "--numbers", str(tmp_path / "numbers.csv"))

    rows = list(csv.DictReader(io.StringIO((tmp_path / "numbers.csv").read_text())))
    by_name = {row["name"]: row for row in rows}
    assert tuple(rows[0]) == HEADER
    assert (by_name["executed"]["value"], by_name["executed"]["base"]) == ("3", "2")
    assert by_name["app code insertions"]["value"] == "2"
    assert by_name["spans"]["value"] == ""
    assert by_name["spans"]["reason"] == "no gate with `telemetry:` ran"


def test_a_report_without_numbers_is_a_table_without_rows() -> None:
    assert render_numbers(report()) == b",".join(name.encode() for name in HEADER) + b"\r\n"


def test_no_name_becomes_a_formula(tmp_path: Path) -> None:
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {".gaterunner.yml": 'workflow: {areas: {"=cmd": "**"}, gates: [unit: "true"]}\n'})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"a.py": "1\n"})

    gaterunner(repo.root, "run", "--numbers", str(tmp_path / "numbers.csv"))

    assert "\n=cmd" not in (tmp_path / "numbers.csv").read_text()
