"""What a spec says twice, or takes back. Pure: it looks at nothing but the spec itself."""

from __future__ import annotations

from collections.abc import Iterable

from gaterunner.config.problems import Problems, listed, quoted
from gaterunner.config.types import Position
from gaterunner.contract.covering import Cover
from gaterunner.contract.options import LEAST_LETTERS
from gaterunner.contract.patterns import TestIds, letters
from gaterunner.contract.types import Spec, TestPattern


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
    closed = _closed(spec)
    exact = Cover(tuple(closed))
    # What is forbidden is so in any case. Some characters are two in another one, and `?` is one.
    spelt = {glob.lower(): glob for glob in closed if glob.isascii()}
    lower = Cover(tuple(spelt))
    for key in ("allow", "create"):
        globs: tuple[str, ...] = getattr(spec.touchpoints, key)
        for number, glob in enumerate(globs):
            by, case = exact.all_of(glob), ""
            if not by and glob.isascii() and "?" not in glob:
                by, case = tuple(spelt[each] for each in lower.all_of(glob.lower())), ", where case does not count"
            if by:
                position = spec.place("touchpoints", key, number)
                message = f"{quoted(glob)} is allowed here{_taken_back(glob, by, closed)}{case}"
                problems.add(position, message, "take it from one of the two; what is forbidden wins")


def _taken_back(glob: str, by: tuple[str, ...], closed: dict[str, str]) -> str:
    if len(by) > 1:
        return f", and all of it is taken back by {listed([quoted(each) for each in by], last='and')} together"
    (other,) = by
    if other.strip("/") == glob.strip("/"):
        return f" and is {closed[other]} as well"
    return f", and all of it is {closed[other]} by {quoted(other)}"


def _closed(spec: Spec) -> dict[str, str]:
    """The globs that take away, with what they make of a path."""
    closed = dict.fromkeys(spec.touchpoints.forbid, "forbidden")
    for goal in spec.non_goals:
        for glob in goal.paths:
            closed.setdefault(glob, "a non-goal")
    return closed


def _check_tests(spec: Spec, problems: Problems) -> None:
    for objective in spec.objectives:
        for pattern in objective.tests:
            _check_says_something(pattern, f"the objective {quoted(objective.id)}", problems)
    needed = _needed(spec)
    for pattern in spec.tests.may_remove:
        _check_says_something(pattern, "`may-remove`", problems)
        gone = TestIds((pattern.test,))
        meant = ((what, other) for what, other in needed if pattern.gate in (None, other.gate))
        proven = dict.fromkeys(what for what, other in meant if gone.covers(other.test))
        if proven:
            by = listed(tuple(proven), last="and")
            message = f"the tests {quoted(pattern.test)} may be removed, and are needed by {by}"
            problems.add(pattern.position, message, "what proves something has to stay")
    for key, patterns in (("must-pass", spec.tests.must_pass), ("may-remove", spec.tests.may_remove)):
        found = ((_spelt(pattern), pattern.position) for pattern in patterns)
        _unique("pattern", found, problems, where=f" of `{key}`")


def _needed(spec: Spec) -> tuple[tuple[str, TestPattern], ...]:
    """The patterns that may be all among those that may go, with what needs their tests."""
    removable = TestIds(tuple(pattern.test for pattern in spec.tests.may_remove))
    placed = [(f"the objective {quoted(each.id)}", other) for each in spec.objectives for other in each.tests]
    placed += [("`must-pass`", other) for other in spec.tests.must_pass]
    return tuple((what, other) for what, other in placed if removable.covers(other.test))


def _check_says_something(pattern: TestPattern, where: str, problems: Problems) -> None:
    if letters(pattern.test) >= LEAST_LETTERS:
        return
    message = (
        f"{where}: {quoted(pattern.test)} names no test, expected a pattern with at least {LEAST_LETTERS} letters "
        "or digits"
    )
    problems.add(pattern.position, message, "any test would do for it; name those that are meant")


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
    for number, question in enumerate(spec.questions):
        ids = [option.id for option in question.options]
        if question.default is not None and question.default not in ids:
            expected = listed([quoted(id) for id in ids])
            near = problems.near(question.default, ids)
            message = f"the default {quoted(question.default)} of the question {quoted(question.id)} is none of its "
            position = spec.place("questions", number, "default", 0) or question.position
            problems.add(position, f"{message}options, expected {expected}{near}")
