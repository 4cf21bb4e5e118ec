"""Numbers of a fan-out: `collect` counts, of what the parts brought, and says what only the parts could have told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.model import Figure, Numbers
from tests.command_line import Ran
from tests.fanout.test_fan_out import Machines

WORKFLOW = """\
workflow:
  areas: {app: "app/**"}
  gates:
    - unit: {run: ./unit, tests: "out/*.xml", needs: [], shards: 2, coverage: out/lcov.info}
"""
UNIT = """\
#!/bin/sh
mkdir -p out
echo "<testsuite><testcase classname='t' name='test_$GATERUNNER_SHARD_INDEX'/></testsuite>" > out/unit.xml
printf 'SF:unit\\nDA:1,1\\nend_of_record\\n' > out/lcov.info
"""


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return Machines(tmp_path, WORKFLOW, work={"unit": UNIT, "app/a.py": "1\n2\n"})


def numbers(ran: Ran) -> Numbers:
    found = ran.report.numbers
    assert found is not None
    return found


def figures(ran: Ran) -> dict[str, Figure]:
    return {figure.name: figure for figure in numbers(ran).figures}


def test_collect_counts(machines: Machines) -> None:
    machines.run_all()

    collected = machines.collect()

    found = figures(collected)
    assert (found["executed"].value, found["files"].value) == (2, 2)
    assert next((row.area, row.insertions) for row in numbers(collected).lines) == ("app", 2)
    assert (found["whole run"].value, found["whole run"].reason) == (
        None,
        "its gates ran on other machines, at the same time",
    )
    assert found["unit"].value is not None
    assert found["lines (unit)"].reason == (
        "it ran in shards, and lines that several of them execute cannot be told apart"
    )
    assert numbers(collected).not_compared == (
        "no report of the base is at hand; name the folder of the exported cache with --cache"
    )


def test_it_compares_with_the_base_s_last_run_in_the_exported_cache(machines: Machines, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    machines.branch = "main"
    machines.remote.commit("Suite", {"unit": UNIT})
    machines.run_all()
    machines.collect(str(machines.reports), "--cache", cache)
    machines.remote.git("branch", "--force", "feat/y", "main")
    machines.branch = "feat/y"
    machines.remote.switch("feat/y")
    machines.remote.commit("Work", {"app/b.py": "1\n"})
    for part in machines.reports.iterdir():
        part.unlink()
    machines.remote.switch("main")
    machines.run_all()

    collected = machines.collect(str(machines.reports), "--cache", cache)

    found = figures(collected)
    assert numbers(collected).compared_commit == machines.remote.git("rev-parse", "main")
    assert (found["executed"].base, found["gone from the results"].value) == (2, 0)
    assert found["whole run"].base_reason == "its gates ran on other machines, at the same time"
