"""The order of phases, and what their specs ask of the panel, where a merge queue made the commit."""

from __future__ import annotations

from pathlib import Path

from gaterunner.model import Event, Outcome, PolicyResult
from gaterunner.policies import decisions
from gaterunner.policies.phases import Options, evaluate
from tests.contract.test_belonging import Hosted, queue, seen, with_phases
from tests.gitrepo import Repository


def judged(repo: Repository, *branches: str) -> PolicyResult:
    heads = {repo.git("rev-parse", branch): branch for branch in branches}
    name = queue(repo, *branches)
    with seen(repo, Hosted(heads), event=Event.MERGE_GROUP, branch=name, target="main") as context:
        return evaluate(context, Options())


def test_a_queued_pull_request_is_judged_by_its_own_phase(tmp_path: Path) -> None:
    found = judged(with_phases(tmp_path), "feat/filters")

    assert (found.outcome, found.reason, found.findings) == (Outcome.PASSED, "`filters` comes first", ())


def test_a_queued_pull_request_out_of_order_fails(tmp_path: Path) -> None:
    found = judged(with_phases(tmp_path), "feat/alerts")

    assert [finding.rule for finding in found.findings] == ["phases/out-of-order"]


def test_several_phases_in_one_group_are_unproven(tmp_path: Path) -> None:
    found = judged(with_phases(tmp_path), "feat/filters", "feat/alerts")

    assert found.outcome is Outcome.UNPROVEN
    assert "let the queue take one pull request at a time" in found.reason


def test_what_several_phases_ask_of_the_panel_is_not_told_together(tmp_path: Path) -> None:
    repo = with_phases(tmp_path)
    heads = {repo.git("rev-parse", branch): branch for branch in ("feat/filters", "feat/alerts")}
    name = queue(repo, *heads.values())
    with seen(repo, Hosted(heads), event=Event.MERGE_GROUP, branch=name, target="main") as context:
        found = decisions.evaluate(context, decisions.Options())

    assert found.outcome is Outcome.UNPROVEN
    assert found.reason.startswith("the merge group holds alerts, filters, and no one spec is for all of them; ")
