"""What the contract adds to a run: spec, phases, decisions and reversible-rollout, against the same run without them.

The repository is that of examples/dashboard-hardening with gates that only write their results, so that what is
compared is judging and not testing. Promise: at most 0.3 s. The way back is a gate that is executed, and so no part of
it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "dashboard-hardening"))

import replay
from pairs import at_home_in, cost

ROUNDS = 15
BOUND_S = 0.3
RUN = [str(Path(sys.executable).parent / "gaterunner")]
CONTRACT = ("phases: [", "specs:", "flag-manifest:", "- spec\n", "- decisions\n", "- reversible-rollout\n")
_GATES = """\
  gates:
    - unit: {run: python3 write.py unit, tests: out/unit.xml, flags: both}
    - integration: {run: python3 write.py integration, tests: out/integration.xml}
"""
_WRITE = """\
import pathlib, re, sys, time
gate = sys.argv[1]
names = [
    f"tests.{gate}.{file.stem}.{name}"
    for file in sorted(pathlib.Path("tests", gate).glob("test_*.py"))
    for name in re.findall(r"^def (test_\\w+)", file.read_text(), re.MULTILINE)
]
cases = "".join('<testcase classname="%s" name="%s"/>' % tuple(name.rsplit(".", 1)) for name in names)
pathlib.Path("out").mkdir(exist_ok=True)
suite = f'<testsuite name="{time.time()}" tests="{len(names)}">{cases}</testsuite>'
pathlib.Path("out", gate + ".xml").write_text(suite)
"""


def with_contract(law: str) -> str:
    """The example's workflow file on this machine, its gates as above."""
    head, rest = law.split("  gates:\n")
    policies = rest[rest.index("  policies:\n") :]
    head = head.replace("  executor: docker\n", "").replace("  image: guestbook-tools:1\n", "")
    return head.replace("    service: postgres:16\n", "") + _GATES + policies


def without_contract(law: str) -> str:
    """The same without all that belongs to the contract."""
    lines = with_contract(law).splitlines(keepends=True)
    return "".join(line for line in lines if not any(part in line for part in CONTRACT))


def measure(folder: Path) -> None:
    env = at_home_in(folder)
    laws = {}
    for name, law in (("with", with_contract), ("without", without_contract)):
        (folder / f"{name}.yml").write_text(law((replay.HERE / "base/.gaterunner.yml").read_text("utf-8")), "utf-8")
        laws[name] = folder / f"{name}.yml"
    root = folder / "repo"
    replay.build(root, None, gaterunner=RUN, law=with_contract)
    (root / "write.py").write_text(_WRITE, "utf-8")
    replay.git(root, "add", "--all")
    replay.git(root, "commit", "-q", "-m", "Write results")

    def one(name: str) -> tuple[float, float]:
        # 1 where the way back was not rehearsed, or a gate of this file is outside of the touchpoints
        return cost([*RUN, "run", "--config", str(laws[name])], cwd=root, env=env, codes=(0, 1))

    rounds = [(one("with"), one("without")) for _ in range(ROUNDS + 1)][1:]
    for number, what in enumerate(("wall", "cpu")):
        ours, theirs = (statistics.median(each[side][number] for each in rounds) for side in (0, 1))
        added = statistics.median(each[0][number] - each[1][number] for each in rounds)
        limit = f" (at most {BOUND_S:g})" if what == "wall" else ""
        print(f"  {what:4} {ours * 1000:4.0f} ms with, {theirs * 1000:4.0f} ms without: {added:+.3f} s{limit}")
        assert what != "wall" or added <= BOUND_S


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        print("gaterunner run of examples/dashboard-hardening with the contract / without")
        measure(Path(temporary))
