"""Result files that say less, or more, than what happened."""

from __future__ import annotations

import pytest

from gaterunner.model import Outcome
from tests.command_line import gaterunner
from tests.gitrepo import Repository

LAW = "workflow:\n  gates:\n    - unit: {run: sh unit.sh, tests: results.xml}\n"
GREEN = '<testsuite name="s"><testcase classname="a" name="b"/></testsuite>\n'


@pytest.fixture
def branch(repo: Repository) -> Repository:
    repo.commit("Law", {".gaterunner.yml": LAW, "unit.sh": "exit 1\n"})
    repo.switch("feat/x", create=True)
    return repo


@pytest.mark.parametrize(
    ("results", "outcome", "reason"),
    [
        pytest.param(
            '<testsuite tests="5"/>', Outcome.UNPROVEN, "no test was executed: results.xml holds none", id="no cases"
        ),
        pytest.param(
            '<testsuite tests="2" failures="1"><testcase name="a"/></testsuite>',
            Outcome.FAILED,
            "1 of 2 tests failed by the result files, although the exit code is 0",
            id="a failure that is counted and not listed",
        ),
        pytest.param(
            '<testsuites errors="1"><testsuite><testcase name="a"/></testsuite></testsuites>',
            Outcome.FAILED,
            "1 of 2 tests failed by the result files, although the exit code is 0",
            id="counted at the root only",
        ),
        pytest.param(
            '<testsuite><testcase name="a" status="failed"/></testsuite>',
            Outcome.FAILED,
            "1 of 1 test failed by the result files, although the exit code is 0",
            id="failed by an attribute",
        ),
        pytest.param(
            '<testsuite><testcase name="a" status="notrun" result="suppressed"/></testsuite>',
            Outcome.UNPROVEN,
            "no test was executed: all 1 were skipped",
            id="disabled by an attribute",
        ),
        pytest.param(
            '<testsuites><testsuite><testcase name="a"/></testsuite>'
            '<group><testsuite><testcase name="b"><failure/></testcase></testsuite></group></testsuites>',
            Outcome.UNPROVEN,
            "a result file could not be read: results.xml: holds 2 test cases, of which only 1 lie in suites",
            id="a failure where no reader looks",
        ),
    ],
)
def test_what_a_file_says_is_held_against_it(branch: Repository, results: str, outcome: Outcome, reason: str) -> None:
    branch.commit("Results", {"unit.sh": f"echo '{results}' > results.xml\n"})

    gate = gaterunner(branch.root, "run", "--format", "json").gate("unit")

    assert (gate.outcome, gate.reason) == (outcome, reason)


def test_a_committed_result_copied_into_place_is_no_evidence(branch: Repository) -> None:
    branch.commit("Results", {"fixtures/green.xml": GREEN, "unit.sh": "cp fixtures/green.xml results.xml\n"})

    gate = gaterunner(branch.root, "run", "--format", "json").gate("unit")

    assert gate.outcome is Outcome.UNPROVEN
    assert gate.reason == "no result file was written by this run; not counted, since older: results.xml"


def test_a_pipe_in_its_place_does_not_hang_the_run(branch: Repository) -> None:
    branch.commit("Results", {"unit.sh": "mkfifo results.xml\n"})

    gate = gaterunner(branch.root, "run", "--format", "json", timeout_s=60).gate("unit")

    assert gate.outcome is Outcome.UNPROVEN
    assert gate.reason == "a result file could not be read: results.xml: is not a regular file"
