"""A repository whose spec asks the panel a question."""

from __future__ import annotations

from pathlib import Path

from tests.gitrepo import Repository

WORKFLOW = """\
workflow:
  phases: [hardening]
  gates:
    - unit: "true"
"""

SPEC = """\
---
id: hardening
owner: Ada Example
objectives:
  - {id: works, text: It works., tests: "tests.*"}
touchpoints: {allow: ["*.py", .gaterunner/**]}
questions:
  - id: refactor
    text: Refactor the cache now, or harden it first?
    default: later
    criteria: [correctness, security, reliability, maintainability, delivery, cost, simplicity]
    options:
      - id: now
        text: Move the cache into a module of its own, then harden it.
        scores: {correctness: 3, security: 3, reliability: 3, maintainability: 5, delivery: 1, cost: 3}
        facts: {lines: 4000}
      - id: later
        text: Harden it first, and defer its structure.
        scores: {correctness: 5, security: 4, reliability: 4, maintainability: 2, delivery: 4, cost: 3}
        facts: {lines: 600}
  - id: retention
    text: How long are traces kept?
    criteria: [correctness, security, reliability, observability]
    options:
      - {id: days-7, text: A week., scores: {correctness: 3, security: 1}}
      - {id: days-90, text: A quarter., scores: {correctness: 3, security: 0}}
---

# Hardening
"""


def asking(root: Path, *, spec: str = SPEC, workflow: str = WORKFLOW, panel: str | None = None) -> Repository:
    """Its target branch holds the spec; the branch of the phase is checked out, with one commit."""
    repository = Repository.create(root)
    files = {".gaterunner.yml": workflow, "specs/hardening.md": spec, "app.py": "VALUE = 1\n"}
    repository.commit("Start", {**files, **({".gaterunner/panel.yml": panel} if panel is not None else {})})
    repository.switch("feat/hardening", create=True)
    repository.commit("Work", {"app.py": "VALUE = 2\n"})
    return repository
