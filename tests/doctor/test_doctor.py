"""What doctor reads of a repository on GitHub, and how it tells it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gaterunner.doctor.points import POINTS
from gaterunner.doctor.run import run_doctor
from gaterunner.errors import UsageError
from gaterunner.github.errors import GitHubError, UnreachableError
from tests.command_line import gaterunner
from tests.doctor.hosted import ACTIONS, CI, HEAD, OWNERS, PIN, QUEUE, WORKFLOW, Hosted, check_rule, rules
from tests.fake_github import FakeGitHub, Pull, Trouble
from tests.fake_github.published import unpublished
from tests.github.samples import StoppedClock
from tests.gitrepo import Repository

TOKEN = {"GH_TOKEN": "x", "PATH": "/usr/bin:/bin"}
ROOT = Path(__file__).resolve().parents[2]


def between(start: str, end: str) -> str:
    """A stretch of the sample's workflow, without its end."""
    return WORKFLOW[WORKFLOW.index(start) : WORKFLOW.index(end)]


@pytest.fixture
def hosted(fake_github: FakeGitHub, tmp_path: Path) -> Iterator[Hosted]:
    """A repository without a fault; whatever was asked of it GitHub has to have published."""
    yield Hosted(fake_github, tmp_path)
    assert unpublished(fake_github.requests) == []


class TestTheWhole:
    def test_a_repository_without_a_fault(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        assert hosted.doctor() == 0
        out = capsys.readouterr().out
        assert out.startswith("octo/example, branch main\n")
        assert "workflow-file      .gaterunner.yml on main is valid: gates unit" in out
        assert "Tier 2: a person has to approve an edit of the gates" in out
        assert out.endswith(f"{len(POINTS)} points: {len(POINTS)} ok, 0 bad, 0 unknown\n")

    def test_it_asks_few_questions(self, hosted: Hosted) -> None:
        hosted.doctor()
        assert len(hosted.fake.requests) <= 20

    def test_a_fault_is_told_with_its_fix(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.branch.rules = rules(check=check_rule(source=None), dismiss_stale_reviews_on_push=False)
        assert hosted.doctor() == 1
        out = capsys.readouterr().out
        assert "gaterunner is taken from any app" in out
        assert "choose GitHub Actions as the source of the required check in the ruleset" in out
        assert "No tier is reached\n" in out
        assert "Tier 1 needs: check-source" in out

    def test_a_workflows_own_token_cannot_read_it_all(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        assert hosted.doctor(administers=False) == 3
        out = capsys.readouterr().out
        assert "the token may not read who may bypass the rules" in out
        assert "Tier 0 at least; whether a higher one is reached is not known, as not all could be read" in out

    def test_as_json(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        found = hosted.diagnosis(capsys)
        assert (found["schema"], found["repository"], found["branch"]) == (
            "gaterunner.doctor/1",
            "octo/example",
            "main",
        )
        assert (found["tier"]["reached"], found["tier"]["unsure"]) == (2, False)
        assert [point["name"] for point in found["points"]] == [point.name for point in POINTS]
        assert set(found["points"][0]) == {"name", "title", "tier", "outcome", "observed", "fix"}

    def test_what_a_repository_says_is_no_escape_sequence(
        self, hosted: Hosted, capsys: pytest.CaptureFixture[str]
    ) -> None:
        hosted.commit({CI: WORKFLOW.replace("name: Gates", 'name: "\\e[2J\\u202eGates"\n    if: "\\e[31mnever"')})
        hosted.doctor()
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert "\u202e" not in out
        assert "never" in out

    def test_from_the_command_line(self, hosted: Hosted, tmp_path: Path) -> None:
        checkout = Repository.create(tmp_path / "checkout")
        checkout.git("remote", "add", "origin", "git@github.com:octo/example.git")
        ran = gaterunner(checkout.root, "doctor", "--format", "json", env=hosted.environment())
        assert ran.code == 0, ran.err
        assert json.loads(ran.out)["tier"]["reached"] == 2


class TestFiles:
    def test_no_workflow_file(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.commit({".gaterunner.yml": None})
        assert hosted.point("workflow-file", capsys)["outcome"] == "bad"

    def test_one_with_an_error(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.commit({".gaterunner.yml": "workflow: {gates: [unit: make test], polices: []}\n"})
        found = hosted.point("workflow-file", capsys)
        assert found["outcome"] == "bad"
        assert found["observed"].startswith(".gaterunner.yml:1:")

    def test_one_that_is_a_link(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        (hosted.git.root / ".gaterunner.yml").unlink()
        (hosted.git.root / ".gaterunner.yml").symlink_to("elsewhere.yml")
        hosted.commit({})
        found = hosted.point("workflow-file", capsys)
        assert (found["outcome"], found["observed"]) == ("unknown", ".gaterunner.yml is no plain file")

    def test_an_empty_repository(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.commit({CI: None, ".gaterunner.yml": None, ".github/CODEOWNERS": None})
        found = {each["name"]: each["outcome"] for each in hosted.diagnosis(capsys)["points"]}
        assert (found["workflow-file"], found["called"], found["code-owners"]) == ("bad", "bad", "bad")

    @pytest.mark.parametrize("place", ["CODEOWNERS", "docs/CODEOWNERS"])
    def test_owners_in_other_places(self, hosted: Hosted, capsys: pytest.CaptureFixture[str], place: str) -> None:
        hosted.commit({".github/CODEOWNERS": None, place: "* @octo/leads\n"})
        found = hosted.point("code-owners", capsys)
        assert (found["outcome"], found["observed"].split()[0]) == ("ok", place)

    def test_lines_of_owners_that_github_reports(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        error = {"line": 2, "column": 1, "kind": "Unknown owner", "message": "no such team", "path": "CODEOWNERS"}
        hosted.on_github.settings.owners_errors = [error]
        assert "line 2: Unknown owner" in hosted.point("code-owners", capsys)["observed"]

    def test_a_list_of_files_that_is_cut_off(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.on_github.truncated = {hosted.git.git("rev-parse", "HEAD^{tree}")}
        found = {each["name"]: each for each in hosted.diagnosis(capsys)["points"]}
        assert {found[name]["outcome"] for name in ("workflow-file", "called", "code-owners")} == {"unknown"}
        assert "lists only a part of the files" in found["called"]["observed"]

    def test_a_workflow_that_calls_another_of_the_repository(
        self, hosted: Hosted, capsys: pytest.CaptureFixture[str]
    ) -> None:
        called = WORKFLOW.replace(between("on:", "permissions: {}"), "on: workflow_call\n")
        steps = WORKFLOW[WORKFLOW.index("    steps:") :]
        uses = "    uses: ./.github/workflows/judge.yml\n"
        caller = WORKFLOW.replace(between("    runs-on", "    permissions: {contents"), uses).replace(steps, "")
        hosted.commit({CI: caller, ".github/workflows/judge.yml": called})
        hosted.branch.rules = rules(check=check_rule("Gates / Gates"))
        found = hosted.diagnosis(capsys)
        assert [each for each in found["points"] if each["outcome"] != "ok"] == []

    def test_the_fan_out(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        steps = WORKFLOW[WORKFLOW.index("    steps:") :]
        uses = f"    uses: org/gaterunner/.github/workflows/fan-out.yml@{PIN}\n"
        caller = WORKFLOW.replace(between("    runs-on", "    permissions: {contents"), uses).replace(steps, "")
        hosted.commit({CI: caller})
        hosted.branch.rules = rules(check=check_rule("Gates / Collect"))
        found = hosted.diagnosis(capsys)
        assert [each for each in found["points"] if each["outcome"] != "ok"] == []

    @pytest.mark.parametrize("text", ["[" * 5_000, "a: &a [*a]\n", "jobs: 3\n", "\x00", "? {a: b}\n: c\n"])
    def test_a_workflow_that_nobody_can_read(
        self, hosted: Hosted, capsys: pytest.CaptureFixture[str], text: str
    ) -> None:
        hosted.commit({".github/workflows/odd.yml": text})
        assert hosted.point("called", capsys)["outcome"] == "ok"
        hosted.commit({CI: None})
        found = hosted.point("called", capsys)
        assert (found["outcome"], ".github/workflows/odd.yml cannot be read" in found["observed"]) == ("unknown", True)

    def test_a_file_that_is_too_large(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.commit({CI: WORKFLOW + "#" * 600_000})
        assert hosted.point("called", capsys)["outcome"] == "unknown"


class TestSettings:
    def test_a_workflow_that_is_switched_off(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.on_github.settings.disabled = (CI,)
        assert hosted.point("called", capsys)["fix"] == f"gh workflow enable {CI}"

    def test_actions_that_is_switched_off(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.on_github.settings.actions = False
        assert hosted.point("actions-on", capsys)["outcome"] == "bad"

    def test_a_token_that_may_write_and_approve(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.on_github.settings.token_writes = hosted.on_github.settings.token_approves = True
        found = {each["name"]: each["outcome"] for each in hosted.diagnosis(capsys)["points"]}
        assert (found["default-token"], found["actions-approve"]) == ("bad", "bad")

    def test_who_may_get_around_the_rules(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.branch.bypass = {5: [{"actor_type": "Integration", "actor_id": 77, "bypass_mode": "always"}]}
        assert "Integration 77 (always, ruleset ruleset-5)" in hosted.point("bypass", capsys)["observed"]

    def test_a_merge_queue_that_nothing_answers(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.branch.rules.append(QUEUE)
        assert hosted.point("triggers", capsys)["outcome"] == "ok"
        hosted.commit({CI: WORKFLOW.replace("  merge_group:\n", "")})
        assert hosted.point("triggers", capsys)["outcome"] == "bad"

    def test_nothing_holds_the_branch(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.branch.rules = []
        found = {each["name"]: each["outcome"] for each in hosted.diagnosis(capsys)["points"]}
        names = ("check-required", "pull-request", "history-kept", "bypass", "approvals", "code-owner-review")
        assert {found[name] for name in names} == {"bad"}

    @pytest.mark.parametrize("pinned", [True, False])
    def test_a_required_workflow_of_another_repository(
        self, hosted: Hosted, capsys: pytest.CaptureFixture[str], pinned: bool
    ) -> None:
        other = hosted.fake.repository("octo/rules")
        other.settings.id = 99
        other.objects = Repository.create(hosted.folder / "rules")
        commit = other.objects.commit("Rules", {".github/workflows/gates.yml": WORKFLOW})
        workflow: dict[str, Any] = {"path": ".github/workflows/gates.yml", "repository_id": 99}
        workflow |= {"sha": commit} if pinned else {"ref": "refs/heads/main"}
        rule = {"type": "workflows", "ruleset_id": 6, "parameters": {"workflows": [workflow]}}
        hosted.branch.rules.append(rule)
        hosted.branch.bypass[6] = []
        hosted.commit({CI: None})

        found = hosted.diagnosis(capsys)

        assert [each for each in found["points"] if each["outcome"] != "ok"] == []
        assert found["tier"]["reached"] == (3 if pinned else 2)

    def test_a_required_workflow_that_the_token_may_not_see(
        self, hosted: Hosted, capsys: pytest.CaptureFixture[str]
    ) -> None:
        workflow = {"path": ".github/workflows/gates.yml", "repository_id": 404, "sha": PIN}
        rule = {"type": "workflows", "ruleset_id": 5, "parameters": {"workflows": [workflow]}}
        hosted.branch.rules.append(rule)
        tier = hosted.diagnosis(capsys)["tier"]
        assert (tier["reached"], tier["unsure"]) == (2, True)
        assert "could not be read" in tier["missing"][0]


class TestPullRequests:
    def test_one_that_started_nothing(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.on_github.open_pull(Pull(number=8, head="b2" * 20, author="agent[bot]"))
        found = hosted.point("runs-start", capsys)
        assert (found["outcome"], "#8 by agent[bot] started no workflow" in found["observed"]) == ("bad", True)
        assert "token of a GitHub App" in found["fix"]

    def test_one_that_waits_for_approval(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.on_github.workflow_runs.clear()
        hosted.ran(HEAD, "action_required")
        assert "wait for somebody to let them run" in hosted.point("runs-start", capsys)["observed"]

    def test_one_of_a_fork(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.on_github.open_pull(Pull(number=8, head=HEAD, author="guest", head_repository="guest/example"))
        found = hosted.point("forks", capsys)
        assert (found["outcome"], "#8 by guest" in found["observed"]) == ("bad", True)

    def test_those_that_are_closed_or_go_elsewhere_are_not_asked_about(
        self, hosted: Hosted, capsys: pytest.CaptureFixture[str]
    ) -> None:
        hosted.on_github.open_pull(Pull(number=8, head="b2" * 20, merged=True))
        hosted.on_github.open_pull(Pull(number=9, head="c3" * 20, base_ref="develop"))
        assert hosted.point("runs-start", capsys)["observed"] == "the newest open pull requests (#7) started workflows"


class TestWhatCannotBeRead:
    def test_pull_requests_that_the_token_may_not_see(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.fake.misbehave(Trouble.refusal("GET", "/pulls$", 403, "Resource not accessible by integration"))
        found = hosted.point("runs-start", capsys)
        assert (found["outcome"], "pull-requests: read" in found["fix"]) == ("unknown", True)

    @pytest.mark.parametrize(
        ("path", "point", "permission"),
        [
            ("/git/trees/", "called", "Contents: read"),
            ("/git/blobs/", "workflow-file", "Contents: read"),
            ("/codeowners/errors", "code-owners", "Contents: read"),
            ("/actions/workflows", "called", "Actions: read"),
            ("/actions/runs", "runs-start", "Actions: read"),
            ("/actions/permissions/workflow", "default-token", "Administration: read"),
            ("/rules/branches/", "pull-request", "Administration: read"),
            ("/branches/main$", "pull-request", "Contents: read"),
        ],
    )
    @pytest.mark.parametrize("status", [403, 404])
    def test_a_refusal_is_unknown_and_names_the_permission(
        self, *, hosted: Hosted, capsys: pytest.CaptureFixture[str], path: str, point: str, permission: str, status: int
    ) -> None:
        refused = Trouble.refusal("GET", path, status, "Not here")
        hosted.fake.misbehave(refused, refused)
        found = hosted.point(point, capsys)
        assert (found["outcome"], permission in found["fix"]) == ("unknown", True), found

    def test_a_server_that_does_not_answer(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.fake.misbehave(*[Trouble.bad_gateway("GET", "/rules/branches/", written=False)] * 6)
        found = hosted.point("pull-request", capsys)
        assert (found["outcome"], "githubstatus.com" in found["fix"]) == ("unknown", True)

    def test_an_answer_that_is_none(self, hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
        hosted.fake.misbehave(*[Trouble.web_page("GET", "/actions/permissions$")] * 6)
        assert hosted.doctor() in (0, 3)
        capsys.readouterr()

    def test_a_repository_that_is_not_there(self, hosted: Hosted) -> None:
        with pytest.raises(GitHubError, match="404"):
            run_doctor(hosted.folder, repository="octo/gone", form="text", environment=hosted.environment())


class TestWhichRepository:
    def test_without_a_token_nothing_is_asked(self, tmp_path: Path) -> None:
        ran = gaterunner(tmp_path, "doctor", "--repository", "octo/example")
        assert ran.code == 2
        assert "there is no token to ask GitHub with" in ran.err
        assert "GH_TOKEN=$(gh auth token) gaterunner doctor" in ran.err

    @pytest.mark.parametrize(
        "address",
        [
            "git@github.com:octo/example.git",
            "https://github.com/octo/example",
            "https://someone@github.com/octo/example.git",
            "ssh://git@ssh.github.com:443/octo/example.git",
        ],
    )
    def test_it_is_the_one_that_the_checkout_came_from(
        self, hosted: Hosted, capsys: pytest.CaptureFixture[str], address: str
    ) -> None:
        checkout = Repository.create(hosted.folder / "checkout")
        checkout.git("remote", "add", "origin", address)
        assert run_doctor(checkout.root, repository=None, form="text", environment=hosted.environment()) == 0
        assert capsys.readouterr().out.startswith("octo/example")

    def test_a_token_is_sent_to_no_host_that_only_a_checkout_names(self, tmp_path: Path) -> None:
        checkout = Repository.create(tmp_path / "checkout")
        checkout.git("remote", "add", "origin", "https://git.example.com/octo/example.git")
        with pytest.raises(UsageError, match=r"came from git\.example\.com") as error:
            run_doctor(checkout.root, repository=None, form="text", environment=TOKEN)
        assert "GH_HOST=git.example.com" in str(error.value.help)

    @pytest.mark.parametrize("host", ["git.example.invalid", "github.com"])
    def test_the_operator_names_the_server(self, tmp_path: Path, host: str) -> None:
        """Nobody answers at either address here; which one was asked stands in the error."""
        checkout = Repository.create(tmp_path / "checkout")
        checkout.git("remote", "add", "origin", f"https://{host}/octo/example.git")
        environment = {**TOKEN, "GH_HOST": host, "GITHUB_API_URL": "http://127.0.0.1:9/api/v3"}
        with pytest.raises(UnreachableError, match="GET /repos/octo/example"):
            run_doctor(checkout.root, repository=None, form="text", environment=environment, clock=StoppedClock().clock)

    @pytest.mark.parametrize("name", ["example", "octo/example/more", "../../user", "octo/exa mple"])
    def test_a_name_that_is_none(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(UsageError, match="is not a repository"):
            run_doctor(tmp_path, repository=name, form="text", environment={"GH_TOKEN": "x"})

    def test_a_checkout_without_a_remote(self, tmp_path: Path) -> None:
        checkout = Repository.create(tmp_path / "checkout")
        with pytest.raises(UsageError, match="cannot be told from this checkout"):
            run_doctor(checkout.root, repository=None, form="text", environment=TOKEN)

    def test_an_enterprise_server(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with FakeGitHub.running(prefix="/api/v3") as fake:
            assert Hosted(fake, tmp_path).doctor() == 0
            assert fake.violations == []
        assert f"counts only from GitHub Actions (app {ACTIONS})" in capsys.readouterr().out


def test_the_page_tells_every_point() -> None:
    page = (ROOT / "docs" / "doctor.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows if row.split("`")[1] in {point.name for point in POINTS}] == [
        point.name for point in POINTS
    ]
    assert all(line in page for line in OWNERS.replace("@octo/leads", "@your-org/leads").splitlines())
