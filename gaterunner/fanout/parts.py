"""One plan cut into parts for many machines. Pure: what runs them is the engine of somebody else (docs/fan-out.md)."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from gaterunner.errors import UsageError
from gaterunner.plan import PlannedGate, whole_name

DEFAULT_PARTS = 8
MAX_PARTS = 256
"""GitHub refuses a matrix that makes more jobs (docs.github.com, "Usage limits": Job matrix)."""

_LEAST_COST_S = 0.01  # nothing is free: a plan of gates that all took 0 s is still spread
_UNKNOWN_COST_S = 1.0
_NAME_LIMIT = 100
_PART = re.compile(r"([1-9][0-9]{0,2})/([1-9][0-9]{0,2})", re.ASCII)


class PlannedPart(Struct, frozen=True, kw_only=True):
    """What one machine is given: number (from 1) of total.

    ``gates`` is everything it runs, in the notation of ``--gate`` and in the order of the plan: its ``goals``, which no
    other part has, and what they need. ``estimate_s`` is what all of it takes, one after the other.
    """

    number: int
    total: int
    goals: tuple[str, ...]
    gates: tuple[str, ...]
    estimate_s: float


def selector_of(planned: PlannedGate) -> str:
    """How ``--gate`` names a planned gate: ``unit``, ``unit (flags on)``, or ``unit=2/4``."""
    number, total = planned.shard
    return _selector(whole_name(planned.gate.name, planned.shard), number, total)


def parse_part(text: str) -> tuple[int, int]:
    """Number and total of ``2/5``. Raises ``UsageError``."""
    found = _PART.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise UsageError(f"--part {text!r} is no part", help="give its number and how many there are: --part 2/5")
    return int(found[1]), int(found[2])


# --- what can be cut -------------------------------------------------------------------------------------------------


def reasons_not_to_shard(plan: Sequence[PlannedGate]) -> tuple[str, ...]:
    """One sentence per gate that declares shards and runs in one piece all the same."""
    cuttable = [each for each in plan if each.gate.shards > 1 and each.skip is None]
    needs = needed_by_each(plan) if cuttable else {}
    told = []
    for planned in cuttable:
        name = planned.gate.name
        about_all = judged_over_all(planned)
        needing = next((each.gate.name for each in plan if each.skip is None and name in needs[each.gate.name]), None)
        if about_all is not None:
            told.append(f"gate `{name}` is not cut into shards: {about_all} can only be judged over all its tests")
        elif needing is not None:
            told.append(
                f"gate `{name}` is not cut into shards, as `{needing}` runs after it on the same machine; "
                f"give `{needing}` its own `needs:`, without it"
            )
    return tuple(told)


def judged_over_all(planned: PlannedGate) -> str | None:
    """What a gate is held to that no shard of it can show, nor all together by their numbers; None for nothing."""
    rules, coverage = planned.gate.test_rules, planned.gate.coverage
    if coverage is not None and (coverage.minimum is not None or coverage.changed_minimum is not None):
        return "its least coverage"
    return "its baseline" if rules.baseline == "run" else None


def needed_by_each(plan: Sequence[PlannedGate]) -> dict[str, frozenset[str]]:
    """Everything that each gate of a plan needs, also behind gates that do not apply."""
    found: dict[str, frozenset[str]] = {}
    for planned in plan:  # in order, so what a gate needs is already known
        found[planned.gate.name] = frozenset(planned.needs).union(*(found[name] for name in planned.needs))
    return found


# --- cutting ---------------------------------------------------------------------------------------------------------


def split(
    plan: Sequence[PlannedGate], durations: Mapping[str, float] | None = None, limit: int = DEFAULT_PARTS
) -> tuple[PlannedPart, ...]:
    """At most ``limit`` parts of about the same length, which together run every gate that applies.

    A goal is a gate that no other needs, or one shard of it. Each goal is in one part, with everything it needs: a
    machine starts from a clean checkout, so what several goals need is run in each of their parts. The longest goal is
    placed first, and each where it ends soonest. ``durations`` are seconds by gate, all its shards together, as earlier
    runs took them; the median stands for one that is not known. The same input gives the same parts, and at least one,
    without gates when none applies: GitHub refuses an empty matrix.

    Raises ``UsageError`` when ``limit`` is not from 1 to 256.
    """
    if not 1 <= limit <= MAX_PARTS:
        raise UsageError(
            f"--parts {limit} is out of range", help=f"give 1 to {MAX_PARTS}: GitHub takes no more jobs in a matrix"
        )
    work = _Work(plan, durations or {})
    loads = [_Load(work) for _ in range(min(limit, len(work.goals)))]
    for goal in sorted(work.goals, key=lambda goal: (-work.cost(goal.needs, goal), goal.place)):
        min(loads, key=lambda load: load.with_goal(goal)).add(goal)
    used = [load for load in loads if load.goals] or [_Load(work)]
    return tuple(load.part(number, len(used)) for number, load in enumerate(used, start=1))


class _Goal(Struct, frozen=True, kw_only=True):
    """One gate or shard that is run once. ``needs`` has a bit per gate of the plan; ``place`` is gate, then shard."""

    selector: str
    place: tuple[int, int]
    needs: int
    cost_s: float


class _Work:
    """What there is to do, and what it costs."""

    def __init__(self, plan: Sequence[PlannedGate], durations: Mapping[str, float]) -> None:
        self.plan = plan
        self._durations = {name: value for name, value in durations.items() if math.isfinite(value) and value >= 0}
        known = [seconds for each in plan if (seconds := self._known(each)) is not None]
        self._unknown = statistics.median(known) if known else _UNKNOWN_COST_S
        self.costs = [self._cost(each) for each in plan]
        self._closures = self._close()
        self.goals = self._goals()

    def cost(self, needs: int, goal: _Goal | None = None) -> float:
        """Seconds of the gates in ``needs``, and of a goal after them."""
        total = goal.cost_s if goal is not None else 0.0
        while needs:
            lowest = needs & -needs
            total += self.costs[lowest.bit_length() - 1]
            needs ^= lowest
        return total

    def _known(self, planned: PlannedGate) -> float | None:
        """Seconds of the whole gate, by its own name or as it is declared: both states of flags take about the same."""
        whole = whole_name(planned.gate.name, planned.shard)
        return self._durations.get(whole, self._durations.get(planned.declared))

    def _cost(self, planned: PlannedGate) -> float:
        known = self._known(planned)
        return max(self._unknown if known is None else known, _LEAST_COST_S)

    def _close(self) -> list[int]:
        """Per gate what runs before it, also behind gates that do not apply."""
        place = {each.gate.name: index for index, each in enumerate(self.plan)}
        closures: list[int] = []
        for planned in self.plan:  # in order, so what a gate needs is already closed
            closure = 0
            for index in (place[name] for name in planned.needs):
                closure |= closures[index] | (1 << index if self.plan[index].skip is None else 0)
            closures.append(closure)
        return closures

    def _goals(self) -> list[_Goal]:
        running = [index for index, planned in enumerate(self.plan) if planned.skip is None]
        needed = 0
        for index in running:
            needed |= self._closures[index]
        return [
            goal
            for index in running
            if not needed >> index & 1
            for goal in self._goals_of(index, self._closures[index])
        ]

    def _goals_of(self, index: int, needs: int) -> list[_Goal]:
        planned = self.plan[index]
        total = planned.gate.shards
        if total == 1 or planned.shard[1] > 1 or judged_over_all(planned) is not None:
            return [_Goal(selector=selector_of(planned), place=(index, 0), needs=needs, cost_s=self.costs[index])]
        return [
            _Goal(
                selector=_selector(planned.gate.name, number, total),
                place=(index, number),
                needs=needs,
                cost_s=max(self.costs[index] / total, _LEAST_COST_S),
            )
            for number in range(1, total + 1)
        ]


class _Load:
    """What one machine has been given so far."""

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._needs = 0
        self._seconds = 0.0
        self.goals: list[_Goal] = []

    def with_goal(self, goal: _Goal) -> float:
        """Seconds with one more goal; what is already needed here is not paid twice."""
        return self._seconds + self._work.cost(goal.needs & ~self._needs, goal)

    def add(self, goal: _Goal) -> None:
        self._seconds = self.with_goal(goal)
        self._needs |= goal.needs
        self.goals.append(goal)

    def part(self, number: int, total: int) -> PlannedPart:
        goals = sorted(self.goals, key=lambda goal: goal.place)
        needed = [((index, 0), each) for index, each in enumerate(self._work.plan) if self._needs >> index & 1]
        placed = [
            *((place, selector_of(each)) for place, each in needed),
            *((each.place, each.selector) for each in goals),
        ]
        return PlannedPart(
            number=number,
            total=total,
            goals=tuple(goal.selector for goal in goals),
            gates=tuple(selector for _, selector in sorted(placed)),
            estimate_s=round(self._seconds, 3),
        )


def _selector(name: str, number: int, total: int) -> str:
    return f"{name}={number}/{total}" if total > 1 else name


# --- for GitHub ------------------------------------------------------------------------------------------------------


class MatrixRow(Struct, frozen=True, kw_only=True):
    """One job of the matrix; every value is text without quotes, `$`, backslashes and backticks.

    ``gates`` is for ``--gate``, which takes several names in one argument, with commas between.
    """

    part: str
    name: str
    gates: str
    plan: str


class Matrix(Struct, frozen=True, kw_only=True):
    """What ``strategy.matrix`` is given."""

    include: tuple[MatrixRow, ...]


def matrix(parts: Sequence[PlannedPart], digest: str) -> str:
    """The matrix as JSON on one line, without a newline at its end."""
    rows = tuple(
        MatrixRow(part=f"{each.number}/{each.total}", name=_title(each), gates=",".join(each.gates), plan=digest)
        for each in parts
    )
    return msgspec.json.encode(Matrix(include=rows)).decode()


def _title(part: PlannedPart) -> str:
    named = ", ".join(goal.replace("=", " ") for goal in part.goals) or "nothing to run"
    return named if len(named) <= _NAME_LIMIT else f"{named[: _NAME_LIMIT - 3]}..."
