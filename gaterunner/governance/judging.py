"""Judges the decision log of a change, and whether it answers the questions of the phase's spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.config.types import DECISIONS_PATH
from gaterunner.governance.answers import Judged, again, answered, counting
from gaterunner.governance.chain import MAX_BYTES, Fault, Log, Logged, compare, read_log
from gaterunner.governance.entries import genesis
from gaterunner.governance.findings import found, of_fault
from gaterunner.governance.fractions import shown
from gaterunner.governance.replay import replay
from gaterunner.model import Decided, Decision, DecisionLog, Finding
from gaterunner.policies.plain_files import TooLarge, content, find

if TYPE_CHECKING:
    from gaterunner.contract.held import Held
    from gaterunner.policies.context import PolicyContext, RepositoryReader


class File(Struct, frozen=True, kw_only=True):
    """The log of one commit; ``fault`` says why what lies there is none.

    ``form`` is mode and blob, which tell whether two commits have the same there; None where there is nothing.
    """

    form: tuple[str, str] | None = None
    data: bytes = b""
    fault: Fault | None = None


def file_of(repository: RepositoryReader, commit: str) -> File:
    """The log as a commit has it. Raises ``EvaluationError`` when git has no answer."""
    there = find(repository, commit, DECISIONS_PATH)
    if there.entry is None:
        return File()
    form = (there.entry.mode, there.entry.blob)
    if there.fault is not None:
        return File(form=form, fault=_unreadable(there.fault))
    data = content(repository, there.entry, max_bytes=MAX_BYTES)
    if isinstance(data, TooLarge):
        return File(form=form, fault=_unreadable(data.told))
    return File(form=form, data=data)


def _unreadable(message: str) -> Fault:
    return Fault(rule="unreadable", line=None, message=message)


def judge(context: PolicyContext, held: Held | None, base: File, judged: File) -> Judged:
    """The log beside the target branch's, its new entries, and the answers to the spec's questions.

    ``held`` is None on the target branch itself, which brings together what many branches answered. Raises
    ``EvaluationError`` when git has no answer, also where the history is cut off before its first commit.
    """
    if base.fault or judged.fault:
        told = [of_fault(base.fault, at_base=True)] if base.fault else []
        told += [of_fault(judged.fault)] if judged.fault and judged.form != base.form else []
        return Judged(findings=tuple(told))
    start = genesis(context.repository.first_commit(context.change.base))
    phase = held.phase.name if held and held.phase else None
    before = read_log(base.data, start, trusted=base.data.count(b"\n"), phase=phase)
    log = before if judged.form == base.form else _after(judged.data, start, before, phase)
    findings = [*_faults(before, log)]
    new = [each for each in log.entries if each.line > len(before.lines)]
    findings += _replayed(new)
    findings += _foreign(new, held) if held else ()
    answers = answered(context, held, log) if held else Judged()
    decided = Decided(
        log=DecisionLog(path=DECISIONS_PATH, entries=len(log.entries), head=log.head),
        decisions=tuple(
            _told(each, is_new=each.line > len(before.lines)) for each in counting(held.spec if held else None, log)
        ),
    )
    return Judged(
        findings=(*findings, *answers.findings),
        unseen=answers.unseen,
        decided=decided,
        asked=answers.asked,
        answered=answers.answered,
    )


def _after(data: bytes, start: str, before: Log, phase: str | None) -> Log:
    is_prefix = tuple(data.split(b"\n")[: len(before.lines)]) == before.lines
    return read_log(data, start, trusted=len(before.lines) if is_prefix else 0, phase=phase)


def _faults(before: Log, log: Log) -> Iterator[Finding]:
    """What the change did to the log; what was wrong before it is told as that."""
    known = {(fault.rule, fault.line, fault.message) for fault in before.faults}
    yield from (of_fault(fault, at_base=True) for fault in before.faults)
    if log is before:
        return
    fresh = [fault for fault in log.faults if (fault.rule, fault.line, fault.message) not in known]
    yield from map(of_fault, fresh)
    rules = {fault.rule for fault in fresh}
    yield from (of_fault(fault) for fault in compare(before.lines, log.lines) if fault.rule not in rules)


def _replayed(new: Sequence[Logged]) -> Iterator[Finding]:
    for each in new:
        why = replay(each.entry.body)
        if why is not None:
            question = each.link.question
            message = f"the answer to `{question}` is not what its question, facts and panel give: {why}"
            yield found("not-replayed", message, again(question), key=question, line=each.line)


def _foreign(new: Sequence[Logged], held: Held) -> Iterator[Finding]:
    """A branch records what its own spec asks: what others ask is answered under their law, not under its own."""
    if held.several:
        return
    phase = held.phase.name if held.phase else None
    asked = {question.id for question in held.spec.questions} if held.spec else None
    for each in new:
        link = each.link
        if link.phase != phase or (asked is not None and link.question not in asked):
            whose = f"of the phase `{link.phase}`" if link.phase != phase else f"that {held.path} does not ask"
            message = f"it answers the question `{link.question}` {whose}"
            help = "Record what this branch's spec asks, and the rest on the branches that it is for."
            yield found("foreign", message, help, key=f"{link.phase}\0{link.question}", line=each.line)


def _told(logged: Logged, *, is_new: bool) -> Decision:
    entry = logged.entry
    body, tally = entry.body, entry.body.tally
    return Decision(
        phase=body.phase,
        question=body.question.id,
        text=body.question.text,
        outcome=tally.outcome,
        option=tally.option,
        by=tally.by,
        votes_for=tuple((option, shown(votes)) for option, votes in tally.votes_for),
        votes_cast=tally.votes_cast,
        votes_total=tally.votes_total,
        explanation=tally.explanation,
        entry=body.index + 1,
        hash=entry.hash,
        panel=body.panel_sha256,
        recorded=entry.recorded,
        added=is_new,
    )
