"""How a finding of `clean-main` is made."""

from __future__ import annotations

from typing import Literal

from gaterunner.fingerprints import fingerprint
from gaterunner.model import Finding, Severity

RuleName = Literal[
    "conflict",
    "target-red",
    "target-running",
    "target-unchecked",
    "target-unasked",
    "hidden-merge",
    "merge-resolution",
    "rewritten-commit",
    "duplicate-commit",
    "unattributable",
    "commit-date",
    "other-committer",
]
SHORT = 12
_NAMED = 5


def found(
    rule: RuleName,
    severity: Severity,
    message: str,
    *,
    help: str | None = None,
    stable: str = "",
    path: str | None = None,
    commit: str | None = None,
    content: str | None = None,
    approvable: bool = True,
) -> Finding:
    """A finding whose fingerprint is that of its rule, its path and the text ``stable``."""
    name = f"clean-main/{rule}"
    return Finding(
        rule=name,
        severity=severity,
        message=message,
        path=path,
        commit=commit,
        help=help,
        fingerprint=fingerprint(name, path or "", stable),
        content=content,
        approvable=approvable,
    )


def count(number: int, noun: str) -> str:
    """``1 commit``, ``5,000 commits``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def some(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
