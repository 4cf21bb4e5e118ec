"""All points answered, the tier of protection that they come to, and what the whole is worth. Pure."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.doctor.answers import Answer, Outcome, UnknownError, Unread
from gaterunner.doctor.ci import CiWorkflow, calls_of
from gaterunner.doctor.facts import Facts, OutsideWorkflow
from gaterunner.doctor.points import POINTS, Point
from gaterunner.doctor.points.required import required
from gaterunner.errors import EXIT_ERROR, EXIT_FAIL, EXIT_PASS

HIGHEST_TIER = 3
_THIRD = (
    "no workflow from outside the repository is required: require one by an organisation's ruleset, pinned by commit, "
    "or have a GitHub App of its own give the verdict"
)


class PointResult(Struct, frozen=True, kw_only=True):
    """One point as it is told. ``tier`` is the tier that needs it, None for none."""

    name: str
    title: str
    tier: int | None
    outcome: Outcome
    observed: str
    fix: str


class Tier(Struct, frozen=True, kw_only=True):
    """``reached`` is 0 to 3. ``unsure`` says that a higher one may be reached: what tells it could not be read.

    ``missing`` is what the next tier needs: names of points, or for the third a sentence.
    """

    reached: int
    unsure: bool
    missing: tuple[str, ...]


class Diagnosis(Struct, frozen=True, kw_only=True):
    """What ``doctor`` says, as its JSON has it."""

    schema: str = "gaterunner.doctor/1"
    repository: str
    branch: str
    tier: Tier
    points: tuple[PointResult, ...]


def examine(facts: Facts) -> Diagnosis:
    """Answers every point from the facts."""
    points = tuple(_result(point, _answered(point, facts)) for point in POINTS)
    return Diagnosis(repository=facts.repository, branch=facts.branch, tier=_tier(points, facts), points=points)


def exit_code(diagnosis: Diagnosis) -> int:
    """1 where something is bad, else 3 where something could not be read, else 0."""
    outcomes = {point.outcome for point in diagnosis.points}
    if Outcome.BAD in outcomes:
        return EXIT_FAIL
    return EXIT_ERROR if Outcome.UNKNOWN in outcomes else EXIT_PASS


def _answered(point: Point, facts: Facts) -> Answer:
    try:
        return point.judge(facts)
    except UnknownError as error:
        return error.answer


def _result(point: Point, answer: Answer) -> PointResult:
    return PointResult(
        name=point.name,
        title=point.title,
        tier=point.tier,
        outcome=answer.outcome,
        observed=answer.observed,
        fix=answer.fix,
    )


def _tier(points: tuple[PointResult, ...], facts: Facts) -> Tier:
    """The highest tier whose points, and those of the tiers below, are all ok."""
    for tier in range(1, HIGHEST_TIER):
        missing = [point for point in points if point.tier == tier and point.outcome is not Outcome.OK]
        if missing:
            unsure = all(point.outcome is Outcome.UNKNOWN for point in missing)
            return Tier(reached=tier - 1, unsure=unsure, missing=tuple(point.name for point in missing))
    return _third(facts)


def _third(facts: Facts) -> Tier:
    """The verdict comes from where the branch cannot write."""
    unread_rules = isinstance(facts.protection, Unread) or bool(facts.protection.unread)
    calling = [each for each in facts.outside if _calls(each)]
    if any(each.pinned for each in calling) or _from_another_app(facts):
        return Tier(reached=HIGHEST_TIER, unsure=False, missing=())
    unread = [each for each in facts.outside if isinstance(each.ci, Unread)]
    if calling:
        missing = f"the required workflow {calling[0].name} is not pinned to a commit"
    elif unread:
        missing = f"whether the required workflow {unread[0].name} calls gaterunner could not be read"
    else:
        missing = _THIRD
    return Tier(reached=HIGHEST_TIER - 1, unsure=bool(unread) or unread_rules, missing=(missing,))


def _calls(workflow: OutsideWorkflow) -> bool:
    return isinstance(workflow.ci, CiWorkflow) and bool(calls_of([workflow.ci]).judging)


def _from_another_app(facts: Facts) -> bool:
    """Point check-source is ok here; where the source is not GitHub Actions, the workflow file names another app."""
    if isinstance(facts.protection, Unread) or isinstance(facts.actions_app, Unread):
        return False
    sources = {check.source for check in required(facts, facts.protection)}
    return bool(sources) and None not in sources and facts.actions_app not in sources
