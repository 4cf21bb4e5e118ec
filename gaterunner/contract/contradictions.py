"""What a spec says twice, or takes back. Pure: it looks at nothing but the spec itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gaterunner.config.problems import Problems, listed, quoted
from gaterunner.config.types import Position
from gaterunner.contract.covering import covers
from gaterunner.contract.options import LEAST_LETTERS
from gaterunner.contract.patterns import TestIds, letters
from gaterunner.contract.types import Spec, TestPattern
from gaterunner.globs import Globs


def check_contradictions(spec: Spec, problems: Problems) -> None:
    """Notes whatever of the spec cannot hold together."""
    _check_ids(spec, problems)
    _check_lists(spec, problems)
    _check_scope(spec, problems)
    _check_tests(spec, problems)
    _check_data(spec, problems)
    _check_questions(spec, problems)


def _check_ids(spec: Spec, problems: Problems) -> None:
    _unique("objective", ((each.id, each.position) for each in spec.objectives), problems)
    _unique("question", ((each.id, each.position) for each in spec.questions), problems)
    for question in spec.questions:
        options = ((each.id, each.position) for each in question.options)
        _unique("option", options, problems, where=f" of the question {quoted(question.id)}")


def _unique(what: str, found: Iterable[tuple[str, Position | None]], problems: Problems, *, where: str = "") -> None:
    first: dict[str, Position | None] = {}
    for name, position in found:
        if name not in first:
            first[name] = position
            continue
        before = first[name]
        line = f", first in line {before.line}" if before else ""
        problems.add(position, f"the {what} {quoted(name)}{where} stands here a second time{line}")


def _check_lists(spec: Spec, problems: Problems) -> None:
    """What stands twice in a list is a slip: one of the two was meant to be another."""
    for key, what, values in (
        ("flags", "flag", spec.flags),
        ("cutovers", "cutover", spec.cutovers),
    ):
        _unique(what, ((value, spec.place(key, n)) for n, value in enumerate(values)), problems)
    for key in ("allow", "create", "forbid"):
        globs: tuple[str, ...] = getattr(spec.touchpoints, key)
        placed = ((glob, spec.place("touchpoints", key, n)) for n, glob in enumerate(globs))
        _unique("pattern", placed, problems, where=f" of `{key}`")


def _check_scope(spec: Spec, problems: Problems) -> None:
    """What is allowed and wholly taken back is a promise that nobody can keep."""
    closed = tuple(_closed(spec))
    for key in ("allow", "create"):
        globs: tuple[str, ...] = getattr(spec.touchpoints, key)
        for number, glob in enumerate(globs):
            by = next(((other, name) for other, name in closed if covers(Globs((other,)), glob)), None)
            if by is None:
                continue
            other, name = by
            position = spec.place("touchpoints", key, number)
            if other.strip("/") == glob.strip("/"):
                message = f"{quoted(glob)} is allowed here and is {name} as well"
            else:
                message = f"{quoted(glob)} is allowed here, and all of it is {name} by {quoted(other)}"
            problems.add(position, message, "take it from one of the two; what is forbidden wins")


def _closed(spec: Spec) -> Iterator[tuple[str, str]]:
    """The globs that take away, with what they make of a path."""
    for glob in spec.touchpoints.forbid:
        yield glob, "forbidden"
    for goal in spec.non_goals:
        for glob in goal.paths:
            yield glob, "a non-goal"


def _check_tests(spec: Spec, problems: Problems) -> None:
    for objective in spec.objectives:
        for pattern in objective.tests:
            _check_says_something(pattern, f"the objective {quoted(objective.id)}", problems)
    for pattern in spec.tests.may_remove:
        _check_says_something(pattern, "`may-remove`", problems)
        proven = _needed_by(pattern, spec)
        if proven:
            message = f"the tests {quoted(pattern.test)} may be removed, and are needed by {listed(proven, last='and')}"
            problems.add(pattern.position, message, "what proves something has to stay")
    for key, patterns in (("must-pass", spec.tests.must_pass), ("may-remove", spec.tests.may_remove)):
        found = ((_spelt(pattern), pattern.position) for pattern in patterns)
        _unique("pattern", found, problems, where=f" of `{key}`")


def _check_says_something(pattern: TestPattern, where: str, problems: Problems) -> None:
    if letters(pattern.test) >= LEAST_LETTERS:
        return
    message = (
        f"{where}: {quoted(pattern.test)} names no test, expected a pattern with at least {LEAST_LETTERS} letters "
        "or digits"
    )
    problems.add(pattern.position, message, "any test would do for it; name those that are meant")


def _needed_by(pattern: TestPattern, spec: Spec) -> list[str]:
    """What needs a test that may be removed: objectives, and `must-pass`."""
    objectives = [f"the objective {quoted(each.id)}" for each in spec.objectives if _shares(pattern, each.tests)]
    return objectives + (["`must-pass`"] if _shares(pattern, spec.tests.must_pass) else [])


def _shares(pattern: TestPattern, others: Sequence[TestPattern]) -> bool:
    """Whether all that one of the others means may be removed by the pattern."""
    return any(
        (pattern.gate is None or pattern.gate == other.gate) and TestIds((pattern.test,)).covers(other.test)
        for other in others
    )


def _spelt(pattern: TestPattern) -> str:
    return f"{pattern.gate}: {pattern.test}" if pattern.gate else pattern.test


def _check_data(spec: Spec, problems: Problems) -> None:
    if spec.data is None:
        return
    never = {name.casefold() for name in spec.data.never}
    for key in ("read", "write", "log"):
        names: tuple[str, ...] = getattr(spec.data, key) or ()
        for number, name in enumerate(names):
            if name.casefold() in never:
                message = f"{quoted(name)} stands under `{key}` and under `never` as well"
                problems.add(spec.place("data", key, number), message, "take it from one of the two")


def _check_questions(spec: Spec, problems: Problems) -> None:
    for question in spec.questions:
        ids = [option.id for option in question.options]
        if question.default is not None and question.default not in ids:
            expected = listed([quoted(id) for id in ids])
            near = problems.near(question.default, ids)
            message = f"the default {quoted(question.default)} of the question {quoted(question.id)} is none of its "
            problems.add(question.position, f"{message}options, expected {expected}{near}")
