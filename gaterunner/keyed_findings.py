"""Findings that know themselves again in the next run: how rooms with rules of their own make theirs. Pure."""

from __future__ import annotations

from typing import TypedDict

from gaterunner.fingerprints import fingerprint
from gaterunner.model import Finding, Severity


class Details(TypedDict, total=False):
    """What else a finding may say, as ``keyed`` takes it."""

    path: str | None
    line: int | None
    severity: Severity
    approvable: bool


def keyed(
    rule: str,
    message: str,
    help: str,
    *,
    key: str,
    path: str | None = None,
    line: int | None = None,
    severity: Severity = Severity.ERROR,
    approvable: bool = False,
) -> Finding:
    """A finding of a rule by its whole name.

    ``key`` tells it from others of its rule in the same file, and stays the same from one run to the next: it is no
    place, which moves when lines are added.
    """
    return Finding(
        rule=rule,
        severity=severity,
        message=message,
        path=path,
        line=line,
        help=help,
        fingerprint=fingerprint(rule, path or "", key),
        approvable=approvable,
    )
