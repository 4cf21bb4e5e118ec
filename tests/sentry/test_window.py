"""What becomes of a gate while the clock goes on: deploy, window, traffic, issues, other deploys."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.model import GateResult, Outcome, Severity
from gaterunner.runner.sentry_past import MOST_HISTORIES
from tests.fake_sentry import FakeSentry
from tests.sentry.asking import HEAD, OLD, Asker

HOUR = timedelta(hours=1)


@pytest.fixture
def ask(sentry: FakeSentry) -> Asker:
    return Asker(sentry)


@pytest.fixture
def used(sentry: FakeSentry, ask: Asker) -> Asker:
    """The release is deployed, and is used an hour later; there was an issue once, so that filters can be tried."""
    old = sentry.state.issue("TimeoutError: of old")
    sentry.state.happens(old, OLD, ago=26 * HOUR)
    sentry.state.deployed(HEAD)
    sentry.state.advance(hours=1)
    sentry.state.traffic(HEAD, 1200)
    return ask


def over(sentry: FakeSentry) -> None:
    """The window and what it settles in are over."""
    sentry.state.advance(hours=23, minutes=10)


def rules_of(result: GateResult) -> list[str]:
    return [finding.rule for finding in result.findings if finding.severity is Severity.ERROR]


def test_without_a_release_it_waits_for_the_deploy(ask: Asker) -> None:
    result = ask()
    assert result.outcome is Outcome.PENDING
    assert result.reason == f"waits for the deploy: Sentry knows no release {HEAD} yet"
    assert result.waiting is not None
    assert (result.waiting.since, result.waiting.until) == (None, None)
    assert result.waiting.next_evaluation == "2025-06-16T10:00:00Z"
    assert result.waiting.told[1] == "it is waited for until 2025-06-19T09:00:00Z"


def test_a_release_that_was_never_deployed_is_no_deploy(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.released(HEAD)
    assert ask().reason == f"waits for the deploy: Sentry knows no deploy of {HEAD} to staging yet"


def test_a_deploy_to_another_environment_does_not_count(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.deployed(HEAD, "production")
    result = ask()
    assert (result.outcome, result.waiting is not None) == (Outcome.PENDING, True)
    assert "no deploy" in result.reason


def test_a_release_of_another_project_does_not_count(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.released(HEAD, projects=("web",))
    sentry.state.deployed(HEAD)
    assert ask().reason == f"waits for the deploy: the release {HEAD} is not one of the project api yet"


def test_what_never_comes_is_not_waited_for_for_ever(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.advance(hours=72)
    result = ask()
    assert (result.outcome, result.waiting) == (Outcome.FAILED, None)
    assert (
        result.reason == f"timed out: Sentry knows no release {HEAD} yet, 72h after it was first asked for (`max-wait`)"
    )


def test_who_asks_for_the_first_time_has_waited_for_nothing(sentry: FakeSentry, ask: Asker) -> None:
    """A branch may be pushed, or proposed, days after its last commit."""
    ask.asked_since = None
    sentry.state.advance(hours=72)
    result = ask()
    assert result.outcome is Outcome.PENDING
    assert result.waiting is not None
    assert result.waiting.told[1] == "it is waited for until 2025-06-22T09:00:00Z"


def test_in_the_window_it_tells_start_end_traffic_and_when_to_look_again(used: Asker) -> None:
    result = used()
    assert result.outcome is Outcome.PENDING
    assert result.reason == (
        "release 0123456789ab in staging is clean since 2025-06-16T09:00:00Z (Sentry's deploy); the window ends "
        "2025-06-17T09:00:00Z; 1,200 spans so far"
    )
    assert result.waiting is not None
    assert result.waiting.since == "2025-06-16T09:00:00Z"
    assert result.waiting.until == "2025-06-17T09:00:00Z"
    assert result.waiting.next_evaluation == "2025-06-17T09:10:00Z"
    assert result.waiting.told == ("1,200 spans so far, at least 1 needed",)


def test_the_end_of_the_window_is_not_enough(sentry: FakeSentry, used: Asker) -> None:
    sentry.state.advance(hours=23, minutes=9, seconds=59)
    result = used()
    assert result.outcome is Outcome.PENDING
    assert "the window ended 2025-06-17T09:00:00Z, settling" in result.reason


def test_a_clean_window_with_traffic_passes(sentry: FakeSentry, used: Asker) -> None:
    over(sentry)
    result = used()
    assert (result.outcome, result.findings, result.waiting) == (Outcome.PASSED, (), None)
    assert result.reason == (
        "no new, regressed or unhandled issue of release 0123456789ab in staging from 2025-06-16T09:00:00Z (Sentry's "
        "deploy) to 2025-06-17T09:00:00Z; 1,200 spans"
    )


def test_the_last_question_about_issues_is_asked_after_the_end(sentry: FakeSentry, used: Asker) -> None:
    over(sentry)
    sentry.asked.clear()
    assert used().outcome is Outcome.PASSED
    asked = [values for path, values in sentry.asked if path.endswith("/issues/") and "sort" in values]
    assert [(values["start"], values["end"], values["query"]) for values in asked] == [
        (["2025-06-16T09:00:00Z"], ["2025-06-17T09:00:00Z"], [f'release:"{HEAD}"'])
    ]
    assert sentry.refused == []


def test_a_new_issue_fails_at_once(sentry: FakeSentry, used: Asker) -> None:
    sentry.state.happens(sentry.state.issue("KeyError: 'total'", substatus="new"), HEAD)
    sentry.state.advance(minutes=1)
    result = used()
    assert result.outcome is Outcome.FAILED
    assert result.reason == "1 new issue of release 0123456789ab in staging since 2025-06-16T09:00:00Z"
    (finding,) = result.findings
    assert (finding.rule, finding.severity) == ("sentry/new-issue", Severity.ERROR)
    assert finding.message == (
        "API-2: KeyError: 'total' (new; first seen 2025-06-16T10:00:00Z, 1 in the window, unresolved)"
    )
    assert finding.help == "Look at https://acme.sentry.io/issues/2/ and push a correction."


def test_an_issue_that_somebody_resolved_counts_all_the_same(sentry: FakeSentry, used: Asker) -> None:
    sentry.state.happens(sentry.state.issue("KeyError", status="resolved", substatus=None), HEAD)
    over(sentry)
    assert used().outcome is Outcome.FAILED


def test_an_issue_that_was_known_before_is_not_new_although_it_is_called_so(sentry: FakeSentry, used: Asker) -> None:
    known = sentry.state.issue("TimeoutError", substatus="new")
    sentry.state.happens(known, OLD, ago=30 * HOUR)
    sentry.state.happens(known, HEAD)
    over(sentry)
    assert used().outcome is Outcome.PASSED


def test_an_issue_that_is_known_elsewhere_is_new_here(sentry: FakeSentry, used: Asker) -> None:
    known = sentry.state.issue("TimeoutError")
    sentry.state.happens(known, OLD, "production", ago=30 * HOUR)
    sentry.state.happens(known, HEAD)
    over(sentry)
    assert rules_of(used()) == ["sentry/new-issue"]


def test_a_regressed_issue_fails(sentry: FakeSentry, used: Asker) -> None:
    known = sentry.state.issue("ValueError", substatus="regressed")
    sentry.state.happens(known, OLD, ago=30 * HOUR)
    sentry.state.happens(known, HEAD)
    over(sentry)
    result = used()
    assert (result.outcome, rules_of(result)) == (Outcome.FAILED, ["sentry/regressed-issue"])


@pytest.mark.parametrize(
    ("status", "substatus"), [("resolved", None), ("ignored", "archived_forever"), ("unresolved", "ongoing")]
)
def test_an_issue_that_came_back_counts_whatever_somebody_made_of_it(
    sentry: FakeSentry, used: Asker, status: str, substatus: str | None
) -> None:
    known = sentry.state.issue("ValueError", status=status, substatus=substatus)
    sentry.state.happens(known, OLD, ago=30 * HOUR)
    sentry.state.happens(known, HEAD)
    known.regressions = [sentry.state.clock]
    over(sentry)
    result = used()
    assert (result.outcome, rules_of(result)) == (Outcome.FAILED, ["sentry/regressed-issue"])


def test_what_came_back_before_the_deploy_and_was_settled_since_is_not_this_release_s(
    sentry: FakeSentry, used: Asker
) -> None:
    known = sentry.state.issue("ValueError")
    sentry.state.happens(known, OLD, ago=30 * HOUR)
    known.regressions = [sentry.state.clock - 2 * HOUR]
    sentry.state.happens(known, HEAD)
    over(sentry)
    assert used().outcome is Outcome.PASSED
    known.regressions.append(sentry.state.advance(hours=1))  # nor what comes back after the window
    assert used().outcome is Outcome.PASSED


def test_histories_are_asked_for_only_where_they_decide(sentry: FakeSentry, used: Asker) -> None:
    known = sentry.state.issue("ValueError")
    sentry.state.happens(known, OLD, ago=30 * HOUR)
    sentry.state.happens(known, HEAD)
    sentry.state.advance(hours=1)
    assert used().outcome is Outcome.PENDING
    assert f"/issues/{known.id}/" not in sentry.paths()
    sentry.state.advance(hours=23)
    assert used().outcome is Outcome.PASSED
    assert sentry.paths().count(f"/issues/{known.id}/") == 1


def test_of_very_many_issues_the_likelier_ones_are_looked_up_and_the_others_told(
    sentry: FakeSentry, used: Asker
) -> None:
    for number in range(MOST_HISTORIES + 5):
        known = sentry.state.issue(f"ValueError {number}", status="resolved" if number > 10 else "unresolved")
        sentry.state.happens(known, OLD, ago=30 * HOUR)
        sentry.state.happens(known, HEAD)
    over(sentry)
    result = used()
    assert result.outcome is Outcome.PASSED
    assert [finding.message for finding in result.findings] == [
        "whether 5 issues came back in the window was not looked up"
    ]
    known.regressions = [sentry.state.clock]
    assert used().outcome is Outcome.FAILED


def test_an_issue_that_began_while_the_deploy_was_not_yet_told_of_is_new(sentry: FakeSentry, ask: Asker) -> None:
    """It takes a while until somebody tells Sentry of a deploy, and the program runs by then."""
    sentry.state.released(HEAD, ago=HOUR)
    issue = sentry.state.happens(sentry.state.issue("KeyError"), HEAD, ago=timedelta(minutes=10))
    sentry.state.deployed(HEAD)
    sentry.state.advance(hours=1)
    sentry.state.traffic(HEAD)
    sentry.state.happens(issue, HEAD)
    over(sentry)
    result = ask()
    assert (result.outcome, rules_of(result)) == (Outcome.FAILED, ["sentry/new-issue"])


def test_a_second_deploy_of_the_same_release_makes_no_known_issue_of_its_own(sentry: FakeSentry, used: Asker) -> None:
    """Sentry tells of the last deploy only, so the window begins anew, and the issue is older than it."""
    issue = sentry.state.happens(sentry.state.issue("KeyError"), HEAD)
    sentry.state.advance(hours=1)
    assert used().outcome is Outcome.FAILED
    sentry.state.deployed(HEAD)
    sentry.state.advance(hours=1)
    sentry.state.traffic(HEAD)
    sentry.state.happens(issue, HEAD)
    sentry.state.advance(hours=24)
    result = used()
    assert (result.outcome, rules_of(result)) == (Outcome.FAILED, ["sentry/new-issue"])


def test_an_issue_that_another_release_had_before_the_deploy_is_a_known_one(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.released(HEAD, ago=2 * HOUR)
    issue = sentry.state.happens(sentry.state.issue("KeyError"), OLD, ago=HOUR)
    sentry.state.deployed(HEAD)
    sentry.state.advance(hours=1)
    sentry.state.traffic(HEAD)
    sentry.state.happens(issue, HEAD)
    over(sentry)
    assert ask().outcome is Outcome.PASSED


def test_an_unhandled_error_fails_also_when_a_newer_one_was_handled_elsewhere(sentry: FakeSentry, used: Asker) -> None:
    known = sentry.state.issue("ValueError")
    sentry.state.happens(known, OLD, ago=30 * HOUR)
    sentry.state.happens(known, HEAD, unhandled=True)
    sentry.state.happens(known, OLD, "production")
    over(sentry)
    result = used()
    assert (result.outcome, rules_of(result)) == (Outcome.FAILED, ["sentry/unhandled-error"])


def test_an_issue_while_the_deploy_was_under_way_counts(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.deployed(HEAD, took=timedelta(minutes=20))
    sentry.state.happens(sentry.state.issue("KeyError"), HEAD, ago=timedelta(minutes=10))
    sentry.state.advance(hours=1)
    assert ask().outcome is Outcome.FAILED


def test_issues_of_other_releases_and_environments_do_not_count_and_are_told(sentry: FakeSentry, used: Asker) -> None:
    sentry.state.happens(sentry.state.issue("KeyError"), OLD)
    sentry.state.happens(sentry.state.issue("KeyError"), None)
    sentry.state.happens(sentry.state.issue("KeyError"), HEAD, "production")
    over(sentry)
    result = used()
    assert result.outcome is Outcome.PASSED
    (notice,) = result.findings
    assert (notice.rule, notice.severity) == ("sentry/other-release", Severity.NOTICE)
    assert notice.message == (
        "in the same time staging also saw no release at all, fedcba987654: their issues are not this release's"
    )


def test_an_issue_after_the_window_does_not_count(sentry: FakeSentry, used: Asker) -> None:
    sentry.state.advance(hours=23, minutes=5)
    sentry.state.happens(sentry.state.issue("KeyError"), HEAD)
    sentry.state.advance(minutes=5)
    assert used().outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        (timedelta(), Outcome.FAILED),
        (timedelta(hours=24), Outcome.FAILED),
        (timedelta(hours=24, microseconds=999), Outcome.PASSED),
        (timedelta(hours=24, seconds=1), Outcome.PASSED),
    ],
)
def test_both_edges_belong_to_the_window(sentry: FakeSentry, ask: Asker, at: timedelta, outcome: Outcome) -> None:
    sentry.state.deployed(HEAD)
    begin = sentry.state.clock
    sentry.state.happens(sentry.state.issue("KeyError"), HEAD, ago=-at)
    sentry.state.advance(hours=1)
    sentry.state.traffic(HEAD)
    over(sentry)
    assert sentry.state.clock == begin + timedelta(hours=24, minutes=10)
    assert ask().outcome is outcome


def test_silence_is_no_pass_and_in_the_end_unproven(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.deployed(HEAD)
    sentry.state.advance(hours=25)
    result = ask()
    assert result.outcome is Outcome.PENDING
    assert result.reason == (
        "the window is over, but there was too little traffic to prove anything: 0 spans of release 0123456789ab in "
        "staging, at least 1 needed"
    )
    assert result.waiting is not None
    assert result.waiting.next_evaluation == "2025-06-17T11:00:00Z"
    sentry.state.advance(hours=47)
    result = ask()
    assert (result.outcome, result.waiting) == (Outcome.UNPROVEN, None)
    assert result.reason.startswith("timed out: no issue was seen, but that proves nothing: 0 spans of release")


def test_traffic_of_another_release_proves_nothing(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.deployed(HEAD)
    sentry.state.advance(hours=1)
    sentry.state.traffic(OLD)
    sentry.state.traffic(HEAD, environment="production")
    sentry.state.advance(hours=24)
    assert ask().outcome is Outcome.PENDING


def test_late_traffic_lengthens_the_window_and_what_happens_then_counts(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.deployed(HEAD)
    sentry.state.advance(hours=30)
    sentry.state.traffic(HEAD)
    assert ask().outcome is Outcome.PENDING  # it has to settle
    sentry.state.advance(minutes=10)
    assert ask().outcome is Outcome.PASSED
    sentry.state.happens(sentry.state.issue("KeyError"), HEAD)
    sentry.state.advance(minutes=1)
    assert ask().outcome is Outcome.FAILED


@pytest.mark.parametrize("source", ["spans", "sessions"])
def test_the_minimum_is_asked_of_the_source(sentry: FakeSentry, used: Asker, source: str) -> None:
    over(sentry)
    assert used(traffic=source, minimum=1200).outcome is Outcome.PASSED
    result = used(traffic=source, minimum=1201)
    assert result.outcome is Outcome.PENDING
    assert f"1,200 {source} of release 0123456789ab in staging, at least 1,201 needed" in result.reason


def test_known_errors_can_be_the_traffic(sentry: FakeSentry, used: Asker) -> None:
    known = sentry.state.issue("TimeoutError")
    sentry.state.happens(known, OLD, ago=30 * HOUR)
    sentry.state.happens(known, HEAD)
    over(sentry)
    assert used(traffic="errors").outcome is Outcome.PASSED
    assert used(traffic="errors", minimum=2).outcome is Outcome.PENDING


def test_sessions_of_hours_that_begin_before_the_deploy_are_not_counted(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.advance(minutes=30)
    sentry.state.deployed(HEAD)
    sentry.state.advance(minutes=10)
    sentry.state.traffic(HEAD, 50)
    sentry.state.advance(hours=25)
    assert ask(traffic="sessions").outcome is Outcome.PENDING


def test_estimates_are_rounded_down(sentry: FakeSentry, used: Asker) -> None:
    sentry.state.traffic(HEAD, 0.9)
    over(sentry)
    assert "; 1,200 spans" in used().reason


# --- other deploys ----------------------------------------------------------------------------------------------------


def test_another_release_in_the_window_supersedes_it(sentry: FakeSentry, used: Asker) -> None:
    sentry.state.deployed(OLD)
    over(sentry)
    result = used()
    assert result.outcome is Outcome.ERRORED
    assert result.reason == (
        "superseded: release 0123456789ab in staging was replaced by fedcba987654 at 2025-06-16T10:00:00Z, before its "
        "window ended clean (2025-06-17T09:00:00Z); deploy it again, or have it judged on another environment"
    )


def test_what_it_broke_before_it_was_replaced_is_told(sentry: FakeSentry, used: Asker) -> None:
    sentry.state.happens(sentry.state.issue("KeyError"), HEAD)
    sentry.state.advance(minutes=5)
    sentry.state.deployed(OLD)
    sentry.state.advance(minutes=5)
    assert used().outcome is Outcome.FAILED


def test_another_release_after_the_window_changes_nothing(sentry: FakeSentry, used: Asker) -> None:
    over(sentry)
    sentry.state.deployed(OLD)
    sentry.state.advance(hours=1)
    assert used().outcome is Outcome.PASSED


def test_a_release_that_comes_back_has_a_new_clock(sentry: FakeSentry, used: Asker) -> None:
    sentry.state.deployed(OLD)
    sentry.state.advance(hours=1)
    sentry.state.deployed(HEAD)
    over(sentry)
    result = used()
    assert result.waiting is not None
    assert result.waiting.since == "2025-06-16T11:00:00Z"


def test_a_deploy_of_another_release_elsewhere_does_not_matter(sentry: FakeSentry, used: Asker) -> None:
    sentry.state.deployed(OLD, "production")
    over(sentry)
    assert used().outcome is Outcome.PASSED


def test_a_deploy_here_is_found_behind_a_newer_one_elsewhere(sentry: FakeSentry, used: Asker) -> None:
    """`lastDeploy` of a release is of any environment."""
    sentry.state.deployed(OLD)
    sentry.state.advance(minutes=1)
    sentry.state.deployed(OLD, "production")
    over(sentry)
    assert used().outcome is Outcome.ERRORED


def test_of_several_projects_the_last_deploy_begins_the_window_and_issues_count_from_the_first(
    sentry: FakeSentry, ask: Asker
) -> None:
    """Sentry lists one deploy per project, and says of none whose it is."""
    sentry.state.released(HEAD, projects=("api", "web"))
    sentry.state.deployed(HEAD)
    (first,) = sentry.state.releases[HEAD].deploys
    sentry.state.happens(sentry.state.issue("TimeoutError"), OLD, ago=HOUR)
    sentry.state.advance(hours=2)
    sentry.state.traffic(HEAD)
    known = sentry.state.issues[0]
    sentry.state.advance(hours=3)
    sentry.state.deployed(HEAD)
    sentry.state.releases[HEAD].deploys.append(first)
    sentry.state.advance(hours=20)
    sentry.state.traffic(HEAD)
    both = ("api", "web")
    result = ask(projects=both)
    assert result.outcome is Outcome.PENDING
    assert result.waiting is not None
    assert (result.waiting.since, result.waiting.until) == ("2025-06-16T14:00:00Z", "2025-06-17T14:00:00Z")
    sentry.state.happens(known, HEAD, unhandled=True, ago=22 * HOUR)
    assert ask(projects=both).outcome is Outcome.FAILED


def test_a_backdated_deploy_begins_no_earlier_than_its_release(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.released(HEAD)
    sentry.state.deployed(HEAD, ago=timedelta(days=3))
    sentry.state.traffic(HEAD)
    result = ask()
    assert result.outcome is Outcome.PENDING
    assert result.waiting is not None
    assert result.waiting.until == "2025-06-17T09:00:00Z"


# --- what is not counted ----------------------------------------------------------------------------------------------


def test_ignored_issues_do_not_count_and_are_told(sentry: FakeSentry, used: Asker) -> None:
    sentry.state.happens(sentry.state.issue("TimeoutError"), HEAD, level="warning")
    over(sentry)
    assert used().outcome is Outcome.FAILED
    result = used(ignore=("level:warning",))
    assert result.outcome is Outcome.PASSED
    assert result.reason.endswith("; 1,200 spans; 1 issue ignored (`ignore`)")
    assert used(ignore=("level:info", "!level:error")).outcome is Outcome.PASSED
    assert used(ignore=("level:warning browser:x",)).outcome is Outcome.FAILED
    assert sentry.refused == []


def test_an_environment_that_never_had_an_issue_is_told(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.deployed(HEAD)
    sentry.state.advance(hours=1)
    sentry.state.traffic(HEAD)
    over(sentry)
    result = ask()
    assert result.outcome is Outcome.PASSED
    assert [finding.rule for finding in result.findings] == ["sentry/not-looked-at"]
    assert "had no issue at all in the last 14 days" in result.findings[0].message


def test_everything_is_read_in_pages(sentry: FakeSentry, used: Asker) -> None:
    sentry.state.page = 2
    for number in range(7):
        sentry.state.deployed(f"{number}", "production")
        sentry.state.happens(sentry.state.issue(f"KeyError: {number}"), HEAD)
    over(sentry)
    result = used()
    assert result.reason.startswith("7 new issues of release")
    assert len(result.findings) == 7
    assert sentry.refused == []


# --- deployments that only the forge knows ----------------------------------------------------------------------------


def test_without_a_deploy_in_sentry_the_forges_deployment_begins_the_window(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.released(HEAD)
    ask.deployments = [(HEAD, sentry.state.clock)]
    sentry.state.advance(hours=1)
    sentry.state.traffic(HEAD)
    result = ask()
    assert result.outcome is Outcome.PENDING
    assert "is clean since 2025-06-16T09:00:00Z (GitHub's deployment)" in result.reason
    over(sentry)
    assert ask().outcome is Outcome.PASSED


def test_another_commits_deployment_supersedes_it_as_well(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.released(HEAD)
    ask.deployments = [(HEAD, sentry.state.clock), (OLD, sentry.state.clock + HOUR)]
    sentry.state.advance(hours=1)
    sentry.state.traffic(HEAD)
    over(sentry)
    assert ask().outcome is Outcome.ERRORED
    ask.deployments = [*ask.deployments, (HEAD, sentry.state.clock)]
    assert ask().outcome is Outcome.PENDING


def test_sentrys_own_deploy_comes_first(sentry: FakeSentry, used: Asker) -> None:
    used.deployments = [(HEAD, sentry.state.clock - 40 * HOUR)]
    over(sentry)
    assert "(Sentry's deploy)" in used().reason


def test_deployments_that_cannot_be_read_are_none(sentry: FakeSentry, ask: Asker) -> None:
    sentry.state.released(HEAD)
    ask.deployments = EvaluationError("GET /deployments: GitHub answered 403", help="give `deployments: read`")
    told = "GitHub's deployments cannot be read: GET /deployments: GitHub answered 403; give `deployments: read`"
    result = ask()
    assert result.outcome is Outcome.PENDING
    assert result.reason == f"waits for the deploy: Sentry knows no deploy of {HEAD} to staging yet; {told}"
    assert told in ask.told
