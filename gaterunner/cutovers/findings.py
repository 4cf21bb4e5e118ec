"""The rules about cutovers, and how their findings are worded."""

from __future__ import annotations

from typing import Literal, Unpack, get_args

from gaterunner.cutovers.types import PATH, Cutover
from gaterunner.keyed_findings import Details, keyed
from gaterunner.model import Finding

RuleName = Literal[
    "unreadable",
    "skipped-phase",
    "stepped-back",
    "removed-early",
    "drops-changed",
    "parity-changed",
    "parity-unknown",
    "parity-not-passed",
    "flag-missing",
    "dual-write-missing",
]
RULES: tuple[RuleName, ...] = get_args(RuleName)


def found(rule: RuleName, message: str, help: str, *, key: str, **details: Unpack[Details]) -> Finding:
    """A finding about the file; ``key`` as ``keyed`` has it."""
    details.setdefault("path", PATH)
    return keyed(f"cutover/{rule}", message, help, key=key, **details)


def about(rule: RuleName, cutover: Cutover, message: str, help: str, **details: Unpack[Details]) -> Finding:
    """A finding about one cutover; at its place in the file unless ``line`` says another, None for no line."""
    details.setdefault("line", cutover.position.line)
    return found(rule, f"cutover `{cutover.name}`: {message}", help, key=cutover.name, **details)
