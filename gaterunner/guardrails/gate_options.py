"""What a changed option does to a gate, in words: a raised timeout, fewer paths, another command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from gaterunner.config.types import CoverageRules, Gate, TestRules
from gaterunner.guardrails.effects import Effect, duration
from gaterunner.guardrails.findings import RuleName, found, several, shown
from gaterunner.guardrails.sentry_options import sentry_effects
from gaterunner.guardrails.telemetry_options import telemetry_effects
from gaterunner.model import Finding

_TOLD_ELSEWHERE = {"name", "position", "needs"}  # what a gate waits for is compared over all gates


def changes(old: Gate, new: Gate, *, path: str) -> Iterator[Finding]:
    """What becomes of one gate."""
    for field in Gate.__struct_fields__:
        was, will = getattr(old, field), getattr(new, field)
        if field in _TOLD_ELSEWHERE or was == will:
            continue
        for effect in _EFFECTS.get(field, _otherwise(field))(was, will):
            message = f"gate `{new.name}` {effect.sentence}"
            yield found(effect.rule, message, path=path, line=new.position.line, key=f"{new.name} {effect.sentence}")


def _run(was: str | None, will: str | None) -> Iterator[Effect]:
    if was is None:
        yield Effect("gate-command", f"would run {shown(will)} instead of what its name means")
    elif will is None:
        yield Effect("gate-command", f"would run what its name means instead of {shown(was)}")
    else:
        yield Effect("gate-command", f"would run {shown(will)} instead of {shown(was)}")


def _kind(was: str, will: str) -> Iterator[Effect]:
    rule: RuleName = "gate-changed" if was == "command" else "gate-weakened"
    yield Effect(rule, f"would be of the kind `{will}` instead of `{was}`")


def _timeout(was: float, will: float) -> Iterator[Effect]:
    raised = will > was
    rule: RuleName = "gate-weakened" if raised else "gate-changed"
    yield Effect(rule, f"has its timeout {'raised' if raised else 'lowered'} from {duration(was)} to {duration(will)}")


def _advisory(_was: bool, will: bool) -> Iterator[Effect]:
    if will:
        yield Effect("gate-weakened", "would no longer count: it would be told only (`advisory`)")
    else:
        yield Effect("gate-changed", "would count again: it is no longer `advisory`")


def _retries(was: int, will: int) -> Iterator[Effect]:
    rule: RuleName = "gate-weakened" if will > was else "gate-changed"
    yield Effect(rule, f"would be tried {_times(will)} more after a failure instead of {_times(was)}")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _tests(was: tuple[str, ...], will: tuple[str, ...]) -> Iterator[Effect]:
    if not will:
        yield Effect("gate-weakened", "would pass without any test result (`tests` is gone)")
        return
    yield from _list("tests", was, will, lost="would pass without the test results {}", rule="gate-weakened")


def _test_rules(was: TestRules, will: TestRules) -> Iterator[Effect]:
    if was.minimum != will.minimum:
        lowered = will.minimum < was.minimum
        sentence = f"would need {will.minimum} executed tests instead of {was.minimum}"
        yield Effect("gate-weakened" if lowered else "gate-changed", sentence)
    if was.baseline != will.baseline:
        weaker = ("run", "report", None).index(will.baseline) > ("run", "report", None).index(was.baseline)
        sentence = f"would compare its tests with {_baseline(will)} instead of {_baseline(was)}"
        yield Effect("gate-weakened" if weaker else "gate-changed", sentence)
    lost = "would no longer run the base's own {} on the branch's code"
    yield from _list("base-tests", was.base_tests, will.base_tests, lost=lost, rule="gate-weakened")
    if was.missing != will.missing:
        weaker = will.missing == "warn"
        sentence = "would only be warned of missing tests" if weaker else "would fail where tests are missing"
        yield Effect("gate-weakened" if weaker else "gate-changed", sentence)


def _baseline(rules: TestRules) -> str:
    named = {"run": "those of a run of the base", "report": "those of the base's last report"}
    return named.get(rules.baseline or "", "nothing that is asked for")


def _coverage(was: CoverageRules | None, will: CoverageRules | None) -> Iterator[Effect]:
    if will is None:
        yield Effect("gate-weakened", "would no longer ask for coverage")
        return
    if was is None:
        yield Effect("gate-changed", f"would read coverage from {several(will.files)}")
        return
    yield from _least("of all lines", was.minimum, will.minimum)
    yield from _least("of changed lines", was.changed_minimum, will.changed_minimum)
    yield from _list("coverage files", was.files, will.files, lost="would no longer read coverage from {}")


def _least(of: str, was: float | None, will: float | None) -> Iterator[Effect]:
    if was == will:
        return
    lowered = (will or 0) < (was or 0)
    sentence = f"would need {will or 0:g} % {of} covered instead of {was or 0:g} %"
    yield Effect("gate-weakened" if lowered else "gate-changed", sentence)


def _paths(was: tuple[str, ...], will: tuple[str, ...]) -> Iterator[Effect]:
    if not was:
        yield Effect("gate-weakened", f"would run only when the change touches {several(will)}")
        return
    if not will:
        yield Effect("gate-changed", "would run on every change")
        return
    lost = [glob for glob in was if glob not in will and not glob.startswith("!")]
    taken = [glob[1:] for glob in will if glob not in was and glob.startswith("!")]
    for globs in (lost, taken):
        if globs:
            yield Effect("gate-weakened", f"would be skipped for changes of {several(globs)}")
    gained = [glob for glob in will if glob not in was and not glob.startswith("!")]
    gained += [glob[1:] for glob in was if glob not in will and glob.startswith("!")]
    if gained:
        yield Effect("gate-changed", f"would also run for changes of {several(gained)}")


def _gates(was: tuple[str, ...], will: tuple[str, ...]) -> Iterator[Effect]:
    where = "on the base's code"
    if not was:
        yield Effect("gate-weakened", f"would run {several(will)} {where} instead of all that is asked for")
    elif not will:
        yield Effect("gate-changed", f"would run {where} what the spec names, or all, instead of {several(was)}")
    else:
        lost = f"would no longer run {{}} {where}"
        yield from _list("gates", was, will, lost=lost, rule="gate-weakened")


def _inputs(was: tuple[str, ...], will: tuple[str, ...]) -> Iterator[Effect]:
    if not was:
        yield Effect("gate-weakened", f"would not run while nothing of {several(will)} changes (`inputs`)")
    elif not will:
        yield Effect("gate-changed", "would run every time: no kept result is taken any more")
    else:
        lost = "would take a kept result although {} changed"
        yield from _list("inputs", was, will, lost=lost, rule="gate-weakened")


def _env(was: tuple[tuple[str, str], ...], will: tuple[tuple[str, str], ...]) -> Iterator[Effect]:
    """Names only: a value may be a credential."""
    before, after = dict(was), dict(will)
    for verb, names in (
        ("would no longer get", before.keys() - after.keys()),
        ("would also get", after.keys() - before.keys()),
        ("would get another value of", {name for name in before.keys() & after.keys() if before[name] != after[name]}),
    ):
        if names:
            yield Effect("gate-changed", f"{verb} {several(sorted(names))} in its environment")


def _image(was: str | None, will: str | None) -> Iterator[Effect]:
    place = "where the workflow says"
    yield Effect("gate-changed", f"would run {_in(will) or place} instead of {_in(was) or place}")


def _in(image: str | None) -> str:
    return f"in the image {shown(image)}" if image else ""


def _network(was: str | None, will: str | None) -> Iterator[Effect]:
    order = ("none", "services", "bridge")
    weaker = order.index(will or "bridge") > order.index(was or "bridge")
    reach = {"none": "nothing", "services": "its services", "bridge": "its services and the world"}
    sentence = f"would reach {reach[will or 'bridge']} instead of {reach[was or 'bridge']}"
    yield Effect("gate-weakened" if weaker else "gate-changed", sentence)


def _list(
    what: str, was: tuple[str, ...], will: tuple[str, ...], *, lost: str, rule: RuleName = "gate-changed"
) -> Iterator[Effect]:
    gone = [one for one in was if one not in will]
    added = [one for one in will if one not in was]
    if gone:
        yield Effect(rule, lost.format(several(gone)))
    if added:
        yield Effect("gate-changed", f"would get {several(added)} under `{what}`")


def _otherwise(field: str) -> Callable[[Any, Any], Iterator[Effect]]:
    """An option without a sentence of its own: its name, and what stands there before and after."""

    def effects(was: Any, will: Any) -> Iterator[Effect]:
        before, after = (_plain(value) for value in (was, will))
        if before != after:
            option = field.removesuffix("_s").replace("_", "-")
            yield Effect("gate-changed", f"has `{option}` changed from {before} to {after}")

    return effects


def _plain(value: Any) -> str:
    built = msgspec.to_builtins(value)
    if isinstance(built, list | tuple) and all(isinstance(one, dict) for one in built):
        names = [f"{one.get('name', '')} ({one.get('image', '')})" if "image" in one else one for one in built]
        return several(names) if names else "nothing"
    return shown("" if built is None else built)


_EFFECTS: dict[str, Callable[[Any, Any], Iterator[Effect]]] = {
    "kind": _kind,
    "sentry": sentry_effects,
    "gates": _gates,
    "run": _run,
    "timeout_s": _timeout,
    "advisory": _advisory,
    "retries": _retries,
    "tests": _tests,
    "test_rules": _test_rules,
    "coverage": _coverage,
    "telemetry": telemetry_effects,
    "paths": _paths,
    "inputs": _inputs,
    "env": _env,
    "image": _image,
    "network": _network,
}
