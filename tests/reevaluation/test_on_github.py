"""A check in progress from its first run to its end, hours and days later, and all that must not end it green."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gaterunner.reporters.json import decode_report
from tests.fake_github import FakeGitHub, Pull
from tests.fake_github.stage_state import Deployment, WorkflowRun
from tests.fake_sentry import FakeSentry
from tests.reevaluation.waiting import GATE, WORKFLOW, Waiting, at
from tests.runner_step import PULL, REPOSITORY, PullRequest, pull_request_payload


@pytest.fixture
def waiting(tmp_path: Path, fake_github: FakeGitHub, sentry: FakeSentry) -> Waiting:
    found = Waiting(tmp_path, fake_github, sentry)
    assert found.first.code == 4, found.first
    assert found.check.status == "in_progress"
    return found


def test_the_same_check_goes_on_from_pending_to_a_pass(waiting: Waiting) -> None:
    check = waiting.check

    waiting.deployed_and_used(hours=3)
    ran = waiting.again()
    assert (ran.code, check.status, ran.outputs["verdict"]) == (0, "in_progress", "pending"), ran

    waiting.sentry.state.advance(hours=22)
    ran = waiting.again()

    assert ran.code == 0, ran
    assert (check.status, check.conclusion) == ("completed", "success")
    assert waiting.check is check
    assert str(check.title).startswith("2 gates and 2 policies passed")
    assert f"evaluated anew: {GATE}, and all policies; 1 other gate is taken over from the run of" in str(check.summary)
    report = decode_report(waiting.written)
    assert report.taken_over is not None
    assert report.taken_over.run_url == "https://github.invalid/octo/example/actions/runs/42"
    assert (report.run_url or "").endswith("/92")
    assert ran.outputs["check-url"].endswith(f"/runs/{check.id}")


def _success(waiting: Waiting) -> tuple[str, str]:
    return ("success", f"{waiting.sentry.state.clock:%Y-%m-%dT%H:%M:%SZ}")


def test_where_only_github_knows_of_the_deploy_its_time_begins_the_window(waiting: Waiting) -> None:
    state, head = waiting.sentry.state, waiting.pull.head
    state.released(head)
    assert (waiting.again().code, waiting.check.status) == (0, "in_progress")
    assert f"Sentry knows no deploy of {head} to staging yet" in str(waiting.check.summary)

    state.advance(hours=1)
    waiting.repository.deployments = [
        Deployment("0" * 40, "staging", (("success", "2025-06-16T08:00:00Z"),)),
        Deployment(head, "production", (_success(waiting),)),
        Deployment(head, "staging", (("in_progress", "2025-06-16T09:00:00Z"), _success(waiting))),
    ]
    state.advance(hours=1)
    state.traffic(head, 250)
    ran = waiting.again("deployment_status")
    assert (ran.code, waiting.check.status) == (0, "in_progress"), ran
    assert "is clean since 2025-06-16T10:00:00Z (GitHub's deployment)" in ran.out

    state.advance(hours=24)
    ran = waiting.again()
    assert (ran.code, waiting.check.conclusion) == (0, "success"), ran


def test_another_commits_deployment_on_github_ends_the_window(waiting: Waiting) -> None:
    state, head = waiting.sentry.state, waiting.pull.head
    state.released(head)
    mine = Deployment(head, "staging", (_success(waiting),))
    state.advance(hours=1)
    state.traffic(head, 250)
    waiting.repository.deployments = [mine, Deployment("0" * 40, "staging", (_success(waiting),))]
    state.advance(hours=25)
    ran = waiting.again()
    assert (ran.code, waiting.check.status) == (3, "in_progress"), ran
    assert "superseded: release" in str(waiting.check.summary)


def test_the_first_stage_reads_githubs_deployments_as_well(
    tmp_path: Path, fake_github: FakeGitHub, sentry: FakeSentry
) -> None:
    pull = PullRequest.open(tmp_path, WORKFLOW)
    repository = fake_github.repository(REPOSITORY)
    repository.objects = pull.remote
    repository.open_pull(Pull(PULL, head=pull.head, base=pull.base, merge_commit=pull.merge))
    repository.deployments = [Deployment(pull.head, "staging", (("success", "2025-06-16T09:00:00Z"),))]
    sentry.state.released(pull.head)
    sentry.state.advance(hours=1)
    sentry.state.traffic(pull.head, 250)
    sentry.state.advance(hours=24)
    step = pull.step().on(fake_github)
    step.env |= sentry.environment
    ran = step.run(at(sentry.state.clock))
    assert (ran.code, ran.outputs["verdict"]) == (0, "pass"), ran
    assert "GitHub's deployment" in ran.out


def test_nothing_of_the_branch_is_executed(waiting: Waiting) -> None:
    waiting.deployed_and_used(hours=25)
    ran = waiting.again(gates="unit")
    assert ran.code == 0, ran
    assert (waiting.check.conclusion, ran.outputs["verdict"]) == ("failure", "error")
    assert "unit would execute the branch's code, beside a token that may write" in str(waiting.check.summary)
    assert list(waiting.place.glob("look */workspace/executed")) == []


def test_gates_that_were_not_reached_need_a_new_run_once_nothing_waits_any_more(
    tmp_path: Path, fake_github: FakeGitHub, sentry: FakeSentry
) -> None:
    workflow = f"workflow: {{gates: [{GATE}, {{unit: touch executed}}], policies: [no-merge-to-main]}}\n"
    waiting = Waiting(tmp_path, fake_github, sentry, workflow=workflow)
    waiting.deployed_and_used(hours=3)
    assert (waiting.again().code, waiting.check.status) == (0, "in_progress")

    sentry.state.advance(hours=22)
    ran = waiting.again()

    assert (ran.code, waiting.check.conclusion) == (0, "failure"), ran
    told = "nothing waits any more, and unit was never reached, which cannot be executed here"
    assert told in str(waiting.check.title)
    assert "run the first stage again" in str(waiting.check.summary)
    assert list(waiting.place.glob("look */workspace/executed")) == []


def test_an_issue_in_the_window_ends_it_as_a_failure(waiting: Waiting) -> None:
    waiting.deployed_and_used(hours=3)
    state = waiting.sentry.state
    state.happens(state.issue("KeyError: 'total'"), waiting.pull.head)
    state.advance(minutes=1)
    ran = waiting.again()
    assert ran.code == 0, ran
    assert waiting.check.conclusion == "failure"
    assert waiting.check.title == f"{GATE} failed."


def test_the_matrix_names_what_waits(waiting: Waiting) -> None:
    ran, rows = waiting.pending()
    assert ran.code == 0, ran
    assert rows == [{"number": str(PULL), "head": waiting.pull.head, "run": "42"}]


def test_nothing_that_waits_is_no_matrix(waiting: Waiting) -> None:
    waiting.check.apply({"conclusion": "failure"})
    ran, _ = waiting.pending()
    assert (ran.code, ran.outputs["matrix"]) == (0, "")
    assert "nothing waits" in ran.out


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch", "deployment_status"])
def test_each_event_starts_it(waiting: Waiting, event: str) -> None:
    deployment = {"deployment": {"sha": waiting.pull.head}} if event == "deployment_status" else {}
    _, rows = waiting.pending(event, **deployment)
    assert len(rows) == 1


def test_a_deployment_has_no_branch(waiting: Waiting) -> None:
    step = waiting.step("deployment_status", deployment={"sha": waiting.pull.head})
    step.inputs["command"] = "pending"
    step.env["GITHUB_REF"] = ""
    assert step.run().code == 0


def test_it_is_not_for_a_pull_requests_own_run(waiting: Waiting) -> None:
    step = waiting.step("pull_request")
    step.event = pull_request_payload(
        base=waiting.pull.base, head=waiting.pull.head, merge=waiting.pull.merge, branch="feat/x"
    )
    step.inputs |= {"onto": "report.json", "pull-request": str(PULL)}
    ran = step.run()
    assert ran.code == 2
    assert "the input `onto` is not for the event pull_request" in ran.out
    assert waiting.check.status == "in_progress"


def _fork(waiting: Waiting) -> str:
    waiting.opened.head_repository = "fork/example"
    return "pull request #7 comes from a fork"


def _another_app(waiting: Waiting) -> str:
    waiting.check.app = 99
    return "no check 'gaterunner' by GitHub Actions is in progress on pull request #7"


def _completed(waiting: Waiting) -> str:
    waiting.check.apply({"conclusion": "failure"})
    return "no check 'gaterunner' by GitHub Actions is in progress"


def _newer_check(waiting: Waiting) -> str:
    waiting.repository.report(waiting.pull.head, "gaterunner", "failure")
    return "no check 'gaterunner' by GitHub Actions is in progress"


def _second_stage(waiting: Waiting) -> str:
    waiting.check.external_id = str(waiting.check.external_id).replace("/gates/", "/publish/")
    return "was published for a run that had no token"


def _still_running(waiting: Waiting) -> str:
    waiting.run.conclusion = None
    return "run 42 of pull request #7 has not ended yet"


def _foreign_id(waiting: Waiting) -> str:
    waiting.check.external_id = "something else"
    return "no check 'gaterunner' by GitHub Actions is in progress"


def _closed(waiting: Waiting) -> str:
    waiting.opened.closed = True
    return "pull request #7 is not open"


@pytest.mark.parametrize(
    "change",
    [_fork, _another_app, _completed, _newer_check, _second_stage, _still_running, _foreign_id, _closed],
)
def test_what_is_not_to_be_gone_on_with_is_left_as_it_is(waiting: Waiting, change: object) -> None:
    assert callable(change)
    told = change(waiting)
    before = len(waiting.check.history) if change is not _newer_check else 0

    ran = waiting.again()
    assert ran.code == 0, ran
    assert "Nothing was evaluated: " in ran.out
    assert told in ran.out
    _, rows = waiting.pending()
    assert rows == []
    if change is not _newer_check:
        assert len(waiting.check.history) == before


def test_another_report_than_the_check_names_is_not_taken(waiting: Waiting) -> None:
    waiting.deployed_and_used(hours=25)
    plain = json.loads(waiting.report)
    plain["gates"][0]["reason"] = "exit code 0 "
    ran = waiting.again("schedule", json.dumps(plain, indent=2).encode() + b"\n")
    assert ran.code == 0, ran
    assert waiting.check.conclusion == "failure"
    assert "the report is not the one that the check waits with" in str(waiting.check.summary)
    assert "`unit`" not in str(waiting.check.summary)


def test_a_check_that_names_no_report_is_not_gone_on_with(waiting: Waiting) -> None:
    waiting.check.summary = f"## Pending\n\n{waiting.check.summary}"
    assert waiting.again().code == 0
    assert "does not say which report it waits with" in str(waiting.check.summary)
    assert waiting.check.conclusion == "failure"


def test_where_the_run_is_in_doubt_a_pass_is_held_back(waiting: Waiting) -> None:
    waiting.run.path = ".github/workflows/other.yml"
    waiting.deployed_and_used(hours=3)
    assert waiting.again().code == 0
    assert waiting.check.status == "in_progress"  # nothing that has to be doubted yet

    waiting.sentry.state.advance(hours=22)
    ran = waiting.again()

    assert ran.code == 0, ran
    assert waiting.check.conclusion == "failure"
    assert "Could not evaluate whether this is genuine: the run is of .github/workflows/other.yml" in str(
        waiting.check.title
    )
    assert "run the first stage again once nothing has to be waited for any more" in str(waiting.check.summary)


def test_the_first_stage_is_named_by_inputs(waiting: Waiting) -> None:
    waiting.run.path = ".github/workflows/other.yml"
    waiting.deployed_and_used(hours=25)
    assert waiting.again(workflow=".github/workflows/other.yml").code == 0
    assert waiting.check.conclusion == "success"


def test_a_law_that_changed_meanwhile_asks_for_a_new_run(waiting: Waiting) -> None:
    waiting.deployed_and_used(hours=25)
    tip = waiting.pull.remote.commit("Be stricter", {".gaterunner.yml": WORKFLOW + "  keep-going: true\n"})
    waiting.repository.push(tip)
    ran = waiting.again()
    assert (ran.code, waiting.check.conclusion) == (0, "failure"), ran
    assert "its workflow file is another one" in str(waiting.check.summary)


def test_a_target_that_moved_on_changes_nothing(waiting: Waiting) -> None:
    waiting.deployed_and_used(hours=25)
    waiting.repository.push(waiting.pull.remote.commit("Elsewhere", {"docs.txt": "\n"}))
    ran = waiting.again()
    assert (ran.code, waiting.check.conclusion) == (0, "success"), ran


def test_where_nothing_may_be_published_nothing_is_evaluated(waiting: Waiting) -> None:
    ran = waiting.again(publish="none")
    assert ran.code == 2
    assert "goes on with a check, and nothing may be published" in ran.summary
    assert waiting.check.status == "in_progress"


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"pull-request": ""}, "inputs `onto` and `pull-request` belong together"),
        ({"part": "1/2"}, "inputs `onto` and `part` exclude each other"),
        ({"command": "check"}, "input `onto` is for `command: run`, and the command is 'check'"),
    ],
)
def test_wrong_use_is_told(waiting: Waiting, inputs: dict[str, str], told: str) -> None:
    ran = waiting.again("schedule", None, **inputs)
    assert (ran.code, told in ran.out) == (2, True), ran


def test_a_look_without_an_answer_leaves_the_check_to_the_next_one(waiting: Waiting) -> None:
    waiting.deployed_and_used(hours=25)
    waiting.withheld = ("SENTRY_AUTH_TOKEN",)

    ran = waiting.again()
    assert (ran.code, waiting.check.status) == (3, "in_progress"), ran
    assert waiting.check.title == f"Could not evaluate {GATE}."

    waiting.withheld = ()
    ran = waiting.again()
    assert (ran.code, waiting.check.conclusion) == (0, "success"), ran


def test_what_never_can_be_evaluated_does_not_stay_in_progress_for_ever(waiting: Waiting) -> None:
    waiting.began("2025-06-16T09:00:00Z")
    waiting.withheld = ("SENTRY_AUTH_TOKEN",)
    waiting.sentry.state.advance(hours=143)
    ran = waiting.again()
    assert (ran.code, waiting.check.status) == (3, "in_progress"), ran

    waiting.sentry.state.advance(hours=1)
    ran = waiting.again()
    assert (ran.code, waiting.check.conclusion) == (0, "failure"), ran
    assert "timed out: SENTRY_AUTH_TOKEN is not set where gaterunner runs" in ran.out


def test_what_never_is_deployed_ends_as_a_failure(waiting: Waiting) -> None:
    waiting.began("2025-06-16T09:00:00Z")
    waiting.sentry.state.advance(hours=72)
    ran = waiting.again()
    assert (ran.code, waiting.check.conclusion) == (0, "failure"), ran
    assert "72h after it was first asked for (`max-wait`)" in ran.out


def test_each_look_writes_once_and_only_at_its_end(waiting: Waiting) -> None:
    before = waiting.github.count("PATCH")
    waiting.deployed_and_used(hours=3)
    assert waiting.again().code == 0
    assert waiting.github.count("PATCH") == before + 1


def test_a_look_that_github_refuses_changes_nothing(waiting: Waiting) -> None:
    before = len(waiting.check.history)
    ran = waiting.again(token="gh" + "s_" + "0" * 36)
    assert (ran.code, len(waiting.check.history)) == (3, before), ran
    assert "no token that was given out" in str(waiting.github.take_violations())


def test_a_run_that_was_deleted_keeps_nobody_from_looking_at_the_others(waiting: Waiting) -> None:
    head = "8" * 40
    waiting.repository.open_pull(Pull(8, head=head, base=waiting.pull.base))
    waiting.repository.report(head, "gaterunner", None).external_id = f"gaterunner/8/1/gates/gaterunner/{head}"

    ran, rows = waiting.pending()

    assert ran.code == 0, ran
    assert [row["number"] for row in rows] == ["7"]
    assert "pull request #8 cannot be looked at: GET /repos/octo/example/actions/runs/8: GitHub answered 404" in ran.out


def test_each_pull_request_is_looked_at_by_itself(waiting: Waiting) -> None:
    repository = waiting.repository
    for number, fork in ((8, None), (9, "fork/example")):
        head = f"{number}" * 40
        repository.open_pull(Pull(number, head=head, base=waiting.pull.base, head_repository=fork))
        check = repository.report(head, "gaterunner", None)
        check.external_id = f"gaterunner/{number}/1/gates/gaterunner/{head}"
        repository.workflow_runs[number] = WorkflowRun(number, head, head_repository=fork, conclusion="failure")

    ran, rows = waiting.pending()

    assert [(row["number"], row["run"]) for row in rows] == [("7", "42"), ("8", "8")]
    assert "pull request #9 comes from a fork" in ran.out
