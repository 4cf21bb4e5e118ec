"""Whether a decision log answers the questions of a spec, under the law in force and with this run's facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from gaterunner.governance.canonical import plain_question
from gaterunner.governance.chain import Log, Logged
from gaterunner.governance.facts import facts_of_change
from gaterunner.governance.findings import found
from gaterunner.governance.fitting import misfits
from gaterunner.governance.held import panel_of
from gaterunner.governance.measured import data_findings_of
from gaterunner.governance.types import Facts, Panel, Tally
from gaterunner.governance.voting import decide
from gaterunner.model import Decided, Finding, Outcome

if TYPE_CHECKING:
    from gaterunner.contract.held import Held
    from gaterunner.contract.types import Question, Spec
    from gaterunner.governance.held import Held as HeldPanel
    from gaterunner.policies.context import PolicyContext

_RAN = (Outcome.PASSED, Outcome.FAILED, Outcome.UNPROVEN)
_Stale = Literal["outdated", "panel-changed"]


class Judged(Struct, frozen=True, kw_only=True):
    """What was found. ``unseen`` says what was not evaluated, ``answered`` how many of the questions are."""

    findings: tuple[Finding, ...] = ()
    unseen: tuple[str, ...] = ()
    decided: Decided | None = None
    asked: int = 0
    answered: int = 0


class _Law(Struct, frozen=True, kw_only=True):
    """What the answers are held to; ``ran`` says that gates told what they know."""

    held: Held
    spec: Spec
    panel: Panel
    facts: Facts
    ran: bool


def again(question: str) -> str:
    """What to do about an answer that does not count."""
    return f"Put the question again and commit the log: gaterunner decide {question} --record."


def counting(spec: Spec | None, log: Log) -> tuple[Logged, ...]:
    """The last entry on each question of the spec, in the order in which the spec asks."""
    if spec is None:
        return ()
    last = {each.link.question: each for each in log.entries if each.link.phase == spec.id}
    return tuple(last[question.id] for question in spec.questions if question.id in last)


def answered(context: PolicyContext, held: Held, log: Log) -> Judged:
    """Each question of the spec beside the log's last word on it. Raises ``EvaluationError`` when git has no answer."""
    spec = held.spec
    if held.several:
        return Judged(unseen=(held.why or "",))
    if held.is_broken:
        return Judged(findings=tuple(_no_spec(held)))
    if spec is None or not spec.questions:
        return Judged()
    in_force = panel_of(context)
    asked = len(spec.questions)
    if in_force.panel is None:
        return Judged(asked=asked, findings=tuple(_no_panel(in_force)))
    law = _Law(
        held=held,
        spec=spec,
        panel=in_force.panel,
        facts=facts_of_change(
            context.change, context.gates, data_findings_of(context, spec, in_force.panel, spec.questions)
        ),
        ran=any(gate.outcome in _RAN for gate in context.gates or ()),
    )
    last = {each.link.question: each for each in counting(spec, log)}
    parts = [_question(law, question, last.get(question.id)) for question in spec.questions]
    unseen = tuple(words for part in parts for words in part.unseen)
    return Judged(
        asked=asked,
        answered=sum(part.answered for part in parts),
        findings=tuple(finding for part in parts for finding in part.findings),
        unseen=(*unseen, "run all gates: gaterunner run") if unseen else (),
    )


def _no_spec(held: Held) -> Iterator[Finding]:
    """As of the panel, of which it says why no plain approval is enough."""
    told = [(problem.message, problem.line) for problem in held.problems] or [(held.fault or "", None)]
    for message, line in told:
        yield found(
            "unfit",
            f"what the spec asks cannot be told, line {line or 1}: {message}",
            "Repair the spec; gaterunner validate names every mistake.",
            key=message,
            path=held.path,
        )


def _no_panel(held: HeldPanel) -> Iterator[Finding]:
    """No plain approval is enough, as for a question without an answer: what repairs the panel is a change of its own,
    of no phase, and is not asked anything."""
    told = [(problem.message, problem.line) for problem in held.problems] or [(held.fault or "", None)]
    for message, line in told:
        yield found(
            "unfit",
            f"the panel in force cannot be read, line {line or 1}: {message}",
            "Repair the panel on the target branch; gaterunner validate names every mistake.",
            key=message,
            path=held.path,
        )


def _question(law: _Law, question: Question, logged: Logged | None) -> Judged:
    """One question: is it answered, under this law, and as this run's facts answer it?"""
    wrong = misfits(law.panel, [question], law.spec.path)
    if wrong:
        return Judged(findings=tuple(_unfit(law.held, each.message, each.line, each.help) for each in wrong))
    if logged is None:
        return Judged(findings=(_unanswered(law, question),))
    stale = _stale(law, question, logged)
    if stale is not None:
        rule, why = stale
        message = f"the answer to `{question.id}` is {why}"
        return Judged(findings=(found(rule, message, again(question.id), key=question.id, line=logged.line),))
    return _anew(law, question, logged)


def _anew(law: _Law, question: Question, logged: Logged) -> Judged:
    """The question put once more, with what this run measured."""
    body = logged.entry.body
    anew = decide(law.panel, question, law.facts)
    if _answer(anew) == _answer(body.tally):
        escalated = body.tally.outcome == "escalated"
        return Judged(answered=1, findings=(_escalated(question, logged),) if escalated else ())
    as_recorded = decide(law.panel, question, _with(law.facts, body.facts))
    if not law.ran and _answer(as_recorded) == _answer(body.tally):
        return Judged(answered=1, unseen=(f"the answer to `{question.id}` rests on facts that only gates tell",))
    message = (
        f"the answer to `{question.id}` was {_said(body.tally)}, "
        f"and with what this run measured it is {_said(anew)} ({anew.by})"
    )
    return Judged(findings=(found("differs", message, again(question.id), key=question.id, line=logged.line),))


def _unanswered(law: _Law, question: Question) -> Finding:
    message = f"the spec asks `{question.id}` of the panel, and the log has no answer"
    line = None if law.held.differs else question.position.line
    help = f"Put the question and commit the log: gaterunner decide {question.id} --record."
    return found("unanswered", message, help, key=question.id, path=law.spec.path, line=line)


def _unfit(held: Held, message: str, line: int | None, help: str | None) -> Finding:
    return found(
        "unfit",
        f"{message} (line {line} of the spec at the base)" if held.differs and line else message,
        help or "Make the spec's question and the panel name the same criteria, on the target branch.",
        key=message,
        path=held.path,
        line=None if held.differs else line,
    )


def _stale(law: _Law, question: Question, logged: Logged) -> tuple[_Stale, str] | None:
    body = logged.entry.body
    if plain_question(body.question.question()) != plain_question(question):
        return "outdated", "one to another question of that name: the spec asks otherwise now"
    if body.spec != law.spec.sha256:
        return "outdated", f"of another version of {law.spec.path}"
    if body.panel_sha256 != law.panel.sha256:
        return "panel-changed", "that of another panel than the one in force"
    return None


def _escalated(question: Question, logged: Logged) -> Finding:
    tally = logged.entry.body.tally
    return found(
        "escalated",
        f"the panel leaves `{question.id}` to a person ({tally.by}): {tally.explanation[-1]}",
        "Somebody who is no author of the branch decides, by an approving review of its head.",
        key=question.id,
        line=logged.line,
        approvable=True,
    )


def _answer(tally: Tally) -> tuple[str, str | None]:
    return tally.outcome, tally.option


def _said(tally: Tally) -> str:
    return f"`{tally.option}`" if tally.option is not None else "that a person has to decide"


def _with(facts: Facts, recorded: Facts) -> Facts:
    """This run's facts, and the recorded ones in the place of those that it did not measure."""
    return Facts(known=tuple(sorted({**dict(recorded.known), **dict(facts.known)}.items())))
