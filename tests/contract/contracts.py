"""Specs, workflows and results of gates for tests, in a line each."""

from __future__ import annotations

from typing import Any

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import Workflow
from gaterunner.model import GateResult, Outcome, TestCase

PATH = "specs/filters.md"
WORKFLOW = """
workflow:
  phases: [filters, alerts]
  gates:
    - unit: {run: pytest, tests: out/*.xml}
    - smoke: {run: ./smoke, tests: out/*.xml}
    - lint: {run: ruff check}
    - extra: {run: ./extra, tests: out/*.xml, advisory: true}
  flags: {new-filters: NEW_FILTERS}
  policies: [spec]
"""
KEYS = {
    "id": "filters",
    "owner": "Owner <owner@example.invalid>",
    "objectives": "[{id: window, text: A window of 24 h, tests: tests.test_filters.test_window}]",
    "non-goals": "[{text: Billing stays as it is, paths: [app/billing/**]}]",
    "touchpoints": "{allow: [app/**, tests/**], create: docs/filters.md, forbid: [app/secrets/**]}",
    "rollback": "{steps: [Turn the flag off]}",
}


def workflow(text: str = WORKFLOW) -> Workflow:
    return parse_workflow(text.encode(), ".gaterunner.yml")


def spec(**changed: str | None) -> str:
    """A whole spec; ``changed`` are other values by key, with ``_`` for ``-``, None for none of it."""
    values = {**KEYS, **{key.replace("_", "-"): value for key, value in changed.items()}}
    lines = [f"{key}: {value}" for key, value in values.items() if value is not None]
    return "---\n" + "\n".join(lines) + "\n---\n\n# Filters\n\nWhat people read.\n"


def result(gate: str = "unit", *passed: str, outcome: Outcome = Outcome.PASSED, **given: Any) -> GateResult:
    """What a gate came to; ``passed`` are its tests that passed, ``cases`` any others."""
    cases = tuple(TestCase(id=id, state="passed") for id in passed) + given.pop("cases", ())
    return GateResult(
        name=gate, kind="command", outcome=outcome, cases=cases, **{"reason": "as seen", "attempts": 1, **given}
    )
