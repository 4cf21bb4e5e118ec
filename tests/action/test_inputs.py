"""What each input changes, and what is said of one that cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gaterunner.action_inputs import read_inputs
from gaterunner.errors import UsageError
from tests.fake_github import FakeGitHub
from tests.runner_step import REPOSITORY, PullRequest, Step

THREE = """\
workflow:
  gates:
    - lint: {run: echo linted, needs: []}
    - unit: {run: exit 1, needs: []}
    - docs: {run: echo written, needs: [unit]}
  policies: [no-merge-to-main]
"""


def _step(tmp_path: Path, **inputs: str) -> Step:
    step = PullRequest.open(tmp_path, THREE).step()
    step.inputs |= {"report": "gate-report.json"} | {name.replace("_", "-"): value for name, value in inputs.items()}
    return step


def _outcomes(step: Step) -> dict[str, str]:
    report = json.loads((step.checkout.root / "gate-report.json").read_text())
    return {gate["name"]: gate["outcome"] for gate in report["gates"]}


@pytest.mark.parametrize("gates", ["lint, unit", "lint\nunit\n", " lint ,\n unit,"])
def test_gates_are_named_by_line_or_comma(tmp_path: Path, gates: str) -> None:
    step = _step(tmp_path, gates=gates)

    ran = step.run()

    assert ran.code == 1, ran
    assert _outcomes(step) == {"lint": "passed", "unit": "failed", "docs": "skipped"}


def test_a_run_of_some_gates_publishes_no_check(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = PullRequest.open(tmp_path, THREE).step(fake_github)
    step.inputs["gates"] = "lint"

    ran = step.run()

    assert ran.code == 0, ran
    assert fake_github.repository(REPOSITORY).check_runs == {}
    assert "No check was published: only some of the gates were run." in ran.summary


def test_a_gate_that_does_not_exist_is_wrong_use(tmp_path: Path) -> None:
    ran = _step(tmp_path, gates="lint, units").run()

    assert ran.code == 2, ran
    assert "units" in ran.commands[-1]


@pytest.mark.parametrize(("keep_going", "docs"), [("false", "skipped"), ("true", "passed")])
def test_gates_go_on_after_a_failure_where_asked_to(tmp_path: Path, keep_going: str, docs: str) -> None:
    step = PullRequest.open(tmp_path, THREE.replace("needs: [unit]", "needs: []")).step()
    step.inputs |= {"keep-going": keep_going, "jobs": "1", "report": "gate-report.json"}

    assert step.run().code == 1
    assert _outcomes(step) == {"lint": "passed", "unit": "failed", "docs": docs}


def test_a_plan_tells_the_matrix_and_executes_nothing(fake_github: FakeGitHub, tmp_path: Path) -> None:
    workflow = (
        "workflow: {gates: [{unit: {run: touch executed, shards: 3}}, {lint: {run: touch executed, needs: []}}]}\n"
    )
    step = PullRequest.open(tmp_path, workflow).step(fake_github)
    step.inputs |= {"command": "plan", "matrix-parts": "2"}

    ran = step.run()

    assert ran.code == 0, ran
    assert ran.outputs.keys() == {"matrix"}
    rows = json.loads(ran.outputs["matrix"])["include"]
    assert [row["part"] for row in rows] == ["1/2", "2/2"]
    assert sorted(name for row in rows for name in row["gates"].split(",")) == [
        "lint",
        "unit=1/3",
        "unit=2/3",
        "unit=3/3",
    ]
    assert ran.commands == []
    assert ran.summary == ""
    assert not (step.checkout.root / "executed").exists()
    assert fake_github.count("POST") == 0


def test_a_plan_that_cannot_be_made_is_a_red_job(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = PullRequest.open(tmp_path, "workflow:\n  gate: [build]\n").step(fake_github)
    step.inputs["command"] = "plan"

    ran = step.run()

    assert ran.code == 2, ran
    assert ran.outputs["verdict"] == "error"
    assert ".gaterunner.yml:2:3" in ran.out
    assert fake_github.count("POST") == 0


def test_no_plan_is_made_where_no_gate_may_run(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = PullRequest.open(tmp_path, THREE).step(fake_github, event="pull_request_target")
    step.inputs["command"] = "plan"

    ran = step.run()

    assert ran.code == 2, ran
    assert "no code of the branch may be executed" in ran.told


def test_nothing_is_collected_where_no_gate_may_run(fake_github: FakeGitHub, tmp_path: Path) -> None:
    """The parts would have run with the same event: what came of them proves nothing."""
    step = PullRequest.open(tmp_path, THREE).step(fake_github, event="pull_request_target")
    step.inputs |= {"command": "collect", "parts": "parts"}

    ran = step.run()

    assert ran.code == 2, ran
    assert ran.outputs["verdict"] == "error"
    assert "so there can be no parts to collect" in ran.out


@pytest.mark.parametrize(
    ("inputs", "message", "help"),
    [
        (
            {"command": "runn"},
            "input `command` is 'runn'",
            "expected one of: run, check, plan, collect, publish, pending",
        ),
        ({"executor": "podman"}, "input `executor` is 'podman'", "expected one of: local, docker"),
        ({"jobs": "0"}, "input `jobs` is '0'", "expected a number from 1"),
        ({"jobs": "many"}, "input `jobs` is 'many'", "expected a number from 1"),
        ({"fresh": "yes"}, "input `fresh` is 'yes'", "expected one of: true, false"),
        ({"keep-going": "1"}, "input `keep-going` is '1'", "expected one of: true, false"),
        (
            {"command": "check", "part": "1/2"},
            "input `part` is for `command: run`, and the command is 'check'",
            "leave `part` out, or set `command: run`",
        ),
        (
            {"parts": "reports"},
            "input `parts` is for `command: collect`, and the command is 'run'",
            "leave `parts` out, or set `command: collect`",
        ),
        (
            {"command": "collect"},
            "`command: collect` was not told where the reports of the parts are",
            "set `parts` to the folder into which actions/download-artifact put them",
        ),
    ],
)
def test_an_input_that_cannot_be_is_named_with_what_can(inputs: dict[str, str], message: str, help: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_inputs({f"INPUT_{name.upper()}": value for name, value in inputs.items()})

    assert (caught.value.message, caught.value.help) == (message, help)


def test_a_part_is_one_of_a_number(tmp_path: Path) -> None:
    ran = _step(tmp_path, part="3/2").run()

    assert ran.code == 2, ran
    assert "3/2" in ran.commands[-1]


@pytest.mark.parametrize("spelled", ["INPUT_KEEP-GOING", "INPUT_KEEP_GOING"])
def test_a_name_with_a_dash_may_come_with_an_underscore(spelled: str) -> None:
    assert read_inputs({spelled: "true"}).keep_going is True


def test_reports_are_a_file_a_folder_or_a_glob(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "parts" / name).mkdir(parents=True)
        (tmp_path / "parts" / name / "report.json").touch()

    def found(parts: str) -> list[str]:
        inputs = read_inputs({"INPUT_COMMAND": "collect", "INPUT_PARTS": parts})
        return [path.relative_to(tmp_path).as_posix() for path in inputs.reports(tmp_path)]

    assert found("parts") == found(str(tmp_path / "parts")) == ["parts"]
    assert found("parts/b/report.json") == ["parts/b/report.json"]
    assert (
        found("parts/*/*.json")
        == found(f"{tmp_path}/parts/**/*.json")
        == ["parts/a/report.json", "parts/b/report.json"]
    )
    assert found("elsewhere") == []
