"""The order of phases where a merge queue made the commit."""

from __future__ import annotations

from pathlib import Path

from gaterunner.model import Event, Outcome, PolicyResult
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
