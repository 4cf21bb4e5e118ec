"""What is told about waivers themselves: the findings of the area ``waiver``. Pure but for the list of known rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from gaterunner.config.problems import quoted
from gaterunner.fingerprints import fingerprint
from gaterunner.model import Finding, Severity
from gaterunner.waivers.approval import Approver, WaiveLine
from gaterunner.waivers.file import Waiver
from gaterunner.waivers.matching import MOST_DAYS, why_no_path, why_no_rule

RULES = (
    "waiver/expired",
    "waiver/more",
    "waiver/outdated",
    "waiver/refused-approval",
    "waiver/self-signed",
    "waiver/too-broad",
    "waiver/unknown-rule",
    "waiver/unused",
)


def too_broad(waiver: Waiver, why: str) -> Finding:
    help = f"name one rule and one file, and a day at most {MOST_DAYS} days ahead"
    return _of_entry(waiver, "waiver/too-broad", f"a waiver is too broad: {why}", help)


def expired(waiver: Waiver) -> Finding:
    message = f"the waiver of {waiver.rule} expired on {waiver.expires}"
    return _of_entry(waiver, "waiver/expired", message, "fix what it was for, or have it renewed on purpose")


def self_signed(waiver: Waiver) -> Finding:
    message = f"the waiver of {waiver.rule} is signed by {waiver.by}, who wrote or committed to this branch"
    return _of_entry(waiver, "waiver/self-signed", message, "have somebody else look at it and sign it")


def outdated(waiver: Waiver, found: str) -> Finding:
    """``found`` is the content that the finding is in now."""
    return _of_entry(
        waiver,
        "waiver/outdated",
        f"the waiver of {waiver.rule} is for {waiver.content[:12]}, and the finding is in {found[:12]}",
        f"look at the edit; if the exception still holds, set `content: {found}` on the target branch",
    )


def unused(waiver: Waiver) -> Finding:
    return _of_entry(
        waiver,
        "waiver/unused",
        f"the waiver of {waiver.rule} lets nothing through here",
        "remove it once the change it was made for is merged",
    )


def unknown_rule(waiver: Waiver) -> Finding | None:
    """What to say about a rule that no page explains; None for one that exists."""
    known = _known_rules()
    if waiver.rule in known or waiver.rule.partition("/")[0] in known:
        return None
    from gaterunner.config.nearest import nearest

    near = nearest(waiver.rule, known)
    message = f"a waiver is for {quoted(waiver.rule)}, which is no rule" + (f"; did you mean {near}?" if near else "")
    return _of_entry(waiver, "waiver/unknown-rule", message, "gaterunner explain lists all rules")


def for_others(waivers: Sequence[Waiver]) -> Iterator[Finding]:
    """One notice about all entries that are for files which the change does not touch."""
    if not waivers:
        return
    lines = ", ".join(str(waiver.line) for waiver in waivers[:10]) + (", …" if len(waivers) > 10 else "")  # noqa: PLR2004  enough to find them
    many = f"{len(waivers)} waivers let" if len(waivers) > 1 else "1 waiver lets"
    yield Finding(
        rule="waiver/unused",
        severity=Severity.NOTICE,
        message=f"{many} nothing through here and may be for other branches (line {lines})",
        path=waivers[0].file,
        line=waivers[0].line,
        help="remove each once the change it was made for is merged",
    )


def of_review(approver: Approver, used: Iterable[WaiveLine]) -> Iterator[Finding]:
    """What is wrong with the lines of one review; ``used`` are those that let something through."""
    used = set(used)
    help = "write one line per rule and file: `waive RULE PATH: reason`"
    for line in approver.lines:
        told = f"{approver.login}'s review waives {line.rule}" + (f" in {line.path}" if line.path else "")
        fault = line_fault(line)
        if fault:
            yield _warning("waiver/too-broad", f"{told}: {fault}, so it is not honoured", help)
        elif line not in used:
            yield _warning("waiver/unused", f"{told}, and there is no such finding", help)


def refused(why: str) -> Finding:
    return Finding(
        rule="waiver/refused-approval",
        severity=Severity.NOTICE,
        message=f"an approval does not count: {why}",
        help="have somebody with write access who did not work on the branch approve its newest commit",
    )


def line_fault(line: WaiveLine) -> str | None:
    """Why a line of a review is not honoured; None when it is."""
    return why_no_rule(line.rule) or (why_no_path(line.path) if line.path is not None else None)


@cache
def _known_rules() -> tuple[str, ...]:
    from gaterunner.explaining import rule_pages  # reads files, and most waivers are of rules that matched

    return tuple(page.name for page in rule_pages())


def _of_entry(waiver: Waiver, rule: str, message: str, help: str) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.WARNING,
        message=message,
        help=help,
        path=waiver.file,
        line=waiver.line,
        fingerprint=fingerprint(rule, waiver.rule, waiver.path or "", waiver.fingerprint or "", waiver.content),
    )


def _warning(rule: str, message: str, help: str) -> Finding:
    return Finding(rule=rule, severity=Severity.WARNING, message=message, help=help)
