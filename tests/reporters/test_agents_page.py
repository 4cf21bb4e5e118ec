"""docs/agents.md shows what the text for programs ends with."""

from __future__ import annotations

import re
from pathlib import Path

from gaterunner.failures import STOP_AFTER, failures_of, index_of
from gaterunner.model import FailureIndex, Outcome, Repetition, Verdict
from gaterunner.reporters.json import encode_report
from gaterunner.reporters.terminal import render_text
from tests.reporters.reports import finding, gate, report

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "agents.md").read_text("utf-8")
FAILED = tuple(
    finding(f"tests.test_calc.{message}", path="tests/test_calc.py", line=line, rule="test-failed", standing=standing)
    for message, line, standing in (("test_add: assert -1 == 3", 5, "new"), ("test_old: assert 0 == 1", 9, "known"))
)


def told(repeated: Repetition | None = None) -> FailureIndex:
    red = report(verdict=Verdict.FAIL, gates=(gate("unit", Outcome.FAILED, findings=FAILED),))
    return index_of(failures_of(red), repeated)


def test_the_index_is_the_one_on_the_page() -> None:
    shown, stop = re.findall(r"^```\n(.*?)```$", PAGE, re.DOTALL | re.MULTILINE)
    again = Repetition(runs=STOP_AFTER, since="2026-11-23T06:12:37Z")

    text = render_text(report(verdict=Verdict.FAIL, failures=told(again)), index=True)

    assert text.endswith(f"\n{shown}{stop}")


def test_the_fields_of_the_json_are_those_on_the_page() -> None:
    (named,) = re.findall(r"`failures`: (.*?)\.\n", PAGE, re.DOTALL)
    data = encode_report(report(verdict=Verdict.FAIL, failures=told())).decode()

    for field in re.findall(r"`(\w+)`", named):
        assert f'"{field}"' in data, field
