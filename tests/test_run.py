"""`gaterunner run`, as a user sees it: given this repository and this workflow file, this is the verdict."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gaterunner.model import Outcome, Skip, Trouble, Verdict
from tests.command_line import gaterunner
from tests.gitrepo import Repository

SIMPLE = """\
workflow:
  gates:
    - build: echo built
    - unit: ./unit
    - smoke: echo smoked
"""


def given(repo: Repository, workflow: str = SIMPLE, *, unit: str = "exit 0") -> Repository:
    """A repository whose main holds a workflow file, on a branch with one commit."""
    repo.write({".gaterunner.yml": workflow, "unit": f"#!/bin/sh\n{unit}\n"})
    (repo.root / "unit").chmod(0o755)
    repo.commit("Add the workflow")
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "print('hello')\n"})
    return repo


def test_gates_run_in_order_and_a_clean_branch_passes(repo: Repository) -> None:
    ran = gaterunner(given(repo).root, "run", "--format", "json")

    assert ran.code == 0
    assert ran.report.verdict is Verdict.PASS
    assert [(gate.name, gate.outcome) for gate in ran.report.gates] == [
        ("build", Outcome.PASSED),
        ("unit", Outcome.PASSED),
        ("smoke", Outcome.PASSED),
    ]
    assert ran.report.change is not None
    assert (ran.report.change.branch, ran.report.change.target, ran.report.change.commits) == ("feat/x", "main", 1)


def test_a_failing_gate_stops_the_ones_after_it_and_policies_are_still_evaluated(repo: Repository) -> None:
    given(repo, SIMPLE + "  policies: [no-merge-to-main]\n", unit="echo broken >&2; exit 3")

    ran = gaterunner(repo.root, "run", "--format", "json")

    assert ran.code == 1
    assert ran.gate("unit").outcome is Outcome.FAILED
    assert ran.gate("unit").reason == "exit code 3"
    assert ran.gate("unit").log_tail[-1] == "broken"
    assert (ran.gate("smoke").outcome, ran.gate("smoke").skip) == (Outcome.SKIPPED, Skip.NOT_REACHED)
    assert ran.gate("smoke").reason == "not reached: gate `unit` failed"
    assert ran.policy("no-merge-to-main").outcome is Outcome.PASSED


def test_a_gate_that_does_not_apply_does_not_let_the_next_one_past_a_failure(repo: Repository) -> None:
    given(
        repo,
        """\
workflow:
  gates:
    - build: exit 1
    - docs: {run: "true", paths: "docs/**"}
    - deploy: touch deployed
""",
    )

    ran = gaterunner(repo.root, "run", "--format", "json")

    assert ran.gate("docs").skip is Skip.NOT_APPLICABLE
    assert ran.gate("deploy").skip is Skip.NOT_REACHED
    assert not (repo.root / "deployed").exists()


def test_the_law_comes_from_the_base(repo: Repository) -> None:
    given(repo, unit="exit 1")
    repo.commit("Make it green", {".gaterunner.yml": "workflow: {gates: [{build: 'true'}]}\n"})

    ran = gaterunner(repo.root, "run", "--format", "json")

    assert ran.code == 1
    assert ran.gate("unit").outcome is Outcome.FAILED
    assert ran.report.workflow is not None
    assert (ran.report.workflow.source, ran.report.workflow.changed_by_branch) == ("base", True)


def test_the_first_adoption_is_judged_by_the_branchs_own_file_and_says_so(repo: Repository) -> None:
    repo.switch("feat/adopt", create=True)
    repo.commit("Adopt", {".gaterunner.yml": "workflow: {gates: [{build: 'true'}]}\n"})

    ran = gaterunner(repo.root, "run")

    assert ran.code == 0
    assert "the base holds none yet (first adoption)" in " ".join(ran.out.split())


def test_an_operators_file_from_outside_is_read_as_it_lies(repo: Repository, tmp_path: Path) -> None:
    given(repo, unit="exit 1")
    law = tmp_path / "law.yml"
    law.write_text("workflow: {gates: [{only: 'true'}]}\n")

    ran = gaterunner(repo.root, "run", "--config", str(law), "--format", "json")

    assert [gate.name for gate in ran.report.gates] == ["only"]
    assert ran.report.workflow is not None
    assert ran.report.workflow.source == "file"


def test_what_to_run_again_names_the_same_law(repo: Repository, tmp_path: Path) -> None:
    given(repo)
    law = tmp_path / "our law.yml"
    law.write_text("workflow: {gates: [{only: exit 1}]}\n")

    ran = gaterunner(repo.root, "run", "--config", str(law))

    assert f"gaterunner run --gate only --config '{law}'" in ran.out


def test_no_workflow_file_anywhere_is_told_with_what_to_do(repo: Repository) -> None:
    repo.switch("feat/x", create=True)

    ran = gaterunner(repo.root, "run")

    assert ran.code == 2
    assert "no workflow file: neither the base commit" in ran.out
    assert "create .gaterunner.yml" in ran.out


def test_errors_in_the_workflow_file_are_all_told_with_their_places(repo: Repository) -> None:
    given(repo, "workflow:\n  gates:\n    - build: {rum: make}\n    - unit: {timeout: soon}\n  polices: []\n")

    ran = gaterunner(repo.root, "run", "--format", "json")

    assert ran.code == 2
    assert [(problem.trouble, problem.line) for problem in ran.report.problems] == [
        (Trouble.WORKFLOW_FILE, 3),
        (Trouble.WORKFLOW_FILE, 4),
        (Trouble.WORKFLOW_FILE, 5),
    ]


def test_a_name_that_resolves_to_nothing_is_an_error_and_never_a_skipped_gate(repo: Repository) -> None:
    given(repo, "workflow: {gates: [{build: 'true'}, staging-sentry-clean]}\n")

    ran = gaterunner(repo.root, "run")

    assert ran.code == 2
    assert "staging-sentry-clean" in ran.out
    assert "Makefile" in ran.out


def test_uncommitted_work_is_judged_and_said(repo: Repository) -> None:
    given(repo, SIMPLE + "  policies: [no-secret-changes]\n")
    key = "AKIA" + "Q3EGRIWVJ7ZN2MXK"
    repo.write({"settings.py": f'AWS_ACCESS_KEY_ID = "{key}"\n'})

    ran = gaterunner(repo.root, "run", "--format", "json")

    assert ran.report.change is not None
    assert ran.report.change.dirty
    assert ran.policy("no-secret-changes").outcome is Outcome.FAILED
    assert key not in ran.out + ran.err


def test_the_json_report_is_also_written_to_a_file(repo: Repository, tmp_path: Path) -> None:
    ran = gaterunner(given(repo).root, "run", "--report", str(tmp_path / "out" / "report.json"))

    assert ran.code == 0
    written = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (written["schema"], written["verdict"]) == ("gaterunner.report/1", "pass")


def test_a_report_that_cannot_be_written_is_not_a_pass(repo: Repository) -> None:
    given(repo).write({"file": ""})

    ran = gaterunner(repo.root, "run", "--report", "file/report.json")

    assert ran.code == 3
    assert "file/report.json: cannot write the report" in ran.err


def test_a_report_never_overwrites_what_git_keeps(repo: Repository) -> None:
    ran = gaterunner(given(repo).root, "run", "--report", ".git/HEAD")

    assert ran.code == 2
    assert ".git/HEAD lies in the git directory" in ran.err
    assert repo.git("symbolic-ref", "HEAD") == "refs/heads/feat/x"


def test_a_report_is_written_even_where_nothing_could_be_judged(tmp_path: Path) -> None:
    assert gaterunner(tmp_path, "run", "--report", "report.json").code == 2
    assert json.loads((tmp_path / "report.json").read_text())["problems"][0]["trouble"] == "usage"


def test_result_files_are_no_change_of_the_judged_tree(repo: Repository) -> None:
    xml = "<testsuite><testcase name='a' classname='b' time='0.$$'/></testsuite>"
    workflow = "workflow: {gates: [{unit: {run: ./unit, tests: out/*.xml}}, {later: 'echo x > app.py'}]}\n"
    given(repo, workflow, unit=f'mkdir -p out; echo "{xml}" > out/unit.xml')
    assert gaterunner(repo.root, "run").code == 0

    repo.git("checkout", "-q", "app.py")
    ran = gaterunner(repo.root, "run", "--format", "json")

    assert ran.report.change is not None
    told = [note for note in ran.report.change.notes if "gates changed files" in note]
    assert told == ["gates changed files of the judged tree, so that a later gate or step sees others: 'app.py'"]


def test_logs_are_kept_in_the_git_directory_and_leave_the_work_tree_clean(repo: Repository) -> None:
    ran = gaterunner(given(repo).root, "run", "--format", "json")

    log = ran.gate("build").log
    assert log is not None
    assert log.startswith(".git/gaterunner/logs/")
    assert (repo.root / log).read_text() == "built\n"
    assert repo.git("status", "--porcelain") == ""


def test_one_gate_can_be_selected_and_the_report_says_that_it_is_partial(repo: Repository) -> None:
    ran = gaterunner(given(repo, unit="exit 1").root, "run", "--gate", "build", "--format", "json")

    assert (ran.code, ran.report.partial) == (0, True)
    assert ran.gate("unit").skip is Skip.NOT_SELECTED


def test_policies_alone_execute_nothing_of_the_branch(repo: Repository) -> None:
    given(repo, SIMPLE + "  policies: [no-merge-to-main]\n", unit="touch executed")

    ran = gaterunner(repo.root, "check", "--format", "json")

    assert ran.code == 0
    assert ran.report.gates == ()
    assert not (repo.root / "executed").exists()


def test_check_without_declared_policies_holds_the_guardrails(repo: Repository) -> None:
    ran = gaterunner(given(repo).root, "check", "--format", "json")

    assert ran.code == 0
    assert [(policy.name, policy.outcome) for policy in ran.report.policies] == [("guardrails", Outcome.PASSED)]


def test_another_head_is_checked_but_not_run(repo: Repository) -> None:
    given(repo, SIMPLE + "  policies: [no-merge-to-main]\n")
    repo.switch("main")

    assert gaterunner(repo.root, "check", "--head", "feat/x").code == 0
    ran = gaterunner(repo.root, "run", "--head", "feat/x")
    assert ran.code == 2
    assert "--head feat/x is not what is checked out" in ran.out


# `new` is another test where the branch's file is missing.
TWO_FAIL = """\
name=new; test -e app.py || name=other
cat > out.xml <<END
<testsuite name="s">
<testcase classname="t" name="$name" file="tests/test_app.py" line="2"><failure message="no"/></testcase>
<testcase classname="t" name="old"><failure message="no"/></testcase>
</testsuite>
END
exit 1"""


def test_a_red_run_ends_with_an_index_for_programs_and_shows_the_lines(repo: Repository) -> None:
    given(
        repo,
        "workflow:\n  gates:\n    - unit: {run: ./unit, tests: {files: out.xml, baseline: run}}\n",
        unit=TWO_FAIL,
    )
    repo.commit("Test", {".gitignore": "out.xml", "tests/test_app.py": "def test_new():\n    assert not 'here'\n"})

    for runs in (1, 2, 3):
        ran = gaterunner(repo.root, "run", "--format", "json")
        assert ran.report.failures.repeated is not None
        assert ran.report.failures.repeated.runs == runs

    new, old = ran.gate("unit").findings
    assert (new.standing, old.standing) == ("new", "known")
    assert new.excerpt is not None
    assert (new.excerpt.start, new.excerpt.lines[1]) == (1, "    assert not 'here'")
    assert [failure.standing for failure in ran.report.failures.shown] == ["new", "known"]

    index = gaterunner(repo.root, "run").out.rpartition("\n\n")[2].splitlines()
    assert index[:3] == [
        "2 failures",
        "  tests/test_app.py:2  [test-failed] t.new: no  (unit, new)",
        "  [test-failed] t.old: no  (unit, the base has it too)",
    ]
    assert index[-1].startswith("STOP: the same failures 4 times in a row")


def test_outside_of_a_repository_is_a_clear_error(tmp_path: Path) -> None:
    ran = gaterunner(tmp_path, "run")

    assert ran.code == 2
    assert "is not in a git repository" in " ".join(ran.out.split())
    assert "Traceback" not in ran.out + ran.err


def test_the_plan_shows_command_and_reason(repo: Repository) -> None:
    given(repo, "workflow: {gates: [build, {unit: ./unit}]}\n")
    repo.switch("main")
    repo.commit("Declare build", {"Makefile": "build:\n\techo built\n"})
    repo.switch("feat/y", create=True)

    ran = gaterunner(repo.root, "plan")

    assert ran.code == 0
    assert "make build" in ran.out
    assert "Makefile" in ran.out
    assert "declared in .gaterunner.yml:1" in ran.out
    assert json.loads(gaterunner(repo.root, "plan", "--format", "json").out)["gates"][0]["command"] == "make build"


def test_validate_checks_waivers_and_cutovers_beside_the_workflow_file(repo: Repository) -> None:
    repo.write(
        {".gaterunner.yml": SIMPLE, ".gaterunner/waivers.yml": "waivers: []\n", ".gaterunner/cutovers.yml": "a: b\n"}
    )

    ran = gaterunner(repo.root, "validate")
    (repo.root / ".gaterunner" / "cutovers.yml").unlink()
    mended = gaterunner(repo.root, "validate")

    assert (ran.code, ".gaterunner/cutovers.yml:1:1" in ran.err) == (2, True), ran
    assert mended.code == 0
    assert mended.out.splitlines() == [
        ".gaterunner.yml: valid; 3 gates, 0 policies",
        ".gaterunner/waivers.yml: valid; 0 waivers",
    ]


def test_validate_names_errors_and_counts_what_it_found(repo: Repository) -> None:
    given(repo)
    assert gaterunner(repo.root, "validate").out == ".gaterunner.yml: valid; 3 gates, 0 policies\n"

    repo.write({"broken.yml": "workflow:\n  gates: []\n"})
    ran = gaterunner(repo.root, "validate", "broken.yml")
    assert ran.code == 2
    assert ran.err.startswith("broken.yml:2:10: ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_everything_and_still_writes_the_report(
    repo: Repository, tmp_path: Path, number: signal.Signals
) -> None:
    given(repo, unit='touch started; sleep 300 & echo $! > child; trap "" TERM; wait; sleep 300')
    report = tmp_path / "report.json"

    process = subprocess.Popen(
        [sys.executable, "-m", "gaterunner", "run", "--report", str(report)],
        cwd=repo.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    _wait_for(lambda: (repo.root / "child").exists() and (repo.root / "child").read_text() != "")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 130, (out, err)
    written = json.loads(report.read_text())
    assert (written["verdict"], written["problems"][0]["trouble"]) == ("error", "interrupted")
    child = int((repo.root / "child").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def _wait_for(condition: object, *, timeout_s: float = 30) -> None:
    assert callable(condition)
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_waivers_file_that_cannot_be_understood_is_an_error_of_the_run(repo: Repository) -> None:
    repo.write({".gaterunner/waivers.yml": "waivers: [{rule: migration-deleted}]\n"})

    ran = gaterunner(given(repo).root, "run")

    assert ran.code == 2
    assert "The waivers file has 4 errors." in ran.out
    assert ".gaterunner/waivers.yml:1:11: a waiver lacks the key `content`" in ran.out
