"""`decisions`: the log of a branch beside its spec, the panel in force and the target branch's log."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gaterunner.config.grammar import parse_workflow
from gaterunner.governance.entries import Entry, decision_id, decode, encode, hash_of
from gaterunner.governance.held import default_panel_text
from gaterunner.governance.types import Facts
from gaterunner.governance.voting import decide
from gaterunner.model import CoverageCounts, Decided, GateResult, Outcome, PolicyResult, WorkflowInfo
from gaterunner.policies.decisions import Options
from gaterunner.waivers.approval import Approval, Approver
from gaterunner.waivers.ledger import Ledger
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository
from tests.governance.logs import changed
from tests.governance.repositories import SPEC, WORKFLOW, asking
from tests.policies.judging import judge_policy
from tests.waivers.samples import HEAD, TODAY, change

LAW = f"{WORKFLOW}  policies: [decisions]\n"
LOG = ".gaterunner/decisions.jsonl"
PANEL = ".gaterunner/panel.yml"
TWO = SPEC.replace(
    "{id: days-7, text: A week., scores: {correctness: 3, security: 1}}",
    "{id: days-7, text: A week., scores: {correctness: 4, security: 4, reliability: 4, observability: 3}}",
).replace(
    "{id: days-90, text: A quarter., scores: {correctness: 3, security: 0}}",
    "{id: days-90, text: A quarter., scores: {correctness: 3, security: 2, reliability: 3, observability: 4}}",
)
GATE = GateResult(name="unit", kind="command", outcome=Outcome.PASSED, reason="")


def judge(repo: Repository, *gates: GateResult, rules: dict[Any, Any] | None = None, **context: Any) -> PolicyResult:
    given = {"workflow": parse_workflow(LAW.encode(), ".gaterunner.yml"), "gates": gates or (GATE,), **context}
    return judge_policy(repo, "decisions", Options(rules=rules or {}), **given)


def record(repo: Repository, *questions: str, report: Path | None = None) -> Ran:
    """Puts questions, records the answers and commits the log."""
    for question in questions:
        ran = gaterunner(repo.root, "decide", question, "--record", *(["--report", str(report)] if report else []))
    repo.commit("Record what the panel decided")
    return ran


def lines(repo: Repository) -> list[bytes]:
    return (repo.root / LOG).read_bytes().splitlines()


def rewrite(repo: Repository, new: list[bytes]) -> None:
    repo.commit("Tidy the log", {LOG: b"".join(line + b"\n" for line in new)})


def told(result: PolicyResult) -> list[tuple[str, str]]:
    return [(finding.rule.removeprefix("decisions/"), finding.message) for finding in result.findings]


def rules(result: PolicyResult) -> list[str]:
    return [rule for rule, _ in told(result)]


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """Two questions, both of which the panel can answer."""
    return asking(tmp_path / "repo", spec=TWO, workflow=LAW)


@pytest.fixture
def answered(repo: Repository) -> Repository:
    """The branch has recorded both answers."""
    record(repo, "refactor", "retention")
    return repo


class TestAnswers:
    def test_of_all_questions_pass(self, answered: Repository) -> None:
        result = judge(answered)

        assert (result.outcome, result.reason) == (
            Outcome.PASSED,
            "2 of 2 questions answered as the panel answers them now",
        )
        assert isinstance(result.decided, Decided)
        assert [(each.question, each.option, each.added) for each in result.decided.decisions] == [
            ("refactor", "later", True),
            ("retention", "days-7", True),
        ]
        head = decode(lines(answered)[-1]).hash
        assert result.observed == f"2 of 2 questions answered; 2 entries in the log, head {head}"

    def test_that_are_missing_fail(self, repo: Repository) -> None:
        record(repo, "retention")

        result = judge(repo)

        assert (result.outcome, told(result)) == (
            Outcome.FAILED,
            [("unanswered", "the spec asks `refactor` of the panel, and the log has no answer")],
        )
        (finding,) = result.findings
        assert (finding.path, finding.line) == ("specs/hardening.md", 8)
        assert finding.help == "Put the question and commit the log: gaterunner decide refactor --record."

    def test_that_were_merged_before_still_count(self, answered: Repository) -> None:
        answered.switch("main")
        answered.merge("feat/hardening")
        answered.switch("feat/hardening")
        answered.commit("More work", {"app.py": "VALUE = 3\n"})

        result = judge(answered)

        assert result.outcome is Outcome.PASSED
        assert isinstance(result.decided, Decided)
        assert [each.added for each in result.decided.decisions] == [False, False]

    def test_to_another_version_of_the_question_do_not_count(self, answered: Repository) -> None:
        answered.switch("main")
        answered.commit(
            "Score anew", {"specs/hardening.md": TWO.replace("delivery: 1, cost: 3", "delivery: 5, cost: 3")}
        )
        answered.switch("feat/hardening")
        answered.merge("main")

        assert told(judge(answered)) == [
            (
                "outdated",
                "the answer to `refactor` is one to another question of that name: the spec asks otherwise now",
            ),
            ("outdated", "the answer to `retention` is of another version of specs/hardening.md"),
        ]

    def test_of_another_panel_do_not_count(self, answered: Repository) -> None:
        answered.switch("main")
        answered.commit(
            "Weigh anew", {PANEL: default_panel_text().replace(b"correctness: 5, security: 3", b"correctness: 4")}
        )
        answered.switch("feat/hardening")
        answered.merge("main")

        assert rules(judge(answered)) == ["panel-changed", "panel-changed"]

    def test_of_a_panel_that_the_branch_chose_do_not_count(self, repo: Repository) -> None:
        own = default_panel_text().replace(b"correctness: 5, security: 3", b"correctness: 4")
        repo.switch("main")
        repo.commit("Its own panel", {PANEL: own})
        record(repo, "refactor")  # nothing is recorded here: main is the branch of no phase
        ran = gaterunner(repo.root, "decide", "refactor", "--phase", "hardening", "--record")
        forged = (repo.root / LOG).read_bytes()
        assert ran.code == 0
        repo.git("reset", "-q", "--hard", "HEAD~2")
        repo.switch("feat/hardening")
        repo.commit("Answer", {LOG: forged, PANEL: own})

        assert rules(judge(repo)) == ["panel-changed", "unanswered"]

    def test_put_again_the_last_one_counts(self, answered: Repository) -> None:
        answered.switch("main")
        answered.commit(
            "Score anew", {"specs/hardening.md": TWO.replace("delivery: 1, cost: 3", "delivery: 5, cost: 3")}
        )
        answered.switch("feat/hardening")
        answered.merge("main")
        record(answered, "refactor", "retention")

        assert (judge(answered).outcome, len(lines(answered))) == (Outcome.PASSED, 4)


class TestWhatThisRunMeasured:
    # `now` is small and poor; `later` scores by the size of what was done.
    SPEC = (
        SPEC.partition("questions:")[0]
        + """\
questions:
  - id: refactor
    text: Which?
    criteria: [correctness, simplicity, security]
    options:
      - {id: now, text: Now., scores: {correctness: 3, security: 3, simplicity: 3}}
      - {id: later, text: Later., scores: {correctness: 3, security: 3}}
---
"""
    )
    COVERED = SPEC.replace("[correctness, simplicity, security]", "[correctness, test-evidence, security]").replace(
        "simplicity: 3", "test-evidence: 3"
    )

    def test_has_to_give_the_same_answer(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", spec=self.SPEC, workflow=LAW)
        record(repo, "refactor")
        assert judge(repo).outcome is Outcome.PASSED

        repo.commit("A lot of work", {"big.py": "x = 1\n" * 5000})
        result = judge(repo)

        assert (result.outcome, told(result)) == (
            Outcome.UNPROVEN,
            [
                (
                    "differs",
                    "the answer to `refactor` was `later`, and with what this run measured it is `now` (vote)",
                )
            ],
        )

    def test_forged_facts_do_not_help(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", spec=self.COVERED, workflow=LAW)
        gate = GateResult(
            name="unit",
            kind="command",
            outcome=Outcome.PASSED,
            reason="",
            coverage=CoverageCounts(lines=10, covered=10, changed_lines=10, changed_covered=10),
        )
        record(repo, "refactor")  # nothing measured, so nothing counts but what both have: half against half
        assert rules(judge(repo, gate)) == ["differs"]

    def test_is_told_where_no_gate_ran(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", spec=self.COVERED, workflow=LAW)
        record(repo, "refactor")
        assert judge(repo, gates=()).findings != ()  # escalated

        forged = decode(lines(repo)[0]).body
        facts = Facts(known=tuple(sorted([*forged.facts.known, ("coverage-changed", Fraction(100))])))
        made = replace(forged, facts=facts, tally=decide(forged.panel, forged.question.question(), facts))
        made = replace(made, decision_id=decision_id(made))
        rewrite(repo, [encode(Entry(body=made, hash=hash_of(made), recorded="2026-01-31T12:00:00Z"))])

        result = judge(repo, gates=())
        assert (result.outcome, result.reason) == (
            Outcome.UNPROVEN,
            "the answer to `refactor` rests on facts that only gates tell; run all gates: gaterunner run",
        )
        assert rules(judge(repo)) == ["differs"]  # gates ran, and measured nothing of it


class TestDataBoundaries:
    # Who may read what is nothing that an option scores: it is looked at.
    SPEC = (
        SPEC.partition("questions:")[0]
        + """\
data: {read: [orders], write: [orders]}
questions:
  - id: cache
    text: Which?
    criteria: [correctness, data-safety]
    options:
      - {id: rows, text: Rows., scores: {correctness: 4}}
      - {id: sums, text: Sums., scores: {correctness: 3}}
---
"""
    )

    def test_that_are_kept_let_the_panel_decide(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", spec=self.SPEC, workflow=LAW)
        record(repo, "cache")

        result = judge(repo)

        assert result.outcome is Outcome.PASSED
        assert isinstance(result.decided, Decided)
        assert result.decided.decisions[0].option == "rows"

    def test_that_are_left_need_a_person_by_datas_veto(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", spec=self.SPEC, workflow=LAW)
        read = 'def read(db):\n    return db.execute("SELECT iban FROM accounts")\n'
        repo.commit("Read accounts", {"app.py": read, "b.py": read, "c.py": read})
        record(repo, "cache")

        result = judge(repo)

        assert rules(result) == ["escalated"]
        assert result.findings[0].message.endswith("Every option is vetoed, so a person has to decide.")


class TestAnEscalation:
    def test_needs_a_person(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", workflow=LAW)
        record(repo, "refactor", "retention")

        result = judge(repo)

        assert (result.outcome, rules(result)) == (Outcome.FAILED, ["escalated"])
        (finding,) = result.findings
        assert finding.message == (
            "the panel leaves `retention` to a person (all-vetoed: escalate): "
            "Every option is vetoed, so a person has to decide."
        )
        assert finding.approvable

    def test_is_let_through_by_somebody_who_approved_this_head(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", workflow=LAW)
        record(repo, "refactor", "retention")
        url = "https://github.com/octo/example/pull/7#pullrequestreview-1"
        approval = Approval(heads=(HEAD,), approvers=(Approver(login="hopper", url=url),))

        result = Ledger((), change(), approval, TODAY).waive(judge(repo))

        assert result.outcome is Outcome.WAIVED
        assert result.findings[0].waived_by is not None
        assert "hopper" in result.findings[0].waived_by

    def test_without_a_reason_is_no_entry(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", workflow=LAW)
        record(repo, "refactor", "retention")
        first, second = lines(repo)
        rewrite(repo, [first, changed(second, lambda told: told["tally"].update(explanation=[]), new_hash=True)])

        assert rules(judge(repo)) == ["unreadable", "unanswered"]

    def test_can_weigh_less(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", workflow=LAW)
        record(repo, "refactor", "retention")

        assert judge(repo, rules={"escalated": "warn"}).outcome is Outcome.PASSED


class TestTheLog:
    """What the branch does to what the target branch had recorded."""

    @pytest.fixture
    def merged(self, answered: Repository) -> Repository:
        answered.switch("main")
        answered.merge("feat/hardening")
        answered.switch("feat/hardening")
        answered.commit("More work", {"app.py": "VALUE = 3\n"})
        return answered

    @pytest.mark.parametrize(
        ("attack", "rule"),
        [
            (lambda log: [changed(log[0], lambda told: told.update(phase="x")), log[1]], "edited"),
            (lambda log: [changed(log[0], lambda told: told.update(phase="x"), new_hash=True), log[1]], "edited"),
            (lambda log: [log[0], changed(log[1], lambda told: told.update(spec="0" * 64), new_hash=True)], "edited"),
            (lambda log: [log[0].replace(b'"recorded":"2', b'"recorded":"1'), log[1]], "edited"),
            (lambda log: log[:1], "truncated"),
            (lambda log: log[1:], "truncated"),
            (lambda log: [], "truncated"),
            (lambda log: log[::-1], "reordered"),
            (lambda log: [*log, log[0]], "duplicate"),
            (lambda log: [log[0].replace(b":", b": ", 1), log[1]], "unreadable"),
            (lambda log: [b"\xef\xbb\xbf" + log[0], log[1]], "unreadable"),
            (lambda log: [line + b"\r" for line in log], "unreadable"),
        ],
    )
    def test_cannot_be_rewritten(
        self, merged: Repository, attack: Callable[[list[bytes]], list[bytes]], rule: str
    ) -> None:
        rewrite(merged, attack(lines(merged)))

        result = judge(merged)

        assert result.outcome is Outcome.FAILED
        assert rule in rules(result)
        assert not any(finding.approvable for finding in result.findings)

    def test_cannot_be_removed(self, merged: Repository) -> None:
        merged.commit("Clean up", {LOG: None})

        assert rules(judge(merged)) == ["truncated", "unanswered", "unanswered"]

    @pytest.mark.parametrize("kind", ["link", "folder"])
    def test_cannot_become_something_else(self, merged: Repository, kind: str) -> None:
        (merged.root / LOG).unlink()
        if kind == "link":
            (merged.root / LOG).symlink_to("../app.py")
        else:
            merged.write({f"{LOG}/x": "x"})
        merged.commit("Move the log")

        result = judge(merged)

        assert (result.outcome, rules(result)) == (Outcome.FAILED, ["unreadable"])
        assert "expected a plain file" in result.findings[0].message

    def test_of_another_repository_is_told(self, tmp_path: Path, repo: Repository) -> None:
        other = Repository.create(tmp_path / "other")
        other.commit("Another start", {".gaterunner.yml": LAW, "specs/hardening.md": TWO, "app.py": "VALUE = 1\n"})
        other.switch("feat/hardening", create=True)
        other.commit("Work", {"app.py": "VALUE = 2\n"})
        record(other, "refactor", "retention")
        repo.commit("Borrow", {LOG: (other.root / LOG).read_bytes()})

        assert rules(judge(repo)) == ["other-repository"]

    def test_takes_no_answer_that_its_inputs_do_not_give(self, answered: Repository) -> None:
        def the_other(told: dict[str, Any]) -> None:
            told["tally"]["option"] = "now"

        first = changed(lines(answered)[0], the_other, new_hash=True)
        rewrite(answered, [first])

        assert rules(judge(answered)) == ["not-replayed", "differs", "unanswered"]

    def test_takes_no_answer_that_nobody_asked_for(self, answered: Repository) -> None:
        answered.switch("main")
        answered.commit("Another", {"specs/hardening.md": TWO.replace("id: retention", "id: keeping")})
        answered.switch("feat/hardening")
        answered.merge("main")

        assert rules(judge(answered))[0] == "foreign"

    def test_that_was_broken_before_needs_approval(self, merged: Repository) -> None:
        merged.switch("main")
        rewrite(merged, lines(merged)[1:])
        merged.switch("feat/hardening")
        merged.merge("main")

        result = judge(merged)

        assert rules(result) == ["truncated", "unanswered"]
        assert result.findings[0].approvable
        assert result.findings[0].message.startswith("the target branch's log is not whole, line 1: ")

    def test_on_a_branch_of_no_phase_stays_as_it_is(self, answered: Repository) -> None:
        answered.switch("fix/typo", create=True)

        assert rules(judge(answered)) == ["foreign", "foreign"]


class TestTheTargetBranchItself:
    """Pushed to, or judged by hand: `origin/main` is what it was before."""

    def judged(self, repo: Repository, tmp_path: Path, change: Callable[[list[bytes]], list[bytes]]) -> PolicyResult:
        repo.switch("main")
        repo.merge("feat/hardening")
        clone = Repository.clone(repo, tmp_path / "clone")
        rewrite(clone, change(lines(clone)))
        return judge(clone, base="origin/main")

    def test_has_a_log_that_only_grows_as_well(self, answered: Repository, tmp_path: Path) -> None:
        assert rules(self.judged(answered, tmp_path, lambda log: log[:1])) == ["truncated"]

    def test_is_asked_for_no_answer(self, answered: Repository, tmp_path: Path) -> None:
        assert self.judged(answered, tmp_path, lambda log: log).outcome is Outcome.SKIPPED


class TestWhereThereIsNothingToJudge:
    def skipped(self, result: PolicyResult) -> str:
        assert result.outcome is Outcome.SKIPPED
        return result.reason

    def test_a_branch_of_no_phase_is_skipped(self, repo: Repository) -> None:
        repo.switch("fix/typo", create=True)

        assert self.skipped(judge(repo)) == "`fix/typo` is the branch of no phase"

    def test_a_spec_without_questions_is_skipped(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", spec=SPEC.partition("questions:")[0] + "---\n", workflow=LAW)

        assert self.skipped(judge(repo)) == "specs/hardening.md asks nothing"

    def test_a_phase_without_a_spec_is_skipped(self, tmp_path: Path) -> None:
        repo = Repository.create(tmp_path / "repo")
        repo.commit("Start", {".gaterunner.yml": LAW})
        repo.switch("feat/hardening", create=True)
        repo.commit("Work", {"app.py": "VALUE = 2\n"})

        assert self.skipped(judge(repo)) == "there is no spec at specs/hardening.md"

    def test_a_spec_with_mistakes_is_not_one_that_asks_nothing(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", spec=TWO.replace("owner:", "ownr:"), workflow=LAW)

        result = judge(repo)

        assert (result.outcome, set(rules(result))) == (Outcome.FAILED, {"unfit"})
        assert result.reason.startswith("what the spec asks cannot be told, line 2: the spec lacks the key `owner`")
        assert not any(finding.approvable for finding in result.findings)

    def test_an_empty_change_is_skipped(self, repo: Repository) -> None:
        repo.switch("main")

        assert self.skipped(judge(repo)) == "the change is empty"


def test_no_approval_stands_for_what_panel_and_spec_cannot_answer(tmp_path: Path) -> None:
    repo = asking(tmp_path / "repo", spec=TWO.replace("cost: 3}", "price: 3}"), workflow=LAW)

    result = judge(repo)

    assert rules(result) == ["unfit", "unfit", "unanswered"]
    assert "the panel has no criterion `price`" in result.findings[0].message
    assert [finding.approvable for finding in result.findings] == [False, False, False]


def test_neither_does_one_for_a_panel_with_mistakes(tmp_path: Path) -> None:
    repo = asking(tmp_path / "repo", spec=TWO, workflow=LAW, panel="panel: {}\n")

    result = judge(repo)

    assert set(rules(result)) == {"unfit"}
    assert result.findings[0].message == "the panel in force cannot be read, line 1: the panel lacks the key `quorum`"


def test_at_the_first_adoption_the_branchs_own_panel_counts(tmp_path: Path) -> None:
    repo = asking(tmp_path / "repo", spec=TWO, workflow=LAW)
    law = WorkflowInfo(path=".gaterunner.yml", sha256="0" * 64, source="head", changed_by_branch=True, commit="0" * 40)
    repo.commit("Panel", {PANEL: "panel: {}\n"})

    assert set(rules(judge(repo, law=law))) == {"unfit"}
