"""The rules of ``guardrails`` and how a finding of one is made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from gaterunner.keyed_findings import keyed
from gaterunner.model import Finding, Severity

RuleName = Literal[
    "adopted",
    "agent-instructions",
    "ci-workflow",
    "code-owners",
    "gate-added",
    "gate-changed",
    "gate-command",
    "gate-definition",
    "gate-meaning",
    "gate-removed",
    "gate-script",
    "gate-weakened",
    "git-settings",
    "guarded-path",
    "look-alike",
    "not-a-file",
    "policy-changed",
    "policy-removed",
    "shadow-mode",
    "spec",
    "tool-settings",
    "tool-shadowed",
    "waivers",
    "workflow-changed",
    "workflow-deleted",
    "workflow-unreadable",
    "form-only",
    "more",
]
"""The rules of this room, without ``guardrails/`` before them."""

APPROVE = "Take it back, or have the head commit approved by somebody who may write and wrote none of the branch."

_LONGEST = 160
# A finding may quote a command or a setting, and no output of ours may hold a credential that stands in one.
_OBJECT_ID = re.compile(r"(?<![0-9A-Za-z])([0-9a-f]{12})[0-9a-f]{28}(?:[0-9a-f]{24})?(?![0-9A-Za-z])")  # no credential
_USER_INFO = re.compile(r"(?<=://)[^\s/@]+@")
_ASSIGNED = re.compile(
    r"(?i)((?:passw(?:or)?d|passwd|secret|token|api[_-]?key|credential)\w*[\"']?\s*[=:]\s*)[^\s&|;]+"
)
_DENSE = re.compile(r"(?<![\w/.@-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[A-Za-z0-9_+=-]{20,}(?![\w/.-])")


def found(
    rule: RuleName,
    message: str,
    *,
    path: str,
    line: int | None = None,
    key: str = "",
    severity: Severity = Severity.ERROR,
    help: str = APPROVE,
) -> Finding:
    """A finding that an approving review lets through; ``key`` tells it from others of its rule in the same file."""
    name, key = f"guardrails/{rule}", key or message
    return keyed(name, message, help, key=key, path=path, line=line, severity=severity, approvable=True)


def told(rule: RuleName, message: str, *, path: str, line: int | None = None) -> Finding:
    """A notice: worth knowing, and nothing that has to be approved."""
    return found(rule, message, path=path, line=line, severity=Severity.NOTICE, help="")


def shown(text: object, *, most: int = _LONGEST) -> str:
    """A value of a file as it may stand in a message: on one line, bounded, in backticks, without credentials."""
    plain = " ".join(str(text).split())
    plain = _OBJECT_ID.sub(r"\1…", plain)
    plain = _USER_INFO.sub("…@", plain)
    plain = _ASSIGNED.sub(r"\1…", plain)
    plain = _DENSE.sub("…", plain)
    if len(plain) > most:
        plain = plain[: most - 1] + "…"
    return f"`{plain}`" if plain else "nothing"


def value_of(key: str, value: object) -> str:
    """What an entry says; nothing of one whose name says that it is a credential."""
    return "`…`" if _SECRET_KEY.search(key) and "permissions" not in key else shown(value)


_SECRET_KEY = re.compile(r"(?i)passw|secret|token|_auth|api[_-]?key|credential|private[_-]?key")


def without_quotes(message: str) -> str:
    """The message without what it quotes."""
    return re.sub(r"`[^`]*`", "`…`", message)


def several(values: Iterable[object], *, most: int = 4) -> str:
    """Some values in a message: the first few, and how many more there are."""
    listed = [shown(value, most=60) for value in values]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
