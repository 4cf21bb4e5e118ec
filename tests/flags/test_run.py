"""Whole runs under `reversible-rollout`: real gates, run with the flags off and on, and a real way back."""

from __future__ import annotations

import json

from gaterunner.model import Outcome
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository

WORKFLOW = """
workflow:
  phases: [hardening]
  flag-manifest: flags.json
  flags: {new-page: FEATURE_NEW_PAGE}
  gates:
    - unit: {run: sh check.sh, flags: both}
    - rollback-rehearsal: {gates: [unit]}
  policies: [reversible-rollout]
"""
SPEC = """---
id: hardening
owner: "@octocat"
objectives:
  - {id: one, text: It works., tests: ["*works*"]}
touchpoints: {allow: ["**"]}
flags: [new-page]
rollback: {steps: [Turn the flag off.]}
---
"""
FLAG = {"flagType": "boolean", "defaultValue": False, "owner": "@octocat", "expires": "2999-01-31"}
BEHIND = """
import os
from pathlib import Path
print(Path("page.txt").read_text() if os.environ["FEATURE_NEW_PAGE"] == "true" else "old")
"""


def given(repo: Repository, *, check: str = BEHIND, flag: object = FLAG) -> None:
    repo.commit(
        "Adopt",
        {
            ".gaterunner.yml": WORKFLOW,
            "specs/hardening.md": SPEC,
            "check.sh": "exec python3 -B app.py\n",
            "app.py": "print('old')\n",
        },
    )
    repo.switch("feat/hardening", create=True)
    manifest = json.dumps({"flags": {"new-page": flag}})
    repo.commit("Work", {"app.py": check, "page.txt": "new\n", "flags.json": manifest})


def ran(repo: Repository) -> Ran:
    return gaterunner(repo.root, "run", "--format", "json")


def test_a_change_behind_a_flag_with_a_way_back_passes(repo: Repository) -> None:
    given(repo)

    found = ran(repo)

    told = found.policy("reversible-rollout")
    assert (told.outcome, told.reason) == (
        Outcome.PASSED,
        "unit passed with flags off and on; the way back was rehearsed",
    )
    assert found.code == 0


def test_what_breaks_when_the_flag_is_on_is_seen(repo: Repository) -> None:
    given(repo, check=BEHIND.replace("page.txt", "no-such-page.txt"))

    found = ran(repo)

    assert (found.gate("unit (flags off)").outcome, found.gate("unit (flags on)").outcome) == (
        Outcome.PASSED,
        Outcome.FAILED,
    )
    assert found.policy("reversible-rollout").outcome is Outcome.UNPROVEN
    assert found.code == 1


def test_a_flag_that_is_on_fails_although_every_gate_passes(repo: Repository) -> None:
    given(repo, flag={**FLAG, "defaultValue": True})

    found = ran(repo)

    assert found.gate("unit (flags on)").outcome is Outcome.PASSED
    assert next(finding.rule for finding in found.policy("reversible-rollout").findings) == "rollout/flag-on"
    assert found.code == 1


def test_a_check_alone_proves_nothing_of_it(repo: Repository) -> None:
    given(repo)

    found = gaterunner(repo.root, "check", "--format", "json")

    assert found.policy("reversible-rollout").outcome is Outcome.UNPROVEN
    assert found.code == 1
