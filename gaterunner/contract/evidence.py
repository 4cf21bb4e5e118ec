"""What the gates of a run showed about single tests: which ran, which passed, and which passes prove nothing. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from gaterunner.contract.patterns import TestIds
from gaterunner.contract.types import TestPattern
from gaterunner.guardrails.look_alike import skeleton
from gaterunner.model import GateResult, Outcome, TestCase

State = Literal["passed", "failed", "unproven"]
# What a gate that came to anything else tells of its tests is not known to be of this run, or whole.
_TELLING = (Outcome.PASSED, Outcome.FAILED, Outcome.WAIVED)


class Run(Struct, frozen=True, kw_only=True):
    """What one gate says of one test. ``why`` says why a pass proves nothing, None where it does.

    ``flaky`` says that it is for nothing but having failed before it passed.
    """

    gate: str
    state: Literal["passed", "failed", "skipped"]
    why: str | None = None
    flaky: bool = False
    cached: bool = False


class Shown(Struct, frozen=True, kw_only=True):
    """What a pattern comes to: all that it means ran and passed, one of them failed, or that is not shown.

    ``why`` completes a sentence about the pattern where it is not proven. ``tests`` are those that ran and passed,
    ``cached`` how many of them in an earlier run that is taken over.
    """

    state: State
    why: str = ""
    tests: tuple[str, ...] = ()
    cached: int = 0


class Seen:
    """All tests of a run by their ids."""

    def __init__(self, gates: Sequence[GateResult]) -> None:
        self._gates = tuple(gates)
        self._roughly: dict[str, str] = {}
        self._runs: defaultdict[str, list[Run]] = defaultdict(list)
        for result in gates:
            for case in result.cases:
                self._runs[case.id].append(_run(result, case))

    @property
    def is_empty(self) -> bool:
        """True when no gate was evaluated at all, as when only policies were asked for."""
        return not self._gates

    def passed(self) -> Iterator[tuple[str, str]]:
        """The ids of the tests that ran and passed, in a way that proves it, each with every gate where they did."""
        for id, runs in self._runs.items():
            if _together(runs).state == "passed":
                yield from {(id, run.gate) for run in runs if run.state == "passed" and run.why is None}

    def shown(self, pattern: TestPattern) -> Shown:
        """What the run shows about the tests of a pattern."""
        results = [result for result in self._gates if pattern.gate in (None, declared_name(result))]
        wanted = TestIds((pattern.test,))
        found: dict[str, list[Run]] = {}
        for id, runs in self._runs.items():
            if wanted.matches(id):
                theirs = [run for run in runs if pattern.gate in (None, run.gate)]
                if theirs:
                    found[id] = theirs
        if not found:
            return Shown(state="unproven", why=self._nothing(pattern, results))
        told = {id: _together(runs) for id, runs in found.items()}
        return _summed(told, pattern.test)

    def _nothing(self, pattern: TestPattern, results: Sequence[GateResult]) -> str:
        """Why no test of a pattern was seen."""
        if pattern.gate is not None and not results:
            return f"the gate `{pattern.gate}` is none of this run"
        if pattern.gate is not None and not any(result.cases for result in results):
            return _silent(pattern.gate, results)
        other = self._elsewhere(pattern) or self._look_alike(pattern.test)
        if other is not None:
            return other
        varied = next((id for id in self._runs if id.startswith(f"{pattern.test}[")), None)
        if varied is not None:
            return f"no test that ran has such an id; `{varied}` has parameters, and only `{pattern.test}[*` means it"
        whole = self._ending_so(pattern.test)
        if whole is not None:
            return f"no test that ran has such an id; the whole id of one that ends so is `{whole}`"
        # What is no command tells of no test, whether it is executed or not.
        skipped = (result for result in results if result.outcome is Outcome.SKIPPED)
        idle = [declared_name(result) for result in skipped if result.kind == "command"]
        more = f" (not executed: {', '.join(f'`{name}`' for name in dict.fromkeys(idle[:5]))})" if idle else ""
        return f"no test that ran has such an id{more}"

    def _ending_so(self, pattern: str) -> str | None:
        """A test that is meant by its name alone, or by what pytest calls it on the command line."""
        dotted = pattern.removeprefix("./").replace(".py::", ".").replace("::", ".").replace("/", ".")
        wanted = TestIds((dotted, f"*.{dotted}"))
        return next((id for id in self._runs if wanted.matches(id)), None)

    def _elsewhere(self, pattern: TestPattern) -> str | None:
        """That a test of such an id ran in another gate than the pattern's."""
        wanted = TestIds((pattern.test,))
        gates = (run.gate for id, runs in self._runs.items() if wanted.matches(id) for run in runs)
        gate = next(gates, None) if pattern.gate is not None else None
        return f"no test of this gate has such an id, only one of `{gate}`" if gate is not None else None

    def _look_alike(self, pattern: str) -> str | None:
        """That the id of a test would match if one did not look closely."""
        wanted = TestIds((_rough(pattern),))
        if not self._roughly:
            self._roughly = {_rough(id): id for id in self._runs}
        twin = next((id for rough, id in self._roughly.items() if wanted.matches(rough)), None)
        return f"no test that ran has such an id; `{twin}` only looks like it" if twin is not None else None


def declared_name(result: GateResult) -> str:
    """The name that the workflow file gives a gate, without the state of flags or the shard that a result is of."""
    return result.name.partition(" (")[0]


def _run(result: GateResult, case: TestCase) -> Run:
    doubt = _doubt(result, case)
    flaky = doubt is None and case.state == "passed" and case.flaky
    why = f"it is flaky: in `{result.name}` it failed before it passed" if flaky else doubt
    return Run(gate=declared_name(result), state=case.state, why=why, flaky=flaky, cached=result.cached)


def _doubt(result: GateResult, case: TestCase) -> str | None:
    """Why nothing that a gate says of a test proves anything, however often it was tried."""
    name = f"`{result.name}`"
    if result.advisory:
        return f"{name} is advisory, so nothing depends on it"
    if result.outcome not in _TELLING:
        return f"{name} is {result.outcome.value}"
    if case.state == "skipped":
        return f"it was skipped in {name}"
    return None


def _together(runs: Iterable[Run]) -> Shown:
    """What several gates say of one test: failed in any that counts is failed, passed in one is passed."""
    runs = tuple(runs)
    failed = next((run for run in runs if run.state == "failed" and run.why is None), None)
    if failed is not None:
        return Shown(state="failed", why=f"it failed in `{failed.gate}`")
    # A test that was flaky anywhere failed in this run, whatever it did elsewhere.
    flaky = next((run for run in runs if run.flaky), None)
    passed = [run for run in runs if run.state == "passed" and run.why is None]
    if passed and flaky is None:
        return Shown(state="passed", cached=all(run.cached for run in passed))
    doubt = flaky or next((run for run in runs if run.why is not None), None)
    return Shown(state="unproven", why=doubt.why or "" if doubt is not None else "it did not pass")


def _summed(told: dict[str, Shown], pattern: str) -> Shown:
    passed = tuple(id for id, shown in told.items() if shown.state == "passed")
    cached = sum(shown.cached for shown in told.values())
    for state in ("failed", "unproven"):
        wrong = [(id, shown) for id, shown in told.items() if shown.state == state]
        if wrong:
            (id, shown), many = wrong[0], len(told)
            of = f" ({len(wrong)} of {many})" if len(wrong) > 1 else ""
            name = f"`{id}`: " if id != pattern else ""
            return Shown(state=shown.state, why=f"{name}{shown.why}{of}", tests=passed, cached=cached)
    return Shown(state="passed", tests=passed, cached=cached)


def _silent(gate: str, results: Sequence[GateResult]) -> str:
    """Why a gate told of no test."""
    result = results[0]
    if result.outcome is Outcome.SKIPPED:
        return f"the gate `{gate}` did not run: {result.reason}"
    if result.cached:
        return f"the gate `{gate}` was taken from the cache, which names no test of it; run it with --fresh"
    return f"the gate `{gate}` names no test: it declares no `tests`, or wrote none"


def _rough(text: str) -> str:
    return text.casefold() if text.isascii() else skeleton(text).casefold()
