"""What a panel as a whole has to keep to, beyond the form of each part. Pure."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence, Set
from fractions import Fraction
from typing import Generic, TypeVar

from msgspec import Struct

from gaterunner.config.document import Mapping
from gaterunner.config.problems import Problems, quoted
from gaterunner.config.types import Position
from gaterunner.governance.types import Chair, Criterion, Fallbacks, Member, Veto
from gaterunner.guardrails.look_alike import skeleton

T = TypeVar("T")
HALF = Fraction(1, 2)


class Placed(Struct, Generic[T], frozen=True):
    """A part of the panel with its place; ``keys`` are those of the keys of its weights."""

    value: T
    position: Position
    keys: Map[str, Position] = {}


class Broken(Struct, frozen=True, kw_only=True):
    """What criteria and members call themselves in the file: one with a mistake elsewhere is not unknown as well."""

    criteria: frozenset[str]
    roles: frozenset[str]


def check_panel(
    *,
    criteria: Sequence[Placed[Criterion]],
    members: Sequence[Placed[Member]],
    chair: Placed[Chair] | None,
    vetoes: Sequence[Placed[Veto]],
    quorum: Placed[Fraction],
    majority: Placed[Fraction],
    fallbacks: Fallbacks,
    root: Mapping,
    problems: Problems,
    broken: Broken,
) -> None:
    """Notes every rule that the parts break together."""
    _check_criteria(criteria, problems)
    _check_roles(members, chair, problems)
    names = {each.value.name for each in criteria} | broken.criteria
    roles = {each.value.role for each in members} | broken.roles
    for member in members:
        _check_weights(member, names, problems)
    if chair is not None:
        _check_weights(chair, names, problems)
    _check_vetoes(vetoes, roles, names, problems)
    _check_shares(quorum, majority, problems)
    _check_fallbacks(fallbacks, chair, root, problems)


def _check_criteria(criteria: Sequence[Placed[Criterion]], problems: Problems) -> None:
    first: dict[str, Position] = {}
    for each in criteria:
        name = each.value.name
        if first.setdefault(name, each.position) is not each.position:
            message = f"the criterion {quoted(name)} is a second one, first in line {first[name].line}"
            problems.add(each.position, message)


def _check_roles(members: Sequence[Placed[Member]], chair: Placed[Chair] | None, problems: Problems) -> None:
    """Neither case nor letters that are drawn alike make another role: a reader would take the two for one voter."""
    first: dict[str, Position] = {}
    for each in members:
        key = _as_read(each.value.role)
        if first.setdefault(key, each.position) is not each.position:
            message = f"the member {quoted(each.value.role)} is a second one, first in line {first[key].line}"
            problems.add(each.position, message, "give it more `votes` instead")
    if chair is not None and _as_read(chair.value.role) in first:
        message = f"the chair {quoted(chair.value.role)} is also a member, and the chair has no vote"
        problems.add(chair.position, message, "name it in one of the two places")


def _as_read(role: str) -> str:
    return " ".join(skeleton(role).split()).casefold()


def _check_weights(voter: Placed[Member] | Placed[Chair], names: Set[str], problems: Problems) -> None:
    role = quoted(voter.value.role)
    for name, position in voter.keys.items():
        if name not in names:
            problems.add(
                position, f"`weights` of {role}: the panel has no criterion {quoted(name)}{problems.near(name, names)}"
            )
    if not voter.value.weights:
        problems.add(
            voter.position,
            f"all weights of {role} are zero, so it can rate nothing",
            "give at least one criterion a weight above 0, or remove it",
        )


def _check_vetoes(vetoes: Sequence[Placed[Veto]], roles: Set[str], names: Set[str], problems: Problems) -> None:
    first: dict[tuple[str, str], Position] = {}
    for each in vetoes:
        veto = each.value
        if veto.role not in roles:
            problems.add(
                each.position,
                f"a veto of {quoted(veto.role)}, which is no member of the panel{problems.near(veto.role, roles)}",
            )
        if veto.criterion not in names:
            near = problems.near(veto.criterion, names)
            problems.add(each.position, f"a veto on {quoted(veto.criterion)}, which is no criterion of the panel{near}")
        key = (veto.role, veto.criterion)
        if first.setdefault(key, each.position) is not each.position:
            problems.add(
                each.position,
                f"{quoted(veto.role)} has a second veto on {quoted(veto.criterion)}, first in line {first[key].line}",
            )


def _check_shares(quorum: Placed[Fraction], majority: Placed[Fraction], problems: Problems) -> None:
    if quorum.value > 1:
        problems.add(
            quorum.position,
            "`quorum` is above the whole: more votes than there are would have to be cast",
            "write a share of at most 1/1",
        )
    if not HALF <= majority.value < 1:
        problems.add(
            majority.position,
            "`majority` lies below 1/2, so two options could win"
            if majority.value < HALF
            else "`majority` is the whole or more, which no option can exceed",
            "write a share from 1/2 to below 1/1, such as 1/2",
        )


def _check_fallbacks(fallbacks: Fallbacks, chair: Placed[Chair] | None, root: Mapping, problems: Problems) -> None:
    node = next((entry.value for entry in root.entries if entry.key.text == "fallbacks"), None)
    places = {entry.key.text: entry.value.position for entry in node.entries} if isinstance(node, Mapping) else {}
    for key in ("tie", "no-majority", "no-quorum"):
        if getattr(fallbacks, key.replace("-", "_")) == "chair" and chair is None:
            problems.add(
                places.get(key, root.position),
                f"`{key}` falls back on the chair, and the panel has none",
                f"declare `chair`, or set `{key}` of `fallbacks` to `default` or `escalate`",
            )
    if fallbacks.no_majority == "chair" and fallbacks.tie != "chair":
        # Else an option that the chair chose without a majority could lose by gaining votes, up to a tie.
        problems.add(
            places.get("no-majority", root.position),
            "the chair decides where there is no majority, and not where there is a tie",
            "set `tie` to `chair` as well",
        )
