"""`gaterunner report verify`: given this report, this attestation and this repository, this is what is said."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from gaterunner.model import Outcome, Report, Verdict
from gaterunner.reporters.attestation import statement
from gaterunner.reporters.json import decode_report, encode_report
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository
from tests.runner_step import PullRequest
from tests.verification.envelopes import bundle

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "attestation.md").read_text("utf-8")
LAW = "workflow: {gates: [{unit: 'true'}]}\n"


class Archived(Struct, frozen=True):
    """What an auditor has a year later: two files and a clone."""

    folder: Path
    clone: Path

    @property
    def report(self) -> Report:
        return decode_report((self.folder / "report.json").read_bytes())

    def rewrite(self, report: Report, *, attest: bool = True) -> None:
        """Another report in its place, with an attestation that fits it unless told otherwise."""
        data = encode_report(report)
        (self.folder / "report.json").write_bytes(data)
        if attest:
            (self.folder / "attestation.json").write_bytes(statement(data, report))

    def verify(self, *options: str) -> Ran:
        return gaterunner(
            self.folder,
            "report",
            "verify",
            "report.json",
            "--attestation",
            "attestation.json",
            "--repository",
            str(self.clone),
            *options,
        )


def lines_of(ran: Ran) -> dict[str, tuple[str, str]]:
    """Each check's mark and words by its name; the first of those with the same name."""
    told: dict[str, tuple[str, str]] = {}
    for line in ran.out.split("\n\n")[0].splitlines():
        mark, _, rest = line.partition(" ")
        name, _, words = rest.partition("  ")
        told.setdefault(name, (mark, words.strip()))
    return told


def differing(ran: Ran) -> dict[str, str]:
    return {name: words for name, (mark, words) in lines_of(ran).items() if mark == "✗"}


def judged(repo: Repository, tmp_path: Path, *options: str, law: str = LAW) -> Archived:
    """A run on a branch of ``repo``, its files beside it, and a clone with all of the history."""
    folder = tmp_path / "archive"
    ran = gaterunner(
        repo.root,
        *("run", "--report", str(folder / "report.json"), "--attestation", str(folder / "attestation.json")),
        *options,
    )
    assert ran.code in (0, 1), ran
    clone = Repository.clone(repo, tmp_path / "clone")
    clone.git("fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*")
    return Archived(folder, clone.root)


def work_on(repo: Repository) -> Repository:
    """A branch with one commit, on a main with a law."""
    repo.commit("Add the workflow", {".gaterunner.yml": LAW})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "print(1)\n"})
    return repo


@pytest.fixture
def branch(repo: Repository) -> Repository:
    return work_on(repo)


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> Archived:
    """One run that passed, for all the tests that change its report afterwards."""
    folder = tmp_path_factory.mktemp("passed")
    repo = Repository.create(folder / "repo")
    repo.commit("Start", {"README.md": "# Example\n"})
    return judged(work_on(repo), folder)


@pytest.fixture
def archived(passed: Archived, tmp_path: Path) -> Archived:
    shutil.copytree(passed.folder, tmp_path / "archive")
    return Archived(tmp_path / "archive", passed.clone)


def test_what_a_run_left_holds_in_another_clone(archived: Archived) -> None:
    ran = archived.verify()

    assert ran.code == 0, ran
    assert {name: mark for name, (mark, _) in lines_of(ran).items()} == dict.fromkeys(
        (
            "schema",
            "digest",
            "predicate",
            "verdict",
            "failures",
            "commits",
            "base",
            "commits between",
            "files",
            "workflow file",
            "law",
            "changed by branch",
        ),
        "✓",
    )
    assert ran.out.endswith(
        "Everything holds.\n"
        "The attestation is not signed: whoever can write the file can write what it says (docs/attestation.md).\n"
    )


def test_a_bundle_is_read_and_its_signature_left_to_those_who_can_check_it(archived: Archived) -> None:
    attestation = archived.folder / "attestation.json"
    attestation.write_text(json.dumps(bundle(json.loads(attestation.read_text()))))

    ran = archived.verify()

    assert ran.code == 0, ran
    assert "Signatures are not checked here: `gh attestation verify` says who signed" in ran.out


def test_one_changed_byte_of_the_report_is_seen(archived: Archived) -> None:
    with (archived.folder / "report.json").open("ab") as file:
        file.write(b" ")

    ran = archived.verify()

    assert ran.code == 1
    assert set(differing(ran)) == {"digest"}
    assert "the attestation is about" in differing(ran)["digest"]
    assert "1 of 12 checks found a difference." in ran.out


def test_a_verdict_that_was_turned_around_is_seen_even_with_a_new_attestation(archived: Archived) -> None:
    (gate, *_) = archived.report.gates
    failed = replace(gate, outcome=Outcome.FAILED, reason="exit code 1")
    archived.rewrite(replace(archived.report, gates=(failed,)))

    ran = archived.verify()

    assert ran.code == 1
    assert differing(ran) == {
        "verdict": "the report says pass, its gates and policies say fail: unit failed.",
        "failures": "the index holds 0 failures, the gates and policies come to 1",
    }


@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"head": "0" * 39 + "1"}, "commits", "is no commit of this repository; if it should be, fetch it: git fetch"),
        ({"head": "feat/x"}, "commits", "feat/x is no commit of this repository"),
        ({"commits": 7}, "commits between", "the report says 7, the repository says 1"),
        ({"insertions": 0}, "files", "the report says 1 file, +0 -0, the repository says 1 file, +1 -0"),
    ],
)
def test_a_change_that_the_repository_does_not_hold_is_seen(
    archived: Archived, fields: dict[str, Any], name: str, said: str
) -> None:
    report = archived.report
    assert report.change is not None
    archived.rewrite(replace(report, change=replace(report.change, **fields)))

    ran = archived.verify()

    assert ran.code == 1
    assert set(differing(ran)) == {name}
    assert said in differing(ran)[name]


def test_an_index_of_failures_that_leaves_one_out_is_seen(repo: Repository, tmp_path: Path) -> None:
    repo.commit("Add the workflow", {".gaterunner.yml": "workflow: {gates: [{unit: exit 1}]}\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "print(1)\n"})
    red = judged(repo, tmp_path)
    assert red.verify().code == 0
    report = red.report

    red.rewrite(replace(report, failures=replace(report.failures, shown=())))
    assert differing(red.verify()) == {"failures": "the index holds 0 failures, the gates and policies come to 1"}

    (told,) = report.failures.shown
    red.rewrite(replace(report, failures=replace(report.failures, shown=(replace(told, rule="flaky"),))))
    assert "it alone has unit flaky" in differing(red.verify())["failures"]


def test_a_sentence_that_the_results_do_not_come_to_is_not_repeated(archived: Archived) -> None:
    archived.rewrite(replace(archived.report, sentence="Approved by the board."))

    assert "board" not in archived.verify().out


def test_a_key_that_stands_twice_says_two_things(archived: Archived) -> None:
    """Which of them a reader takes depends on the reader."""
    report, attestation = (archived.folder / f"{name}.json" for name in ("report", "attestation"))
    whole = report.read_bytes()
    report.write_bytes(whole.replace(b'"verdict": ', b'"verd\\u0069ct": "fail", "verdict": ', 1))
    assert "one object holds `verdict` twice" in differing(archived.verify())["schema"]

    report.write_bytes(whole)
    attested = attestation.read_bytes()
    attestation.write_bytes(attested.replace(b'"result": ', b'"result": "FAILED", "result": ', 1))
    ran = archived.verify()
    assert ran.code == 3
    assert "the attestation says two things at once: one object holds `result` twice" in ran.err


def test_another_workflow_file_of_the_base_is_not_taken_for_the_law(repo: Repository, tmp_path: Path) -> None:
    repo.commit("Add the workflow", {".gaterunner.yml": "workflow: {gates: [{unit: exit 1}]}\n", "docs/lax.yml": LAW})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "print(1)\n"})
    lax = judged(repo, tmp_path, "--config", "docs/lax.yml")

    ran = lax.verify()

    assert ran.code == 3
    assert "it was judged by docs/lax.yml" in lines_of(ran)["law"][1]


def test_base_and_head_exchanged_are_seen(archived: Archived) -> None:
    report = archived.report
    assert report.change is not None
    swapped = replace(report.change, base=report.change.head, head=report.change.base)
    archived.rewrite(replace(report, change=swapped))

    assert "is not built on the base" in differing(archived.verify())["base"]


@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"sha256": "0" * 64}, "workflow file", f"the report says {'0' * 64}, .gaterunner.yml at"),
        ({"path": "other.yml"}, "workflow file", "has no file other.yml"),
        ({"changed_by_branch": True}, "changed by branch", "the report says yes, the repository says no"),
        ({"source": "head"}, "law", "holds .gaterunner.yml, so the branch's own was not in force"),
    ],
)
def test_another_law_than_the_bases_is_seen(archived: Archived, fields: dict[str, Any], name: str, said: str) -> None:
    report = archived.report
    assert report.workflow is not None
    archived.rewrite(replace(report, workflow=replace(report.workflow, **fields)))

    ran = archived.verify()

    assert ran.code == 1
    assert said in differing(ran)[name]


def test_a_history_that_is_cut_off_proves_nothing(branch: Repository, tmp_path: Path) -> None:
    branch.commit("More work", {"app.py": "print(2)\n"})
    archived = judged(branch, tmp_path)
    shallow = Repository.clone(branch, tmp_path / "shallow", "--depth", "1", "--branch", "feat/x")
    shallow.git("fetch", "-q", "--depth", "1", "origin", "main")

    ran = Archived(archived.folder, shallow.root).verify()

    assert ran.code == 3, ran
    assert lines_of(ran)["base"] == (
        "?",
        "the history of this clone is cut off; git fetch --unshallow brings the rest",
    )
    assert differing(ran) == {}


def test_a_law_that_the_branch_wrote_is_no_base_law(archived: Archived) -> None:
    report = archived.report
    assert report.workflow is not None
    assert report.change is not None
    head = report.change.head
    archived.rewrite(replace(report, workflow=replace(report.workflow, commit=head)))

    assert differing(archived.verify())["law"] == f"{head[:12]} is one of the branch's own commits, not its base"


def test_an_attestation_that_says_something_else_is_seen_field_by_field(archived: Archived) -> None:
    attestation = archived.folder / "attestation.json"
    told = json.loads(attestation.read_text())
    told["predicate"]["result"] = "WARNED"
    told["predicate"]["failedTests"] = ["gate/unit"]
    told["predicate"]["gaterunner"]["change"]["branch"] = "feat/y"
    told["predicate"]["laterField"] = {"of": "another version"}
    attestation.write_text(json.dumps(told))

    ran = archived.verify()

    assert ran.code == 1
    assert differing(ran) == {
        "predicate.result": 'the report says "PASSED", the attestation says "WARNED"',
        "predicate.failedTests": 'the report says [], the attestation says ["gate/unit"]',
        "predicate.gaterunner.change.branch": 'the report says "feat/x", the attestation says "feat/y"',
    }


def test_an_attestation_of_something_else_is_none(archived: Archived) -> None:
    attestation = archived.folder / "attestation.json"
    told = json.loads(attestation.read_text())
    attestation.write_text(json.dumps({**told, "predicateType": "https://slsa.dev/provenance/v1"}))

    ran = archived.verify()

    assert ran.code == 1
    assert differing(ran)["attestation"].endswith("found https://slsa.dev/provenance/v1")


def test_build_provenance_beside_it_is_passed_over(archived: Archived) -> None:
    attestation = archived.folder / "attestation.json"
    told = json.loads(attestation.read_text())
    provenance = {**told, "predicateType": "https://slsa.dev/provenance/v1", "predicate": {}}
    attestation.write_text("\n".join(json.dumps(bundle(each)) for each in (provenance, told)))

    assert archived.verify().code == 0


def test_a_report_of_another_version_cannot_be_held_against_anything(archived: Archived) -> None:
    file = archived.folder / "report.json"
    file.write_text(file.read_text().replace("gaterunner.report/1", "gaterunner.report/9"))

    ran = archived.verify()

    assert ran.code == 1
    assert differing(ran)["schema"] == "the report's `schema` is `gaterunner.report/9`, expected `gaterunner.report/1`"
    assert "digest" in differing(ran)


def test_a_dirty_work_tree_proves_nothing_afterwards(branch: Repository, tmp_path: Path) -> None:
    branch.write({"app.py": "print(2)\n"})

    ran = judged(branch, tmp_path).verify()

    assert ran.code == 3
    assert lines_of(ran)["files"] == ("?", "changes that were never committed were judged: nobody can look them up")
    assert "1 of 11 checks could not be made, which proves nothing." in ran.out


def test_a_first_adoption_is_said_to_be_one(repo: Repository, tmp_path: Path) -> None:
    repo.switch("feat/x", create=True)
    repo.commit("Adopt", {".gaterunner.yml": LAW})

    ran = judged(repo, tmp_path).verify()

    assert ran.code == 0, ran
    assert lines_of(ran)["law"][1] == ("the workflow file is the branch's own (first adoption), as the report says")


def test_the_operators_own_law_is_asked_for(branch: Repository, tmp_path: Path) -> None:
    law = tmp_path / "law.yml"
    law.write_text(LAW)
    archived = judged(branch, tmp_path, "--config", str(law))

    assert archived.verify().code == 3
    assert archived.verify("--config", str(law)).code == 0
    law.write_text(LAW + "# another\n")
    assert archived.verify("--config", str(law)).code == 1


def test_a_pull_requests_test_merge_has_to_join_base_and_head(tmp_path: Path) -> None:
    pull = PullRequest.open(tmp_path, LAW)
    step = pull.step()
    step.inputs["report"] = "report.json"
    assert step.run().code == 0
    data = (step.checkout.root / "report.json").read_bytes()
    archived = Archived(tmp_path / "archive", step.checkout.root)
    archived.folder.mkdir()
    archived.rewrite(decode_report(data))
    report = archived.report
    assert report.change is not None

    held = archived.verify()
    archived.rewrite(replace(report, change=replace(report.change, merge=report.change.base)))
    moved = archived.verify()

    assert held.code == 0, held
    assert lines_of(held)["merge"] == ("✓", f"the test merge {pull.merge[:12]} joins base and head")
    assert "not base and head" in differing(moved)["merge"]


def test_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    """docs/attestation.md: the same checks in the same words, whatever the numbers and hashes."""
    (sample,) = re.findall(r"```console\n\$ gaterunner report verify [^\n]*\n(.*?)```", PAGE, re.DOTALL)
    step = PullRequest.open(tmp_path, LAW).step()
    step.inputs["report"] = "report.json"
    assert step.run().code == 0
    archived = Archived(tmp_path / "archive", step.checkout.root)
    archived.folder.mkdir()
    archived.rewrite(decode_report((step.checkout.root / "report.json").read_bytes()))
    attestation = archived.folder / "attestation.json"
    attestation.write_text(json.dumps(bundle(json.loads(attestation.read_text()))))

    assert shape(sample) == shape(archived.verify().out)


def shape(printed: str) -> list[str]:
    """Its lines without what differs from run to run: hashes, numbers, and how many gates and files there are."""
    plain = re.sub(r"\b(gate|polic|commit|file)(?:s|y|ies)\b", r"\1", printed)
    return re.sub(r"\b[0-9a-f]*\d[0-9a-f]*\b|…", "#", plain).replace("##", "#").splitlines()


def test_a_run_that_never_knew_what_to_judge_proves_nothing(repo: Repository, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    gaterunner(tmp_path / "elsewhere", "run", "--report", "report.json", "--attestation", "attestation.json")

    ran = Archived(tmp_path / "elsewhere", repo.root).verify()

    assert ran.code == 3
    assert lines_of(ran)["commits"] == (
        "?",
        "the report names no commit: the run ended before it knew what to judge",
    )


def test_files_that_cannot_be_read_are_no_difference(archived: Archived) -> None:
    (archived.folder / "attestation.json").unlink()
    ran = archived.verify()
    assert (ran.code, "attestation.json: cannot read the attestation: No such file" in ran.err) == (3, True)

    (archived.folder / "attestation.json").write_text("no json")
    ran = archived.verify()
    assert (ran.code, "the attestation is not valid JSON" in ran.err) == (3, True)


def test_outside_of_a_repository_it_says_what_to_do(archived: Archived, tmp_path: Path) -> None:
    ran = Archived(archived.folder, tmp_path).verify()

    assert ran.code == 2
    assert "is not in a git repository" in ran.err


def test_what_a_hostile_report_says_is_shown_harmlessly(archived: Archived) -> None:
    archived.rewrite(replace(archived.report, verdict=Verdict.FAIL, sentence="\x1b[31m\n::error::x\u202e"))

    ran = gaterunner(
        archived.folder,
        *("report", "verify", "report.json", "--attestation", "attestation.json", "--repository", str(archived.clone)),
        env={"GITHUB_ACTIONS": "true"},
    )

    assert "\x1b" not in ran.out
    assert not [line for line in ran.out.splitlines() if line.lstrip().startswith("::")]
