"""How a red policy's findings are let through on purpose: what to copy into a review, or into the waivers file."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from gaterunner.model import Finding, PolicyResult, Severity

PLAIN = "an approving review of this head, by somebody who may write and did not work on the branch"
_ORDINARY = re.compile(r"[A-Za-z0-9_./@+-]+")
# What YAML reads as text without quotes. An id of digits alone, such as that of a deleted file, would be a number.
_TEXT = re.compile(
    r"(?!(?:null|true|false|yes|no|on|off|y|n|\.inf|\.nan)\Z)\.?[A-Za-z_][A-Za-z0-9_./@+-]*", re.IGNORECASE
)
_HEX_TEXT = re.compile(r"(?=.*[a-df])[0-9a-f]+")
_TO_FILL_IN = ("reason: WHY", "by: WHO", "expires: YYYY-MM-DD}")


class LettingThrough(Struct, frozen=True, kw_only=True):
    """What lets all errors of one policy through.

    ``lines`` are those that an approving review has to hold; without any, the approval alone is enough. ``entries``
    are for the waivers file instead, each in the parts of a YAML mapping that may be broken between any two;
    ``left_out`` counts those beyond the bound.
    """

    lines: tuple[str, ...]
    entries: tuple[tuple[str, ...], ...]
    left_out: int


def letting_through(policy: PolicyResult, *, most: int) -> LettingThrough | None:
    """None where nothing can be let through: what nobody could have weighed, what would be unproven without its
    failures, and findings that are not listed one by one."""
    if not policy.may_be_waived:
        return None
    errors = [each for each in policy.findings if each.severity is Severity.ERROR and each.waived_by is None]
    named = [each for each in errors if not each.approvable]
    if not errors or any(each.rule.endswith("/more") or each.content is None for each in named):
        return None
    if not named:
        return LettingThrough(lines=(), entries=(), left_out=0)
    entries = tuple(dict.fromkeys(_entry(each) for each in errors))
    return LettingThrough(
        lines=tuple(dict.fromkeys(_line(each) for each in named))[:most],
        entries=entries[:most],
        left_out=max(len(entries) - most, 0),
    )


def broken(parts: Sequence[str], width: int) -> list[str]:
    """An entry on lines of at most ``width`` columns, as far as its parts allow."""
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) + 2 <= width:
            lines[-1] += f", {part}"
        else:
            lines[-1] += ","
            lines.append(f"   {part}")
    return lines


def _line(finding: Finding) -> str:
    # A line without a file is for all findings of its rule, so an odd name widens it rather than being mistyped.
    path = f" {finding.path}" if finding.path and _ORDINARY.fullmatch(finding.path) else ""
    return f"waive {finding.rule}{path}: WHY"


def _entry(finding: Finding) -> tuple[str, ...]:
    content = finding.content or ""
    content = content if _HEX_TEXT.fullmatch(content) else f'"{content}"'
    return (f"- {{rule: {finding.rule}", *_place(finding), f"content: {content}", *_TO_FILL_IN)


def _place(finding: Finding) -> tuple[str, ...]:
    if finding.path is None:
        return ()
    if _TEXT.fullmatch(finding.path):
        return (f"path: {finding.path}",)
    # A report shows bytes and unseen characters of a name in another form, and a pattern is refused.
    if finding.fingerprint and (not finding.path.isprintable() or set(finding.path) & set("\\*?")):
        return (f'fingerprint: "{finding.fingerprint}"',)
    return (f"path: {msgspec.json.encode(finding.path).decode()}",)
