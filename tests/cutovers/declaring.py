"""Cutovers files and gate results for tests, in a line each."""

from __future__ import annotations

from typing import Any

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import Workflow
from gaterunner.model import GateResult, Outcome

CODE = """
def save(order):
    old_total(order)
    if enabled("NEW_TOTALS"):
        new_total(order)
"""
WORKFLOW = """
workflow:
  gates: [unit, parity-totals]
  database: {migrations: forward-only, cutovers: feature-flags + dual-write (when needed)}
"""


def workflow(text: str = WORKFLOW) -> Workflow:
    return parse_workflow(text.encode(), ".gaterunner.yml")


def entry(phase: str = "dual-write", *, name: str = "totals", **changed: str) -> str:
    """One entry of the file; ``changed`` are other values by key, with ``_`` for ``-``."""
    values = {
        "name": name,
        "drops": "[orders.total]",
        "flag": "NEW_TOTALS",
        "dual_write": "app/orders.py:save",
        "parity": "parity-totals",
        "phase": phase,
        **changed,
    }
    lines = [f"{key.replace('_', '-')}: {value}" for key, value in values.items()]
    return "- " + "\n  ".join(lines) + "\n"


def declared(*entries: str) -> str:
    """The whole file."""
    return "cutovers:\n" + "".join(entries) if entries else "cutovers: []\n"


def gate(name: str = "parity-totals", outcome: Outcome = Outcome.PASSED, **given: Any) -> GateResult:
    return GateResult(name=name, kind="command", outcome=outcome, **{"reason": "as seen", "attempts": 1, **given})
