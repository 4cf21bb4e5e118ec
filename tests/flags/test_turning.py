"""Two runs of a gate are only two where they turn the flag that is asked about."""

from __future__ import annotations

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import Workflow
from gaterunner.model import Outcome, Severity
from tests.gitrepo import Repository
from tests.policies.test_reversible_rollout import OFF, given, judge, manifest, only


def turning(variables: str) -> Workflow:
    text = f"""
workflow:
  phases: [hardening]
  gates: [unit: {{run: pytest, flags: both}}, rollback-rehearsal]
  flags: {{{variables}}}
  flag-manifest: flags.json
"""
    return parse_workflow(text.encode(), ".gaterunner.yml")


def test_a_flag_of_the_spec_without_a_variable_was_never_on(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))

    judged = judge(repo, law=turning("other: FEATURE_OTHER"))

    finding = only(judged)
    assert (judged.outcome, finding.rule) == (Outcome.FAILED, "rollout/not-both-ways")
    assert finding.message == "no gate runs with the flag `new-page` on: .gaterunner.yml gives it no variable"
    assert finding.help is not None
    assert finding.help.endswith("on the target branch: `new-page: FEATURE_NEW_PAGE`.")


def test_one_that_the_change_brings_besides_cannot_have_one_yet(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF), spec="", branch="fix/typo")

    judged = judge(repo, law=turning("other: FEATURE_OTHER"))

    assert (judged.outcome, only(judged).rule) == (Outcome.PASSED, "rollout/not-both-ways")
    assert only(judged).severity is Severity.WARNING


def test_with_a_variable_it_was(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))

    assert judge(repo, law=turning("new-page: FEATURE_NEW_PAGE")).outcome is Outcome.PASSED
