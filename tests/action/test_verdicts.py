"""The action in a job on a pull request: what the check, the outputs, the summary and the exit code say."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fake_github import FakeGitHub, Trouble
from tests.runner_step import PULL, PullRequest, check_of

PASSING = """\
workflow:
  gates:
    - build: echo built
    - unit: echo tested
  policies: [no-merge-to-main]
"""
TESTED = """\
workflow:
  gates:
    - unit: {run: "(cat results.xml; echo) >out.xml; exit 1", tests: out.xml}
    - smoke: echo smoked
  policies: [guardrails: {rules: {gate-script: "off"}}] # the branch brings what the gate reads
"""
RESULTS = """\
<testsuite name="shop" tests="2" failures="1">
  <testcase classname="test_shop" name="test_pay" file="shop.py" line="2"/>
  <testcase classname="test_shop" name="test_buy" file="shop.py" line="3"><failure message="expected 3"/></testcase>
</testsuite>
"""


def wait_for(condition: Callable[[], bool], *, timeout_s: float = 30) -> None:
    """Polls, with a bound."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("shallow", [False, True])
def test_a_pass_is_a_green_check_on_the_head(fake_github: FakeGitHub, tmp_path: Path, *, shallow: bool) -> None:
    pull = PullRequest.open(tmp_path, PASSING)
    step = pull.step(fake_github, shallow=shallow)
    step.inputs["report"] = "gate-report.json"

    ran = step.run()

    assert ran.code == 0, ran
    assert ran.outputs == {
        "verdict": "pass",
        "sentence": "2 gates and 2 policies passed.",
        "report": "gate-report.json",
        "passed": "4",
        "failed": "0",
        "findings": "1",
        "new-findings": "0",
        "html": "",
        "sarif": "",
        "junit": "",
        "markdown": "",
        "numbers": "",
        "predicate": "",
        "check-url": f"https://github.com/octo/example/runs/{check_of(fake_github).id}",
        "comment-url": "",
    }
    check = check_of(fake_github)
    assert (check.name, check.head_sha) == ("gaterunner", pull.head)
    assert (check.status, check.conclusion) == ("completed", "success")
    assert check.title == "2 gates and 2 policies passed."
    assert "| `unit` | ✅ passed |" in str(check.summary)
    assert check.external_id == f"gaterunner/42/1/gates/gaterunner/{pull.head}"
    assert check.details_url == "https://github.invalid/octo/example/actions/runs/42"
    assert check.history[0]["status"] == "in_progress"
    assert "Running (0 of 2 gates done)" in check.history[0]["output"]["title"]
    assert "| `unit` | ✅ passed |" in ran.summary
    report = json.loads((step.checkout.root / "gate-report.json").read_text())
    assert (report["verdict"], report["change"]["merge"]) == ("pass", pull.merge)
    assert [name for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE") if ran.files[name]] == []


def test_the_log_tells_the_run_the_report_and_where_the_check_is(fake_github: FakeGitHub, tmp_path: Path) -> None:
    ran = PullRequest.open(tmp_path, PASSING).step(fake_github).run()

    lines = ran.out.splitlines()
    assert lines[1] == "gaterunner: feat/x against main: 2 gates, 2 policies, 1 commit, 1 file"
    assert "build │ built" in lines
    report = next(number for number, line in enumerate(lines) if line.startswith("✓ PASS"))
    assert lines[report - 1] == ""
    assert lines[-1] == f"The report is the check https://github.com/octo/example/runs/{check_of(fake_github).id}"
    assert ran.commands == []
    assert ran.err == ""


def test_a_failure_is_annotated_where_it_is(fake_github: FakeGitHub, tmp_path: Path) -> None:
    pull = PullRequest.open(tmp_path, TESTED, {"shop.py": "a\nb\nc\n", "results.xml": RESULTS})

    ran = pull.step(fake_github).run()

    assert ran.code == 1, ran
    assert (ran.outputs["verdict"], ran.outputs["passed"], ran.outputs["failed"]) == ("fail", "1", "1")
    check = check_of(fake_github)
    assert (check.conclusion, check.title) == ("failure", "unit failed.")
    assert [(each["path"], each["start_line"], each["annotation_level"]) for each in check.annotations] == [
        ("shop.py", 3, "failure")
    ]
    assert "expected 3" in check.annotations[0]["message"]
    assert "### Skipped\n\n- `smoke`: not reached: " in str(check.summary)


def test_a_gate_that_proved_nothing_fails_the_job(fake_github: FakeGitHub, tmp_path: Path) -> None:
    workflow = 'workflow: {gates: [{unit: {run: "true", tests: out.xml}}]}\n'

    ran = PullRequest.open(tmp_path, workflow).step(fake_github).run()

    assert ran.code == 1, ran
    assert (ran.outputs["verdict"], ran.outputs["failed"]) == ("fail", "1")
    assert (check_of(fake_github).conclusion, check_of(fake_github).title) == ("failure", "unit unproven.")


def test_what_could_not_be_evaluated_is_told_apart_from_a_failure(fake_github: FakeGitHub, tmp_path: Path) -> None:
    workflow = "workflow: {gates: [{build: 'true'}, {unit: {run: 'true', cwd: missing}}]}\n"

    ran = PullRequest.open(tmp_path, workflow).step(fake_github).run()

    assert ran.code == 3, ran
    assert ran.outputs["verdict"] == "error"
    assert (check_of(fake_github).conclusion, check_of(fake_github).title) == ("failure", "Could not evaluate unit.")


def test_an_error_in_the_workflow_file_is_a_finished_check_that_says_so(
    fake_github: FakeGitHub, tmp_path: Path
) -> None:
    ran = PullRequest.open(tmp_path, "workflow:\n  gate: [build]\n").step(fake_github).run()

    assert ran.code == 2, ran
    assert ran.outputs["verdict"] == "error"
    check = check_of(fake_github)
    assert (check.status, check.conclusion, check.title) == ("completed", "failure", "The workflow file has 2 errors.")
    assert check.annotations[0]["path"] == ".gaterunner.yml"
    assert ".gaterunner.yml:2:3" in ran.out


def test_a_checkout_of_something_else_is_a_finished_check_that_says_so(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = PullRequest.open(tmp_path, PASSING).step(fake_github)
    step.checkout.git("checkout", "-q", "--detach", "refs/remotes/origin/main")

    ran = step.run()

    assert ran.code == 3, ran
    check = check_of(fake_github)
    assert (check.status, check.conclusion) == ("completed", "failure")
    assert str(check.title).startswith("Could not evaluate: the checkout is of ")
    assert "neither the head" in ran.summary


def test_shadow_mode_blocks_nothing_and_hides_nothing(fake_github: FakeGitHub, tmp_path: Path) -> None:
    workflow = "workflow: {mode: shadow, gates: [{build: 'true'}, {unit: exit 1}]}\n"

    ran = PullRequest.open(tmp_path, workflow).step(fake_github).run()

    assert ran.code == 0, ran
    assert (ran.outputs["verdict"], ran.outputs["passed"], ran.outputs["failed"]) == ("fail", "2", "1")
    check = check_of(fake_github)
    assert (check.conclusion, check.title) == ("neutral", "Shadow mode, would be fail: unit failed.")


def test_shadow_mode_is_not_given_to_a_workflow_file_with_errors(fake_github: FakeGitHub, tmp_path: Path) -> None:
    ran = PullRequest.open(tmp_path, "workflow: {mode: shadow, gates: []}\n").step(fake_github).run()

    assert ran.code == 2, ran
    assert check_of(fake_github).conclusion == "failure"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_cancelled_job_is_a_cancelled_check(fake_github: FakeGitHub, tmp_path: Path, number: signal.Signals) -> None:
    step = PullRequest.open(tmp_path, "workflow: {gates: [{unit: touch started; sleep 300}]}\n").step(fake_github)

    process = step.start()
    wait_for((step.checkout.root / "started").exists)
    started = time.monotonic()
    process.send_signal(number)
    ran = step.finish(process)

    assert ran.code == 130, ran
    # The runner waits 7.5 s after its first signal, and 2.5 s more after its second.
    assert time.monotonic() - started < 7.5
    check = check_of(fake_github)
    assert (check.status, check.conclusion) == ("completed", "cancelled")
    assert ran.outputs["verdict"] == "error"
    assert "Interrupted before everything was judged." in ran.summary


def test_a_job_cancelled_while_it_publishes_still_publishes(fake_github: FakeGitHub, tmp_path: Path) -> None:
    # No policy of this workflow asks for the pull request, so that the one who asks is who publishes.
    step = PullRequest.open(tmp_path, "workflow: {gates: [{unit: 'true'}]}\n").step(fake_github)
    fake_github.misbehave(Trouble.slow("GET", rf"/pulls/{PULL}$", 1.0))

    process = step.start()
    wait_for(lambda: fake_github.count("GET", rf"/pulls/{PULL}$") == 1)
    process.send_signal(signal.SIGTERM)
    ran = step.finish(process)

    assert ran.code == 0, ran
    assert check_of(fake_github).conclusion == "success"
    assert ran.outputs["verdict"] == "pass"


def test_a_check_can_have_another_name(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = PullRequest.open(tmp_path, PASSING).step(fake_github)
    step.inputs["check-name"] = "gates for the shop"

    assert step.run().code == 0
    assert check_of(fake_github).name == "gates for the shop"


def test_policies_alone_execute_nothing(fake_github: FakeGitHub, tmp_path: Path) -> None:
    workflow = "workflow: {gates: [{unit: touch executed}], policies: [no-merge-to-main]}\n"
    step = PullRequest.open(tmp_path, workflow).step(fake_github)
    step.inputs["command"] = "check"

    ran = step.run()

    assert ran.code == 0, ran
    assert ran.outputs["passed"] == "2"
    assert not (step.checkout.root / "executed").exists()
    assert (check_of(fake_github).conclusion, check_of(fake_github).title) == ("success", "2 policies passed.")


def test_an_input_that_is_not_one_is_named_with_its_choices(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = PullRequest.open(tmp_path, PASSING).step(fake_github)
    step.inputs["command"] = "runn"

    ran = step.run()

    assert ran.code == 2, ran
    assert "::error title=gaterunner%3A error::Wrong usage: input `command` is 'runn'." in ran.out
    assert "How to fix: expected one of: run, check" in ran.out
    assert ran.outputs["verdict"] == "error"
    assert "expected one of: run, check" in ran.summary


def test_a_report_that_cannot_be_written_turns_the_job_red(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = PullRequest.open(tmp_path, PASSING).step(fake_github)
    step.inputs["report"] = "app.py/report.json"

    ran = step.run()

    assert ran.code == 3, ran
    assert "::error title=gaterunner::error: app.py/report.json: cannot write the report" in ran.out
    assert (ran.outputs["verdict"], ran.outputs["report"]) == ("pass", "")
    assert check_of(fake_github).conclusion == "success"


def test_a_defect_of_ours_in_the_run_is_a_red_check(fake_github: FakeGitHub, tmp_path: Path) -> None:
    crash = "import gaterunner.pipeline\ngaterunner.pipeline.make_plan = None\n"

    ran = PullRequest.open(tmp_path, PASSING).step(fake_github).run(crash)

    assert ran.code == 3, ran
    assert "Traceback" not in ran.told
    assert check_of(fake_github).conclusion == "failure"
    assert "internal error: TypeError" in str(check_of(fake_github).title)


def test_a_defect_of_ours_in_the_end_is_a_red_job(fake_github: FakeGitHub, tmp_path: Path) -> None:
    crash = "import gaterunner.action\ngaterunner.action.publish = None\n"

    ran = PullRequest.open(tmp_path, PASSING).step(fake_github).run(crash)

    assert ran.code == 3, ran
    assert "Traceback" not in ran.told
    assert ran.commands[-1].startswith("::error title=gaterunner::error: internal error: TypeError")
    assert "please report it" in ran.commands[-1]


def test_a_defect_of_the_log_does_not_keep_the_verdict_from_the_check(fake_github: FakeGitHub, tmp_path: Path) -> None:
    crash = "import gaterunner.action\ngaterunner.action.show = None\n"

    ran = PullRequest.open(tmp_path, PASSING).step(fake_github).run(crash)

    assert ran.code == 0, ran
    assert "internal error: TypeError" in ran.err
    assert check_of(fake_github).conclusion == "success"


def test_the_log_is_utf_8_whatever_the_locale_says(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = PullRequest.open(tmp_path, PASSING).step(fake_github)
    step.env |= {"PYTHONIOENCODING": "latin-1"}

    ran = step.run()

    assert ran.code == 0, ran
    assert "✓ gate build passed" in ran.out
