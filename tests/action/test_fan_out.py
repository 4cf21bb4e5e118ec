"""The reusable workflow: plan, parts on machines of their own, one verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.action.fan_out import DECLARED, FanOut
from tests.fake_github import FakeGitHub
from tests.runner_step import REPOSITORY, PullRequest, Step, check_of

GATES = """\
workflow:
  gates:
    - lint: {run: echo linted, needs: []}
    - unit: {run: 'echo "shard $GATERUNNER_SHARD_INDEX of $GATERUNNER_SHARD_TOTAL"', needs: [], shards: 2}
    - docs: {run: %s, needs: []}
  policies: [no-merge-to-main]
"""
PASSING = GATES % "echo written"
FAILING = GATES % "exit 1"


def test_an_honest_branch_is_green_once(fake_github: FakeGitHub, tmp_path: Path) -> None:
    pull = PullRequest.open(tmp_path, PASSING)

    ran = FanOut(pull, fake_github, parts=3).run()

    assert [job.result for job in ran.jobs] == ["success"] * 5, ran
    assert ran.outputs == {"verdict": "pass", "passed": "5", "failed": "0"}
    assert len(ran.parts) == 3
    check = check_of(fake_github)
    assert (check.head_sha, check.conclusion, check.title) == (pull.head, "success", "3 gates and 2 policies passed.")


def test_a_red_part_is_red_in_its_own_job_and_in_the_check(fake_github: FakeGitHub, tmp_path: Path) -> None:
    ran = FanOut(PullRequest.open(tmp_path, FAILING), fake_github, parts=3).run()

    assert {job.name: job.result for job in ran.parts}["docs"] == "failure"
    assert sorted(job.result for job in ran.parts) == ["failure", "success", "success"]
    assert ran.job("Collect").result == "failure"
    assert ran.outputs == {"verdict": "fail", "passed": "4", "failed": "1"}
    assert (check_of(fake_github).conclusion, check_of(fake_github).title) == ("failure", "docs failed.")


def test_a_part_publishes_nothing_and_judges_no_policy(fake_github: FakeGitHub, tmp_path: Path) -> None:
    ran = FanOut(PullRequest.open(tmp_path, PASSING), fake_github, parts=2).run()

    part = ran.parts[0].ran
    assert part is not None
    (notice,) = part.commands
    assert notice.startswith("::notice title=gaterunner::No check was published: this is one part of a fan-out.")
    assert "no-merge-to-main" not in part.out
    assert "no-merge-to-main" in str(check_of(fake_github).summary)


def test_a_part_that_is_missing_is_an_error(fake_github: FakeGitHub, tmp_path: Path) -> None:
    call = FanOut(PullRequest.open(tmp_path, PASSING), fake_github, parts=3)
    call.before["collect"] = lambda step: next((step.temp / "gaterunner-parts").rglob("*.json")).unlink()

    ran = call.run()

    assert ran.job("Collect").result == "failure"
    assert ran.outputs["verdict"] == "error"
    assert check_of(fake_github).conclusion == "failure"
    assert "did not arrive" in str(check_of(fake_github).summary)


def test_a_part_that_wrote_no_report_is_an_error(fake_github: FakeGitHub, tmp_path: Path) -> None:
    def no_machine(step: Step) -> None:
        step.event = b"{"

    call = FanOut(PullRequest.open(tmp_path, PASSING), fake_github, parts=2)
    call.before["gates"] = no_machine

    ran = call.run()

    assert [job.result for job in ran.parts] == ["failure"] * 2
    assert ran.outputs["verdict"] == "error"
    assert check_of(fake_github).conclusion == "failure"


def test_the_report_of_another_commit_is_an_error(fake_github: FakeGitHub, tmp_path: Path) -> None:
    def forge(step: Step) -> None:
        file = next((step.temp / "gaterunner-parts").rglob("*.json"))
        report = json.loads(file.read_text())
        report["change"]["head"] = "0" * 40
        file.write_text(json.dumps(report))

    call = FanOut(PullRequest.open(tmp_path, PASSING), fake_github, parts=2)
    call.before["collect"] = forge

    ran = call.run()

    assert ran.outputs["verdict"] == "error"
    assert "of commit 000000000000" in str(check_of(fake_github).summary)


def test_an_error_in_the_workflow_file_stops_the_plan_and_is_told_in_the_check(
    fake_github: FakeGitHub, tmp_path: Path
) -> None:
    ran = FanOut(PullRequest.open(tmp_path, "workflow:\n  gate: [build]\n"), fake_github).run()

    assert [(job.name, job.result) for job in ran.jobs] == [("Plan", "failure"), ("Collect", "failure")]
    assert ran.outputs["verdict"] == "error"
    assert check_of(fake_github).title == "The workflow file has 2 errors."


def test_where_no_gate_applies_nothing_is_proven(fake_github: FakeGitHub, tmp_path: Path) -> None:
    workflow = "workflow: {gates: [{unit: {run: touch executed, paths: [src/**]}}], policies: [no-merge-to-main]}\n"

    ran = FanOut(PullRequest.open(tmp_path, workflow), fake_github).run()

    assert [(job.name, job.result) for job in ran.parts] == [("nothing to run", "failure")]
    assert ran.outputs["verdict"] == "fail"
    assert check_of(fake_github).title == "Nothing was proven: no gate ran and passed."


def test_without_a_check_the_job_carries_the_verdict(fake_github: FakeGitHub, tmp_path: Path) -> None:
    ran = FanOut(PullRequest.open(tmp_path, FAILING), fake_github, publish="none").run()

    assert ran.job("Collect").result == "failure"
    assert ran.outputs["verdict"] == "fail"
    assert fake_github.count("POST") == 0


CACHED = """\
workflow:
  gates:
    - lint: {run: cat other.py, needs: [], inputs: [other.py]}
    - unit: {run: cat README.md && sleep 0.3, needs: [], inputs: ["*.md", README.md]}
  policies: [no-merge-to-main]
"""


def test_a_push_to_main_keeps_what_pull_requests_may_take(fake_github: FakeGitHub, tmp_path: Path) -> None:
    merged = FanOut(PullRequest.open(tmp_path / "merged", CACHED), fake_github, pushed=True, parts=2, cache=True)
    assert merged.run().outputs["verdict"] == "pass"
    ((key, folder),) = merged.caches.items()
    assert key.startswith("gaterunner-cache-")
    assert len(list(folder.glob("reports/*.json"))) == 3, "both parts, and the whole"
    fake_github.repository(REPOSITORY).check_runs.clear()

    call = FanOut(PullRequest.open(tmp_path / "next", CACHED), fake_github, parts=2, cache=True)
    call.caches = merged.caches
    ran = call.run()

    assert ran.outputs["verdict"] == "pass"
    assert "cached" in str(check_of(fake_github).summary)
    assert list(call.caches) == [key], "a pull request saves nothing"


def test_without_being_asked_to_nothing_is_kept(fake_github: FakeGitHub, tmp_path: Path) -> None:
    call = FanOut(PullRequest.open(tmp_path, CACHED), fake_github, pushed=True, parts=2)

    assert call.run().outputs["verdict"] == "pass"
    assert call.caches == {}
    assert sorted(call.artifacts) == ["gaterunner-part-0", "gaterunner-part-1", "gaterunner-report"]


def test_only_the_job_that_publishes_may_write_and_parts_get_no_token() -> None:
    jobs = DECLARED["jobs"]
    assert jobs["plan"]["permissions"] == jobs["gates"]["permissions"] == {"contents": "read"}
    assert {name for name, access in jobs["collect"]["permissions"].items() if access == "write"} == {"checks"}
    for name in ("plan", "gates"):
        (action,) = (step for step in jobs[name]["steps"] if step["uses"] == "$/.")
        assert action["with"]["token"] == ""


@pytest.mark.parametrize("job", ["plan", "gates", "collect"])
def test_no_job_runs_a_script(job: str) -> None:
    assert [step for step in DECLARED["jobs"][job]["steps"] if "run" in step] == []
