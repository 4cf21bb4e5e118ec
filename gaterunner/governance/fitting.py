"""Whether a panel can answer a question: what a spec asks by names that only the panel explains. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from gaterunner.config.problems import Problems, quoted
from gaterunner.contract.types import Option, Question
from gaterunner.governance.fractions import shown
from gaterunner.governance.types import Panel
from gaterunner.model import Problem


def misfits(panel: Panel, questions: Iterable[Question], path: str) -> tuple[Problem, ...]:
    """What keeps the panel from answering these questions of the spec at ``path``, each with its position."""
    problems = Problems(path)
    for question in questions:
        _check(panel, question, problems)
    return problems.error().problems if problems else ()


def _check(panel: Panel, question: Question, problems: Problems) -> None:
    names = [criterion.name for criterion in panel.criteria]
    unknown = [name for name in question.criteria if name not in names]
    for name in unknown:
        problems.add(
            question.position,
            f"`criteria` of the question {quoted(question.id)}: the panel has no criterion {quoted(name)}"
            f"{problems.near(name, names)}",
        )
    for option in question.options:
        _check_option(panel, option, names, problems)
    if not unknown:
        _check_quorum(panel, question, problems)


def _check_option(panel: Panel, option: Option, names: list[str], problems: Problems) -> None:
    for name, _ in option.scores:
        if name not in names:
            problems.add(
                option.position,
                f"`scores` of the option {quoted(option.id)}: the panel has no criterion {quoted(name)}"
                f"{problems.near(name, names)}",
            )
    used = sorted({criterion.fact for criterion in panel.criteria if criterion.fact is not None})
    for name, _ in option.facts:
        if name not in used:
            problems.add(
                option.position,
                f"`facts` of the option {quoted(option.id)}: no criterion of the panel uses the fact {quoted(name)}"
                f"{problems.near(name, used)}",
                "declare a score for the criterion instead",
            )


def _check_quorum(panel: Panel, question: Question, problems: Problems) -> None:
    """Members that weigh nothing that counts abstain whatever the scores are."""
    if not question.criteria:
        return
    able = sum(member.votes for member in panel.members if {name for name, _ in member.weights} & {*question.criteria})
    total = sum(member.votes for member in panel.members)
    if able < panel.quorum * total:
        problems.add(
            question.position,
            f"the question {quoted(question.id)} can never have a quorum: members with {able} of {total} votes weigh "
            f"its criteria, and {shown(panel.quorum)} of them are needed",
            "name more criteria, or leave `criteria` out to have all of them count",
        )
