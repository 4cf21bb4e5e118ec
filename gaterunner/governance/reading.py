"""From the bytes of a panel file to a ``Panel``, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping as Map
from fractions import Fraction
from itertools import pairwise
from typing import Literal, TypeVar

from msgspec import Struct, UnsetType
from msgspec.structs import replace

from gaterunner.config.decode import decode
from gaterunner.config.document import Mapping, Node, Scalar, Sequence, describe, parse_document
from gaterunner.config.option_types import given
from gaterunner.config.problems import Problems, listed, quoted
from gaterunner.config.source import read_text
from gaterunner.config.types import Position
from gaterunner.contract.exact import exact
from gaterunner.governance import options as declared
from gaterunner.governance.canonical import digest
from gaterunner.governance.facts import FACTS
from gaterunner.governance.panel_rules import Broken, Placed, check_panel
from gaterunner.governance.types import Chair, Criterion, Fallback, Fallbacks, Member, Panel, Veto

ROOT = "panel"
Bound = Literal["at-most", "at-least"]
S = TypeVar("S", bound=Struct)
_NO_WEIGHTS: Map[str, int] = {}


def read_panel(data: bytes, path: str) -> Panel:
    """The panel that the file declares; ``path`` is only told in problems.

    Members, criteria, weights and vetoes come in the order of their names, whatever the file's order is. Raises
    ``WorkflowFileError`` with every problem of the file, each with its position.
    """
    problems = Problems(path)
    text = read_text(data, problems)
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        problems.add(
            Position(1, 1), f"the file is empty, expected a map with the key `{ROOT}`", "remove it for the default"
        )
        raise problems.error()
    root = _root(parse_document(text, problems), problems)
    panel = _Reading(root, problems).panel()
    if problems or panel is None:
        raise problems.error()
    return replace(panel, sha256=digest(panel))


def _root(document: Node, problems: Problems) -> Mapping:
    found = None
    if not isinstance(document, Mapping):
        problems.add(document.position, f"found {describe(document)}, expected a map with the key `{ROOT}`")
        raise problems.error()
    for entry in document.entries:
        if entry.key.text != ROOT:
            problems.unknown_key(entry.key.position, entry.key.text, "the file", (ROOT,))
        elif not isinstance(entry.value, Mapping):
            problems.add(entry.value.position, f"`{ROOT}`: found {describe(entry.value)}, expected a map")
        else:
            found = entry.value
    if ROOT not in {entry.key.text for entry in document.entries}:
        problems.add(document.position, f"the key `{ROOT}` is missing")
    if found is None:
        raise problems.error()
    return found


class _Reading:
    """The keys of one file, each decoded by itself, so that a broken one hides no problem of another."""

    def __init__(self, root: Mapping, problems: Problems) -> None:
        self._problems = problems
        self._root = root
        self._nodes = {entry.key.text: entry.value for entry in root.entries}
        known = declared.PanelOptions.__struct_encode_fields__
        for entry in root.entries:
            if entry.key.text not in known:
                problems.unknown_key(entry.key.position, entry.key.text, "the panel", known)
        for key in declared.REQUIRED:
            if key not in self._nodes:
                problems.add(root.position, f"the panel lacks the key `{key}`")

    def panel(self) -> Panel | None:
        """The panel; None where something without which none can be made was reported."""
        criteria = [self._criterion(item, node) for item, node in self._items("criteria", declared.CriterionOptions)]
        members = [self._member(item, node) for item, node in self._items("members", declared.MemberOptions)]
        vetoes = [
            Placed(Veto(role=item.role, criterion=item.criterion, below=item.below), node.position)
            for item, node in self._items("vetoes", declared.VetoOptions)
        ]
        chair = self._chair()
        quorum, majority = self._share("quorum"), self._share("majority")
        fallbacks = self._fallbacks(has_chair="chair" in self._nodes)
        if not criteria or not members or quorum is None or majority is None:
            return None
        check_panel(
            criteria=criteria,
            members=members,
            chair=chair,
            vetoes=vetoes,
            quorum=quorum,
            majority=majority,
            fallbacks=fallbacks,
            root=self._root,
            problems=self._problems,
            broken=Broken(criteria=self._texts("criteria", "name"), roles=self._texts("members", "role")),
        )
        return Panel(
            members=tuple(sorted((each.value for each in members), key=lambda member: member.role)),
            chair=chair.value if chair else None,
            criteria=tuple(sorted((each.value for each in criteria), key=lambda criterion: criterion.name)),
            quorum=quorum.value,
            majority=majority.value,
            vetoes=tuple(sorted((each.value for each in vetoes), key=lambda veto: (veto.role, veto.criterion))),
            fallbacks=fallbacks,
        )

    def _texts(self, key: str, name: str) -> frozenset[str]:
        """What the items of a list call themselves, also those with mistakes elsewhere."""
        node = self._nodes.get(key)
        items = node.items if isinstance(node, Sequence) else ()
        entries = [entry for item in items if isinstance(item, Mapping) for entry in item.entries]
        return frozenset(
            entry.value.text for entry in entries if entry.key.text == name and isinstance(entry.value, Scalar)
        )

    def _items(self, key: str, kind: type[S]) -> list[tuple[S, Mapping]]:
        node = self._nodes.get(key)
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self._problems.add(node.position, f"`{key}` of the panel: found {describe(node)}, expected a list")
            return []
        if not node.items and key in declared.REQUIRED:
            self._problems.add(node.position, f"`{key}` of the panel is an empty list, expected at least one item")
        if len(node.items) > declared.MOST_CRITERIA:
            self._problems.add(
                node.position, f"`{key}` of the panel holds {len(node.items)} items, expected at most 100"
            )
            return []
        found = []
        for item in node.items:
            if not isinstance(item, Mapping):
                self._problems.add(item.position, f"an item of `{key}`: found {describe(item)}, expected a map")
                continue
            decoded = decode(item, kind, where=_WHERE[key], problems=self._problems)
            if decoded is not None:
                found.append((decoded, item))
        return found

    def _criterion(self, item: declared.CriterionOptions, node: Mapping) -> Placed[Criterion]:
        fact = given(item.fact)
        if fact is not None and fact not in FACTS:
            near = self._problems.near(fact, FACTS)
            self._problems.add(
                _value_at(node, "fact"),
                f"`fact` of the criterion {quoted(item.name)}: nothing measures {quoted(fact)}{near}",
                f"what is measured: {listed(list(FACTS), last='and')}",
            )
        steps = () if isinstance(item.steps, UnsetType) else item.steps
        if (fact is None) != (not steps):
            missing, other = ("steps", "fact") if fact is not None else ("fact", "steps")
            self._problems.add(node.position, f"the criterion {quoted(item.name)} has `{other}` and lacks `{missing}`")
        bound, read = self._steps(item.name, steps, node)
        text = " ".join(item.text.split())
        return Placed(Criterion(name=item.name, text=text, fact=fact, bound=bound, steps=read), node.position)

    def _steps(
        self, name: str, steps: tuple[declared.StepOptions, ...], node: Mapping
    ) -> tuple[Bound | None, tuple[tuple[Fraction, int], ...]]:
        """In which direction the steps go, and each as bound and score, from the best score to the worst."""
        place = next((entry.value.position for entry in node.entries if entry.key.text == "steps"), node.position)
        told = f"`steps` of the criterion {quoted(name)}"
        bounds = {self._bound(name, step, place) for step in steps} - {None}
        if len(bounds) > 1:
            self._problems.add(place, f"{told} have both `at-most` and `at-least`")
        if len(bounds) != 1:
            return None, ()
        rising = bounds == {"at-most"}
        values = [(exact(str(step.at_most if rising else step.at_least)), step.score) for step in steps]
        found = tuple((value, score) for value, score in values if value is not None)
        if len(found) < len(values):
            self._problems.add(place, f"{told}: a bound is no plain decimal number")
            return None, ()
        pairs = pairwise(found)
        if any(
            less >= score or (next_ <= value if rising else next_ >= value) for (value, score), (next_, less) in pairs
        ):
            order = f"from the best score to the worst, with {'rising' if rising else 'falling'} bounds"
            self._problems.add(place, f"{told} are not in order", order)
        return "at-most" if rising else "at-least", found

    def _bound(self, name: str, step: declared.StepOptions, place: Position) -> Bound | None:
        most, least = given(step.at_most), given(step.at_least)
        if (most is None) == (least is None):
            self._problems.add(
                place,
                f"a step of the criterion {quoted(name)} needs one of `at-most` and `at-least`",
                "such as `{at-most: 200, score: 5}`",
            )
            return None
        return "at-most" if most is not None else "at-least"

    def _member(self, item: declared.MemberOptions, node: Mapping) -> Placed[Member]:
        return Placed(
            Member(role=item.role, votes=item.votes, weights=_weights(item.weights), text=_prose(item.text)),
            node.position,
            _keys_at(node, "weights"),
        )

    def _chair(self) -> Placed[Chair] | None:
        node = self._nodes.get("chair")
        if node is None:
            return None
        if not isinstance(node, Mapping):
            self._problems.add(node.position, f"`chair` of the panel: found {describe(node)}, expected a map")
            return None
        votes = next((entry for entry in node.entries if entry.key.text == "votes"), None)
        if votes is not None:
            self._problems.add(votes.key.position, "the chair has no vote", "remove `votes`, or make it a member")
        beside = ("votes",) if votes is not None else ()
        item = decode(node, declared.ChairOptions, where="the chair", problems=self._problems, beside=beside)
        if item is None:
            return None
        chair = Chair(role=item.role, weights=_weights(item.weights), text=_prose(item.text))
        return Placed(chair, node.position, _keys_at(node, "weights"))

    def _share(self, key: str) -> Placed[Fraction] | None:
        node = self._nodes.get(key)
        if node is None:
            return None
        entry = next(entry for entry in self._root.entries if entry.key.text == key)
        found = decode(Mapping((entry,), entry.key.position), _Shares, where="the panel", problems=self._problems)
        text = given(getattr(found, key)) if found is not None else None
        return Placed(Fraction(text), node.position) if text is not None else None

    def _fallbacks(self, *, has_chair: bool) -> Fallbacks:
        """As declared; without a word about ties, the chair breaks them where there is one."""
        found: declared.FallbackOptions | None = declared.FallbackOptions()
        node = self._nodes.get("fallbacks")
        if isinstance(node, Mapping):
            found = decode(node, declared.FallbackOptions, where="the fallbacks", problems=self._problems)
        elif node is not None:
            self._problems.add(node.position, f"`fallbacks` of the panel: found {describe(node)}, expected a map")
        if found is None:
            return Fallbacks()
        tie: Fallback = "chair" if has_chair else "default"
        return Fallbacks(
            tie=tie if isinstance(found.tie, UnsetType) else found.tie,
            no_majority=found.no_majority,
            no_quorum=found.no_quorum,
            all_vetoed=found.all_vetoed,
        )


class _Shares(Struct, frozen=True, kw_only=True):
    quorum: declared.Share | UnsetType = "1/1"
    majority: declared.Share | UnsetType = "1/2"


_WHERE = {"criteria": "a criterion", "members": "a member", "vetoes": "a veto"}


def _weights(weights: Map[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((name, weight) for name, weight in weights.items() if weight))


def _prose(text: str | UnsetType) -> str:
    return "" if isinstance(text, UnsetType) else " ".join(text.split())


def _value_at(node: Mapping, key: str) -> Position:
    return next((entry.value.position for entry in node.entries if entry.key.text == key), node.position)


def _keys_at(node: Mapping, key: str) -> dict[str, Position]:
    """Where the keys of the map under ``key`` stand."""
    value = next((entry.value for entry in node.entries if entry.key.text == key), None)
    return {entry.key.text: entry.key.position for entry in value.entries} if isinstance(value, Mapping) else {}
