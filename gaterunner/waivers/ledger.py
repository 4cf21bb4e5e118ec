"""The ledger of one run: it waives findings as results come in, and in the end tells which waivers came to nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import date

from msgspec.structs import replace

from gaterunner.model import Change, Finding, Outcome, PolicyResult, Severity
from gaterunner.policies.listing import bounded, not_applicable
from gaterunner.waivers import telling
from gaterunner.waivers.approval import Approval, WaiveLine
from gaterunner.waivers.file import Waiver
from gaterunner.waivers.matching import branch_people, content_of, places, signed_by, why_too_broad

NAME = "waivers"
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
        self._signed_by_branch: dict[int, Waiver] = {}
        self._used: set[int] = set()
        self._used_lines: dict[str, set[WaiveLine]] = {}
        self._outdated: dict[int, str] = {}
        self._waived = 0
        self._lock = threading.Lock()
        self._waivers = tuple(waivers)
        people = branch_people(change, approval)
        for number, waiver in enumerate(waivers):
            broad = why_too_broad(waiver, today)
            if broad is not None:
                self._complaints[number] = telling.too_broad(waiver, broad)
            elif waiver.expires < today:
                self._complaints[number] = telling.expired(waiver)
            elif signed_by(waiver, people):
                self._signed_by_branch[number] = waiver
            else:
                self._in_force[number] = waiver

    def waive(self, result: PolicyResult) -> PolicyResult:
        """The result with ``content`` filled in and with ``waived_by`` where a waiver holds.

        One that failed or is unapproved becomes WAIVED with all of its error findings; any other outcome stays what it
        is, since what could not be evaluated is nothing that somebody could have weighed.
        """
        with self._lock:
            findings = tuple(self._waive(finding) for finding in result.findings)
        result = replace(result, findings=findings)
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        if not errors or any(not finding.waived_by for finding in errors):
            return result
        if result.outcome is Outcome.FAILED and result.unshown:
            return replace(result, outcome=Outcome.UNPROVEN, reason=result.unshown)
        if not result.may_be_waived:
            return result
        more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
        reason = f"waived by {errors[0].waived_by}: {errors[0].waived_because}{more}"
        return replace(result, outcome=Outcome.WAIVED, reason=reason)

    def result(self) -> PolicyResult:
        """What became of the waivers themselves; asked for when all other results are in.

        It never counts as something that was proven: WAIVED when one was used, otherwise skipped.
        """
        findings = bounded(self._tell(), rule="waiver/more")
        reason = "no waiver was needed" if self._waivers else "there are no waivers"
        result = not_applicable(NAME, reason, observed=self._observed(), expected=_EXPECTED, findings=findings)
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
        for number, waiver in self._signed_by_branch.items():
            if places(waiver, finding):
                self._complaints[number] = telling.self_signed(waiver)
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
                if line.rule == finding.rule and line.path in (None, finding.path) and not telling.line_fault(line):
                    self._used_lines.setdefault(approver.login, set()).add(line)
                    return f"{approver.login} ({approver.url})", line.reason
        if finding.approvable and approvers and finding.severity is Severity.ERROR:
            return ", ".join(f"{each.login} ({each.url})" for each in approvers), "approved exactly this head"
        return None

    def _tell(self) -> Iterator[Finding]:
        for_others = []
        for number, waiver in enumerate(self._waivers):
            if number in self._used:
                continue
            told = self._complaints.get(number) or self._about_idle(number, waiver)
            if told is None:
                for_others.append(waiver)
            else:
                yield told
        yield from telling.for_others(for_others)
        if self._approval is None:
            return
        for approver in self._approval.approvers:
            yield from telling.of_review(approver, self._used_lines.get(approver.login, ()))
        for why in self._approval.refused:
            yield telling.refused(why)

    def _about_idle(self, number: int, waiver: Waiver) -> Finding | None:
        """Why an entry in force let nothing through; None where it may just be for another branch."""
        if number in self._outdated:
            return telling.outdated(waiver, self._outdated[number])
        unknown = telling.unknown_rule(waiver)
        if unknown is not None:
            return unknown
        is_of_this_change = waiver.path in self._blobs or waiver.content == self._change.head
        return telling.unused(waiver) if is_of_this_change else None

    def _observed(self) -> str:
        told = _count(len(self._waivers), "entry", "entries") if self._waivers else "no entries"
        if self._approval is None:
            return told
        heads = ", ".join(head[:12] for head in self._approval.heads)
        approvers = ", ".join(approver.login for approver in self._approval.approvers)
        return f"{told}; {heads} approved by {approvers or 'nobody whose approval counts'}"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
