"""What policies and waivers learn from GitHub, and what they are told when it does not say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gaterunner.github.client import GitHubClient
from gaterunner.github.errors import GitHubError, NotPermittedError
from gaterunner.policies.forge import Authorship, CommitChecks, Protection, RequiredCheck
from tests.fake_github import Branch, FakeGitHub, Pull, Reviewed, Status, Trouble
from tests.fake_github.shapes import app, user
from tests.github.samples import BASE, HEAD, OTHER, StoppedClock, client_of

GITHUB_ACTIONS = 15_368
PULL_REQUEST_RULE: dict[str, Any] = {
    "type": "pull_request",
    "ruleset_id": 5,
    "parameters": {
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": False,
        "require_last_push_approval": True,
        "required_approving_review_count": 2,
        "required_review_thread_resolution": False,
    },
}
CHECK_RULE: dict[str, Any] = {
    "type": "required_status_checks",
    "ruleset_id": 5,
    "parameters": {
        "required_status_checks": [
            {"context": "gaterunner", "integration_id": GITHUB_ACTIONS},
            {"context": "anyone's"},
        ],
        "strict_required_status_checks_policy": True,
    },
}


def administrator_of(fake: FakeGitHub) -> GitHubClient:
    return GitHubClient.connect(
        token=fake.token(administers=True),
        repository="octo/example",
        api_url=fake.url,
        clock=StoppedClock().clock,
    )


class TestPullRequest:
    def test_who_opened_it_and_who_armed_auto_merge(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        fake_github.repository().open_pull(Pull(number=7, head=HEAD, author="agent", auto_merge_by="agent"))
        found = client.pull_request(7)
        assert (found.head, found.target, found.author, found.auto_merge_by) == (HEAD, "main", "agent", "agent")
        assert not found.merged

    def test_an_account_that_is_gone_has_no_name(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        fake_github.repository().open_pull(Pull(number=7, head=HEAD, author="ghost"))
        found = client.pull_request(7)
        assert (found.author, found.auto_merge_by) == (None, None)

    def test_one_that_does_not_exist_is_an_error(self, fake_github: FakeGitHub) -> None:
        with pytest.raises(GitHubError, match="404"):
            client_of(fake_github).pull_request(7)


class TestReviews:
    def test_submitted_ones_are_told_oldest_first(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        said = [
            Reviewed("hopper", "APPROVED", HEAD, "fine", submitted="2026-01-15T13:00:00Z"),
            Reviewed("lovelace", "CHANGES_REQUESTED", BASE, submitted="2026-01-15T12:00:00Z"),
            Reviewed("lovelace", "PENDING", HEAD, submitted=None),
        ]
        fake_github.repository().open_pull(Pull(number=7, head=HEAD, reviews=said))
        first, second = client.reviews(7)
        assert (first.author, first.state, first.commit) == ("lovelace", "CHANGES_REQUESTED", BASE)
        assert (second.author, second.state, second.body) == ("hopper", "APPROVED", "fine")
        assert second.url == "https://github.com/octo/example/pull/7#pullrequestreview-8000"

    @pytest.mark.parametrize(
        ("author", "kind", "is_person"),
        [
            ("hopper", "User", True),
            ("reviewer[bot]", "Bot", False),
            ("reviewer[bot]", "User", False),
            ("octo", "Organization", False),
            ("moved", "Mannequin", False),
            ("ghost", "User", False),
            (None, "User", False),
        ],
    )
    def test_only_an_account_of_a_person_is_one(
        self, *, fake_github: FakeGitHub, author: str | None, kind: str, is_person: bool
    ) -> None:
        client = client_of(fake_github)
        fake_github.repository().open_pull(Pull(number=7, head=HEAD, reviews=[Reviewed(author, kind=kind)]))
        assert [review.is_person for review in client.reviews(7)] == [is_person]

    def test_all_pages_are_read(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        fake_github.repository().open_pull(Pull(number=7, head=HEAD, reviews=[Reviewed("hopper")] * 130))
        assert len(client.reviews(7)) == 130

    def test_half_a_list_is_an_error(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        fake_github.repository().open_pull(Pull(number=7, head=HEAD, reviews=[Reviewed("hopper")] * 1_000))
        with pytest.raises(GitHubError, match="lists more than 1,000 rows"):
            client.reviews(7)

    def test_a_token_that_may_not_read_them_is_told_what_it_lacks(self, fake_github: FakeGitHub) -> None:
        token = fake_github.token(reads_pulls=False)
        client = GitHubClient.connect(token=token, repository="octo/example", api_url=fake_github.url)
        fake_github.repository().open_pull(Pull(number=7, head=HEAD))
        with pytest.raises(NotPermittedError, match="403") as error:
            client.reviews(7)
        assert "pull-requests" in str(error.value.help)
        assert token not in repr(error.value)


class TestUneditedReviews:
    def asked(self, fake: FakeGitHub, *reviews: Reviewed, client: GitHubClient | None = None) -> list[str]:
        client = client or client_of(fake)
        fake.repository().open_pull(Pull(number=7, head=HEAD, reviews=list(reviews)))
        unedited = client.unedited_reviews(7)
        return [review.author or "" for review in client.reviews(7) if review.url not in unedited]

    def test_one_that_only_its_author_edited_is_theirs(self, fake_github: FakeGitHub) -> None:
        assert self.asked(fake_github, Reviewed("hopper"), Reviewed("lovelace", editors=("lovelace",))) == []

    @pytest.mark.parametrize("editors", [("agent",), ("agent", "hopper"), (None,), ("hopper",) * 101])
    def test_one_that_anybody_else_may_have_edited_is_not(
        self, fake_github: FakeGitHub, editors: tuple[str | None, ...]
    ) -> None:
        assert self.asked(fake_github, Reviewed("hopper", editors=editors), Reviewed("lovelace")) == ["hopper"]

    def test_all_pages_are_read(self, fake_github: FakeGitHub) -> None:
        last = Reviewed("hopper", editors=("agent",))
        assert self.asked(fake_github, *[Reviewed("lovelace")] * 120, last) == ["hopper"]

    def test_half_a_list_is_an_error(self, fake_github: FakeGitHub) -> None:
        with pytest.raises(GitHubError, match="#7 has more approving reviews than are looked at"):
            self.asked(fake_github, *[Reviewed("lovelace")] * 1_001)

    def test_an_enterprise_server_is_asked_elsewhere(self) -> None:
        with FakeGitHub.running(prefix="/api/v3") as fake:
            assert self.asked(fake, Reviewed("hopper", editors=("agent",))) == ["hopper"]
            assert fake.count("POST", "^/api/graphql$") == 1
            assert fake.violations == []

    def test_a_refusal_is_an_error(self, fake_github: FakeGitHub) -> None:
        client_of(fake_github)
        token = fake_github.token(reads_pulls=False)
        client = GitHubClient.connect(token=token, repository="octo/example", api_url=fake_github.url)
        with pytest.raises(GitHubError, match="does not tell who edited reviews of #7: Resource not accessible"):
            client.unedited_reviews(7)

    def test_a_pull_request_that_is_not_there_is_an_error(self, fake_github: FakeGitHub) -> None:
        with pytest.raises(GitHubError, match="Could not resolve to a PullRequest"):
            client_of(fake_github).unedited_reviews(7)


class TestPermission:
    @pytest.mark.parametrize(
        ("role", "writes"),
        [("admin", True), ("maintain", True), ("write", True), ("triage", False), ("read", False), ("none", False)],
    )
    def test_writing_takes_a_role_that_writes(self, *, fake_github: FakeGitHub, role: str, writes: bool) -> None:
        client = client_of(fake_github)
        fake_github.repository().permissions["hopper"] = role
        assert client.may_write("hopper") is writes

    def test_nobody_may_nothing(self, fake_github: FakeGitHub) -> None:
        assert client_of(fake_github).may_write("nobody") is False

    def test_a_login_stays_one_part_of_the_path(self, fake_github: FakeGitHub) -> None:
        assert client_of(fake_github).may_write("../../pulls/7") is False
        assert fake_github.count("GET", r"/collaborators/\.\.%2F\.\.%2Fpulls%2F7/permission$") == 1

    def test_a_refusal_is_not_a_no(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        fake_github.misbehave(Trouble.refusal("GET", "/permission$", 403, "Resource not accessible by integration"))
        with pytest.raises(NotPermittedError):
            client.may_write("hopper")


class TestAuthorship:
    def test_both_accounts_of_every_commit_are_told(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        wrote: dict[str, tuple[str | None, str | None]] = {BASE: ("hopper", "web-flow"), HEAD: ("agent", None)}
        fake_github.repository().open_pull(Pull(number=7, head=HEAD, commits=(BASE,), wrote=wrote))
        assert client.authorship(7) == (
            Authorship(commit=BASE, author="hopper", committer="web-flow"),
            Authorship(commit=HEAD, author="agent", committer=None),
        )

    def test_an_account_without_a_name_is_unknown(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        fake_github.repository().open_pull(Pull(number=7, head=HEAD))
        # GitHub's schema allows an empty object for an author.
        row = {"sha": HEAD, "author": {}, "committer": {}}
        fake_github.misbehave(_answer("/pulls/7/commits$", [row]))
        assert client.authorship(7) == (Authorship(commit=HEAD, author=None, committer=None),)

    def test_250_commits_are_all_read(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        commits = tuple(f"{number:040x}" for number in range(249))
        fake_github.repository().open_pull(Pull(number=7, head=HEAD, commits=commits))
        assert len(client.authorship(7)) == 250

    def test_more_than_github_lists_is_an_error(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        commits = tuple(f"{number:040x}" for number in range(250))
        fake_github.repository().open_pull(Pull(number=7, head=HEAD, commits=commits))
        with pytest.raises(GitHubError, match="#7 has 251 commits and GitHub lists 250") as error:
            client.authorship(7)
        assert "at most 250" in str(error.value.help)


class TestProtection:
    def test_a_branch_that_nothing_holds(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        fake_github.repository().open_branch(Branch("main", BASE))
        assert client.protection("main") == Protection(branch="main", is_protected=False, bypass=())

    def test_the_rules_of_rulesets_are_put_together(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        rules = [PULL_REQUEST_RULE, CHECK_RULE, {"type": "deletion"}, {"type": "non_fast_forward"}]
        fake_github.repository().open_branch(Branch("main", BASE, rules=rules))
        found = client.protection("main")
        assert (found.is_protected, found.pull_request, found.approvals, found.dismiss_stale) == (True, True, 2, True)
        assert (found.code_owners, found.force_push_blocked, found.deletion_blocked) == (False, True, True)
        assert found.checks == (
            RequiredCheck(name="gaterunner", source=GITHUB_ACTIONS),
            RequiredCheck(name="anyone's", source=None),
        )
        assert (found.bypass, found.unread) == (None, ())

    def test_an_administrator_sees_who_may_bypass(self, fake_github: FakeGitHub) -> None:
        bypass: list[dict[str, Any]] = [
            {"actor_type": "RepositoryRole", "actor_id": 5, "bypass_mode": "always"},
            {"actor_type": "Integration", "actor_id": 77, "bypass_mode": "pull_request"},
            {"actor_type": "OrganizationAdmin", "actor_id": None, "bypass_mode": "always"},
        ]
        branch = Branch("main", BASE, rules=[PULL_REQUEST_RULE], bypass={5: bypass})
        fake_github.repository().open_branch(branch)
        found = administrator_of(fake_github).protection("main")
        assert tuple(map(str, found.bypass or ())) == (
            "role admin (always, ruleset ruleset-5)",
            "Integration 77 (pull_request, ruleset ruleset-5)",
            "OrganizationAdmin (always, ruleset ruleset-5)",
        )
        assert found.unread == ()

    def test_of_a_classic_protection_everybody_sees_the_required_checks(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        required: dict[str, int | None] = {"gaterunner": GITHUB_ACTIONS, "old": -1, "any": None}
        fake_github.repository().open_branch(Branch("main", BASE, required=required))
        found = client.protection("main")
        assert found.checks == (
            RequiredCheck(name="gaterunner", source=GITHUB_ACTIONS),
            RequiredCheck(name="old", source=None),
            RequiredCheck(name="any", source=None),
        )
        assert (found.is_protected, found.bypass) == (True, None)
        assert found.unread == ("the classic branch protection beyond its required checks",)

    def test_an_administrator_sees_the_rest_of_it(self, fake_github: FakeGitHub) -> None:
        reviews = {
            "dismiss_stale_reviews": True,
            "require_code_owner_reviews": True,
            "required_approving_review_count": 1,
            "bypass_pull_request_allowances": {"users": [user("hopper")], "teams": [], "apps": [app(77)]},
        }
        classic = {"required_pull_request_reviews": reviews, "allow_deletions": {"enabled": True}}
        fake_github.repository().open_branch(Branch("main", BASE, required={}, classic=classic))
        found = administrator_of(fake_github).protection("main")
        assert (found.pull_request, found.approvals, found.dismiss_stale, found.code_owners) == (True, 1, True, True)
        assert (found.force_push_blocked, found.deletion_blocked) == (True, False)
        assert tuple(map(str, found.bypass or ())) == (
            "administrators (classic branch protection)",
            "user hopper (classic branch protection)",
            "app app-77 (classic branch protection)",
        )

    def test_names_with_a_slash_stay_one_name(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        fake_github.repository().open_branch(Branch("release/1.2", BASE, rules=[{"type": "deletion"}]))
        assert client.protection("release/1.2").deletion_blocked

    def test_rules_that_may_not_be_read_are_named(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        fake_github.repository().open_branch(Branch("main", BASE))
        fake_github.misbehave(Trouble.refusal("GET", "/rules/branches/", 403, "Upgrade to GitHub Pro"))
        found = client.protection("main")
        assert (found.is_protected, found.bypass, found.unread) == (False, None, ("the rules of rulesets",))

    def test_a_branch_that_is_not_there_is_an_error(self, fake_github: FakeGitHub) -> None:
        with pytest.raises(GitHubError, match=r"404 \(Branch not found\)"):
            client_of(fake_github).protection("main")

    def test_a_rule_that_cannot_be_understood_is_an_error(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        fake_github.repository().open_branch(Branch("main", BASE))
        fake_github.misbehave(_answer("/rules/branches/", [{"type": "pull_request", "parameters": {}}]))
        with pytest.raises(GitHubError, match="a rule 'pull_request' of a ruleset is not what GitHub documents"):
            client.protection("main")


class TestChecks:
    def test_checks_and_statuses_are_told_by_what_became_of_them(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        repository = fake_github.repository()
        for name, conclusion in (
            ("unit", "success"),
            ("lint", "skipped"),
            ("docs", "neutral"),
            ("e2e", "failure"),
            ("slow", "timed_out"),
            ("stopped", "cancelled"),
            ("now", None),
        ):
            repository.report(HEAD, name, conclusion)
        repository.statuses[HEAD] = [Status("ci/old", "failure"), Status("ci/old", "success"), Status("ci/x", "error")]
        repository.statuses[HEAD].append(Status("ci/y", "pending"))
        assert client.checks_of(HEAD) == CommitChecks(
            succeeded=("ci/old", "docs", "lint", "unit"),
            failed=("ci/x", "e2e", "slow", "stopped"),
            running=("ci/y", "now"),
        )

    def test_the_newest_run_of_a_name_counts(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        fake_github.repository().report(HEAD, "unit", "failure", suite=1)
        fake_github.repository().report(HEAD, "unit", "success", suite=2)
        assert client.checks_of(HEAD) == CommitChecks(succeeded=("unit",))

    def test_another_app_cannot_report_a_failure_away(self, fake_github: FakeGitHub) -> None:
        client = client_of(fake_github)
        fake_github.repository().report(HEAD, "unit", "failure")
        fake_github.repository().report(HEAD, "unit", "success", app=99, suite=2)
        assert client.checks_of(HEAD) == CommitChecks(failed=("unit",))

    def test_a_commit_without_any(self, fake_github: FakeGitHub) -> None:
        assert client_of(fake_github).checks_of(HEAD) == CommitChecks()

    def test_an_unknown_commit_is_an_error(self, fake_github: FakeGitHub) -> None:
        with pytest.raises(GitHubError, match="No commit found"):
            client_of(fake_github).checks_of(OTHER)


def _answer(path: str, body: object) -> Trouble:
    """An answer that the fake would not give by itself."""
    return Trouble("GET", path, status=200, body=json.dumps(body), content_type="application/json")
