"""From the bytes of a spec to a ``Spec``, or to everything that is wrong with it.

Markdown with YAML front matter, or YAML alone where the file's name ends in ``.yml`` or ``.yaml``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence as Items
from fractions import Fraction
from typing import Any, TypeVar

from msgspec import Struct, UnsetType

from gaterunner.config.checks import normalised_glob
from gaterunner.config.decode import a_map, decode
from gaterunner.config.document import Mapping, Node, Sequence, describe, parse_document
from gaterunner.config.option_types import as_tuple, given
from gaterunner.config.problems import Problems, quoted
from gaterunner.config.source import read_text
from gaterunner.config.types import Position
from gaterunner.contract import options as declared
from gaterunner.contract.contradictions import check_contradictions
from gaterunner.contract.exact import exact
from gaterunner.contract.front_matter import split_front_matter
from gaterunner.contract.places import child, places_of
from gaterunner.contract.types import (
    Budget,
    DataBoundaries,
    NonGoal,
    Objective,
    Option,
    Question,
    RollbackPlan,
    Spec,
    TestDuties,
    TestPattern,
    Touchpoints,
)
from gaterunner.errors import WorkflowFileError

YAML_SUFFIXES = (".yml", ".yaml")
S = TypeVar("S", bound=Struct)


def read_spec(data: bytes, path: str) -> Spec:
    """The spec that the file says; ``path`` is told in problems and kept in the result.

    Raises ``WorkflowFileError`` with every problem of the file, each with its line and column in it. What stops the
    YAML parser itself is told with what was found before it, since nothing after it can be read.
    """
    spec, problems = examine(data, path)
    if spec is None or problems:
        raise problems.error()
    return spec


def examine(data: bytes, path: str) -> tuple[Spec | None, Problems]:
    """What can be read of the file, and all that is wrong with it.

    Where something is wrong the spec lacks whatever that is about, and is good for nothing but to look for more that is
    wrong; it is None where nothing can be read.
    """
    problems = Problems(path)
    try:
        return _examined(data, path, problems), problems
    except WorkflowFileError:
        return None, problems


def _examined(data: bytes, path: str, problems: Problems) -> Spec:
    text = read_text(data, problems)
    if path.endswith(YAML_SUFFIXES):
        yaml, prose = text, ""
    else:
        halves = split_front_matter(text, declared.KEYS, problems)
        yaml, prose = halves.yaml, halves.prose
    root = _root(yaml, problems)
    values = _values(root, problems)
    lists = _Lists(root, problems)
    objectives, non_goals, questions = lists.objectives(), lists.non_goals(), lists.questions()
    spec = Spec(
        id=values.get("id", ""),
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        owner=values.get("owner", ""),
        title=values.get("title", ""),
        objectives=objectives,
        non_goals=non_goals,
        touchpoints=_touchpoints(values.get("touchpoints")),
        data=_data(values.get("data")),
        budget=_budget(values.get("budget")),
        tests=_duties(values.get("tests"), child(root, "tests")),
        flags=as_tuple(values.get("flags", ())),
        rollback=_rollback(values.get("rollback"), child(root, "rollback")),
        cutovers=as_tuple(values.get("cutovers", ())),
        questions=questions,
        prose=prose,
        places=places_of(root, declared.KEYS),
    )
    check_contradictions(spec, problems)
    return spec


def _root(yaml: str, problems: Problems) -> Mapping:
    if all(not line.strip() or line.lstrip().startswith("#") for line in yaml.splitlines()):
        problems.add(Position(1, 1), f"the spec is empty, expected the keys {_keys(declared.REQUIRED)}")
        raise problems.error()
    root = parse_document(yaml, problems)
    if not isinstance(root, Mapping):
        problems.add(root.position, f"found {describe(root)}, expected a map with the keys {_keys(declared.REQUIRED)}")
        raise problems.error()
    return root


def _keys(names: Items[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


_LISTS = ("objectives", "non-goals", "questions")


def _values(root: Mapping, problems: Problems) -> dict[str, Any]:
    """The decoded keys that are no lists of maps, each by itself, so that a broken one keeps no other from checks."""
    values: dict[str, Any] = {}
    for entry in root.entries:
        if entry.key.text in _LISTS and isinstance(entry.value, Sequence) and entry.value.items:
            continue
        alone = Mapping((entry,), entry.key.position)
        decoded = decode(alone, declared.SpecOptions, where="the spec", problems=problems)
        if decoded is not None:
            field = entry.key.text.replace("-", "_")
            values[field] = given(getattr(decoded, field))
    present = {entry.key.text for entry in root.entries}
    for key in declared.REQUIRED:
        if key not in present:
            problems.add(root.position, f"the spec lacks the key `{key}`, {_WHY[key]}")
    return {name: value for name, value in values.items() if value is not None}


_WHY = {
    "id": "the name of its phase",
    "owner": f"{declared.A_PERSON} who answers for it",
    "objectives": "what the change is to achieve, with the tests that prove it",
    "touchpoints": "which paths the change may touch",
}


class _Lists:
    """The lists of maps, each item decoded by itself."""

    def __init__(self, root: Mapping, problems: Problems) -> None:
        self._root = root
        self._problems = problems

    def _items(self, key: str, kind: type[S], where: str) -> list[tuple[S, Mapping]]:
        node = child(self._root, key)
        found: list[tuple[S, Mapping]] = []
        for item in node.items if isinstance(node, Sequence) else ():
            if not isinstance(item, Mapping):
                self._problems.add(item.position, f"an item of `{key}`: found {describe(item)}, expected {a_map(kind)}")
                continue
            decoded = decode(item, kind, where=where, problems=self._problems)
            if decoded is not None:
                found.append((decoded, item))
        return found

    def objectives(self) -> tuple[Objective, ...]:
        return tuple(
            Objective(
                id=item.id, text=item.text, tests=_tests(item.tests, child(node, "tests")), position=node.position
            )
            for item, node in self._items("objectives", declared.ObjectiveOptions, "an objective")
        )

    def non_goals(self) -> tuple[NonGoal, ...]:
        return tuple(
            NonGoal(text=item.text, paths=_globs(item.paths), position=node.position)
            for item, node in self._items("non-goals", declared.NonGoalOptions, "a non-goal")
        )

    def questions(self) -> tuple[Question, ...]:
        return tuple(
            Question(
                id=item.id,
                text=item.text,
                options=self._options(item.options, child(node, "options")),
                criteria=as_tuple(item.criteria),
                default=given(item.default),
                position=node.position,
            )
            for item, node in self._items("questions", declared.QuestionOptions, "a question")
        )

    def _options(self, items: Items[declared.OptionOptions], node: Node | None) -> tuple[Option, ...]:
        nodes = node.items if isinstance(node, Sequence) else ()
        return tuple(
            Option(
                id=item.id,
                text=item.text,
                scores=tuple(item.scores.items()),
                facts=self._facts(item, child(place, "facts")),
                position=place.position,
            )
            for item, place in zip(items, nodes, strict=True)
        )

    def _facts(self, item: declared.OptionOptions, node: Node | None) -> tuple[tuple[str, Fraction], ...]:
        found = []
        for name, text in item.facts.items():
            value = exact(str(text))
            if value is None:
                place = child(node, name)
                message = f"the fact `{name}` of the option `{item.id}`: found {quoted(str(text))}"
                help = "a decimal number such as `120` or `0.75`"
                self._problems.add(place.position if place else None, f"{message}, expected {help}")
            else:
                found.append((name, value))
        return tuple(found)


def _tests(value: Any, node: Node | None) -> tuple[TestPattern, ...]:
    """Decoded ``Tests`` with their places; a single one stands where its value does."""
    many = isinstance(node, Sequence)
    nodes = node.items if isinstance(node, Sequence) else (node,)
    values = value if many else (value,)
    return tuple(
        TestPattern(
            test=each if isinstance(each, str) else each.test,
            gate=None if isinstance(each, str) else each.gate,
            position=place.position if place else Position(1, 1),
        )
        for each, place in zip(values, nodes, strict=True)
    )


def _globs(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(normalised_glob, as_tuple(value)))


def _touchpoints(value: declared.TouchpointOptions | None) -> Touchpoints:
    if value is None:
        return Touchpoints(allow=())
    return Touchpoints(allow=_globs(value.allow), create=_globs(value.create), forbid=_globs(value.forbid))


def _data(value: declared.DataOptions | None) -> DataBoundaries | None:
    if value is None:
        return None
    return DataBoundaries(
        read=_names(value.read), write=_names(value.write), log=_names(value.log), never=as_tuple(value.never)
    )


def _names(value: str | tuple[str, ...] | UnsetType) -> tuple[str, ...] | None:
    return None if isinstance(value, UnsetType) else as_tuple(value)


def _budget(value: declared.BudgetOptions | None) -> Budget | None:
    if value is None:
        return None
    return Budget(files=given(value.files), lines=given(value.lines), commits=given(value.commits))


def _duties(value: declared.TestDutyOptions | None, node: Node | None) -> TestDuties:
    if value is None:
        return TestDuties()
    must, may = value.must_pass, value.may_remove
    return TestDuties(
        add=value.add,
        must_pass=() if isinstance(must, UnsetType) else _tests(must, child(node, "must-pass")),
        may_remove=() if isinstance(may, UnsetType) else _tests(may, child(node, "may-remove")),
    )


def _rollback(value: declared.RollbackOptions | None, node: Node | None) -> RollbackPlan | None:
    if value is None or node is None:
        return None
    return RollbackPlan(steps=as_tuple(value.steps), gates=as_tuple(value.gates), position=node.position)
