"""`gaterunner phases`: where each phase stands, and the commit that proves it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.command_line import gaterunner
from tests.gitrepo import Repository

WORKFLOW = """
workflow:
  phases: [hardening, protection, permissions]
  gates: [build: 'true']
"""
SPEC = """---
id: {phase}
owner: "@octocat"
objectives:
  - {{id: one, text: It works., tests: ["*works*"]}}
  - {{id: two, text: It is fast., tests: ["*fast*"]}}
touchpoints: {{allow: ["**"]}}
---
"""


def given(repo: Repository) -> None:
    specs = {f"specs/{phase}.md": SPEC.format(phase=phase) for phase in ("hardening", "protection")}
    repo.commit("Adopt", {".gaterunner.yml": WORKFLOW, **specs})


def work_on(repo: Repository, branch: str) -> None:
    repo.switch(branch, create=True, at="main")
    repo.commit("Work", {f"{branch.replace('/', '-')}.py": "done = True\n"})


def test_done_in_progress_and_blocked_with_what_proves_it(repo: Repository) -> None:
    given(repo)
    work_on(repo, "feat/hardening")
    repo.switch("main")
    merged = repo.merge("feat/hardening", "Merge pull request #12 from octocat/feat/hardening")
    work_on(repo, "feat/protection")

    ran = gaterunner(repo.root, "phases")

    assert (ran.code, ran.err) == (0, "")
    assert (
        ran.out
        == f"""\
3 phases, by the history of main ({merged[:12]})

✔ hardening    done         feat/hardening
    {merged[:12]} merges `feat/hardening`: `Merge pull request #12 from octocat/feat/hardening`
    specs/hardening.md: @octocat, 2 objectives

▶ protection   in progress  feat/protection (1 commit), checked out
    specs/protection.md: @octocat, 2 objectives

· permissions  blocked      feat/permissions
    waits for protection
    specs/permissions.md: there is none
"""
    )


def test_phases_that_are_not_committed_yet_are_shown_as_any_other_command_takes_them(repo: Repository) -> None:
    repo.commit("Start", {"README.md": "x\n"})
    repo.write({".gaterunner.yml": WORKFLOW, "specs/hardening.md": SPEC.format(phase="hardening")})

    ran = gaterunner(repo.root, "phases")

    assert (ran.code, ran.err) == (0, "")
    assert "specs/hardening.md (on this branch only): @octocat, 2 objectives" in ran.out


def test_what_may_start_is_next(repo: Repository) -> None:
    given(repo)

    told = gaterunner(repo.root, "phases").out

    assert "▷ hardening    next         feat/hardening\n" in told
    assert "· protection   blocked      feat/protection\n    waits for hardening\n" in told
    assert "    waits for hardening, protection\n" in told


def test_a_branch_that_was_squashed_without_a_word_is_told_how_to_say_so(repo: Repository) -> None:
    given(repo)
    work_on(repo, "feat/hardening")
    repo.switch("main")
    repo.commit("Harden (#1)", {"feat-hardening.py": "done = True\n"})

    told = gaterunner(repo.root, "phases").out

    assert (
        "▶ hardening    in progress  feat/hardening (1 commit)\n"
        "    if it has landed squashed or rebased, `Gaterunner-Phase: hardening` or `done-at` has to say so\n"
    ) in told


def test_a_program_gets_the_same_as_json(repo: Repository) -> None:
    given(repo)
    squashed = repo.commit("Harden (#1)\n\nGaterunner-Phase: hardening", {"a.py": "a = 1\n"})
    work_on(repo, "feat/permissions")

    found = json.loads(gaterunner(repo.root, "phases", "--format", "json").out)

    assert (found["schema"], found["target"], found["target_branch"]) == ("gaterunner.phases/1", squashed, "main")
    hardening, protection, permissions = found["phases"]
    assert (hardening["state"], hardening["kind"], hardening["commit"]) == ("done", "squash", squashed)
    assert hardening["spec"] == {
        "path": "specs/hardening.md",
        "found": "target",
        "owner": "@octocat",
        "title": "",
        "objectives": ["one", "two"],
        "problems": [],
    }
    assert (protection["state"], protection["ahead"], protection["waits_for"]) == ("next", None, [])
    assert (permissions["state"], permissions["ahead"], permissions["current"]) == ("blocked", 1, True)
    assert permissions["after"] == ["hardening", "protection"]


def test_a_reverted_phase_is_open_again(repo: Repository) -> None:
    given(repo)
    squashed = repo.commit("Harden (#1)\n\nGaterunner-Phase: hardening", {"a.py": "a = 1\n"})
    repo.git("revert", "--no-edit", squashed)

    told = gaterunner(repo.root, "phases").out

    assert "▷ hardening    next  " in told
    assert f"    it had landed with {squashed[:12]}, which {repo.head[:12]} reverted\n" in told


def test_a_spec_that_cannot_be_read_is_told_with_its_place(repo: Repository) -> None:
    given(repo)
    repo.commit("Break", {"specs/hardening.md": "---\nid: hardening\nobjectives: []\n---\n"})

    told = gaterunner(repo.root, "phases").out

    assert "    specs/hardening.md: cannot be read: " in told


def test_a_spec_that_only_the_branch_has_is_told_as_such(repo: Repository) -> None:
    given(repo)
    repo.switch("feat/permissions", create=True)
    repo.commit("Specify", {"specs/permissions.md": SPEC.format(phase="permissions")})

    told = gaterunner(repo.root, "phases").out

    assert "    specs/permissions.md (on this branch only): @octocat, 2 objectives\n" in told


def test_subjects_of_commits_are_told_on_one_harmless_line(repo: Repository) -> None:
    given(repo)
    repo.commit("Harden \x1b[2J\u202eevil ##[error]x\n\nGaterunner-Phase: hardening", {"a.py": "a = 1\n"})

    told = gaterunner(repo.root, "phases", env={"GITHUB_ACTIONS": "true"}).out

    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "##[" not in told


def test_a_workflow_without_phases_says_how_to_add_them(repo: Repository) -> None:
    repo.commit("Adopt", {".gaterunner.yml": "workflow: {gates: [build: 'true']}\n"})

    ran = gaterunner(repo.root, "phases")

    assert ran.code == 2
    assert ran.err == (
        "error: .gaterunner.yml declares no phases\n"
        "  add them under `workflow`, such as `phases: [dashboard-hardening]` (docs/phases.md)\n"
    )


def test_a_shallow_clone_says_how_to_get_the_rest(repo: Repository, tmp_path: Path) -> None:
    given(repo)
    clone = Repository.clone(repo, tmp_path / "clone", "--depth", "1")

    ran = gaterunner(clone.root, "phases")

    assert ran.code == 3
    assert "is cut off (a shallow clone), so it cannot be told whether `hardening`, `protection` and" in ran.err
    assert "fetch-depth: 0" in ran.err
