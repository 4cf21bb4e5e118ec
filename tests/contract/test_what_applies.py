"""Which gates and policies apply to a phase, in whole runs: what is left out is told, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

from tests.command_line import gaterunner
from tests.gitrepo import Repository

WORKFLOW = """
workflow:
  phases:
    - hardening
    - protection: {after: [], gates: [build, unit], policies: [clean-main]}
  gates: [build: 'true', unit: 'true', lint: 'false']
  policies: [spec, clean-main, change-budget]
"""
SPEC = """---
id: {phase}
owner: "@octocat"
objectives:
  - {{id: one, text: It works., tests: ["*works*"]}}
touchpoints: {{allow: ["**"]}}
rollback: {{steps: [Revert the merge.]}}
---
"""


def given(repo: Repository, branch: str) -> None:
    repo.commit(
        "Adopt",
        {
            ".gaterunner.yml": WORKFLOW,
            **{f"specs/{name}.md": SPEC.format(phase=name) for name in ("hardening", "protection")},
        },
    )
    repo.switch(branch, create=True)
    repo.commit("Work", {"a.py": "a = 1\n"})


def report(repo: Repository) -> dict[str, Any]:
    ran = gaterunner(repo.root, "run", "--format", "json")
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_what_a_phase_leaves_out_is_skipped_with_the_line_that_says_so(repo: Repository) -> None:
    given(repo, "feat/protection")

    found = report(repo)

    lint = next(gate for gate in found["gates"] if gate["name"] == "lint")
    assert (lint["outcome"], lint["skip"]) == ("skipped", "not-applicable")
    assert lint["reason"] == "phase `protection` leaves it out (.gaterunner.yml:5)"
    budget = next(policy for policy in found["policies"] if policy["name"] == "change-budget")
    assert (budget["outcome"], budget["skip"], budget["reason"]) == ("skipped", "not-applicable", lint["reason"])


def test_what_is_always_on_and_what_holds_a_phase_stays(repo: Repository) -> None:
    given(repo, "feat/protection")

    evaluated = {policy["name"] for policy in report(repo)["policies"] if policy["skip"] != "not-applicable"}

    assert evaluated >= {"guardrails", "spec", "phases", "clean-main"}


def test_everything_applies_to_other_branches(repo: Repository) -> None:
    given(repo, "fix/typo")

    found = report(repo)

    assert {gate["name"]: gate["outcome"] for gate in found["gates"]}["lint"] == "failed"
    assert "leaves it out" not in json.dumps(found)


def test_the_plan_tells_what_a_phase_leaves_out(repo: Repository) -> None:
    given(repo, "feat/protection")

    told = gaterunner(repo.root, "plan").out

    assert "skipped: phase `protection` leaves it out (.gaterunner.yml:5)" in told
    assert told.endswith(
        "policies: guardrails, spec, clean-main, phases\n"
        "  without change-budget: phase `protection` leaves it out (.gaterunner.yml:5)\n"
    )
    document = json.loads(gaterunner(repo.root, "plan", "--format", "json").out)
    assert document["policies"] == ["guardrails", "spec", "clean-main", "phases"]


def test_a_part_of_a_fan_out_and_collecting_agree(repo: Repository) -> None:
    given(repo, "feat/protection")
    matrix = json.loads(gaterunner(repo.root, "plan", "--matrix", "--parts", "2").out)

    named = [entry["gates"] for entry in matrix["include"]]

    assert "lint" not in json.dumps(named)


def test_a_permission_goes_with_its_policy(repo: Repository) -> None:
    """A phase without `cutovers` has no cutover that would let a migration drop something."""
    from gaterunner.config.grammar import parse_workflow
    from gaterunner.cutovers.held import is_declared
    from gaterunner.policy_stage import without

    text = """
workflow:
  phases: [one: {policies: [forward-only-migrations]}]
  gates: [build]
  policies: [spec]
  database: {migrations: forward-only, cutovers: feature-flags + dual-write (when needed)}
"""
    from gaterunner.contract.phases import left_out_policies

    workflow = parse_workflow(text.encode(), ".gaterunner.yml")
    left_out = left_out_policies(workflow, "feat/one")

    assert list(left_out) == ["cutovers"]
    assert is_declared(workflow)
    assert not is_declared(without(workflow, left_out))


def test_the_order_is_judged_by_what_was_read_before_gates_ran(repo: Repository) -> None:
    specs = {f"specs/{name}.md": SPEC.format(phase=name) for name in ("hardening", "protection")}
    repo.commit("Adopt", {".gaterunner.yml": WORKFLOW.replace("after: [], ", ""), **specs})
    repo.switch("feat/protection", create=True)
    repo.commit("Work", {"a.py": "a = 1\n"})
    assert policy(repo)["outcome"] == "failed"
    repo.switch("main")
    repo.commit("Harden (#1)\n\nGaterunner-Phase: hardening", {"b.py": "b = 1\n"})
    repo.switch("feat/protection")

    found = policy(repo)

    assert found["outcome"] == "passed"
    assert [finding["rule"] for finding in found["findings"]] == ["phases/behind"]


def policy(repo: Repository) -> dict[str, Any]:
    (found,) = (each for each in report(repo)["policies"] if each["name"] == "phases")
    return dict(found)
