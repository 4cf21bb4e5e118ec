"""The rules about cutovers, and how their findings are worded."""

from __future__ import annotations

from typing import Literal, get_args

from gaterunner import fingerprints
from gaterunner.cutovers.types import PATH, Cutover
from gaterunner.model import Finding, Severity

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


def about(
    rule: RuleName,
    cutover: Cutover,
    message: str,
    help: str,
    *,
    severity: Severity = Severity.ERROR,
    approvable: bool = False,
    line: int | None = -1,
) -> Finding:
    """A finding about one cutover; at its place in the file unless ``line`` says another, None for no line."""
    return Finding(
        rule=f"cutover/{rule}",
        severity=severity,
        message=f"cutover `{cutover.name}`: {message}",
        path=PATH,
        line=cutover.position.line if line == -1 else line,
        help=help,
        fingerprint=fingerprint(rule, cutover.name),
        approvable=approvable,
    )


def fingerprint(rule: RuleName, name: str) -> str:
    """Of a cutover's name and not of its place, which moves when others are added."""
    return fingerprints.fingerprint(f"cutover/{rule}", PATH, name)
