"""The ledger of one run: it waives findings as results come in, and in the end tells which waivers came to nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache

from msgspec.structs import replace

from gaterunner.config.problems import quoted
from gaterunner.model import Change, Finding, Outcome, PolicyResult, Severity, Skip
from gaterunner.waivers.approval import Approval, Approver, WaiveLine
from gaterunner.waivers.file import Waiver
from gaterunner.waivers.matching import (
    MOST_DAYS,
    branch_people,
    content_of,
    places,
    signed_by,
    why_no_path,
    why_no_rule,
    why_too_broad,
)

NAME = "waivers"
RULES = (
    "waiver/expired",
    "waiver/outdated",
    "waiver/refused-approval",
    "waiver/self-signed",
    "waiver/too-broad",
    "waiver/unknown-rule",
    "waiver/unused",
)
_EXPECTED = "every exception names one rule, one content, a reason, somebody else, and a day on which it ends"


class Ledger:
    """Waives what may be waived. Safe for several threads."""

    def __init__(self, waivers: Sequence[Waiver], change: Change, approval: Approval | None, today: date) -> None:
        """``waivers`` are those of the law's commit; ``approval`` is None where there is no pull request to ask about.

        ``today`` is the day in UTC.
        """
        self._change = change
        self._approval = approval
        self._blobs = {file.path: file.new_blob for file in change.files}
        self._complaints: dict[int, Finding] = {}
        self._in_force: dict[int, Waiver] = {}
        self._used: set[object] = set()
        self._outdated: dict[int, str] = {}
        self._waived = 0
        self._lock = threading.Lock()
        people = branch_people(change, approval)
        for number, waiver in enumerate(waivers):
            complaint = _complaint(waiver, people, today)
            if complaint is None:
                self._in_force[number] = waiver
            else:
                self._complaints[number] = complaint
        self._waivers = tuple(waivers)

    def waive(self, result: PolicyResult) -> PolicyResult:
        """The result with ``content`` filled in and with ``waived_by`` where a waiver holds.

        A failed result whose error findings are all waived becomes WAIVED; any other outcome stays what it is, since
        what could not be evaluated is nothing that somebody could have weighed.
        """
        with self._lock:
            findings = tuple(self._waive(finding) for finding in result.findings)
        result = replace(result, findings=findings)
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        if result.outcome is not Outcome.FAILED or not errors or any(not finding.waived_by for finding in errors):
            return result
        more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
        reason = f"waived by {errors[0].waived_by}: {errors[0].waived_because}{more}"
        return replace(result, outcome=Outcome.WAIVED, reason=reason)

    def result(self) -> PolicyResult:
        """What became of the waivers themselves; asked for when all other results are in.

        It never counts as something that was proven: WAIVED when one was used, otherwise skipped.
        """
        findings = tuple(self._tell())
        result = PolicyResult(
            name=NAME,
            outcome=Outcome.SKIPPED,
            skip=Skip.NOT_APPLICABLE,
            reason="no waiver was needed" if self._waivers else "there are no waivers",
            observed=self._observed(),
            expected=_EXPECTED,
            findings=findings,
        )
        if not self._waived:
            return result if not findings else replace(result, reason="no waiver let anything through")
        reason = f"{_count(self._waived, 'finding')} waived"
        return replace(result, outcome=Outcome.WAIVED, skip=None, reason=reason)

    def _waive(self, finding: Finding) -> Finding:
        finding = replace(finding, content=content_of(finding, self._change, self._blobs))
        if finding.severity is Severity.NOTICE:
            return finding
        by, because = self._by_entry(finding) or self._by_review(finding) or (None, None)
        if by is None:
            return finding
        self._waived += 1
        return replace(finding, waived_by=by, waived_because=because)

    def _by_entry(self, finding: Finding) -> tuple[str, str] | None:
        for number, waiver in self._in_force.items():
            if not places(waiver, finding):
                continue
            if waiver.content == finding.content:
                self._used.add(number)
                return f"{waiver.by} ({waiver.file}:{waiver.line})", waiver.reason
            self._outdated[number] = finding.content or ""
        return None

    def _by_review(self, finding: Finding) -> tuple[str, str] | None:
        approvers = self._approval.approvers if self._approval is not None else ()
        for approver in approvers:
            for line in approver.lines:
                if line.rule == finding.rule and line.path in (None, finding.path) and not _line_fault(line):
                    self._used.add((approver.login, line))
                    return f"{approver.login} ({approver.url})", line.reason
        if finding.approvable and approvers and finding.severity is Severity.ERROR:
            return ", ".join(f"{each.login} ({each.url})" for each in approvers), "approved exactly this head"
        return None

    def _tell(self) -> Iterator[Finding]:
        for number, waiver in enumerate(self._waivers):
            if number in self._complaints:
                yield self._complaints[number]
            elif number not in self._used:
                yield self._idle(number, waiver)
        if self._approval is None:
            return
        for approver in self._approval.approvers:
            yield from self._idle_lines(approver)
        for reason in self._approval.refused:
            help = "have somebody with write access who did not work on the branch approve its newest commit"
            yield _notice("waiver/refused-approval", f"an approval does not count: {reason}", help)

    def _idle(self, number: int, waiver: Waiver) -> Finding:
        if number in self._outdated:
            found = self._outdated[number]
            return _finding(
                waiver,
                "waiver/outdated",
                f"the waiver of {waiver.rule} is for {waiver.content[:12]}, and the finding is in {found[:12]}",
                f"look at the edit; if the exception still holds, set `content: {found}` on the target branch",
            )
        unknown = _unknown_rule(waiver.rule)
        if unknown is not None:
            return _finding(waiver, "waiver/unknown-rule", unknown, "gaterunner explain lists all rules")
        touched = waiver.path in self._blobs or waiver.content == self._change.head
        finding = _finding(
            waiver,
            "waiver/unused",
            f"the waiver of {waiver.rule} lets nothing through here",
            "remove it once the change it was made for is merged",
        )
        # It may be for another branch; only where this one touches its file is that worth a warning.
        return finding if touched else replace(finding, severity=Severity.NOTICE)

    def _idle_lines(self, approver: Approver) -> Iterator[Finding]:
        for line in approver.lines:
            told = f"{approver.login}'s review waives {line.rule}" + (f" in {line.path}" if line.path else "")
            fault = _line_fault(line)
            help = "write one line per rule and file: `waive RULE PATH: reason`"
            if fault:
                yield _warning("waiver/too-broad", f"{told}: {fault}, so it is not honoured", help)
            elif (approver.login, line) not in self._used:
                yield _warning("waiver/unused", f"{told}, and there is no such finding", help)

    def _observed(self) -> str:
        told = _count(len(self._waivers), "entry", "entries") if self._waivers else "no entries"
        if self._approval is None:
            return told
        heads = ", ".join(head[:12] for head in self._approval.heads)
        approvers = ", ".join(approver.login for approver in self._approval.approvers)
        return f"{told}; {heads} approved by {approvers or 'nobody whose approval counts'}"


def _complaint(waiver: Waiver, people: frozenset[str], today: date) -> Finding | None:
    """Why an entry is not in force at all."""
    broad = why_too_broad(waiver, today)
    if broad is not None:
        help = f"name one rule and one file, and a day at most {MOST_DAYS} days ahead"
        return _finding(waiver, "waiver/too-broad", f"a waiver is too broad: {broad}", help)
    if waiver.expires < today:
        message = f"the waiver of {waiver.rule} expired on {waiver.expires}"
        return _finding(waiver, "waiver/expired", message, "fix what it was for, or have it renewed on purpose")
    if signed_by(waiver, people):
        message = f"the waiver of {waiver.rule} is signed by {waiver.by}, who wrote or committed to this branch"
        return _finding(waiver, "waiver/self-signed", message, "have somebody else look at it and sign it")
    return None


def _line_fault(line: WaiveLine) -> str | None:
    return why_no_rule(line.rule) or (why_no_path(line.path) if line.path is not None else None)


def _unknown_rule(rule: str) -> str | None:
    """What to say about a rule that no page explains; None for one that exists."""
    known = _known_rules()
    if rule in known or rule.partition("/")[0] in known:
        return None
    from gaterunner.config.nearest import nearest

    near = nearest(rule, known)
    return f"a waiver is for {quoted(rule)}, which is no rule" + (f"; did you mean {near}?" if near else "")


@cache
def _known_rules() -> tuple[str, ...]:
    from gaterunner.explaining import rule_pages  # reads files, and most waivers are of rules that matched

    return tuple(page.name for page in rule_pages())


def _finding(waiver: Waiver, rule: str, message: str, help: str) -> Finding:
    return Finding(rule=rule, severity=Severity.WARNING, message=message, help=help, path=waiver.file, line=waiver.line)


def _warning(rule: str, message: str, help: str) -> Finding:
    return Finding(rule=rule, severity=Severity.WARNING, message=message, help=help)


def _notice(rule: str, message: str, help: str) -> Finding:
    return Finding(rule=rule, severity=Severity.NOTICE, message=message, help=help)


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
