"""Numbers of real runs: their figures beside those of the base's last run, in the report and as a file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from gaterunner.model import AreaLines, Figure, Numbers
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


def test_texts_of_a_hostile_branch_stay_one_quoted_cell(tmp_path: Path) -> None:
    path = 'tests/x;=cmd()|"\n\x1b[31m\u202eWindowTests.swift'
    repo = Repository.create(tmp_path / "repo")
    repo.commit("Start", {".gaterunner.yml": 'workflow: {gates: [unit: "true"]}\n'})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {path: "func testHour() {}\n"})

    ran = run(repo, "--numbers", str(tmp_path / "numbers.csv"))

    text = (tmp_path / "numbers.csv").read_text()
    row = next(line for line in text.splitlines() if line.startswith('"tests","functions added"'))
    assert '"files of tests that could not be read: tests/x;=cmd()|"" WindowTests.swift",""' in row
    assert "\x1b" not in text
    assert figures(ran)["functions added"].value is None


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\N{FULLWIDTH EQUALS SIGN}", "\N{MINUS SIGN}", "\t=", "\r="])
def test_no_text_becomes_a_formula(start: str) -> None:
    figure = Figure(group="run", name=f"{start}1+1", unit="s", reason=f"{start}cmd")

    row = render_numbers(report(numbers=Numbers(figures=(figure,)))).decode().splitlines()[1]

    shown = start.strip()
    assert row == f'"run","\'{shown}1+1","s","","\'{shown}cmd","",""'


def test_csv_and_json_agree_to_the_digit() -> None:
    values = (1234567.891, 0.001, 99.99, 16_000_000_000.0, 12.0)
    numbers = Numbers(
        figures=tuple(Figure(group="run", name="unit", unit="s", value=each, base=each) for each in values),
        lines=(AreaLines(area="app", kind="code", files=2, insertions=10_000_000, deletions=0, binary=1),),
    )

    rows = list(csv.DictReader(io.StringIO(render_numbers(report(numbers=numbers)).decode())))

    assert [row["value"] for row in rows[:5]] == ["1234567.891", "0.001", "99.99", "16000000000", "12"]
    assert [row["base"] for row in rows[:5]] == [row["value"] for row in rows[:5]]
    assert {row["name"]: row["value"] for row in rows[5:]} == {
        "app code files": "2",
        "app code binary files": "1",
        "app code insertions": "10000000",
        "app code deletions": "0",
    }


def test_every_form_has_the_same_figures(branch: Repository, tmp_path: Path) -> None:
    ran = run(
        branch, *(part for form in ("numbers", "markdown", "html") for part in (f"--{form}", str(tmp_path / form)))
    )

    told = [each for each in figures(ran).values() if each.unit not in {"s", "%"} and each.value is not None]
    by_name = {row["name"]: row["value"] for row in csv.DictReader(io.StringIO((tmp_path / "numbers").read_text()))}
    markdown, html = (tmp_path / "markdown").read_text(), (tmp_path / "html").read_text()
    assert len(told) > 10
    for figure in told:
        value = f"{figure.value:.0f}"
        assert by_name[figure.name] == value
        assert f"| {figure.name} | {value} |" in markdown
        assert f'>{figure.name}</th><td class="measured">{value}</td>' in html


def test_a_suite_that_wrote_no_results_executed_an_unknown_number(branch: Repository) -> None:
    branch.commit("Crash", {"unit.py": "raise SystemExit(1)\n"})

    found = figures(run(branch))

    assert found["executed"].value is None
    assert found["executed"].reason == "no result file of unit tells of a test"
    assert found["executed"].base == 2


def test_files_without_lines_are_counted(branch: Repository) -> None:
    branch.commit("Picture", {"app/logo.bin": b"\0\n\n"})

    ran = run(branch)

    assert figures(ran)["binary files"].value == 1
    assert "app: code +2 \N{MINUS SIGN}0 and 1 binary file" in gaterunner(branch.root, "run").out


def test_a_run_of_some_gates_is_not_the_base_s_last_run(branch: Repository) -> None:
    branch.switch("main")
    workflow = WORKFLOW + '    - lint: "true"\n'
    branch.commit("Lint", {".gaterunner.yml": workflow})
    run(branch, "--gate", "unit")
    branch.switch("feat/y", create=True)
    branch.commit("Work", {"app/b.py": "1\n"})

    numbers = run(branch).report.numbers

    assert numbers is not None
    assert numbers.compared_commit is None
    assert numbers.not_compared is not None
    assert numbers.not_compared.startswith("no report but of some gates is kept of the base ")


def test_results_that_the_branch_committed_are_not_the_base_s_last_run(branch: Repository) -> None:
    branch.switch("main")
    forged = branch.root / ".cache"
    run(branch, "--cache", str(forged))
    branch.switch("feat/x")
    branch.git("add", "--force", *(f".cache/{name}" for name in ("CACHEDIR.TAG", "runs", "reports")))
    branch.git("commit", "--quiet", "-m", "Forge")

    ran = run(branch, "--cache", str(forged))

    assert ran.report.numbers is not None
    assert ran.report.numbers.compared_commit is None
    assert any("is not used: the branch has files of its own in it" in note for note in ran.report.change.notes)  # type: ignore[union-attr]  # a run has a change


def test_elsewhere_is_no_name_of_an_area(branch: Repository) -> None:
    branch.write({".gaterunner.yml": WORKFLOW.replace("app: app/**", "elsewhere: app/**")})

    ran = gaterunner(branch.root, "validate")

    assert (
        "`areas`: found `elsewhere`, which is where paths lie that no area names, expected another name"
        in ran.out + ran.err
    )


def test_the_name_of_a_json_file_is_refused(branch: Repository, tmp_path: Path) -> None:
    ran = gaterunner(branch.root, "run", "--numbers", str(tmp_path / "numbers.json"))

    assert ran.code == 2
    assert "numbers.json is the name of a JSON file, and the numbers are written as CSV" in ran.err
    assert "the JSON report (--report FILE) holds the same under `numbers`" in ran.err


def test_coverage_is_compared_also_where_no_gate_names_its_tests(tmp_path: Path) -> None:
    repo = Repository.create(tmp_path / "repo")
    lcov = "printf 'SF:app.py\\nDA:1,1\\nDA:2,%s\\nend_of_record\\n' $(cat hit) > cov.info"
    workflow = f'workflow: {{gates: [unit: {{run: "{lcov}", coverage: cov.info}}]}}\n'
    repo.commit(
        "Start", {".gaterunner.yml": workflow, ".gitignore": "cov.info\n", "app.py": "a = 1\nb = 2\n", "hit": "0"}
    )
    run(repo)
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"hit": "1"})

    found = figures(run(repo))

    assert (found["lines (unit)"].value, found["lines (unit)"].base) == (100.0, 50.0)


def test_what_is_no_text_is_counted_as_git_counts_it(tmp_path: Path) -> None:
    repo = Repository.create(tmp_path / "repo")
    workflow = 'workflow: {gates: [unit: "true"]}\n'
    repo.commit("Start", {".gaterunner.yml": workflow, "run.sh": "a\n", "crlf.py": "a\r\nb\r\n", "old.py": "x\ny\n"})
    repo.switch("feat/x", create=True)
    (repo.root / "run.sh").chmod(0o755)
    (repo.root / "link").symlink_to("run.sh")
    repo.git("mv", "old.py", "new.py")
    repo.write({"crlf.py": "a\nb", "nul.py": b"1\n\0\n", "empty.py": ""})
    repo.git("add", "--all")
    (repo.root / "library").mkdir()  # as a submodule that is not checked out
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},library")
    repo.git("commit", "--quiet", "-m", "Work")

    ran = run(repo)

    counted = repo.git("diff", "--no-renames", "--numstat", "main", "feat/x").splitlines()
    sides = [line.split("\t")[:2] for line in counted]
    found = figures(ran)
    assert found["files"].value == len(counted) == 8
    assert found["binary files"].value == sides.count(["-", "-"]) == 1
    assert found["insertions"].value == sum(int(added) for added, _ in sides if added != "-") == 6
    assert found["deletions"].value == sum(int(removed) for _, removed in sides if removed != "-") == 4
