"""Panels and questions for tests, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gaterunner.config.types import Position
from gaterunner.contract.types import Option, Question
from gaterunner.governance.types import Chair, Criterion, Facts, Fallbacks, Member, Panel, Veto

HERE = Position(1, 1)
NOTHING = Facts()


def panel(
    *members: tuple[str, int, Mapping[str, int]],
    chair: Mapping[str, int] | None = None,
    vetoes: tuple[Veto, ...] = (),
    quorum: str = "1/2",
    majority: str = "1/2",
    fallbacks: Fallbacks | None = None,
    criteria: tuple[Criterion, ...] = (),
) -> Panel:
    """A panel of members given as role, votes and weights; its criteria are those that anybody weighs."""
    weighed = {name for _, _, weights in members for name in weights} | set(chair or {})
    declared = {criterion.name: criterion for criterion in criteria}
    return Panel(
        members=tuple(
            Member(role=role, votes=votes, weights=tuple(sorted(weights.items()))) for role, votes, weights in members
        ),
        chair=Chair(role="Strategy", weights=tuple(sorted(chair.items()))) if chair is not None else None,
        criteria=tuple(
            declared.get(name) or Criterion(name=name, text=name) for name in sorted(weighed | declared.keys())
        ),
        quorum=Fraction(quorum),
        majority=Fraction(majority),
        vetoes=vetoes,
        fallbacks=fallbacks or Fallbacks(),
    )


def question(
    options: Mapping[str, Mapping[str, int]],
    *,
    default: str | None = None,
    criteria: tuple[str, ...] = (),
    facts: Mapping[str, Mapping[str, str]] | None = None,
) -> Question:
    """A question with the declared scores of each option."""
    measured = facts or {}
    return Question(
        id="q",
        text="Which?",
        options=tuple(
            Option(
                id=name,
                text=name,
                scores=tuple(scores.items()),
                facts=tuple((fact, Fraction(value)) for fact, value in measured.get(name, {}).items()),
                position=HERE,
            )
            for name, scores in options.items()
        ),
        criteria=criteria,
        default=default,
        position=HERE,
    )
