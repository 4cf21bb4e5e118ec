"""Each point by itself: given these facts, this is what doctor says of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gaterunner.doctor.answers import Outcome, Unread
from gaterunner.doctor.ci import read_ci
from gaterunner.doctor.diagnosis import examine, exit_code
from gaterunner.doctor.facts import ActionsSettings, LawFile, OutsideWorkflow, Owners, OwnersError, TokenSettings
from gaterunner.doctor.points import POINTS
from gaterunner.model import Problem, Trouble
from gaterunner.policies.forge import Bypass, RequiredCheck
from tests.doctor.hosted import CI, OWNERS, PIN, WORKFLOW
from tests.doctor.sample import CI_FILES, FACTS, PATHS, PULL, facts, outcome, point

OK, BAD, UNKNOWN = Outcome.OK, Outcome.BAD, Outcome.UNKNOWN
UNREAD = Unread("the token may not read it (403)", "give it the permission")


def test_the_sample_has_no_fault() -> None:
    diagnosis = examine(FACTS)
    assert [point.name for point in diagnosis.points if point.outcome is not OK] == []
    assert exit_code(diagnosis) == 0
    assert (diagnosis.tier.reached, diagnosis.tier.unsure) == (2, False)


@pytest.mark.parametrize("fact", ["protection", "law", "paths", "ci", "disabled", "owners", "token", "pulls"])
def test_what_could_not_be_read_is_never_ok(fact: str) -> None:
    diagnosis = examine(facts(**{fact: UNREAD}))
    unknown = [each for each in diagnosis.points if each.outcome is UNKNOWN]
    assert unknown
    assert all(each.fix for each in unknown)
    assert exit_code(diagnosis) == 3


def test_with_nothing_read_nothing_is_ok() -> None:
    unread = dict.fromkeys(
        ("protection", "law", "paths", "ci", "disabled", "owners", "owner_errors", "actions", "token", "pulls"), UNREAD
    )
    diagnosis = examine(facts(**unread, actions_app=UNREAD))
    assert {each.outcome for each in diagnosis.points} == {UNKNOWN}
    assert (diagnosis.tier.reached, diagnosis.tier.unsure) == (0, True)


def test_a_fault_counts_for_more_than_what_could_not_be_read() -> None:
    assert exit_code(examine(facts(token=UNREAD, owners=None))) == 1


def test_what_is_bad_or_unknown_says_what_to_do() -> None:
    worst = facts(
        protection={"is_protected": False, "pull_request": False, "approvals": 0, "checks": (), "dismiss_stale": False},
        law=None,
        ci=(),
        owners=None,
        actions=ActionsSettings(enabled=False, pins_required=False),
        token=TokenSettings(default="write", approves=True),
        pulls=(),
    )
    assert [each.name for each in examine(worst).points if each.outcome is not OK and not each.fix] == []


def test_every_point_has_a_name_of_its_own_and_documentation() -> None:
    assert len({each.name for each in POINTS}) == len(POINTS)
    assert all(each.judge.__doc__ for each in POINTS)


class TestWorkflowFile:
    def test_none(self) -> None:
        found = point("workflow-file", law=None)
        assert (found.outcome, "gaterunner init" in found.fix) == (BAD, True)

    def test_with_errors_names_the_first(self) -> None:
        problem = Problem(
            trouble=Trouble.WORKFLOW_FILE, message="unknown key", path=".gaterunner.yml", line=3, column=5
        )
        found = point("workflow-file", law=LawFile(workflow=None, problems=(problem, problem)))
        assert (found.outcome, found.observed) == (BAD, ".gaterunner.yml:3:5: unknown key, and 1 more")

    def test_in_shadow_mode_enforces_nothing(self) -> None:
        found = point("enforced", law="workflow: {mode: shadow, gates: [unit: make test]}\n")
        assert (found.outcome, "shadow" in found.observed) == (BAD, True)

    def test_with_only_advisory_gates_enforces_nothing(self) -> None:
        law = "workflow: {gates: [unit: {run: make test, advisory: true}]}\n"
        assert outcome("enforced", law=law) is BAD


class TestCalled:
    def test_by_no_workflow(self) -> None:
        assert outcome("called", ci=()) is BAD

    def test_by_one_that_is_switched_off(self) -> None:
        found = point("called", disabled=(CI,))
        assert (found.outcome, found.fix) == (BAD, f"gh workflow enable {CI}")

    def test_perhaps_by_one_that_cannot_be_read(self) -> None:
        found = point("called", workflow="jobs: [\n")
        assert found.outcome is UNKNOWN
        assert f"{CI} cannot be read" in found.observed

    def test_by_a_workflow_that_a_ruleset_requires(self) -> None:
        outside = OutsideWorkflow(
            name="octo/rules/gates.yml", pinned=True, ci=read_ci("octo/rules/gates.yml", WORKFLOW)
        )
        assert outcome("called", ci=(), outside=(outside,)) is OK

    def test_perhaps_by_a_required_workflow_that_cannot_be_read(self) -> None:
        outside = OutsideWorkflow(name="octo/rules/gates.yml", pinned=True, ci=UNREAD)
        assert outcome("called", ci=(), outside=(outside,)) is UNKNOWN

    def test_with_actions_switched_off(self) -> None:
        assert outcome("actions-on", actions=ActionsSettings(enabled=False, pins_required=False)) is BAD

    def test_that_actions_is_on_is_also_seen_by_what_it_started(self) -> None:
        assert outcome("actions-on", actions=UNREAD) is OK
        assert outcome("actions-on", actions=UNREAD, pulls=(replace(PULL, runs=0),)) is UNKNOWN


class TestTriggers:
    def changed(self, on: str, **changes: Any) -> Any:
        start, end = WORKFLOW.index("on:"), WORKFLOW.index("permissions:")
        return point("triggers", workflow=f"{WORKFLOW[:start]}on: {on}\n{WORKFLOW[end:]}", **changes)

    @pytest.mark.parametrize(
        ("on", "said"),
        [
            ("push", "no `pull_request`"),
            ("{pull_request: {paths: [src/**]}, pull_request_review: }", "`pull_request` has the filter `paths`"),
            ("{pull_request: {paths-ignore: [docs/**]}, pull_request_review: }", "has the filter `paths-ignore`"),
            ("{pull_request: {branches: [develop]}, pull_request_review: }", "does not plainly let main through"),
            ("{pull_request: {branches: ['ma[i]n']}, pull_request_review: }", "does not plainly let main through"),
            ("{pull_request: {branches: ['**', '!main']}, pull_request_review: }", "does not plainly let main through"),
            ("{pull_request: {branches-ignore: [main]}, pull_request_review: }", "does not plainly let main through"),
            ("{pull_request: {types: [opened]}, pull_request_review: }", "`pull_request` leaves out types"),
            ("[pull_request]", "`pull_request_review` is missing"),
            ("{pull_request: , pull_request_review: {types: [submitted]}}", "does not start for all reviews"),
        ],
    )
    def test_what_leaves_something_out(self, on: str, said: str) -> None:
        found = self.changed(on)
        assert (found.outcome, said in found.observed) == (BAD, True), found.observed
        assert found.fix.startswith(f"in {CI}: ")

    @pytest.mark.parametrize("branches", ["[main]", "['**']", "['ma*']", "[develop, main]"])
    def test_a_filter_that_plainly_lets_the_branch_through(self, branches: str) -> None:
        assert self.changed(f"{{pull_request: {{branches: {branches}}}, pull_request_review: }}").outcome is OK

    def test_a_merge_queue_needs_its_own(self) -> None:
        on = "[pull_request, pull_request_review]"
        assert self.changed(on).outcome is OK
        queued = self.changed(on, protection={"merge_queue": True})
        assert (queued.outcome, "`merge_group` is missing" in queued.observed) == (BAD, True)
        assert self.changed(on, protection={"unread": ("the rules of rulesets",)}).outcome is UNKNOWN

    def test_of_several_workflows_they_are_taken_together(self) -> None:
        one = read_ci(CI, WORKFLOW.replace("  merge_group:\n", ""))
        other = read_ci("other.yml", WORKFLOW.replace("  pull_request:\n", ""))
        assert outcome("triggers", ci=(one, other), protection={"merge_queue": True}) is OK


class TestAlwaysRuns:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (
                "    name: Gates\n",
                "    name: Gates\n    if: github.actor != 'agent'\n",
                "`if: github.actor != 'agent'`",
            ),
            ("    name: Gates\n", "    continue-on-error: true\n", "`continue-on-error`"),
            ("    name: Gates\n", "    continue-on-error: ${{ github.actor == 'agent' }}\n", "`continue-on-error`"),
            (f"org/gaterunner@{PIN}", f"org/gaterunner@{PIN}\n        if: false", "calls gaterunner only `if: false`"),
            (f"org/gaterunner@{PIN}", f"org/gaterunner@{PIN}\n        continue-on-error: true", "lets the step fail"),
            (f"uses: org/gaterunner@{PIN}", "run: gaterunner run || true", "throws gaterunner's exit code away"),
            ("  pull_request:\n", "  pull_request_target:\n", "starts on `pull_request_target`"),
        ],
    )
    def test_what_skips_or_excuses_it(self, old: str, new: str, said: str) -> None:
        assert old in WORKFLOW
        found = point("always-runs", workflow=WORKFLOW.replace(old, new))
        assert (found.outcome, said in found.observed) == (BAD, True), found.observed

    @pytest.mark.parametrize("condition", ["always()", "${{ always() }}", "'!cancelled()'"])
    def test_a_condition_that_skips_nothing(self, condition: str) -> None:
        workflow = WORKFLOW.replace("    name: Gates\n", f"    name: Gates\n    if: {condition}\n")
        assert outcome("always-runs", workflow=workflow) is OK

    def test_policies_alone_may_be_judged_on_the_trusted_event(self) -> None:
        workflow = WORKFLOW.replace("  pull_request:\n", "  pull_request_target:\n")
        workflow += "        with: {command: check}\n"
        assert outcome("always-runs", workflow=workflow) is OK


class TestRequiredCheck:
    @pytest.mark.parametrize("name", ["gaterunner", "Gates"])
    def test_by_the_name_of_the_check_or_of_the_job(self, name: str) -> None:
        checks = (RequiredCheck(name=name, source=15_368),)
        assert outcome("check-required", protection={"checks": checks}) is OK

    def test_by_a_name_of_its_own(self) -> None:
        workflow = f"{WORKFLOW}        with: {{check-name: our gates}}\n"
        checks = (RequiredCheck(name="our gates", source=15_368),)
        assert outcome("check-required", workflow=workflow, protection={"checks": checks}) is OK
        found = point("check-required", workflow=workflow)
        assert found.observed == "main requires gaterunner; gaterunner reports as our gates or Gates"

    def test_by_none(self) -> None:
        assert outcome("check-required", protection={"checks": ()}) is BAD
        assert outcome("check-source", protection={"checks": ()}) is UNKNOWN

    def test_that_was_not_told(self) -> None:
        hidden = {"checks": (), "unread": ("the rules of rulesets",)}
        assert outcome("check-required", protection=hidden) is UNKNOWN

    def test_from_anybody(self) -> None:
        found = point("check-source", protection={"checks": (RequiredCheck(name="gaterunner", source=None),)})
        assert (found.outcome, "from any app" in found.observed) == (BAD, True)

    def test_from_another_app_than_reports_it(self) -> None:
        checks = (RequiredCheck(name="gaterunner", source=77),)
        found = point("check-source", protection={"checks": checks})
        assert found.outcome is BAD
        assert found.observed == (
            "gaterunner is expected from app 77, and gaterunner reports as GitHub Actions (app 15368)"
        )
        law = "workflow: {gates: [unit: make test], policies: [no-merge-to-main: {source: 77}]}\n"
        assert outcome("check-source", protection={"checks": checks}, law=law) is OK

    def test_from_any_app_where_the_workflow_file_says_so(self) -> None:
        law = "workflow: {gates: [unit: make test], policies: [no-merge-to-main: {source: any}]}\n"
        assert (
            outcome("check-source", protection={"checks": (RequiredCheck(name="gaterunner", source=None),)}, law=law)
            is OK
        )

    def test_of_an_enterprise_server_comes_from_its_own_app(self) -> None:
        checks = (RequiredCheck(name="gaterunner", source=12),)
        assert outcome("check-source", protection={"checks": checks}, actions_app=12) is OK
        assert outcome("check-source", protection={"checks": checks}, actions_app=UNREAD) is UNKNOWN


class TestCheckName:
    def test_of_a_job_of_another_workflow(self) -> None:
        other = read_ci("other.yml", "on: push\njobs: {fake: {name: gaterunner, steps: [{run: 'true'}]}}\n")
        found = point("check-name", ci=(*CI_FILES, other))
        assert (found.outcome, "job fake of other.yml" in found.observed) == (BAD, True)

    def test_of_the_very_job_that_publishes_the_check(self) -> None:
        assert outcome("check-name", workflow=WORKFLOW.replace("name: Gates", "name: gaterunner")) is BAD

    @pytest.mark.parametrize(
        ("job", "found"),
        [
            ("a: {name: '${{ inputs.name }}'}", UNKNOWN),
            ("a: {name: 'gate${{ inputs.name }}'}", UNKNOWN),
            ("a: {name: '${{ inputs.a }}run${{ inputs.b }}r'}", UNKNOWN),
            ("a: {name: 'Test ${{ matrix.os }}', strategy: {matrix: {os: [a]}}}", OK),
            ("a: {name: '${{ inputs.a }} tests'}", OK),
            ("a: {name: 'r${{ inputs.a }}r'}", OK),
            ("gaterunner: {name: Unit, strategy: {matrix: {os: [a]}}}", OK),
        ],
    )
    def test_a_name_that_github_fills_in_may_be_the_same(self, job: str, found: Outcome) -> None:
        other = read_ci(".github/workflows/other.yml", f"on: workflow_dispatch\njobs:\n  {job}\n")
        assert outcome("check-name", ci=(*CI_FILES, other)) is found

    def test_of_the_job_alone_is_its_own(self) -> None:
        checks = (RequiredCheck(name="Gates", source=15_368),)
        assert outcome("check-name", protection={"checks": checks}) is OK

    def test_is_not_known_without_a_required_check(self) -> None:
        assert outcome("check-name", protection={"checks": ()}) is UNKNOWN


class TestProtection:
    @pytest.mark.parametrize(
        ("name", "without"),
        [
            ("pull-request", {"pull_request": False}),
            ("history-kept", {"force_push_blocked": False}),
            ("history-kept", {"deletion_blocked": False}),
            ("approvals", {"approvals": 0}),
            ("stale-approvals", {"dismiss_stale": False}),
            ("code-owner-review", {"code_owners": False}),
        ],
    )
    def test_what_is_missing_is_bad_and_what_may_be_hidden_unknown(self, name: str, without: dict[str, Any]) -> None:
        assert outcome(name) is OK
        assert outcome(name, protection=without) is BAD
        hidden = point(name, protection={**without, "unread": ("the rules of rulesets",)})
        assert (hidden.outcome, "Administration: read" in hidden.fix) == (UNKNOWN, True)

    @pytest.mark.parametrize(
        ("bypass", "expected"),
        [
            (Bypass(who="role admin", by="pull_request", only_pull_requests=True), OK),
            (Bypass(who="OrganizationAdmin", by="pull_request", only_pull_requests=True), OK),
            (Bypass(who="role admin", by="always"), BAD),
            (Bypass(who="role write", by="pull_request", only_pull_requests=True), BAD),
            (Bypass(who="Integration 77", by="pull_request", only_pull_requests=True), BAD),
            (Bypass(who="administrators", by="classic branch protection"), BAD),
        ],
    )
    def test_only_administrators_in_an_emergency_may_get_around_it(self, bypass: Bypass, expected: Outcome) -> None:
        found = point("bypass", protection={"bypass": (bypass,)})
        assert found.outcome is expected
        assert str(bypass) in found.observed

    def test_who_may_get_around_it_is_told_to_few(self) -> None:
        found = point("bypass", protection={"bypass": None})
        assert (found.outcome, "Administration: write" in found.fix) == (UNKNOWN, True)


class TestCodeOwners:
    def test_no_file(self) -> None:
        found = point("code-owners", owners=None)
        assert (found.outcome, "/.github/ @OWNER" in found.fix) == (BAD, True)

    @pytest.mark.parametrize(
        ("text", "free"),
        [
            ("* @octo/leads\n", None),
            ("/.github/ @a\n.gaterunner* @a\n", None),
            ("/.github/workflows/ @a\n/.gaterunner.yml @a\n/.gaterunner/ @a\n", ".github/CODEOWNERS"),
            (OWNERS.replace("/.gaterunner.yml @octo/leads\n", ""), ".gaterunner.yml"),
            (OWNERS.replace("/.gaterunner/ @octo/leads\n", ""), ".gaterunner/added-later.yml"),
            (f"{OWNERS}/.github/workflows/\n", ".github/workflows/added-later.yml"),
            (f"{OWNERS}*.yml\n", ".gaterunner.yml"),
            ("/.github/* @a\n/.gaterunner.yml @a\n/.gaterunner/ @a\n", ".github/workflows/added-later.yml"),
            ("", ".gaterunner.yml"),
        ],
    )
    def test_guardrails_have_to_have_one(self, text: str, free: str | None) -> None:
        found = point("code-owners", owners=Owners(".github/CODEOWNERS", text))
        assert found.outcome is (OK if free is None else BAD), found.observed
        assert free is None or free in found.observed

    def test_a_file_in_a_better_place_must_not_be_anybodys_to_add(self) -> None:
        owners = Owners("docs/CODEOWNERS", OWNERS.replace("/CODEOWNERS @octo/leads\n", "/docs/CODEOWNERS @a\n"))
        found = point("code-owners", owners=owners)
        assert (found.outcome, found.observed) == (BAD, "nobody owns CODEOWNERS")

    def test_one_workflow_that_is_there_and_nobodys(self) -> None:
        owners = Owners(".github/CODEOWNERS", f"{OWNERS}/.github/workflows/deploy.yml\n")
        assert outcome("code-owners", owners=owners) is OK
        found = point("code-owners", owners=owners, paths=(".github/workflows/deploy.yml",))
        assert (found.outcome, found.observed) == (BAD, "nobody owns .github/workflows/deploy.yml")

    def test_a_file_that_github_does_not_read(self) -> None:
        found = point("code-owners", owners=Owners("CODEOWNERS", "* @octo/leads\n" + "#" * 3 * 1024 * 1024))
        assert (found.outcome, "larger than 3 MB" in found.observed) == (BAD, True)

    def test_lines_that_github_does_not_obey(self) -> None:
        found = point("code-owners", owner_errors=(OwnersError(3, "Unknown owner", "make sure @gone exists"),))
        assert (found.outcome, "line 3: Unknown owner" in found.observed) == (BAD, True)
        assert outcome("code-owners", owner_errors=UNREAD) is UNKNOWN


class TestTheJob:
    @pytest.mark.parametrize(
        ("granted", "said"),
        [
            ("write-all", "has `write-all`"),
            ("{contents: write, checks: write, pull-requests: read}", "has contents: write"),
            ("{contents: read, pull-requests: read}", "lacks checks: write"),
            ("{}", "lacks checks: write, contents: read, pull-requests: read"),
            ("{checks: write, contents: read}", "lacks pull-requests: read"),
            ("{contents: read, checks: write, pull-requests: read, actions: write}", "has actions: write"),
        ],
    )
    def test_permissions_that_are_too_many_or_too_few(self, granted: str, said: str) -> None:
        start = WORKFLOW.index("    permissions: {contents")
        end = WORKFLOW.index("    steps:")
        found = point("permissions", workflow=f"{WORKFLOW[:start]}    permissions: {granted}\n{WORKFLOW[end:]}")
        assert (found.outcome, said in found.observed) == (BAD, True), found.observed

    def test_permissions_that_nobody_states(self) -> None:
        stated = "    permissions: {contents: read, checks: write, pull-requests: read, statuses: read}\n"
        workflow = WORKFLOW.replace("permissions: {}\n", "").replace(stated, "")
        found = point("permissions", workflow=workflow)
        assert (found.outcome, "has no `permissions:`" in found.observed) == (BAD, True)

    @pytest.mark.parametrize(
        ("inputs", "lacks"),
        [("publish: status", "statuses: write"), ("comment: true", "pull-requests: write"), ("publish: none", None)],
    )
    def test_what_it_publishes_decides_what_it_has_to_write(self, inputs: str, lacks: str | None) -> None:
        found = point("permissions", workflow=f"{WORKFLOW}        with: {{{inputs}}}\n")
        assert found.outcome is (OK if lacks is None else BAD)
        assert lacks is None or f"lacks {lacks}" in found.observed

    def test_without_a_check_it_need_not_write_any(self) -> None:
        workflow = WORKFLOW.replace("checks: write, ", "") + "        with: {publish: none}\n"
        assert outcome("permissions", workflow=workflow) is OK

    def test_a_checkout_that_keeps_its_credentials(self) -> None:
        workflow = WORKFLOW.replace(", persist-credentials: false", "")
        found = point("checkout", workflow=workflow)
        assert (found.outcome, "leaves its token in .git/config" in found.observed) == (BAD, True)

    @pytest.mark.parametrize(
        ("uses", "expected"),
        [
            ("actions/setup-node@v7", BAD),
            ("actions/setup-node@main", BAD),
            (f"actions/setup-node@{PIN[:7]}", BAD),
            ("docker://alpine:3", BAD),
            (f"docker://alpine@sha256:{'c' * 64}", OK),
            (f"actions/cache/restore@{PIN}", OK),
            ("./.github/actions/setup", OK),
        ],
    )
    def test_actions_are_pinned(self, uses: str, expected: Outcome) -> None:
        found = point("pinned", workflow=f"{WORKFLOW}      - uses: {uses}\n")
        assert found.outcome is expected
        assert expected is OK or uses in found.observed

    def test_the_default_token(self) -> None:
        assert outcome("default-token", token=TokenSettings(default="write", approves=False)) is BAD
        assert outcome("actions-approve", token=TokenSettings(default="read", approves=True)) is BAD


class TestPullRequests:
    @pytest.mark.parametrize(
        ("changes", "expected", "said"),
        [
            ({"runs": 0, "is_bot": True, "author": "agent[bot]"}, BAD, "an account of a bot made it"),
            ({"runs": 0}, BAD, "#7 by agent started no workflow"),
            ({"runs": 0, "conflicts": True}, BAD, "conflicts with its target"),
            ({"runs": 2, "waiting": 1}, BAD, "wait for somebody to let them run"),
            ({"runs": UNREAD}, UNKNOWN, "the token may not read it"),
            ({"is_open": False}, UNKNOWN, "no open pull request"),
            ({}, OK, "#7"),
        ],
    )
    def test_those_that_start_nothing_are_explained(
        self, changes: dict[str, Any], expected: Outcome, said: str
    ) -> None:
        found = point("runs-start", pulls=(replace(PULL, **changes),))
        assert (found.outcome, said in found.observed) == (expected, True), found.observed
        assert (
            "GITHUB_TOKEN" in found.fix or "started no workflow" not in found.observed or "conflicts" in found.observed
        )

    @pytest.mark.parametrize("sign", ["fork", "dependabot", "settings"])
    def test_of_forks_and_dependabot_cannot_write_a_check(self, sign: str) -> None:
        pull = {
            "fork": replace(PULL, from_fork=True),
            "dependabot": replace(PULL, author="dependabot[bot]"),
            "settings": PULL,
        }[sign]
        paths = (*PATHS, ".github/dependabot.yml") if sign == "settings" else PATHS
        found = point("forks", pulls=(pull,), paths=paths)
        assert (found.outcome, "docs/forks.md" in found.fix) == (BAD, True)
        job = (RequiredCheck(name="Gates", source=15_368),)
        assert outcome("forks", pulls=(pull,), paths=paths, protection={"checks": job}) is OK
        second = read_ci(
            "publish.yml",
            f"on: workflow_run\njobs: {{p: {{steps: [{{uses: org/gaterunner@{PIN}, with: {{command: publish}}}}]}}}}",
        )
        assert outcome("forks", pulls=(pull,), paths=paths, ci=(*CI_FILES, second)) is OK


class TestTiers:
    def test_the_first_that_is_not_complete_bounds_it(self) -> None:
        assert examine(facts(protection={"checks": ()})).tier.reached == 0
        tier = examine(facts(owners=None, protection={"dismiss_stale": False})).tier
        assert (tier.reached, tier.unsure, tier.missing) == (1, False, ("code-owners", "stale-approvals"))

    def test_what_is_beside_the_tiers_bounds_none(self) -> None:
        assert examine(facts(token=TokenSettings(default="write", approves=False))).tier.reached == 2

    @pytest.mark.parametrize(
        ("pinned", "text", "reached"), [(True, WORKFLOW, 3), (False, WORKFLOW, 2), (True, "on: push\njobs: {}\n", 2)]
    )
    def test_the_third_is_a_workflow_from_outside_that_is_pinned(self, pinned: bool, text: str, reached: int) -> None:
        outside = OutsideWorkflow(name="octo/rules/gates.yml", pinned=pinned, ci=read_ci("octo/rules/gates.yml", text))
        assert examine(facts(outside=(outside,))).tier.reached == reached

    def test_a_required_workflow_that_cannot_be_read_leaves_it_open(self) -> None:
        outside = OutsideWorkflow(name="octo/rules/gates.yml", pinned=True, ci=UNREAD)
        tier = examine(facts(outside=(outside,))).tier
        assert (tier.reached, tier.unsure) == (2, True)

    def test_or_the_verdict_of_an_app_of_its_own(self) -> None:
        law = "workflow: {gates: [unit: make test], policies: [no-merge-to-main: {source: 77}]}\n"
        checks = (RequiredCheck(name="gaterunner", source=77),)
        assert examine(facts(law=law, protection={"checks": checks})).tier.reached == 3
