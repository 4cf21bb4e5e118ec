"""A phase moves the cutovers that its spec names, and no others: what they end with is a table or a column gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.model import Outcome
from tests.gitrepo import Files
from tests.policies.branches_of_a_phase import WORK, judge, placed, rules, start

FILE = ".gaterunner/cutovers.yml"


def entry(name: str, phase: str, drops: str | None = None) -> str:
    return (
        f"  - {{name: {name}, drops: [{drops or name}.old], flag: {name.upper()}, dual-write: app/filters.py:x, "
        f"parity: unit, phase: {phase}}}\n"
    )


def cutovers(*entries: str) -> Files:
    return {FILE: f"cutovers:\n{''.join(entries)}"}


BASE = cutovers(entry("times", "backfill"), entry("totals", "stop-old"))


@pytest.mark.parametrize(
    ("branch", "told"),
    [
        (cutovers(entry("times", "read-new"), entry("totals", "stop-old")), "changes the cutover `times`"),
        (cutovers(entry("times", "backfill", "users"), entry("totals", "stop-old")), "changes the cutover `times`"),
        (cutovers(entry("totals", "stop-old")), "gives up the cutover `times`"),
        ({FILE: None}, "gives up the cutover `times`"),
        (
            cutovers(entry("times", "backfill"), entry("totals", "stop-old"), entry("users", "dual-write")),
            "begins the cutover `users`",
        ),
    ],
    ids=["moved", "rewritten", "gone", "all gone", "begun"],
)
def test_a_cutover_that_the_spec_does_not_name_is_left_alone(tmp_path: Path, branch: Files, told: str) -> None:
    repo = start(tmp_path, BASE)
    repo.commit("Work", {**WORK, **branch})
    judged = judge(repo)
    assert (judged.outcome, placed(judged, "outside-touchpoints")) == (
        Outcome.FAILED,
        [f"{FILE}: {told}, which the spec does not name"],
    )


@pytest.mark.parametrize(
    "branch",
    [
        cutovers(entry("times", "read-new"), entry("totals", "stop-old")),
        cutovers("  # in another order\n", entry("totals", "stop-old"), entry("times", "backfill")),
        cutovers(entry("times", "backfill")),
    ],
    ids=["the one that it names", "nothing", "away with what is done"],
)
def test_one_that_it_names_is_moved(tmp_path: Path, branch: Files) -> None:
    repo = start(tmp_path, BASE, cutovers="[times]")
    repo.commit("Work", {**WORK, **branch})
    assert rules(judge(repo)) == set()
