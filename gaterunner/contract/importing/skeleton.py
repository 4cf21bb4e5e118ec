"""An empty spec for a phase, with what each key means beside it. Pure."""

from __future__ import annotations

from gaterunner.config.checks import name_fault
from gaterunner.contract.importing.form import as_name
from gaterunner.errors import UsageError


def skeleton(phase: str) -> str:
    """A spec of that phase without any content; ``validate`` refuses it until a person has written it.

    Raises ``UsageError`` for what is no phase's name.
    """
    fault = name_fault(phase)
    if fault is not None:
        raise UsageError(f"`{phase}` is no phase's name", help=f"expected {fault.expected}")
    return _TEXT.replace("{id}", as_name(phase)).replace("{phase}", phase)


_TEXT = """\
---
id: {id}
owner:  # the person who answers for it: a name, an address or "@login"; no author of the branch
objectives:
  - id: it-works
    text: ""  # what is achieved
    tests: []  # the tests that prove it, by their ids: tests.test_filters.test_window
non-goals: []  # {text: Billing stays as it is., paths: app/billing/**}
touchpoints:
  allow: []  # what may be touched: app/filters/**
  create: []  # what is yet to come: migrations/0042_*.sql
  forbid: []
# data: {read: [], write: [], log: [], never: []}  # an empty list allows nothing, a key left out says nothing
# budget: {files: 20, lines: 600, commits: 10}
# tests: {add: 3, must-pass: [], may-remove: []}
flags: []
rollback:
  steps: []  # how people take it back
cutovers: []
questions: []  # trade-offs for the panel
---

# {phase}

Why we do this, and what else a reader should know.
"""
