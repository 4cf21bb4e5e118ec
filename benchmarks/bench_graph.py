"""A graph of 50 gates against `make -j` of the same graph, and against its critical path."""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from pairs import at_home_in, commit_to_a_branch, compare, tell

LAYERS, WIDTH = 10, 5


class Step(NamedTuple):
    """One gate or target: how long it sleeps (seconds) and what it waits for."""

    name: str
    seconds: float
    needs: tuple[str, ...]


def make_graph() -> list[Step]:
    """Ten layers of five; each step waits for one to three of the layer above. The same in every run."""
    chance = random.Random(50)  # noqa: S311  a graph, no secret
    steps: list[Step] = []
    above: list[str] = []
    for layer in range(LAYERS):
        names = [f"step-{layer}-{number}" for number in range(WIDTH)]
        for name in names:
            needs = tuple(sorted(chance.sample(above, chance.randint(1, 3)))) if above else ()
            steps.append(Step(name, round(chance.uniform(0.1, 0.8), 2), needs))
        above = names
    return steps


def critical_path(steps: list[Step]) -> float:
    """The seconds that the longest chain takes."""
    ends: dict[str, float] = {}
    for step in steps:
        ends[step.name] = step.seconds + max((ends[name] for name in step.needs), default=0.0)
    return max(ends.values())


def make_repository(root: Path, steps: list[Step], env: dict[str, str]) -> None:
    """A repository with the graph declared for both tools."""
    gates = [f"    - {step.name}: {{run: sleep {step.seconds}, needs: [{', '.join(step.needs)}]}}\n" for step in steps]
    (root / ".gaterunner.yml").write_text("workflow:\n  gates:\n" + "".join(gates), encoding="utf-8")
    rules = [f"{step.name}: {' '.join(step.needs)}\n\t@sleep {step.seconds}\n" for step in steps]
    names = " ".join(step.name for step in steps)
    (root / "Makefile").write_text(f"all: {names}\n.PHONY: all {names}\n{''.join(rules)}", encoding="utf-8")
    commit_to_a_branch(root, env)


if __name__ == "__main__":
    steps = make_graph()
    jobs = str(len(steps))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "repo")
        root.mkdir()
        env = at_home_in(folder)
        make_repository(root, steps, env)
        ours = [str(Path(sys.executable).parent / "gaterunner"), "run", "--jobs", jobs]
        rounds = compare(ours, ["make", "-j", jobs, "all"], cwd=root, env=env, rounds=7)
    tell("gaterunner run / make -j, 50 gates in ten layers", rounds, bound=1.1)
    path = critical_path(steps)
    wall = statistics.median(our.wall for our, _ in rounds)
    print(f"  critical path {path:.2f} s, ours {wall:.2f} s: allowed are {1.05 * path + 0.2:.2f} s")
