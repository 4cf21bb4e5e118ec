"""How many places of a change leave the data boundaries of its spec, looked at only where the answer counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gaterunner.governance.voting import criteria_of

if TYPE_CHECKING:
    from gaterunner.contract.types import Question, Spec
    from gaterunner.governance.types import Panel
    from gaterunner.policies.context import PolicyContext

FACT = "data-findings"


def data_findings_of(context: PolicyContext, spec: Spec, panel: Panel, questions: Iterable[Question]) -> int | str:
    """The fact ``data-findings`` of the change; or why it is not known.

    Raises ``EvaluationError`` when git has no answer.
    """
    if not any(_asks(panel, question) for question in questions):
        return "no question counts it, or every option declares it"
    if spec.data is None:
        return "the spec declares no data boundaries"
    from gaterunner.contract.boundaries.judge import data_findings

    return data_findings(context, spec)


def _asks(panel: Panel, question: Question) -> bool:
    vetoed = {veto.criterion for veto in panel.vetoes}
    names = {
        criterion.name
        for criterion in panel.criteria
        if criterion.fact == FACT and criterion.name in {*criteria_of(panel, question), *vetoed}
    }
    return any(
        name not in dict(option.scores) and FACT not in dict(option.facts)
        for name in names
        for option in question.options
    )
