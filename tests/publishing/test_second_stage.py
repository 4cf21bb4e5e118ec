"""A fork's pull request from its own run to the check that another workflow puts on it, and all that must not be green.

What the report says of itself is the word of whoever wrote it: the branch under judgement, at worst.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fake_github import FakeGitHub, Pull, Trouble
from tests.fake_github.stage_shapes import BOT
from tests.fake_github.stage_state import WorkflowRun
from tests.fake_github.state import Branch, Run
from tests.gitrepo import Repository
from tests.publishing.second_stage import ARTIFACT, CALLER, FORK, RUN, Handed, second
from tests.runner_step import PULL, REPOSITORY, PullRequest, check_of, pull_request_payload

GATES = "workflow: {gates: [{unit: 'true'}], policies: [no-merge-to-main]}\n"
FAILING = "workflow: {gates: [{unit: exit 1}], policies: [no-merge-to-main]}\n"
SHADOW = "workflow: {mode: shadow, gates: [{unit: exit 1}]}\n"
OTHER = "d4" * 20


@pytest.fixture(scope="module")
def passing(tmp_path_factory: pytest.TempPathFactory) -> Handed:
    return Handed.over(tmp_path_factory.mktemp("passing"), GATES)


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Handed:
    return Handed.over(tmp_path_factory.mktemp("failing"), FAILING)


@pytest.fixture(scope="module")
def shadow(tmp_path_factory: pytest.TempPathFactory) -> Handed:
    return Handed.over(tmp_path_factory.mktemp("shadow"), SHADOW)


def blocked(fake: FakeGitHub, why: str) -> Run:
    """The only check: it blocks, and says why."""
    check = check_of(fake)
    assert (check.status, check.conclusion) == ("completed", "failure")
    assert why in f"{check.title} {check.summary}"
    return check


def test_a_pass_of_a_fork_becomes_a_green_check_on_its_head(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    ran = second(passing, fake_github, tmp_path).run()

    assert ran.code == 0, ran
    check = check_of(fake_github)
    assert (check.name, check.head_sha, check.conclusion) == ("gaterunner", passing.pull.head, "success")
    assert check.details_url == "https://github.invalid/octo/example/actions/runs/42"
    assert "Handed over by a run of" in str(check.summary)
    assert ran.outputs["verdict"] == "pass"
    assert ran.outputs["check-url"].endswith(f"/runs/{check.id}")
    assert ran.summary.startswith("## ✅ ")
    assert ran.commands == []


def test_a_failure_of_a_fork_is_told_and_publishing_it_is_no_failure(
    failing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    ran = second(failing, fake_github, tmp_path).run()

    assert ran.code == 0, ran
    assert (check_of(fake_github).conclusion, check_of(fake_github).title) == ("failure", "unit failed.")
    assert ran.outputs["verdict"] == "fail"


def test_shadow_mode_stays_neutral(shadow: Handed, fake_github: FakeGitHub, tmp_path: Path) -> None:
    assert second(shadow, fake_github, tmp_path).run().code == 0
    assert check_of(fake_github).conclusion == "neutral"


def test_publishing_twice_leaves_one_check(passing: Handed, fake_github: FakeGitHub, tmp_path: Path) -> None:
    for number in range(2):
        place = tmp_path / str(number)
        place.mkdir()
        assert second(passing, fake_github, place).run().code == 0

    assert {check.conclusion for check in fake_github.repository(REPOSITORY).check_runs.values()} == {"success"}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"change__head": OTHER}, f"it is about commit {OTHER}, and the run was for"),
        ({"change__repository": "octo/other"}, "it is about octo/other, and this is octo/example"),
        ({"change__pull_request": 8}, "it is about pull request #8, and the run was for #7"),
        ({"change__dirty": True}, "it is about files that were not committed"),
        ({"change": None}, "it does not say which commit it is about"),
        ({"run_url": "https://github.invalid/octo/example/actions/runs/41"}, "it says that it is of the run"),
        (
            {"run_url": "https://github.invalid/octo/example/actions/runs/42/attempts/2"},
            "it says that it is of the run",
        ),
        ({"partial": True}, "it is about some of the gates only"),
        ({"scope": "gates"}, "it is about some of the gates only"),
        ({"gates": []}, "its verdict is pass, and its own results come to fail"),
    ],
)
def test_a_report_of_something_else_is_not_taken(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path, fields: dict[str, Any], why: str
) -> None:
    ran = second(passing, fake_github, tmp_path, data=passing.changed(**fields)).run()

    assert ran.code == 0, ran
    check = blocked(fake_github, why)
    assert check.head_sha == passing.pull.head
    assert "`unit`" not in str(check.summary)
    assert ran.outputs["verdict"] == "error"


@pytest.mark.parametrize("mode", ["enforce", "shadow"])
def test_a_forged_pass_of_a_red_run_is_not_green(
    failing: Handed, fake_github: FakeGitHub, tmp_path: Path, mode: str
) -> None:
    forged = failing.changed(
        mode=mode, verdict="pass", gates=[{"name": "unit", "kind": "command", "outcome": "passed", "reason": ""}]
    )
    ran = second(failing, fake_github, tmp_path, data=forged).run()

    assert ran.code == 0, ran
    blocked(fake_github, "Could not evaluate whether this is genuine: the run ended with failure.")
    assert "::notice title=gaterunner::Not confirmed: the run ended with failure." in ran.commands


def test_shadow_mode_that_a_branch_gave_itself_is_not_neutral(
    failing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    second(failing, fake_github, tmp_path, data=failing.changed(mode="shadow")).run()

    blocked(fake_github, "The report itself says fail.")


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (CALLER, ".github/workflows"),
        (".github/workflows/other.yml", ".github/workflows"),
        (".github/actions/setup/action.yml", ".github/actions"),
        (".gaterunner.yml", ".gaterunner.yml"),
        (".gaterunner/waivers.yml", ".gaterunner/waivers.yml"),
        (".gaterunner/panel.yml", ".gaterunner/panel.yml"),
    ],
)
def test_who_edits_what_the_run_is_made_of_gets_no_green_check(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path, file: str, told: str
) -> None:
    pull = PullRequest.open(tmp_path / "pull", GATES, {file: "workflow: {gates: [unit: 'true']}\n"})
    forged = Handed(pull, passing.changed(change__head=pull.head))

    ran = second(forged, fake_github, tmp_path).run()

    assert ran.code == 0, ran
    blocked(fake_github, f"pull request #7 changes what its own run is made of: {told}.")


def test_a_branch_may_bring_decisions_and_cutovers(passing: Handed, fake_github: FakeGitHub, tmp_path: Path) -> None:
    files = {".gaterunner/decisions.jsonl": "{}\n", ".gaterunner/cutovers.yml": "cutovers: {}\n"}
    pull = PullRequest.open(tmp_path / "pull", GATES, files)

    ran = second(Handed(pull, passing.changed(change__head=pull.head)), fake_github, tmp_path).run()

    assert ran.code == 0, ran
    assert check_of(fake_github).conclusion == "success"


LOCAL = """
jobs:
  gates:
    steps:
      - uses: ./ci/setup
      - {uses: "./ci/setup"}
"""
NESTED = "runs: {using: composite, steps: [{uses: ./tools/inner}]}\n"


@pytest.mark.parametrize(
    ("caller", "file", "told"),
    [
        (LOCAL, "ci/setup/run.sh", "ci/setup"),
        (LOCAL, "tools/inner/action.yaml", "tools/inner"),
        (LOCAL.replace("./ci/setup", "./"), "app.py", "the repository itself, of which it uses an action"),
        (LOCAL.replace("./ci/setup", "./${{ matrix.action }}"), "app.py", "the repository itself"),
        (LOCAL.replace("./ci/setup", "./docs/../tools//more/"), "tools/more/run.sh", "tools/more"),
        (
            LOCAL.replace("./ci/setup", "./.github/actions-of-ours"),
            ".github/actions-of-ours/run.sh",
            ".github/actions-of",
        ),
        (LOCAL, "ci/other.sh", None),
    ],
)
def test_who_edits_an_action_that_the_run_uses_gets_no_green_check(
    fake_github: FakeGitHub, tmp_path: Path, caller: str, file: str, told: str | None
) -> None:
    remote = Repository.create(tmp_path / "pull" / "remote")
    files = {CALLER: caller, "ci/setup/action.yml": NESTED, "tools/inner/action.yml": "", ".gaterunner.yml": GATES}
    base = remote.commit("Start", files)
    remote.switch("feat/x", create=True)
    head = remote.commit("Work", {file: "true\n"})
    remote.git("checkout", "-q", "--detach", base)
    merge = remote.merge("feat/x", "Merge")
    pull = PullRequest(remote, base, head, merge, tmp_path / "pull")
    passed = Handed.over(tmp_path / "judged", GATES)
    forged = Handed(pull, passed.changed(change__head=head))

    ran = second(forged, fake_github, tmp_path).run()

    assert ran.code == 0, ran
    if told is None:
        assert check_of(fake_github).conclusion == "success"
    else:
        blocked(fake_github, f"pull request #7 changes what its own run is made of: {told}")


def test_a_link_in_the_place_of_the_folder_is_a_change_as_well(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    pull = PullRequest.open(tmp_path / "pull", GATES, {"app.py": ""})
    remote = pull.remote
    remote.switch("feat/x")
    (remote.root / ".github").symlink_to("elsewhere")
    head = remote.commit("Link")
    remote.git("checkout", "-q", "--detach", pull.base)
    merge = remote.merge("feat/x", "Merge")
    forged = Handed(PullRequest(remote, pull.base, head, merge, pull.place), passing.changed(change__head=head))

    second(forged, fake_github, tmp_path).run()

    blocked(fake_github, "changes what its own run is made of: .github/workflows")


def test_a_change_elsewhere_below_github_is_none_of_the_run(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    pull = PullRequest.open(tmp_path / "pull", GATES, {".github/ISSUE_TEMPLATE.md": "Say what happened\n"})
    honest = Handed(pull, passing.changed(change__head=pull.head))

    second(honest, fake_github, tmp_path).run()

    assert check_of(fake_github).conclusion == "success"


def test_a_workflow_of_the_same_name_from_another_file_is_not_the_first_stage(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    run = WorkflowRun(RUN, passing.pull.head, path=".github/workflows/evil.yml")

    second(passing, fake_github, tmp_path, run=run).run()

    blocked(fake_github, "the run is of .github/workflows/evil.yml, and .github/workflows/gates.yml was expected")


def test_the_first_stage_may_have_another_name(passing: Handed, fake_github: FakeGitHub, tmp_path: Path) -> None:
    run = WorkflowRun(RUN, passing.pull.head, path=".github/workflows/ci.yml@refs/pull/7/merge")
    step = second(passing, fake_github, tmp_path, run=run)
    step.inputs["workflow"] = ".github/workflows/ci.yml"

    step.run()

    assert check_of(fake_github).conclusion == "success"


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "skipped", "neutral", "action_required", None])
def test_only_a_run_that_succeeded_confirms_a_pass(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path, conclusion: str | None
) -> None:
    second(passing, fake_github, tmp_path, run=WorkflowRun(RUN, passing.pull.head, conclusion=conclusion)).run()

    blocked(fake_github, f"the run ended with {conclusion or 'nothing yet'}")


@pytest.mark.parametrize("event", ["push", "pull_request_target", "workflow_dispatch", "merge_group"])
def test_a_run_that_could_have_published_by_itself_is_refused(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path, event: str
) -> None:
    ran = second(passing, fake_github, tmp_path, run=WorkflowRun(RUN, passing.pull.head, event=event)).run()

    assert ran.code == 2, ran
    assert f"run 42 was started by {event}, which has a token that may publish by itself" in ran.out
    assert fake_github.repository(REPOSITORY).check_runs == {}


def test_a_newer_attempt_tells_its_own_result(passing: Handed, fake_github: FakeGitHub, tmp_path: Path) -> None:
    """Somebody has run the jobs again meanwhile: which attempt the artifact is of, nobody knows."""
    step = second(passing, fake_github, tmp_path)
    fake_github.repository(REPOSITORY).workflow_runs[RUN].attempt = 2

    ran = step.run()

    assert ran.code == 0, ran
    assert "A newer attempt of the run exists" in ran.commands[0]
    assert fake_github.repository(REPOSITORY).check_runs == {}


def test_the_report_of_the_first_attempt_is_not_that_of_the_second(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    second(passing, fake_github, tmp_path, run=WorkflowRun(RUN, passing.pull.head, attempt=2)).run()

    blocked(fake_github, "it says that it is of the run https://github.invalid/octo/example/actions/runs/42,")


def test_a_pull_request_that_moved_on_gets_no_green_check(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    step = second(passing, fake_github, tmp_path)
    fake_github.repository(REPOSITORY).pulls[PULL].head = OTHER

    step.run()

    blocked(fake_github, f"no open pull request has the head {passing.pull.head} that the run was for")


def test_a_closed_pull_request_gets_no_green_check(passing: Handed, fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = second(passing, fake_github, tmp_path)
    fake_github.repository(REPOSITORY).pulls[PULL].closed = True

    step.run()

    blocked(fake_github, "no open pull request has the head")


NOT_ITS_BRANCH = [{"head_repository": None}, {"head_repository": REPOSITORY}, {"head_branch": "main"}]


@pytest.mark.parametrize("run", NOT_ITS_BRANCH)
def test_a_review_whose_branch_leads_to_no_pull_request_is_found_by_its_commit(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path, run: dict[str, Any]
) -> None:
    review = WorkflowRun(RUN, passing.pull.head, event="pull_request_review", **run)

    second(passing, fake_github, tmp_path, run=review).run()

    assert check_of(fake_github).conclusion == "success"
    assert fake_github.count("GET", f"/commits/{passing.pull.head}/pulls") == 1


@pytest.mark.parametrize("run", NOT_ITS_BRANCH)
def test_a_push_counts_for_the_pull_request_of_its_own_branch_only(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path, run: dict[str, Any]
) -> None:
    second(passing, fake_github, tmp_path, run=WorkflowRun(RUN, passing.pull.head, **run)).run()

    blocked(fake_github, "no open pull request has the head")


@pytest.mark.parametrize(
    ("at", "conclusion"),
    [("2026-01-15T12:30:00Z", "failure"), ("2026-01-15T11:55:00Z", "failure"), ("2026-01-14T12:00:00Z", "success")],
)
def test_a_pull_request_that_got_another_target_since_was_judged_for_the_one_before(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path, at: str, conclusion: str
) -> None:
    """Opened into a branch with workflows of long ago, it would get its green check from those."""
    step = second(passing, fake_github, tmp_path)
    fake_github.repository(REPOSITORY).pulls[PULL].retargeted.append(at)

    step.run()

    assert check_of(fake_github).conclusion == conclusion
    if conclusion == "failure":
        blocked(fake_github, "the target of pull request #7 was changed since the run was made")


def closed_into_weak(fake: FakeGitHub, handed: Handed, *, head: str, at: str) -> None:
    repository = fake.repository(REPOSITORY)
    repository.open_branch(Branch("weak", handed.pull.base))
    repository.open_pull(Pull(8, head=head, base_ref="weak", head_repository=FORK, closed=True, closed_at=at))


@pytest.mark.parametrize("moved", [False, True])
def test_a_pull_request_that_was_closed_since_may_be_the_one_that_was_judged(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path, moved: bool
) -> None:
    """Opened into a weak branch, closed while its run went on, and the same commit proposed anew into main."""
    step = second(passing, fake_github, tmp_path)
    closed_into_weak(fake_github, passing, head=OTHER if moved else passing.pull.head, at="2026-01-15T12:30:00Z")

    step.run()

    blocked(fake_github, "pull request #8 is into weak, whose workflows nobody vouches for here")


def test_a_pull_request_that_was_closed_long_before_is_not(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    step = second(passing, fake_github, tmp_path)
    closed_into_weak(fake_github, passing, head=passing.pull.head, at="2026-01-14T12:00:00Z")

    step.run()

    assert check_of(fake_github).conclusion == "success"


def test_a_pass_for_another_target_counts_only_where_somebody_vouches_for_it(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    step = second(passing, fake_github, tmp_path)
    fake_github.repository(REPOSITORY).pulls[PULL].base_ref = "old/1.x"

    step.run()
    blocked(fake_github, "pull request #7 is into old/1.x, whose workflows nobody vouches for here")

    fake_github.repository(REPOSITORY).check_runs.clear()
    step.inputs["branches"] = "old/1.x, old/2.x"
    step.run()
    assert check_of(fake_github).conclusion == "success"


def test_of_two_pull_requests_with_one_head_both_must_be_beyond_doubt(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    """A check belongs to the commit: a pass judged by a weak branch's law would count for main as well."""
    step = second(passing, fake_github, tmp_path)
    weak = Pull(8, head=passing.pull.head, base_ref="weak", head_repository=FORK, merge_commit=passing.pull.merge)
    fake_github.repository(REPOSITORY).open_branch(Branch("weak", passing.pull.base))
    fake_github.repository(REPOSITORY).open_pull(weak)

    step.run()

    blocked(fake_github, "pull request #8 is into weak, whose workflows nobody vouches for here")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (r"/pulls$", "which pull request the run was for could not be found out"),
        (r"/timeline$", "what pull request #7 changes could not be found out"),
        (r"/contents/", "what pull request #7 changes could not be found out"),
        (r"/git/commits/", "what pull request #7 changes could not be found out"),
        (r"/git/trees/", "what pull request #7 changes could not be found out"),
        (r"/repos/octo/example$", "the default branch could not be found out"),
    ],
)
def test_what_github_does_not_tell_is_not_taken_for_granted(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path, path: str, why: str
) -> None:
    step = second(passing, fake_github, tmp_path)
    fake_github.misbehave(Trouble.refusal("GET", path, 403, "Forbidden"))

    ran = step.run()

    assert ran.code == 0, ran
    blocked(fake_github, why)


def test_half_a_tree_proves_nothing(passing: Handed, fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = second(passing, fake_github, tmp_path)
    fake_github.repository(REPOSITORY).truncated.add(
        passing.pull.remote.git("rev-parse", f"{passing.pull.merge}^{{tree}}")
    )

    step.run()

    blocked(fake_github, "GitHub does not list all of tree")


@pytest.mark.parametrize("merge", [None, "head"])
def test_without_a_test_merge_of_this_head_nothing_is_confirmed(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path, merge: str | None
) -> None:
    step = second(passing, fake_github, tmp_path)
    pull = fake_github.repository(REPOSITORY).pulls[PULL]
    pull.merge_commit = passing.pull.head if merge else None

    step.run()

    blocked(fake_github, "GitHub's test merge of pull request #7 is not of" if merge else "GitHub has no test merge")


def test_a_run_that_left_no_report_is_told_on_its_commit(
    failing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    step = second(failing, fake_github, tmp_path)
    (step.checkout.root / ARTIFACT).unlink()

    ran = step.run()

    assert ran.code == 0, ran
    blocked(fake_github, "cannot read the report: No such file or directory")


def test_without_a_run_that_github_knows_nothing_is_published(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    step = second(passing, fake_github, tmp_path)
    fake_github.repository(REPOSITORY).workflow_runs.clear()

    ran = step.run()

    assert ran.code == 3, ran
    assert "GET /repos/octo/example/actions/runs/42: GitHub answered 404" in ran.out
    assert fake_github.repository(REPOSITORY).check_runs == {}


def test_a_check_that_could_not_be_published_is_a_red_job(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    step = second(passing, fake_github, tmp_path).on(fake_github, writes=False)

    ran = step.run()

    assert ran.code == 3, ran
    assert "No check was published" in ran.commands[0]


def test_a_fork_gets_its_comment_from_the_second_stage(
    failing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    step = second(failing, fake_github, tmp_path)
    step.inputs["comment"] = "true"

    ran = step.run()

    assert ran.code == 0, ran
    (comment,) = fake_github.repository(REPOSITORY).comments
    assert (comment.issue, comment.author) == (PULL, BOT)
    assert "### ❌ unit failed." in comment.body
    assert ran.outputs["comment-url"].endswith(f"#issuecomment-{comment.id}")


def test_every_form_can_be_written_of_it(passing: Handed, fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = second(passing, fake_github, tmp_path)
    step.inputs |= {"html": "report.html", "sarif": "report.sarif", "junit": "report.xml", "markdown": "report.md"}

    ran = step.run()

    assert ran.code == 0, ran
    assert [ran.outputs[form] for form in ("html", "sarif", "junit", "markdown")] == [
        "report.html", "report.sarif", "report.xml", "report.md",
    ]  # fmt: skip
    assert all((step.checkout.root / ran.outputs[form]).stat().st_size for form in ("html", "sarif", "junit"))


def test_a_file_that_cannot_be_written_costs_the_job_but_not_the_check(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    step = second(passing, fake_github, tmp_path)
    step.inputs["html"] = "/proc/nowhere/report.html"

    ran = step.run()

    assert ran.code == 3, ran
    assert "cannot write the html report" in ran.out
    assert check_of(fake_github).conclusion == "success"


def test_in_the_same_run_the_event_says_what_the_report_is_about(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    """A job that may publish, after a job that executed the gates and may not: the same event for both."""
    for data, conclusion in ((passing.data, "success"), (passing.changed(change__head=OTHER), "failure")):
        fake_github.repository(REPOSITORY).check_runs.clear()
        step = second(passing, fake_github, tmp_path, data=data)
        step.env["GITHUB_EVENT_NAME"], step.env["GITHUB_RUN_ID"] = "pull_request", "42"
        step.event = pull_request_payload(
            base=passing.pull.base, head=passing.pull.head, merge=passing.pull.merge, branch="feat/x"
        )

        ran = step.run()

        assert ran.code == 0, ran
        assert (check_of(fake_github).head_sha, check_of(fake_github).conclusion) == (passing.pull.head, conclusion)
        assert fake_github.count("GET", "/actions/runs") == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"report": ""}, "`command: publish` was not told which report to publish"),
        ({"token": ""}, "`command: publish` has no token to publish with"),
        ({"part": "1/2"}, "input `part` is for `command: run`, and the command is 'publish'"),
        ({"html": "same", "sarif": "same"}, "same is wanted for two forms of the report, html and sarif"),
    ],
)
def test_wrong_use_is_said(
    passing: Handed, fake_github: FakeGitHub, tmp_path: Path, change: dict[str, str], said: str
) -> None:
    step = second(passing, fake_github, tmp_path)
    step.inputs |= change

    ran = step.run()

    assert ran.code == 2, ran
    assert said in ran.out
    assert fake_github.repository(REPOSITORY).check_runs == {}
