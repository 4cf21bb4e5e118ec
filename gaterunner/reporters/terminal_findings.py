"""The findings of one result in a terminal: those that are alike together, and of every rule at least one."""

from __future__ import annotations

from collections.abc import Sequence

from gaterunner.model import Finding, Severity
from gaterunner.reporters.places import place_words
from gaterunner.reporters.quantities import count
from gaterunner.reporters.ranking import SEVERITY_RANK, waiver_words
from gaterunner.reporters.terminal_style import Style
from gaterunner.reporters.terminal_text import clean, wrap

_MAX_ALIKE = 4


def told_findings(findings: Sequence[Finding], width: int, style: Style, limit: int, more: str) -> list[str]:
    """At most ``limit`` of them, errors first, with how to fix them; ``more`` is where the others stand."""
    ordered = sorted(findings, key=lambda each: (each.waived_by is not None, SEVERITY_RANK[each.severity]))
    groups = _alike(ordered)
    shown = _of_every_rule(groups, limit)
    lines: list[str] = []
    for number, group in enumerate(shown):
        first = group[0]
        lines += _told(group, width, style)
        following = shown[number + 1][0] if number + 1 < len(shown) else None
        # A fix that many findings share is told once, below the last of them.
        if first.help and (following is None or following.help != first.help):
            arrow = style.symbols.arrow
            text = clean(first.help, limit=600)
            lines += wrap(text, width, indent=" " * (7 + len(arrow)), first=f"      {arrow} ")
    left = len(ordered) - sum(len(group) for group in shown)
    return [*lines, f"    and {left:,} more: {more}"] if left else lines


def _alike(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings that say the same of several files stand together, where the first of them stands."""
    groups: dict[object, list[Finding]] = {}
    for number, each in enumerate(findings):
        whole_file = each.path is not None and each.line is None and each.commit is None
        key = (each.rule, each.severity, each.message, each.help, each.waived_by) if whole_file else number
        groups.setdefault(key, []).append(each)
    return list(groups.values())


def _of_every_rule(groups: list[list[Finding]], limit: int) -> list[list[Finding]]:
    """The first ``limit`` groups, but rather the first one of a rule than a further one of another; in their order."""
    if len(groups) <= limit:
        return groups
    seen: set[tuple[Severity, str]] = set()
    further: list[tuple[bool, int]] = []
    for number, group in enumerate(groups):
        key = (group[0].severity, group[0].rule)
        further.append((key in seen, number))
        seen.add(key)
    # Severity still comes before variety: a warning takes no error's place.
    kept = sorted(further, key=lambda each: (SEVERITY_RANK[groups[each[1]][0].severity], *each))[:limit]
    return [groups[number] for number in sorted(number for _, number in kept)]


def _told(group: Sequence[Finding], width: int, style: Style) -> list[str]:
    finding = group[0]
    lines = _finding(finding, width, style)
    others = [clean(each.path or "", limit=120) for each in group[1:]]
    if not others:
        return lines
    names = ", ".join(others[:_MAX_ALIKE])
    rest = f" and {count(len(others) - _MAX_ALIKE, 'more file')}" if len(others) > _MAX_ALIKE else ""
    return [*lines, *wrap(f"the same in {names}{rest}", width, indent="      ", first="      ")]


def _finding(finding: Finding, width: int, style: Style) -> list[str]:
    place = place_words(clean(finding.path or "", limit=300), finding.line)
    if place and finding.line and finding.end_line and finding.end_line != finding.line:
        place += f"-{finding.end_line}"
    label = "" if finding.severity is Severity.ERROR else f"{finding.severity.value}: "
    tail = [f"[{clean(finding.rule, limit=80)}]"]
    if finding.commit:
        tail.append(f"in {clean(finding.commit, limit=80)[:10]}")
    if finding.waived_by:
        tail.append(clean(waiver_words(finding), limit=300))
    message = f"{label}{clean(finding.message, limit=600)} {' '.join(tail)}"
    lines = wrap(f"{place}  {message}" if place else message, width, indent="      ", first="    ")
    if place:
        lines[0] = lines[0].replace(place, style.paint(place, "cyan"), 1)
    return lines
