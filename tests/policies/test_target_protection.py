"""``no-merge-to-main`` on a pull request: is the target protected, is this check required, and who merges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from gaterunner.errors import EvaluationError
from gaterunner.explaining import rule_pages
from gaterunner.model import Change, Event, Outcome, PolicyResult, Severity
from gaterunner.policies import POLICIES
from gaterunner.policies.context import LocalBranch, PolicyContext
from gaterunner.policies.forge import Bypass, Protection, PullRequest, RequiredCheck, UnreadableError
from gaterunner.policies.no_merge_to_main import Options, RuleName, evaluate
from gaterunner.secrets.engine import Engine
from tests.waivers.samples import HEAD, Reviewed, change

ACTIONS = 15_368
HELD = Protection(
    branch="main",
    is_protected=True,
    pull_request=True,
    approvals=1,
    checks=(RequiredCheck(name="gaterunner", source=ACTIONS),),
    bypass=(),
)


class Held(Reviewed):
    """A forge whose ``main`` is held as a test says; an error in the place of an answer is raised."""

    def __init__(self, protection: Protection | EvaluationError = HELD, **pull_request: Any) -> None:
        super().__init__()
        self.found = protection
        self.fields = pull_request

    def protection(self, branch: str) -> Protection:
        if isinstance(self.found, EvaluationError):
            raise self.found
        return replace(self.found, branch=branch)

    def pull_request(self, number: int) -> PullRequest:
        if isinstance(self.fields.get("error"), EvaluationError):
            raise self.fields["error"]
        fields = {"number": number, "merged": False, "target": "main", "merge_commit": None, "head": HEAD}
        return PullRequest(**{**fields, "author": "agent", **self.fields})


class NoRepository:
    """On a pull request the policy has no need of one."""

    def local_branches(self) -> tuple[LocalBranch, ...]:
        raise NotImplementedError


def judge(
    forge: Held | None,
    options: Options = Options(),  # noqa: B008  frozen, so it can be shared
    *,
    of: Change | None = None,
    environment: Mapping[str, str] | None = None,
) -> PolicyResult:
    context = PolicyContext(
        change=of or change(),
        repository=NoRepository(),  # type: ignore[arg-type]  # see above
        secrets=Engine(),
        forge=forge,
        environment=environment or {},
        pull_request=7 if forge is not None else None,
    )
    return evaluate(context, options)


def told(result: PolicyResult) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity.value) for finding in result.findings]


def test_a_target_that_requires_pull_requests_and_this_check_is_as_it_should_be() -> None:
    result = judge(Held())
    assert (result.outcome, result.findings) == (Outcome.PASSED, ())
    assert result.observed == (
        "pull request from feat/x into main; main requires a pull request with 1 approval, "
        "gaterunner from GitHub Actions"
    )


@pytest.mark.parametrize(
    ("protection", "said"),
    [
        (Protection(branch="main", is_protected=False), "main is not protected"),
        (Protection(branch="main", is_protected=False, unread=("rules",)), "no protection of main was told"),
        (Protection(branch="main", is_protected=True), "main is protected"),
        (replace(HELD, approvals=0, checks=()), "main requires a pull request"),
        (
            replace(
                HELD, approvals=2, checks=(RequiredCheck(name="a", source=None), RequiredCheck(name="b", source=9))
            ),
            "main requires a pull request with 2 approvals, a from anybody, b from app 9",
        ),
    ],
)
def test_what_holds_the_target_is_said(protection: Protection, said: str) -> None:
    assert judge(Held(protection)).observed == f"pull request from feat/x into main; {said}"


@pytest.mark.parametrize(
    ("protection", "rules"),
    [
        (Protection(branch="main", is_protected=False, bypass=()), ["no-merge/unprotected"]),
        (replace(HELD, pull_request=False), ["no-merge/direct-push"]),
        (replace(HELD, checks=()), ["no-merge/check-not-required"]),
        (replace(HELD, checks=(RequiredCheck(name="gates", source=ACTIONS),)), ["no-merge/check-not-required"]),
        (replace(HELD, checks=(RequiredCheck(name="gaterunner", source=None),)), ["no-merge/check-source"]),
        (replace(HELD, checks=(RequiredCheck(name="gaterunner", source=99),)), ["no-merge/check-source"]),
        (replace(HELD, pull_request=False, checks=()), ["no-merge/direct-push", "no-merge/check-not-required"]),
    ],
)
def test_what_the_target_lacks_is_a_warning(protection: Protection, rules: list[str]) -> None:
    result = judge(Held(protection))
    assert (result.outcome, told(result)) == (Outcome.PASSED, [(rule, "warning") for rule in rules])


def test_a_team_can_make_it_an_error() -> None:
    forge = Held(Protection(branch="main", is_protected=False, bypass=()))
    result = judge(forge, Options(rules={"no-merge/unprotected": "fail"}))
    assert result.outcome is Outcome.FAILED
    assert result.reason == "main is not protected: nothing keeps anybody from pushing to it"
    assert judge(forge, Options(rules={"no-merge/unprotected": "off"})).findings == ()


def test_a_source_in_one_of_two_rulesets_is_enough() -> None:
    both = (RequiredCheck(name="gaterunner", source=None), RequiredCheck(name="gaterunner", source=ACTIONS))
    assert judge(Held(replace(HELD, checks=both))).findings == ()


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        (Options(check="gates"), {}),
        (Options(), {"INPUT_CHECK-NAME": "gates"}),
        (Options(), {"INPUT_CHECK_NAME": " gates "}),
    ],
)
def test_the_check_is_the_one_that_is_named_or_published(options: Options, environment: dict[str, str]) -> None:
    forge = Held(replace(HELD, checks=(RequiredCheck(name="gates", source=ACTIONS),)))
    assert judge(forge, options, environment=environment).findings == ()


@pytest.mark.parametrize(("source", "given"), [(99, 99), ("any", None), ("any", 99)])
def test_another_app_can_be_the_source(source: Any, given: int | None) -> None:
    forge = Held(replace(HELD, checks=(RequiredCheck(name="gaterunner", source=given),)))
    assert judge(forge, Options(source=source)).findings == ()


def test_a_target_that_needs_no_protection_is_not_asked_about() -> None:
    asked = EvaluationError("it was asked")
    assert judge(Held(asked, error=asked), of=change(target="develop")).findings == ()


class TestAutoMerge:
    def test_armed_by_the_author_with_nobody_else_to_decide_fails(self) -> None:
        result = judge(Held(replace(HELD, approvals=0), auto_merge_by="Agent"))
        assert (result.outcome, told(result)) == (Outcome.FAILED, [("no-merge/auto-merge", "error")])
        assert result.reason == (
            "auto-merge was armed by Agent, who opened the pull request, and main requires no approval: "
            "nobody else decides"
        )
        assert result.findings[0].approvable

    def test_with_an_approval_required_it_is_only_told(self) -> None:
        result = judge(Held(auto_merge_by="agent"))
        assert (result.outcome, told(result)) == (Outcome.PASSED, [("no-merge/auto-merge", "notice")])
        assert result.findings[0].message.endswith("; it waits for 1 approval")

    def test_where_approvals_cannot_be_read_it_is_a_warning(self) -> None:
        hidden = replace(HELD, approvals=0, unread=("the classic branch protection",), bypass=None)
        assert ("no-merge/auto-merge", "warning") in told(judge(Held(hidden, auto_merge_by="agent")))

    @pytest.mark.parametrize(("author", "by"), [("agent", "hopper"), ("agent", None), (None, "hopper")])
    def test_armed_by_somebody_else_is_their_decision(self, author: str | None, by: str | None) -> None:
        assert judge(Held(replace(HELD, approvals=0), author=author, auto_merge_by=by)).findings == ()


class TestWhatIsNotTold:
    def test_without_a_token_nothing_is_asked_and_that_is_said(self) -> None:
        result = judge(None)
        assert (result.outcome, told(result)) == (Outcome.PASSED, [("no-merge/unread", "notice")])
        assert result.findings[0].message.startswith("nothing was asked")

    def test_what_the_token_may_not_read_is_said_and_not_taken_for_missing(self) -> None:
        hidden = Protection(branch="main", is_protected=False, unread=("the rules of rulesets",))
        result = judge(Held(hidden))
        assert (result.outcome, told(result)) == (Outcome.PASSED, [("no-merge/unread", "notice")])
        assert result.findings[0].message == "the token may not read the rules of rulesets of main"

    def test_refusals_are_said(self) -> None:
        result = judge(Held(UnreadableError("403"), error=UnreadableError("403 as well")))
        assert [finding.message for finding in result.findings] == [
            "how main is protected was not told: 403",
            "whether auto-merge is armed was not told: 403 as well",
        ]
        assert all(finding.severity is Severity.NOTICE for finding in result.findings)

    def test_who_may_bypass_is_said_where_it_is_known(self) -> None:
        result = judge(Held(replace(HELD, bypass=(Bypass(who="role admin", by="always, ruleset main"),))))
        assert told(result) == [("no-merge/bypass", "notice")]
        assert result.findings[0].message == "the protection of main does not hold role admin (always, ruleset main)"

    def test_no_answer_at_all_is_an_error(self) -> None:
        with pytest.raises(EvaluationError, match="did not answer"):
            judge(Held(EvaluationError("GitHub did not answer")))

    def test_a_merge_queue_is_not_asked_again(self) -> None:
        forge = Held(EvaluationError("it was asked"))
        assert judge(forge, of=change(event=Event.MERGE_GROUP)).findings == ()


def test_every_rule_of_the_policy_has_a_page_and_every_page_is_of_a_rule() -> None:
    kind = POLICIES["no-merge-to-main"]
    assert {page.name for page in rule_pages() if page.name.startswith(kind.rules)} == set(get_args(RuleName))
