"""`gaterunner decide`: what a user sees of a question, its answer and the reasons."""

from __future__ import annotations

import json
from pathlib import Path

from tests.command_line import gaterunner
from tests.governance.repositories import SPEC, asking

PANEL = """\
panel:
  quorum: 1/2
  majority: 1/2
  criteria:
    - {name: correctness, text: Right.}
    - {name: security, text: Safe.}
    - {name: reliability, text: Stays up.}
    - {name: maintainability, text: Can be changed.}
    - {name: delivery, text: Soon.}
    - {name: cost, text: Cheap.}
    - {name: observability, text: Seen.}
    - {name: simplicity, text: Small., fact: lines, steps: [{at-most: 1000, score: 5}]}
  members:
    - {role: Architect, votes: 1, weights: {maintainability: 1}}
"""


def test_an_answer_is_shown_with_its_reasons(tmp_path: Path) -> None:
    ran = gaterunner(asking(tmp_path / "repo").root, "decide", "refactor")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(
        """\
Refactor the cache now, or harden it first?
question refactor of phase hardening, specs/hardening.md

✓ later (vote)
  later: Harden it first, and defer its structure.
  now: Move the cache into a module of its own, then harden it.

criterion        later  now
correctness      5      3
cost             3      3
delivery         4      1
maintainability  2      5
reliability      4      3
security         4      3
simplicity       3*     1*
* from a fact

member            votes  later  now   votes for
CRO               1      3.88   2.00  later
CTO               2      3.67   3.11  later
"""
    )
    assert "- `later` is chosen by vote.\n" in ran.out
    assert "facts: commits 1, deletions 1, files 1, insertions 1, lines 2\n" in ran.out
    assert "panel that ships with gaterunner, sha256 " in ran.out


def test_a_program_gets_the_whole_of_it(tmp_path: Path) -> None:
    told = json.loads(gaterunner(asking(tmp_path / "repo").root, "decide", "refactor", "--format", "json").out)

    assert told["schema"] == "gaterunner.answer/1"
    assert (told["phase"], told["spec"]["source"], told["panel"]["source"]) == ("hardening", "base", "default")
    assert (told["tally"]["outcome"], told["tally"]["option"]) == ("decided", "later")
    assert told["tally"]["votes_for"] == [["later", "18/1"], ["now", "0/1"]]
    assert len(told["panel"]["members"]) == 12


def test_what_needs_a_person_ends_with_1(tmp_path: Path) -> None:
    ran = gaterunner(asking(tmp_path / "repo").root, "decide", "retention")

    assert ran.code == 1
    assert "✗ a person has to decide (all-vetoed: escalate)\n" in ran.out
    assert "note: record it with --record, and have the branch's head approved by somebody" in ran.err
    assert "- `days-7` is out: Security vetoes what scores below 2 for security, and it has 1.\n" in ran.out


def test_the_panel_of_the_target_branch_replaces_the_one_that_ships(tmp_path: Path) -> None:
    repo = asking(tmp_path / "repo", panel=PANEL)
    repo.commit("Choose the judge", {".gaterunner/panel.yml": PANEL.replace("maintainability: 1}", "delivery: 1}")})

    ran = gaterunner(repo.root, "decide", "refactor")

    assert "✓ now (vote)\n" in ran.out
    assert "panel of the target branch, sha256 " in ran.out


def test_the_spec_is_the_target_branchs(tmp_path: Path) -> None:
    repo = asking(tmp_path / "repo")
    repo.commit("Flatter", {"specs/hardening.md": SPEC.replace("delivery: 1, cost: 3}", "delivery: 5, cost: 5}")})

    assert "delivery         4      1\n" in gaterunner(repo.root, "decide", "refactor").out


def test_a_phase_can_be_named(tmp_path: Path) -> None:
    repo = asking(tmp_path / "repo")
    repo.switch("main")

    assert gaterunner(repo.root, "decide", "refactor", "--phase", "hardening").code == 0
    ran = gaterunner(repo.root, "decide", "refactor")
    assert (ran.code, ran.err) == (
        2,
        "error: no phase, so no spec: `main` is the branch of no phase\n  name the phase: --phase NAME\n",
    )
    ran = gaterunner(repo.root, "decide", "refactor", "--phase", "hardning")
    assert (ran.code, ran.err) == (
        2,
        "error: --phase hardning: the workflow file has no such phase; did you mean hardening?\n  it has hardening\n",
    )


def test_a_question_that_the_spec_does_not_ask_is_told(tmp_path: Path) -> None:
    ran = gaterunner(asking(tmp_path / "repo").root, "decide", "refctor")

    assert (ran.code, ran.err) == (
        2,
        "error: specs/hardening.md asks no question refctor; did you mean refactor?\n  it asks refactor, retention\n",
    )


def test_a_panel_with_mistakes_is_told_with_their_places(tmp_path: Path) -> None:
    ran = gaterunner(asking(tmp_path / "repo", panel=PANEL.replace("votes: 1", "votes: 0")).root, "decide", "refactor")

    assert ran.code == 2
    assert ran.err.startswith(".gaterunner/panel.yml:14:32: `votes` of a member: found the number `0`")


def test_a_question_that_does_not_fit_the_panel_is_told_with_its_place(tmp_path: Path) -> None:
    repo = asking(tmp_path / "repo", panel=PANEL.replace("{name: cost, text: Cheap.}", "{name: costs, text: Cheap.}"))

    ran = gaterunner(repo.root, "decide", "refactor")

    assert ran.code == 2
    assert "specs/hardening.md:8:5: `criteria` of the question `refactor`: the panel has no criterion `cost`" in (
        ran.err
    )


def test_what_only_gates_tell_comes_from_a_report_of_the_same_commit(tmp_path: Path) -> None:
    repo = asking(tmp_path / "repo")
    assert gaterunner(repo.root, "run", "--report", str(tmp_path / "report.json")).code == 0

    assert gaterunner(repo.root, "decide", "refactor", "--report", str(tmp_path / "report.json")).code == 0
    repo.commit("More", {"app.py": "VALUE = 3\n"})
    ran = gaterunner(repo.root, "decide", "refactor", "--report", str(tmp_path / "report.json"))
    assert ran.code == 2
    assert ran.err.startswith("error: the report is about ")
    assert ran.err.endswith("run the gates anew: gaterunner run --report FILE\n")


def test_a_panel_that_is_no_file_is_told(tmp_path: Path) -> None:
    repo = asking(tmp_path / "repo")
    repo.switch("main")
    (repo.root / ".gaterunner").mkdir()
    (repo.root / ".gaterunner" / "panel.yml").symlink_to("/etc/passwd")
    repo.commit("Link")
    repo.switch("feat/hardening")

    ran = gaterunner(repo.root, "decide", "refactor")

    assert (ran.code, ran.err.splitlines()[0]) == (
        3,
        "error: .gaterunner/panel.yml is a symbolic link, expected a plain file",
    )
