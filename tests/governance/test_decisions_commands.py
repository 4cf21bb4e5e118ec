"""From a question to an audited log: decide, run, replay, verify, madr, as a user does it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gaterunner.model import Report
from gaterunner.reporters.json import decode_report
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository
from tests.governance.logs import changed
from tests.governance.repositories import SPEC, asking

LAW = """\
workflow:
  phases: [hardening]
  gates:
    - unit: "true"
  policies:
    - decisions
"""
ONE = SPEC.partition("  - id: retention")[0] + "---\n"
LOG = ".gaterunner/decisions.jsonl"


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return asking(tmp_path / "repo", spec=ONE, workflow=LAW)


@pytest.fixture
def recorded(repo: Repository) -> Repository:
    assert gaterunner(repo.root, "decide", "refactor", "--record").code == 0
    repo.commit("Record the decision")
    return repo


def run(repo: Repository, folder: Path, *more: str) -> tuple[Ran, Report]:
    ran = gaterunner(repo.root, "run", "--report", str(folder / "report.json"), *more)
    return ran, decode_report((folder / "report.json").read_bytes())


class TestRecording:
    def test_adds_a_line_and_says_so(self, repo: Repository) -> None:
        ran = gaterunner(repo.root, "decide", "refactor", "--record")

        assert (ran.code, ran.err) == (0, f"note: recorded in line 1 of {LOG}; commit it with the branch\n")
        (line,) = (repo.root / LOG).read_text().splitlines()
        assert line.startswith('{"body":{"decision_id":"')

    def test_adds_nothing_that_is_said_already(self, recorded: Repository) -> None:
        before = (recorded.root / LOG).read_bytes()

        ran = gaterunner(recorded.root, "decide", "refactor", "--record")

        assert (ran.code, ran.err) == (0, f"note: {LOG} says so already, in line 1: nothing was added\n")
        assert (recorded.root / LOG).read_bytes() == before

    def test_adds_nothing_to_a_log_that_is_not_whole(self, recorded: Repository) -> None:
        path = recorded.root / LOG
        path.write_bytes(path.read_bytes().replace(b'"option":"later"', b'"option":"now"'))

        ran = gaterunner(recorded.root, "decide", "refactor", "--record")

        assert (ran.code, ran.err) == (
            2,
            (
                f"error: {LOG}, line 1: what it says is not what its hash was made of\n"
                f"  restore it from the target branch: git checkout <target> -- {LOG}\n"
            ),
        )

    def test_follows_no_link(self, repo: Repository, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").write_text("")
        (repo.root / ".gaterunner").mkdir()
        (repo.root / LOG).symlink_to(tmp_path / "elsewhere")

        ran = gaterunner(repo.root, "decide", "refactor", "--record")

        assert (ran.code, (tmp_path / "elsewhere").read_text()) == (3, "")
        assert "cannot read the decision log: Too many levels of symbolic links" in ran.err

    def test_of_an_escalation_needs_a_person_all_the_same(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", workflow=LAW)

        ran = gaterunner(repo.root, "decide", "retention", "--record")

        assert (ran.code, len((repo.root / LOG).read_text().splitlines())) == (1, 1)


class TestARun:
    def test_tells_what_was_decided_in_every_form(self, recorded: Repository, tmp_path: Path) -> None:
        forms = ("--html", "report.html", "--markdown", "report.md", "--attestation", "statement.json")
        ran, report = run(recorded, tmp_path, *(str(tmp_path / each) if "." in each else each for each in forms))

        assert ran.code == 0
        told_once = json.loads((tmp_path / "report.json").read_text())
        assert not any("decided" in policy for policy in told_once["policies"])
        (decision,) = report.decisions
        assert (decision.question, decision.option, decision.by, decision.added) == ("refactor", "later", "vote", True)
        assert report.decision_log is not None
        head = report.decision_log.head
        assert (report.decision_log.path, report.decision_log.entries, head) == (LOG, 1, decision.hash)
        told = " ".join(ran.out.split())
        assert "Decision refactor: later, by vote: later 18, now 0 (18 of 18 cast) " in told
        assert f"Decision log 1 entry, head {head} " in told
        page = (tmp_path / "report.html").read_text()
        assert "<h2>Decisions" in page
        assert head in page
        text = (tmp_path / "report.md").read_text()
        assert "### Decisions of the panel" in text
        assert f"decision log `{head}`" in text
        statement = json.loads((tmp_path / "statement.json").read_text())
        assert statement["predicate"]["gaterunner"]["decisionLog"] == {"path": LOG, "entries": 1, "head": head}

    def test_lets_the_log_be_added_to_without_an_approval(self, recorded: Repository, tmp_path: Path) -> None:
        _, report = run(recorded, tmp_path)

        guardrails = next(policy for policy in report.policies if policy.name == "guardrails")
        assert guardrails.findings == ()

    def test_asks_for_an_approval_where_the_policy_is_not_in_force(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", spec=ONE, workflow=LAW.partition("  policies")[0])
        gaterunner(repo.root, "decide", "refactor", "--record")
        repo.commit("Record the decision")

        ran, report = run(repo, tmp_path)

        assert ran.code == 1
        guardrails = next(policy for policy in report.policies if policy.name == "guardrails")
        assert [(finding.rule, finding.path) for finding in guardrails.findings] == [("guardrails/waivers", LOG)]
        assert (report.decisions, report.decision_log) == ((), None)

    def test_without_an_answer_is_red(self, repo: Repository, tmp_path: Path) -> None:
        ran, _ = run(repo, tmp_path)

        assert ran.code == 1
        assert "the spec asks `refactor` of the panel, and the log has no answer" in ran.out

    def test_the_panel_overrides_no_gate(self, tmp_path: Path) -> None:
        repo = asking(tmp_path / "repo", spec=ONE, workflow=LAW.replace('"true"', '"false"'))
        gaterunner(repo.root, "decide", "refactor", "--record")
        repo.commit("Record the decision")

        ran, report = run(repo, tmp_path)

        assert ran.code == 1
        assert [policy.outcome.value for policy in report.policies if policy.name == "decisions"] == ["passed"]


class TestReplay:
    def test_works_every_answer_out_again(self, recorded: Repository) -> None:
        ran = gaterunner(recorded.root, "decisions", "replay")

        assert (ran.code, ran.out) == (
            0,
            "✓    1  hardening  refactor: later\n1 decision, replayed byte by byte as recorded\n",
        )

    def test_names_what_comes_out_otherwise(self, recorded: Repository) -> None:
        path = recorded.root / LOG
        path.write_bytes(path.read_bytes().replace(b'"option":"later","options"', b'"option":"now","options"'))

        ran = gaterunner(recorded.root, "decisions", "replay")

        assert (ran.code, ran.out) == (
            1,
            (
                "✗    1  hardening  refactor: now\n"
                "        its inputs give `later` (decided, vote), and `now` (decided, vote) was recorded\n"
                "✗ edited, line 1: what it says is not what its hash was made of\n"
                "1 decision, 1 not as recorded\n"
            ),
        )

    def test_tells_programs_the_same(self, recorded: Repository) -> None:
        told = json.loads(gaterunner(recorded.root, "decisions", "replay", "--format", "json").out)

        assert (told["schema"], told["same"], told["faults"]) == ("gaterunner.replay/1", True, [])
        assert (told["entries"][0]["question"], told["entries"][0]["option"]) == ("refactor", "later")

    def test_takes_the_log_of_a_file(self, recorded: Repository, tmp_path: Path) -> None:
        (tmp_path / "copy.jsonl").write_bytes((recorded.root / LOG).read_bytes())

        assert gaterunner(recorded.root, "decisions", "replay", str(tmp_path / "copy.jsonl")).code == 0
        ran = gaterunner(recorded.root, "decisions", "replay", "nowhere.jsonl")
        assert (ran.code, ran.err) == (
            3,
            "error: nowhere.jsonl: there is no such file\n  name the log, or leave it out\n",
        )


class TestVerify:
    def test_says_that_the_log_is_whole(self, recorded: Repository) -> None:
        ran = gaterunner(recorded.root, "decisions", "verify")

        assert ran.code == 0
        assert ran.out.startswith("The log is whole: 1 entry.\nhead ")

    def test_finds_the_head_of_a_report(self, recorded: Repository, tmp_path: Path) -> None:
        run(recorded, tmp_path)

        ran = gaterunner(recorded.root, "decisions", "verify", "--report", str(tmp_path / "report.json"))

        assert ran.code == 0
        assert ", and 0 later entries.\n" in ran.out

    def test_finds_by_it_what_was_cut_off(self, recorded: Repository, tmp_path: Path) -> None:
        run(recorded, tmp_path)
        (recorded.root / LOG).write_bytes(b"")

        ran = gaterunner(recorded.root, "decisions", "verify", "--report", str(tmp_path / "report.json"))

        assert ran.code == 1
        assert ran.out.startswith("✗ truncated: no entry has the known hash ")

    def test_finds_a_log_of_another_repository(self, recorded: Repository, tmp_path: Path) -> None:
        other = Repository.create(tmp_path / "other")
        other.commit("Another start", {LOG: (recorded.root / LOG).read_bytes()})

        ran = gaterunner(other.root, "decisions", "verify", "--format", "json")

        assert ran.code == 1
        assert [fault["rule"] for fault in json.loads(ran.out)["faults"]] == ["other-repository"]

    def test_says_that_a_report_knows_no_head(self, recorded: Repository, tmp_path: Path) -> None:
        recorded.switch("main")
        recorded.commit("No decisions", {".gaterunner.yml": LAW.replace("    - decisions\n", "    - change-budget\n")})
        run(recorded, tmp_path)

        ran = gaterunner(recorded.root, "decisions", "verify", "--report", str(tmp_path / "report.json"))

        assert (ran.code, ran.err.splitlines()[0].partition("report.json ")[2]) == (2, "tells of no decision log")

    def test_asks_for_the_whole_history_of_a_clone_that_lacks_it(self, recorded: Repository, tmp_path: Path) -> None:
        shallow = Repository.clone(recorded, tmp_path / "shallow", "--depth=1", "--branch=feat/hardening")

        ran = gaterunner(shallow.root, "decisions", "verify")

        assert ran.code == 3
        assert "is cut off at commit" in ran.err
        assert "fetch-depth: 0" in ran.err

    @pytest.mark.parametrize("command", ["verify", "replay", "madr"])
    @pytest.mark.parametrize("log", [None, ""])
    def test_of_nothing_nothing_can_be_said(self, repo: Repository, command: str, log: str | None) -> None:
        repo.commit("Take the log away", {LOG: log, "a.py": "1\n"} if log is not None else {"a.py": "1\n"})

        ran = gaterunner(repo.root, "decisions", command)

        assert ran.code == 3
        assert "there is no decision in it to look at" in ran.err

    def test_a_log_that_is_gone_lacks_the_hash_that_was_known(self, recorded: Repository) -> None:
        head = json.loads(gaterunner(recorded.root, "decisions", "verify", "--format", "json").out)["head"]
        recorded.commit("Take the log away", {LOG: None})

        ran = gaterunner(recorded.root, "decisions", "verify", "--head", head)

        assert ran.code == 1
        assert "truncated" in ran.out

    @pytest.mark.parametrize("head", ["", "3d9a", "F" * 64])
    def test_takes_no_part_of_a_hash(self, recorded: Repository, head: str) -> None:
        ran = gaterunner(recorded.root, "decisions", "verify", "--head", head)

        assert (ran.code, ran.out) == (2, "")
        assert f"--head {head}: expected the hash of an entry, 64 hexadecimal digits in small letters" in ran.err

    def test_takes_one_way_of_naming_the_hash(self, recorded: Repository) -> None:
        ran = gaterunner(recorded.root, "decisions", "verify", "--head", "0", "--report", "x")

        assert (ran.code, "--head and --report exclude each other" in ran.err) == (2, True)


class TestTheReportBesideItsAttestation:
    def verified(self, repo: Repository, folder: Path) -> Ran:
        named = ("--attestation", str(folder / "statement.json"))
        return gaterunner(repo.root, "report", "verify", str(folder / "report.json"), *named)

    def test_tells_the_log_that_the_repository_has(self, recorded: Repository, tmp_path: Path) -> None:
        _, report = run(recorded, tmp_path, "--attestation", str(tmp_path / "statement.json"))
        assert report.decision_log is not None

        ran = self.verified(recorded, tmp_path)

        line = next(line for line in ran.out.splitlines() if "decision log" in line)
        assert line.startswith("✓ decision log")
        assert report.decision_log.head in line

    def test_tells_another_one(self, recorded: Repository, tmp_path: Path) -> None:
        run(recorded, tmp_path, "--attestation", str(tmp_path / "statement.json"))
        known = json.loads((tmp_path / "report.json").read_text())["decision_log"]["head"]
        for name in ("report.json", "statement.json"):
            (tmp_path / name).write_text((tmp_path / name).read_text().replace(known, "f" * 64))

        assert "✗ decision log" in self.verified(recorded, tmp_path).out


class TestPages:
    def test_are_in_the_form_of_madr(self, recorded: Repository, tmp_path: Path) -> None:
        ran = gaterunner(recorded.root, "decisions", "madr", "--output", str(tmp_path / "adr"))

        assert (ran.code, ran.out) == (0, f"{tmp_path}/adr/0001-hardening-refactor.md\n")
        page = (tmp_path / "adr" / "0001-hardening-refactor.md").read_text()
        assert page.startswith("---\nstatus: accepted\ndate: ")
        assert '\ndecision-makers: "declared votes of CRO, CTO, ' in page
        assert [line for line in page.splitlines() if line.startswith("#")] == [
            "# Refactor the cache now, or harden it first?",
            "## Context and Problem Statement",
            "## Decision Drivers",
            "## Considered Options",
            "## Decision Outcome",
            "### Confirmation",
            "## Pros and Cons of the Options",
            "### later",
            "### now",
            "## More Information",
        ]
        assert 'Chosen option: "later" (vote), because' in page

    def test_are_made_of_whole_logs_alone(self, recorded: Repository) -> None:
        path = recorded.root / LOG
        path.write_bytes(path.read_bytes() * 2)

        ran = gaterunner(recorded.root, "decisions", "madr")

        assert (ran.code, ran.err) == (
            3,
            (
                "error: the log is not whole, line 2: the entry of line 1 stands here a second time\n"
                "  see all of it: gaterunner decisions verify\n"
            ),
        )

    def test_are_made_of_nothing_that_nobody_decided(self, recorded: Repository) -> None:
        def of_another_question(told: dict[str, Any]) -> None:
            told["tally"]["options"][0]["option"] = "neither"

        path = recorded.root / LOG
        path.write_bytes(changed(path.read_bytes().rstrip(), of_another_question, new_hash=True) + b"\n")
        assert gaterunner(recorded.root, "decisions", "verify").code == 0

        ran = gaterunner(recorded.root, "decisions", "madr")

        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith(
            "error: line 1 of the log is not as it was decided: its inputs give the same answer, "
        )
