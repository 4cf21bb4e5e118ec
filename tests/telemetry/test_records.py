"""docs/telemetry.md lists every event, every attribute and every status there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gaterunner.model import Outcome, Part, Problem, Skip, TestCounts, Trouble, Verdict, Waiting
from gaterunner.plan import PlannedGate
from gaterunner.redaction import Redactor
from gaterunner.telemetry import records
from gaterunner.telemetry.records import Record
from gaterunner.telemetry.session import STATUS
from tests.plan.test_plan import change
from tests.plan.test_plan import gate as declared
from tests.reporters.reports import gate, policy, report, summary

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "telemetry.md").read_text("utf-8")


def everything() -> list[Record]:
    """One record of each event, with all that can be known."""
    ended = gate(
        "unit",
        reason="why",
        skip=Skip.NOT_REACHED,
        executor="docker",
        exit_code=1,
        signal="SIGKILL",
        tests=TestCounts(total=1),
        waiting=Waiting(until="2026-11-24T00:00:00Z", next_evaluation="2026-11-24T00:00:00Z"),
    )
    told = report(
        gates=(),
        run_url="https://example.invalid/run",
        part=Part(number=1, total=2, plan="", selected=()),
        change=summary(repository="octo/example", pull_request=7),
    )
    planned = PlannedGate(gate=declared("unit"), command="pytest -q", why="", image="python:3.13")
    return [
        records.run_started(0.0, change("app.py"), "enforce", gates=1, policies=1),
        records.gate_started(0.0, planned, None),
        records.gate_finished(0.0, ended, None),
        records.policy_finished(0.0, policy(skip=Skip.NOT_APPLICABLE), None),
        records.problem_found(
            0.0, Problem(trouble=Trouble.USAGE, message="what", path="file", line=1, help="do"), None
        ),
        records.run_finished(0.0, told, None),
        records.note(0.0, "a note", None),
    ]


def test_the_page_lists_every_event_with_its_attributes() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| [^|]+ \| ([^|]*) \|$", PAGE.split("\n## Logs\n")[1], re.MULTILINE)
    listed = {event: set(re.findall(r"`([\w.]+)`", cell)) - {"run.passed"} for event, cell in rows}
    assert listed == {record.event: set(record.attributes) for record in everything()}


def test_the_page_lists_every_status() -> None:
    rows = re.findall(r"^\| (`[^|]+) \| `(\w+)` \|$", PAGE.split("\n## Logs\n")[0], re.MULTILINE)
    listed = {word: status for words, status in rows for word in re.findall(r"`(\w+)`", words)}
    assert listed == {word.value: status for word, status in STATUS.items()}
    assert set(listed) == {word.value for kind in (Outcome, Verdict) for word in kind}


def test_what_ended_is_counted_by_outcome() -> None:
    told = report(gates=(gate(), gate(outcome=Outcome.FAILED)), policies=(policy(),))
    found = records.run_finished(0.0, told, None).attributes
    assert (found["run.passed"], found["run.failed"]) == (2, 1)
    assert "run.errored" not in found


def test_texts_are_bounded() -> None:
    record = records.leaving(records.gate_finished(0.0, gate(outcome=Outcome.FAILED, reason="x" * 5000), None), str)
    assert len(record.message) == len(str(record.attributes["gate.reason"])) == 1000


@pytest.mark.parametrize("before", range(970, 1001))
def test_a_secret_across_the_bound_is_masked_whole(before: int) -> None:
    secret = "correct-horse-" + "battery-staple"
    reason = f"{'x' * before} {secret}"
    record = records.leaving(records.policy_finished(0.0, policy(reason=reason), None), Redactor([secret]))
    assert "c" not in str(record.attributes["policy.reason"])


def test_a_secret_with_control_characters_in_it_is_masked() -> None:
    secret = "correct-horse-" + "battery-staple"
    record = records.leaving(records.note(0.0, secret.replace("-", "\x1b[0m-\u202e"), None), Redactor([secret]))
    assert record.message == "***"
