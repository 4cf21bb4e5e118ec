"""examples/dashboard-hardening on a real engine and a real PostgreSQL: the honest branch, and ten that are not."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from gaterunner.model import GateResult, PolicyResult, Report, Verdict
from gaterunner.reporters.json import decode_report
from tests.command_line import gaterunner

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "dashboard-hardening"
COMMAND = [sys.executable, "-m", "gaterunner"]
# What cannot be broken alone: to take a test out of the way is a thing that guardrails tell of as well.
BESIDE = {
    "removed-test": {"guardrails/test-deleted"},
    "own-law": {"guardrails/spec"},
    "rewritten-decision": {"decisions/differs", "decisions/not-replayed"},
}


def load_replay() -> ModuleType:
    """The example's own program."""
    spec = importlib.util.spec_from_file_location("replay", EXAMPLE / "replay.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REPLAY = load_replay()
BREAKS = {broken.name: broken for broken in REPLAY.breaks()}


@pytest.fixture
def build(tools_image: str, postgres_image: str, tmp_path: Path) -> Callable[[str], Path]:
    """Makes the repository of a branch of the example, with the images that this machine has for those it names."""

    def law(text: str) -> str:
        assert "image: guestbook-tools:1\n" in text
        assert "service: postgres:16\n" in text
        return text.replace("guestbook-tools:1", tools_image).replace("postgres:16", postgres_image)

    def built(name: str) -> Path:
        REPLAY.build(tmp_path / name, BREAKS.get(name), gaterunner=COMMAND, law=law)
        return tmp_path / name

    return built


@pytest.fixture
def judge(build: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Report]:
    """Judges a branch of the example."""

    def judged(name: str) -> Report:
        seen = REPLAY.judge(build(name), gaterunner=COMMAND)
        (tmp_path / f"{name}.json").write_text(seen.report, "utf-8")
        return decode_report(seen.report.encode())

    return judged


def test_there_are_ten_ways_to_break_it() -> None:
    assert len(BREAKS) == 10
    assert len({broken.rule for broken in BREAKS.values()}) == 10


def test_the_branch_that_keeps_the_contract_passes(judge: Callable[[str], Report], tmp_path: Path) -> None:
    report = judge("honest")

    assert report.verdict is Verdict.PASS, report.sentence
    gates = {gate.name: gate for gate in report.gates}
    assert gates["rollback-rehearsal"].reason == (
        "the base's code passes integration on the branch's schema (1 object changed)"
    )
    assert [use.name for use in gates["integration"].services] == ["database"]
    policies = {policy.name: policy for policy in report.policies}
    assert {str(policy.outcome) for policy in report.policies} == {"passed"}
    assert "3 of 3 objectives proven" in policies["spec"].observed
    assert report.change is not None
    assert report.change.phase == "dashboard-hardening"
    check_numbers(report)
    check_decisions(tmp_path)


def check_numbers(report: Report) -> None:
    """The numbers of the run: by area, with what was not measured and why."""
    numbers = report.numbers
    assert numbers is not None
    lines = {(row.area, row.kind): row.insertions for row in numbers.lines}
    assert lines["database", "code"] == 1
    assert lines["dashboard", "code"] > 20
    figures = {figure.name: figure for figure in numbers.figures}
    assert figures["executed"].value == 24  # eleven with the flag off, eleven with it on, two with the database
    assert figures["functions added"].value == 7
    assert figures["functions removed"].value == 0
    assert figures["decisions"].value == 1
    assert figures["changed lines (unit (flags off))"].value == 92.0
    assert (figures["spans"].value, figures["spans"].reason) == (None, "no gate with `telemetry:` ran")


def check_decisions(tmp_path: Path) -> None:
    """What the panel decided replays, under another hash seed as well, and its chain ends as the report says."""
    folder, report = tmp_path / "honest", str(tmp_path / "honest.json")
    outputs = set()
    for seed in ("0", "1", "4711"):
        replayed = gaterunner(folder, "decisions", "replay", env={"PYTHONHASHSEED": seed})
        assert replayed.code == 0, replayed
        outputs.add(replayed.out)
    assert len(outputs) == 1
    verified = gaterunner(folder, "decisions", "verify", "--report", report)
    assert verified.code == 0, verified
    decided = json.loads(gaterunner(folder, "decide", REPLAY.QUESTION, "--format", "json").out)
    assert (decided["tally"]["option"], decided["tally"]["by"]) == ("later", "vote")


@pytest.mark.parametrize("name", BREAKS)
def test_a_branch_that_breaks_it_fails_with_the_rule_that_says_so(name: str, judge: Callable[[str], Report]) -> None:
    report = judge(name)

    assert report.verdict is Verdict.FAIL, report.sentence
    results: list[GateResult | PolicyResult] = [*report.gates, *report.policies]
    rules = {
        finding.rule
        for result in results
        if str(result.outcome) in {"failed", "unproven"}
        for finding in result.findings
        if finding.severity == "error"
    }
    assert rules - BESIDE.get(name, set()) == {BREAKS[name].rule}


def test_the_reverse_of_the_phase_applies_once_it_has_landed(build: Callable[[str], Path]) -> None:
    folder = build("honest")
    for arguments in (("switch", "-q", "main"), ("merge", "-q", "--no-ff", "-m", MERGED, REPLAY.BRANCH)):
        REPLAY.git(folder, *arguments)

    phases = json.loads(gaterunner(folder, "phases", "--format", "json").out)
    undone = gaterunner(folder, "rollback", "--format", "json")

    assert [phase["state"] for phase in phases["phases"]] == ["done", "next", "blocked"]
    assert undone.code == 0, undone


MERGED = "Merge branch 'feat/dashboard-hardening'"
