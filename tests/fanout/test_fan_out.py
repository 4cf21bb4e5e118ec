"""A fan-out as its users see it: `plan --matrix`, `run --part` in clones of their own, `collect`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from gaterunner.model import Outcome, Report, Skip, TestCounts, Verdict
from gaterunner.reporters.json import decode_report
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository

WORKFLOW = """\
workflow:
  flags: {new-dashboard: NEW_DASHBOARD}
  gates:
    - build: {run: "mkdir -p out && echo built > out/app", needs: []}
    - unit: {run: ./unit, needs: [build], shards: 2, tests: "out/*.xml"}
    - smoke: {run: "cat out/app && echo dashboard $NEW_DASHBOARD", needs: [build], flags: both}
    - docs: {run: "false", needs: [], paths: "docs/**"}
  policies: [no-merge-to-main]
"""
# One test file per shard, as a test runner would pick its share.
UNIT = """\
#!/bin/sh
echo "shard $GATERUNNER_SHARD_INDEX of $GATERUNNER_SHARD_TOTAL"
echo "<testsuite><testcase classname='t' name='test_$GATERUNNER_SHARD_INDEX'/></testsuite>" > out/unit.xml
"""


class Machines:
    """A remote repository, and clones of it that stand for machines. ``work`` is what the branch changes."""

    def __init__(self, root: Path, workflow: str = WORKFLOW, *, work: Mapping[str, str] | None = None) -> None:
        self.remote = Repository.create(root / "remote")
        self.remote.write({".gaterunner.yml": workflow, "unit": UNIT, ".gitignore": "out\n"})
        (self.remote.root / "unit").chmod(0o755)
        self.remote.commit("Start")
        self.remote.switch("feat/x", create=True)
        self.remote.commit("Work", work or {"app.py": "print('hello')\n"})
        self.remote.switch("main")
        self.reports = root / "reports"
        self.reports.mkdir()
        self.branch = "feat/x"
        self._root = root
        self._count = 0

    def machine(self, *options: str) -> Repository:
        """A fresh clone with ``branch`` checked out."""
        self._count += 1
        found = Repository.clone(self.remote, self._root / f"machine-{self._count}", *options)
        found.switch(self.branch)
        return found

    def matrix(self, *options: str) -> list[dict[str, str]]:
        ran = gaterunner(self.machine().root, "plan", "--matrix", *options)
        assert ran.code == 0, ran
        assert ran.out.count("\n") == 1
        rows: list[dict[str, str]] = json.loads(ran.out)["include"]
        return rows

    def run(self, row: Mapping[str, str]) -> Ran:
        """One part, on a machine of its own."""
        number = row["part"].partition("/")[0]
        report = self.reports / f"part-{number}.json"
        arguments = ("run", "--part", row["part"], "--gate", row["gates"], "--report", str(report))
        return gaterunner(self.machine().root, *arguments)

    def run_all(self, *options: str) -> list[int]:
        """All parts; their exit codes."""
        return [self.run(row).code for row in self.matrix(*options)]

    def part(self, number: int) -> Report:
        return decode_report((self.reports / f"part-{number}.json").read_bytes())

    def collect(self, *arguments: str) -> Ran:
        return gaterunner(self.machine().root, "collect", "--format", "json", *(arguments or [str(self.reports)]))


def outcomes(ran: Ran) -> dict[str, str]:
    return {gate.name: str(gate.outcome) for gate in ran.report.gates}


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return Machines(tmp_path)


def test_parts_on_machines_of_their_own_become_one_report(machines: Machines) -> None:
    rows = machines.matrix("--parts", "3")
    assert [(row["part"], row["gates"]) for row in rows] == [
        ("1/3", "build,smoke (flags off)"),
        ("2/3", "build,smoke (flags on)"),
        ("3/3", "build,unit=1/2,unit=2/2"),
    ]
    assert [machines.run(row).code for row in rows] == [0, 0, 0]

    collected = machines.collect()

    assert (collected.code, collected.report.verdict) == (0, Verdict.PASS), collected
    assert outcomes(collected) == {
        "build": "passed",
        "unit": "passed",
        "smoke (flags off)": "passed",
        "smoke (flags on)": "passed",
        "docs": "skipped",
    }
    assert collected.gate("unit").tests == TestCounts(total=2, passed=2)
    assert [case.id for case in collected.gate("unit").cases] == ["t.test_1", "t.test_2"]
    assert collected.gate("docs").skip is Skip.NOT_APPLICABLE
    assert collected.policy("no-merge-to-main").outcome is Outcome.PASSED
    assert (collected.report.scope, collected.report.partial, collected.report.part) == ("gates+policies", False, None)


def test_a_part_runs_its_gates_and_no_policy(machines: Machines) -> None:
    (row,) = machines.matrix("--parts", "1")
    ran = machines.run(row)
    report = machines.part(1)
    assert ran.code == 0, ran
    assert (report.scope, report.policies) == ("gates", ())
    assert report.part is not None
    assert (report.part.number, report.part.total, report.part.plan) == (1, 1, row["plan"])
    assert ",".join(report.part.selected) == row["gates"]
    tails = {gate.name: gate.log_tail for gate in report.gates}
    assert tails["unit (shard 2 of 2)"][-1] == "shard 2 of 2"
    assert tails["smoke (flags off)"][-1] == "dashboard false"
    assert tails["smoke (flags on)"][-1] == "dashboard true"


def test_a_gate_that_fails_on_one_machine_fails_the_branch(tmp_path: Path) -> None:
    machines = Machines(
        tmp_path, work={"unit": UNIT.replace("echo", '[ "$GATERUNNER_SHARD_INDEX" = 1 ] || exit 3; echo')}
    )
    assert sorted(machines.run_all("--parts", "4")) == [0, 0, 0, 1]

    collected = machines.collect()

    assert (collected.code, collected.report.verdict) == (1, Verdict.FAIL)
    assert collected.gate("unit").reason.startswith("shard 2 of 2 failed: exit code 3")
    assert collected.gate("smoke (flags on)").outcome is Outcome.PASSED


def test_what_failed_on_a_machine_can_be_run_by_its_name_here(tmp_path: Path) -> None:
    broken = UNIT + '[ "$GATERUNNER_SHARD_INDEX" = 1 ] || exit 3\n'
    machines = Machines(tmp_path, work={"unit": broken})
    (told,) = [ran.out for row in machines.matrix("--parts", "4") if (ran := machines.run(row)).code]
    assert "Run again   gaterunner run --gate 'unit (shard 2 of 2)'" in told

    here = machines.machine()
    (here.root / "out").mkdir()
    again = gaterunner(here.root, "run", "--gate", "unit (shard 2 of 2)", "--format", "json")

    assert again.gate("unit (shard 2 of 2)").reason.startswith("exit code 3")


def test_one_shard_by_hand_is_told_as_a_partial_run(tmp_path: Path) -> None:
    machines = Machines(tmp_path, "workflow: {gates: [{unit: {run: 'true', shards: 2}}]}\n")
    here = machines.machine()
    assert gaterunner(here.root, "run", "--gate", "unit=1/2", "--format", "json").report.partial is True
    assert gaterunner(here.root, "run", "--gate", "unit", "--format", "json").report.partial is False
    assert "--gate left gates or shards out" in gaterunner(here.root, "run", "--gate", "unit=1/2").out


def test_a_part_that_never_arrives_is_no_pass(machines: Machines) -> None:
    rows = machines.matrix("--parts", "2")
    machines.run(rows[0])

    collected = machines.collect()

    assert (collected.code, collected.report.verdict) == (3, Verdict.ERROR)
    missing = [gate for gate in collected.report.gates if gate.outcome is Outcome.ERRORED]
    assert missing
    assert all(gate.reason.endswith("did not arrive: part 2 of 2 is missing") for gate in missing)
    assert collected.policy("no-merge-to-main").outcome is Outcome.PASSED


def test_a_machine_that_was_killed_leaves_nothing_to_collect(machines: Machines) -> None:
    collected = machines.collect()

    assert (collected.code, collected.report.verdict) == (3, Verdict.ERROR)
    assert [problem.message for problem in collected.report.problems] == ["no report of a part arrived"]


def test_parts_of_an_older_commit_are_refused(machines: Machines) -> None:
    machines.run_all("--parts", "2")
    old = machines.part(1).change
    assert old is not None
    machines.remote.switch("feat/x")
    machines.remote.commit("More work", {"app.py": "print('bye')\n"})
    machines.remote.switch("main")

    collected = machines.collect()

    assert (collected.code, collected.report.verdict) == (3, Verdict.ERROR)
    first, second = (problem.message for problem in collected.report.problems[:2])
    assert first.startswith(f"part-1.json: part 1 of 2 is of commit {old.head[:12]}, and this is ")
    assert second.startswith("part-2.json: part 2 of 2 is of commit")


def test_parts_that_ran_under_another_law_are_refused(machines: Machines, tmp_path: Path) -> None:
    machines.run_all("--parts", "1")
    lenient = tmp_path / "lenient.yml"
    lenient.write_text("workflow: {gates: [{build: 'true'}]}\n")

    collected = machines.collect("--config", str(lenient), str(machines.reports))

    assert collected.code == 3
    assert "is of another workflow file" in collected.report.problems[0].message


def test_a_part_that_ran_elsewhere_than_planned_is_refused(tmp_path: Path) -> None:
    workflow = WORKFLOW.replace("{run: ./unit,", "{run: ./unit, image: 'debian:12',")
    machines = Machines(tmp_path, workflow)
    (row,) = machines.matrix("--parts", "1", "--executor", "local")
    report = machines.reports / "part-1.json"
    arguments = ("--part", row["part"], "--gate", row["gates"], "--executor", "local", "--report", str(report))
    assert gaterunner(machines.machine().root, "run", *arguments).code == 0

    assert machines.collect("--executor", "local", str(machines.reports)).code == 0
    refused = machines.collect()

    assert refused.code == 3
    assert [problem.message for problem in refused.report.problems] == [
        "part-1.json: part 1 of 1 is of another plan: other commands, images, shards or merge commit",
        "no report of a part arrived",
    ]


def test_a_part_of_a_dirty_work_tree_is_refused(machines: Machines) -> None:
    (row,) = machines.matrix("--parts", "1")
    dirty = machines.machine()
    dirty.write({"app.py": "print('something else')\n"})
    report = machines.reports / "part-1.json"
    gaterunner(dirty.root, "run", "--part", "1/1", "--gate", row["gates"], "--report", str(report))

    collected = machines.collect()

    assert collected.code == 3
    assert "is of a work tree with changes that are not committed" in collected.report.problems[0].message


def test_what_lies_beside_the_reports_in_the_work_tree_is_not_judged(machines: Machines) -> None:
    machines.run_all("--parts", "2")
    here = machines.machine()
    (here.root / "parts").mkdir()
    for file in machines.reports.iterdir():
        (here.root / "parts" / file.name).write_bytes(file.read_bytes())

    collected = gaterunner(here.root, "collect", "--format", "json", "parts")

    assert collected.code == 0, collected
    assert collected.report.change is not None
    assert collected.report.change.dirty is False


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"schema": "gaterunner.report/1"', "part-2.json: the report is not valid JSON"),
        (b"\x00" * 1000, "part-2.json: the report is not valid JSON"),
        (b"", "part-2.json: the report is not valid JSON"),
    ],
)
def test_a_part_that_is_cut_off_is_no_pass(machines: Machines, content: bytes, message: str) -> None:
    machines.run_all("--parts", "2")
    (machines.reports / "part-2.json").write_bytes(content)

    collected = machines.collect()

    assert (collected.code, collected.report.verdict) == (3, Verdict.ERROR)
    assert collected.report.problems[0].message.startswith(message)


def test_a_part_of_100_mb_is_refused_without_reading_it_all(machines: Machines) -> None:
    machines.run_all("--parts", "2")
    with (machines.reports / "part-2.json").open("wb") as file:
        file.truncate(100 * 1024 * 1024)

    collected = machines.collect()

    assert collected.code == 3
    assert collected.report.problems[0].message == "part-2.json: larger than 64 MiB, which no report of a part is"


def test_no_link_among_the_reports_is_followed(machines: Machines, tmp_path: Path) -> None:
    machines.run_all("--parts", "1")
    elsewhere = tmp_path / "elsewhere.json"
    (machines.reports / "part-1.json").rename(elsewhere)
    (machines.reports / "part-1.json").symlink_to(elsewhere)

    assert machines.collect().report.problems[0].message == "no report of a part arrived"
    named = machines.collect(str(machines.reports / "part-1.json"))
    assert named.code == 2
    assert "is neither a file nor a folder" in named.report.problems[0].message


def test_names_from_a_part_lead_nowhere_and_speak_to_no_terminal(machines: Machines) -> None:
    machines.run_all("--parts", "1")
    file = machines.reports / "part-1.json"
    report = msgspec.json.decode(file.read_bytes())
    report["gates"][0] |= {"log": "../../../../etc/passwd", "reason": "\x1b]0;owned\x07fine", "name": "\x1b[2J../x"}
    report["part"]["selected"][0] = "\x1b[2J../../x"
    file.write_bytes(msgspec.json.encode(report))

    here = machines.machine()
    shown = gaterunner(here.root, "collect", str(machines.reports))

    assert shown.code == 3
    assert "\x1b" not in shown.out + shown.err
    assert "passwd" not in shown.out + shown.err
    assert "is no gate of this plan" in shown.out


def test_a_folder_that_is_not_there_is_told(machines: Machines, tmp_path: Path) -> None:
    told = gaterunner(machines.machine().root, "collect", str(tmp_path / "nothing"))
    assert told.code == 2
    assert "no such report: No such file or directory" in " ".join(told.out.split())
    assert "--report FILE" in told.out


def test_where_nothing_applies_there_is_one_part_and_nothing_is_proven(tmp_path: Path) -> None:
    machines = Machines(tmp_path, 'workflow: {gates: [{docs: {run: "true", paths: "docs/**"}}]}\n')
    (row,) = machines.matrix()
    assert (row["part"], row["gates"]) == ("1/1", "")
    machines.run(row)

    collected = machines.collect()

    assert (collected.code, collected.report.verdict) == (1, Verdict.FAIL)
    assert collected.report.sentence == "Nothing was proven: no gate ran and passed."


def test_a_gate_that_cannot_be_cut_is_told_with_the_matrix(tmp_path: Path) -> None:
    machines = Machines(tmp_path, "workflow: {gates: [{unit: {run: ./unit, shards: 4}}, {smoke: 'true'}]}\n")
    ran = gaterunner(machines.machine().root, "plan", "--matrix")
    assert json.loads(ran.out)["include"][0]["gates"] == "unit,smoke"
    assert ran.err == (
        "note: gate `unit` is not cut into shards, as `smoke` runs after it on the same machine; "
        "give `smoke` its own `needs:`, without it\n"
    )


def test_parts_and_cache_are_options_of_the_matrix_only(machines: Machines) -> None:
    ran = gaterunner(machines.machine().root, "plan", "--parts", "3")
    assert ran.code == 2
    assert "--parts and --cache are for --matrix." in ran.err


def test_the_same_commit_has_the_same_matrix_on_every_machine(machines: Machines) -> None:
    assert machines.matrix() == machines.matrix()


def test_what_one_fan_out_took_balances_the_next(machines: Machines, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    machines.run_all("--parts", "4")
    collected = machines.collect("--cache", str(cache), str(machines.reports))
    assert collected.code == 0, collected

    (run,) = (cache / "runs").iterdir()
    durations = {each["gate"]: each["seconds"] for each in json.loads(run.read_bytes())["durations"]}

    assert sorted(durations) == ["build", "smoke (flags off)", "smoke (flags on)", "unit"]
    assert all(seconds > 0 for seconds in durations.values())
    assert len(machines.matrix("--parts", "4", "--cache", str(cache))) == 4


def test_tests_that_are_gone_are_missed_over_all_shards(tmp_path: Path) -> None:
    workflow = WORKFLOW.replace('tests: "out/*.xml"', 'tests: {files: "out/*.xml", baseline: report}')
    loses = UNIT.replace("test_$GATERUNNER_SHARD_INDEX", "test_1")
    machines = Machines(tmp_path, workflow, work={"unit": loses})
    cache = tmp_path / "cache"

    def fan_out(branch: str) -> Ran:
        machines.branch = branch
        machines.run_all("--parts", "2")
        return machines.collect("--cache", str(cache), str(machines.reports))

    fan_out("main")
    lost = fan_out("feat/x")

    assert lost.gate("unit").outcome is Outcome.UNPROVEN, lost
    assert "of the base is gone" in lost.gate("unit").reason
    assert [finding.message for finding in lost.gate("unit").findings if "t.test_2" in finding.message]


def test_without_a_cache_the_base_s_tests_are_asked_for_by_its_option(tmp_path: Path) -> None:
    workflow = WORKFLOW.replace('tests: "out/*.xml"', 'tests: {files: "out/*.xml", baseline: report}')
    machines = Machines(tmp_path, workflow)
    machines.run_all("--parts", "2")

    unit = machines.collect(str(machines.reports)).gate("unit")

    assert unit.outcome is Outcome.UNPROVEN
    assert "name the folder of the exported cache with --cache" in unit.reason
