"""What a waiver lets through, what voids it, and what is told about those that came to nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from gaterunner.explaining import find_page, rule_pages
from gaterunner.model import Change, Finding, Outcome, PolicyResult, Severity, Skip
from gaterunner.reporters.letting_through import letting_through
from gaterunner.waivers import Approval, Approver, Ledger, Waiver
from gaterunner.waivers.approval import WaiveLine
from gaterunner.waivers.telling import RULES
from tests.waivers.samples import BLOB, GONE, HEAD, OTHER, TODAY, change, commit, failed, file, finding, waiver

PRINT = "7a" * 16


def ledger(*waivers: Waiver, approval: Approval | None = None, of: Change | None = None) -> Ledger:
    return Ledger(waivers, of or change(), approval, TODAY)


def approved(*lines: WaiveLine, login: str = "hopper") -> Approval:
    return Approval(heads=(HEAD,), approvers=(Approver(login=login, url="https://forge.invalid/r", lines=lines),))


def waived(book: Ledger, *findings: Finding) -> list[bool]:
    return [each.waived_by is not None for each in book.waive(failed(*findings)).findings]


def told(book: Ledger) -> list[tuple[str, Severity]]:
    return [(each.rule, each.severity) for each in book.result().findings]


class TestContent:
    @pytest.mark.parametrize(
        ("made", "content"),
        [
            (finding(), BLOB),
            (finding(path="gone.py"), GONE),
            (finding(path="elsewhere.py"), HEAD),
            (finding(path=None), HEAD),
            (finding(content=OTHER), OTHER),
        ],
        ids=["a file", "a deleted file", "a file outside of the change", "no file", "told by the policy"],
    )
    def test_every_finding_says_what_a_waiver_must_name(self, made: Finding, content: str) -> None:
        assert ledger().waive(failed(made)).findings[0].content == content

    def test_edits_in_the_work_tree_have_a_content_that_no_commit_can_name(self) -> None:
        assert ledger(of=change(dirty=True)).waive(failed(finding(path=None))).findings[0].content == OTHER


class TestEntries:
    def test_a_failed_policy_whose_errors_are_all_waived_is_waived(self) -> None:
        result = ledger(waiver()).waive(failed(finding()))
        assert (result.outcome, result.name) == (Outcome.WAIVED, "no-secret-changes")
        assert result.reason == "waived by hopper (.gaterunner/waivers.yml:2): a test key"
        (one,) = result.findings
        assert (one.waived_by, one.waived_because) == ("hopper (.gaterunner/waivers.yml:2)", "a test key")

    def test_what_the_evidence_does_not_show_besides_stays_unproven(self) -> None:
        result = ledger(waiver()).waive(replace(failed(finding()), unshown="no test ran"))
        assert (result.outcome, result.reason) == (Outcome.UNPROVEN, "no test ran")
        assert letting_through(replace(failed(finding()), unshown="no test ran"), most=5) is None

    @pytest.mark.parametrize(("book", "outcome"), [(ledger(waiver()), Outcome.WAIVED), (ledger(), Outcome.UNPROVEN)])
    def test_what_lacks_nothing_but_an_approval_is_waived_with_it(self, book: Ledger, outcome: Outcome) -> None:
        result = book.waive(replace(failed(finding()), outcome=Outcome.UNPROVEN, unapproved=True))
        assert result.outcome is outcome
        assert (letting_through(result, most=5) is not None) is (outcome is Outcome.UNPROVEN)

    def test_one_error_that_is_not_waived_keeps_it_failed(self) -> None:
        result = ledger(waiver()).waive(failed(finding(), finding(path="gone.py")))
        assert (result.outcome, result.reason) == (Outcome.FAILED, "it is there")
        assert [each.waived_by is not None for each in result.findings] == [True, False]

    @pytest.mark.parametrize("outcome", [Outcome.ERRORED, Outcome.UNPROVEN, Outcome.PENDING, Outcome.PASSED])
    def test_only_what_failed_can_be_waived(self, outcome: Outcome) -> None:
        result = PolicyResult(name="x", outcome=outcome, reason="r", findings=(finding(),))
        assert ledger(waiver()).waive(result).outcome is outcome

    def test_a_failure_without_findings_cannot_be_waived(self) -> None:
        assert ledger(waiver()).waive(failed()).outcome is Outcome.FAILED

    @pytest.mark.parametrize(
        "other",
        [
            finding(rule="secret/other"),
            finding(path="gone.py"),
            finding(path="key.pem ", content=BLOB),
            finding(path="KEY.pem", content=BLOB),
            finding(path=None),
            finding(content=OTHER),
        ],
        ids=["rule", "path", "a path that looks alike", "case", "no path", "content"],
    )
    def test_another_rule_place_or_content_is_not_let_through(self, other: Finding) -> None:
        assert waived(ledger(waiver()), other) == [False]

    def test_any_later_edit_voids_it(self) -> None:
        edited = change(files=(file("key.pem", new_blob=OTHER),))
        book = ledger(waiver(), of=edited)
        assert waived(book, finding()) == [False]
        (one,) = book.result().findings
        assert (one.rule, one.severity) == ("waiver/outdated", Severity.WARNING)
        assert one.message == f"the waiver of secret/private-key is for {BLOB[:12]}, and the finding is in {OTHER[:12]}"
        assert one.help is not None
        assert f"`content: {OTHER}`" in one.help

    def test_a_fingerprint_tells_two_findings_of_one_file_apart(self) -> None:
        book = ledger(waiver(path=None, fingerprint=PRINT))
        assert waived(book, finding(fingerprint=PRINT), finding(fingerprint="0" * 32), finding()) == [
            True,
            False,
            False,
        ]

    def test_path_and_fingerprint_must_both_fit(self) -> None:
        book = ledger(waiver(fingerprint=PRINT))
        assert waived(book, finding(fingerprint=PRINT), finding()) == [True, False]

    def test_with_neither_it_is_for_a_finding_that_no_file_stands_for(self) -> None:
        whole = waiver(rule="change-budget/lines", path=None, content=HEAD)
        book = ledger(whole)
        findings = (finding("change-budget/lines", None), finding("change-budget/lines", "gone.py", content=HEAD))
        assert waived(book, *findings) == [True, False]

    def test_a_file_in_brackets_is_a_plain_path(self) -> None:
        page = "app/[slug]/{page}.tsx"
        assert waived(ledger(waiver(path=page, content=HEAD)), finding(path=page)) == [True]


class TestEntriesThatAreNotInForce:
    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"path": "*"}, "its path is a pattern"),
            ({"path": "keys/*.pem"}, "its path is a pattern"),
            ({"path": "key.pe?"}, "its path is a pattern"),
            ({"path": ""}, "its path is a folder"),
            ({"path": "keys/"}, "its path is a folder"),
            ({"path": "."}, "its path is a folder"),
            ({"rule": ""}, "it names no rule"),
            ({"rule": "*"}, "its rule is a pattern"),
            ({"rule": "secret/*"}, "its rule is a pattern"),
            ({"rule": "secret/"}, "its rule is a pattern"),
            ({"rule": "secret/more"}, "its rule stands for findings that are not listed"),
            ({"expires": TODAY + timedelta(days=181)}, "more than 180 days from now (2026-07-14)"),
        ],
    )
    def test_what_is_too_broad_is_not_honoured(self, changes: dict[str, Any], why: str) -> None:
        book = ledger(waiver(**changes))
        assert waived(book, finding(), finding(rule="secret/more", path=None)) == [False, False]
        (one,) = book.result().findings
        assert (one.rule, one.severity, one.path, one.line) == (
            "waiver/too-broad",
            Severity.WARNING,
            ".gaterunner/waivers.yml",
            2,
        )
        assert why in one.message

    def test_it_counts_up_to_its_last_day(self) -> None:
        assert waived(ledger(waiver(expires=TODAY)), finding()) == [True]
        assert waived(ledger(waiver(expires=TODAY + timedelta(days=180))), finding()) == [True]

    def test_an_expired_one_is_not_honoured(self) -> None:
        book = ledger(waiver(expires=date(2026, 1, 14)))
        assert waived(book, finding()) == [False]
        (one,) = book.result().findings
        assert (one.rule, one.message) == (
            "waiver/expired",
            "the waiver of secret/private-key expired on 2026-01-14",
        )

    @pytest.mark.parametrize(
        "by",
        [
            "Agent",
            "  agent ",
            "@agent",
            "AGENT@example.invalid",
            "Agent <somebody@example.invalid>",
            "Somebody <agent@example.invalid>",
            "lovelace",
            "Committer",
            "1+lovelace@users.noreply.github.com",
        ],
    )
    def test_nobody_signs_for_their_own_branch(self, by: str) -> None:
        who = commit(HEAD, committer="Committer", author_email="agent@example.invalid")
        own = commit(OTHER, author_email="1+Lovelace@users.noreply.github.com")
        book = ledger(waiver(by=by), of=change(commits=(who, own)))
        assert waived(book, finding()) == [False]
        assert told(book) == [("waiver/self-signed", Severity.WARNING)]

    def test_nor_by_the_login_that_only_the_forge_knows(self) -> None:
        approval = Approval(heads=(HEAD,), branch_logins=("Hopper",))
        book = ledger(waiver(by="hopper"), approval=approval)
        assert waived(book, finding()) == [False]
        assert told(book) == [("waiver/self-signed", Severity.WARNING)]


class TestReviews:
    def test_an_approval_lets_through_what_is_approvable(self) -> None:
        result = ledger(approval=approved()).waive(failed(finding("guardrails/gate-removed", approvable=True)))
        assert result.outcome is Outcome.WAIVED
        assert result.reason == "waived by hopper (https://forge.invalid/r): approved exactly this head"

    def test_and_nothing_else(self) -> None:
        assert waived(ledger(approval=approved()), finding()) == [False]

    def test_without_an_approver_nothing_is(self) -> None:
        nobody = Approval(heads=(HEAD,), refused=("outsider may not write to the repository",))
        book = ledger(approval=nobody)
        assert waived(book, finding(approvable=True)) == [False]
        (one,) = book.result().findings
        assert (one.rule, one.severity) == ("waiver/refused-approval", Severity.NOTICE)
        assert one.message == "an approval does not count: outsider may not write to the repository"

    @pytest.mark.parametrize("path", [None, "key.pem"])
    def test_a_line_names_what_else_it_lets_through(self, path: str | None) -> None:
        line = WaiveLine("secret/private-key", path, "a test key")
        (one,) = ledger(approval=approved(line)).waive(failed(finding())).findings
        assert (one.waived_by, one.waived_because) == ("hopper (https://forge.invalid/r)", "a test key")

    def test_a_line_for_something_else_is_told_as_unused(self) -> None:
        book = ledger(approval=approved(WaiveLine("secret/private-key", "gone.py", "a test key")))
        assert waived(book, finding()) == [False]
        (one,) = book.result().findings
        assert one.message == "hopper's review waives secret/private-key in gone.py, and there is no such finding"

    @pytest.mark.parametrize(
        "line",
        [
            WaiveLine("*", None, "all"),
            WaiveLine("secret/*", None, "all"),
            WaiveLine("secret/private-key", "*", "all"),
            WaiveLine("secret/private-key", "keys/", "all"),
            WaiveLine("secret/more", None, "all"),
        ],
    )
    def test_a_line_with_a_pattern_is_not_honoured(self, line: WaiveLine) -> None:
        book = ledger(approval=approved(line))
        assert waived(book, finding(), finding("secret/more", None)) == [False, False]
        assert told(book) == [("waiver/too-broad", Severity.WARNING)]


class TestTheResult:
    def test_without_waivers_there_is_nothing_to_tell(self) -> None:
        result = ledger().result()
        assert (result.name, result.outcome, result.skip) == ("waivers", Outcome.SKIPPED, Skip.NOT_APPLICABLE)
        assert (result.reason, result.observed, result.findings) == ("there are no waivers", "no entries", ())

    def test_one_that_was_used_is_no_finding(self) -> None:
        book = ledger(waiver(), approval=approved())
        book.waive(failed(finding()))
        result = book.result()
        assert (result.outcome, result.reason, result.findings) == (Outcome.WAIVED, "1 finding waived", ())
        assert result.observed == f"1 entry; {HEAD[:12]} approved by hopper"

    def test_one_that_lets_nothing_through_is_told(self) -> None:
        assert told(ledger(waiver(rule="waiver/expired"))) == [("waiver/unused", Severity.WARNING)]

    def test_those_for_other_branches_are_one_notice(self) -> None:
        others = [waiver(rule="waiver/expired", path=f"{number}.pem", line=number) for number in range(2, 14)]
        (one,) = ledger(*others).result().findings
        assert (one.rule, one.severity, one.line) == ("waiver/unused", Severity.NOTICE, 2)
        assert one.message == (
            "12 waivers let nothing through here and may be for other branches (line 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …)"
        )
        (one,) = ledger(others[0]).result().findings
        assert one.message == "1 waiver lets nothing through here and may be for other branches (line 2)"

    def test_who_signed_for_others_is_not_told_of_it_on_a_branch_of_their_own(self) -> None:
        own = waiver(rule="waiver/expired", path="elsewhere.pem", by="Agent")
        assert told(ledger(own)) == [("waiver/unused", Severity.NOTICE)]

    def test_a_flood_of_them_is_cut(self) -> None:
        over = [waiver(expires=date(2025, 1, 1), line=number) for number in range(150)]
        findings = ledger(*over).result().findings
        assert (len(findings), findings[-1].message) == (100, "51 further findings of this policy are not listed")

    def test_a_rule_that_does_not_exist_is_told_with_the_nearest(self) -> None:
        (one,) = ledger(waiver(rule="waiver/expierd")).result().findings
        assert one.message == "a waiver is for `waiver/expierd`, which is no rule; did you mean waiver/expired?"
        assert (one.rule, one.severity) == ("waiver/unknown-rule", Severity.WARNING)

    @pytest.mark.parametrize(
        "rule", ["secret/\N{CYRILLIC SMALL LETTER ER}rivate-key", "Waiver/expired", "waiver/expired "]
    )
    def test_a_rule_that_only_looks_like_one_is_none(self, rule: str) -> None:
        book = ledger(waiver(rule=rule))
        assert waived(book, finding("secret/private-key"), finding("waiver/expired")) == [False, False]

    def test_what_is_waived_never_counts_as_proven(self) -> None:
        assert ledger(waiver(expires=date(2026, 1, 14))).result().outcome is Outcome.SKIPPED

    def test_a_notice_has_nothing_to_waive(self) -> None:
        book = ledger(waiver())
        assert waived(book, finding(severity=Severity.NOTICE)) == [False]

    def test_a_warning_can_be_waived_and_stays_a_warning(self) -> None:
        warning = finding(severity=Severity.WARNING)
        (one,) = ledger(waiver()).waive(failed(warning)).findings
        assert (one.severity, one.waived_because) == (Severity.WARNING, "a test key")


def test_every_rule_has_a_page_and_every_page_is_of_a_rule() -> None:
    assert all(find_page(rule) is not None for rule in RULES)
    assert {page.name for page in rule_pages() if page.name.startswith("waiver/")} == set(RULES)
