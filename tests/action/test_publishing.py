"""When GitHub takes no check or answers badly, verdict and exit code stay as they are, and the reason is said."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.fake_github import FakeGitHub, Trouble
from tests.fake_github.state import Run
from tests.runner_step import HURRIED, PULL, REPOSITORY, PullRequest, Step, StepRan, check_of

CREATE = r"/check-runs$"
UPDATE = r"/check-runs/\d+$"
FORK = (
    "Give the job the permission checks: write; a pull request from a fork or by Dependabot never gets a token with it."
)
CARRIED = "The status of this job carries the verdict."
ACTION = yaml.safe_load((Path(__file__).resolve().parents[2] / "action.yml").read_text())
OUTPUTS = [name for name in ACTION["outputs"] if name != "matrix"]
FAILING = """\
workflow:
  gates:
    - unit: {run: "echo ::error::of the branch; (cat results.xml; echo) >out.xml; exit 1", tests: out.xml}
  policies: [guardrails: {rules: {gate-script: "off"}}] # the branch brings what the gate reads
"""
RESULTS = """\
<testsuite name="shop" tests="1" failures="1">
  <testcase classname="test_shop" name="test_buy" file="shop.py" line="3"><failure message="expected 3"/></testcase>
</testsuite>
"""
PASSING = "workflow: {gates: [{unit: 'true'}]}\n"


def failing(place: Path) -> PullRequest:
    return PullRequest.open(place, FAILING, {"shop.py": "a\nb\nc\n", "results.xml": RESULTS})


def checks(fake: FakeGitHub) -> list[Run]:
    return list(fake.repository(REPOSITORY).check_runs.values())


def test_a_fork_gets_annotations_the_reason_and_the_verdict_as_exit_code(
    fake_github: FakeGitHub, tmp_path: Path
) -> None:
    step = failing(tmp_path).step(fake_github).on(fake_github, writes=False)

    ran = step.run()

    assert ran.code == 1, ran
    assert checks(fake_github) == []
    warning, verdict, finding = ran.commands
    assert warning.startswith("::warning title=gaterunner::No check was published: POST /repos/octo/example/check-runs")
    assert "403 (Resource not accessible by integration)" in warning
    assert FORK in warning
    assert CARRIED in warning
    assert verdict == "::error title=gaterunner%3A fail::unit failed."
    assert finding.startswith("::error title=unit%3A test-failed,file=shop.py,line=3,endLine=3::")
    assert FORK in ran.summary
    assert "expected 3" in ran.summary
    assert ran.outputs["verdict"] == "fail"


def test_a_fork_that_passes_is_a_green_job(fake_github: FakeGitHub, tmp_path: Path) -> None:
    ran = PullRequest.open(tmp_path, PASSING).step(fake_github).on(fake_github, writes=False).run()

    assert ran.code == 0, ran
    assert len(ran.commands) == 1
    assert fake_github.count("POST", CREATE) == 1


def test_a_token_that_nobody_gave_out_is_said(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = PullRequest.open(tmp_path, PASSING).step(fake_github)
    step.inputs["token"] = "gh" + "s_" + "0" * 36

    ran = step.run()

    assert ran.code == 0, ran
    assert "401 (Bad credentials)" in ran.summary
    fake_github.take_violations()


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [("publish", "none", "`publish: none` was asked for"), ("token", "", "no token was given")],
)
def test_without_a_check_to_publish_nothing_is_asked_of_github(
    fake_github: FakeGitHub, tmp_path: Path, name: str, value: str, reason: str
) -> None:
    step = failing(tmp_path).step(fake_github)
    step.inputs[name] = value

    ran = step.run()

    assert ran.code == 1, ran
    assert fake_github.requests == []
    assert ran.commands[0] == f"::notice title=gaterunner::No check was published: {reason}. {CARRIED}"
    assert "file=shop.py,line=3" in ran.commands[2]
    assert ran.outputs["verdict"] == "fail"


def test_a_token_that_cannot_be_one_is_wrong_use(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = PullRequest.open(tmp_path, PASSING).step(fake_github)
    step.inputs["token"] = "two words"

    ran = step.run()

    assert ran.code == 2, ran
    assert "the token is empty or holds characters that no token has" in ran.out
    assert "two words" not in ran.told


@pytest.fixture
def nobody() -> Iterator[str]:
    """The address of an API where nobody listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}"


@pytest.mark.parametrize(("workflow", "code"), [(PASSING, 0), ("workflow: {gates: [{unit: exit 1}]}\n", 1)])
def test_an_api_that_is_down_changes_no_verdict(
    fake_github: FakeGitHub, nobody: str, tmp_path: Path, workflow: str, code: int
) -> None:
    step = PullRequest.open(tmp_path, workflow).step(fake_github)
    step.env["GITHUB_API_URL"] = nobody

    ran = step.run(HURRIED)

    assert ran.code == code, ran
    assert ran.commands[0].startswith("::warning title=gaterunner::No check was published: ")
    assert "the connection failed (ConnectionError)" in ran.commands[0]
    assert FORK not in ran.told
    assert "the connection failed" in ran.summary
    assert ran.outputs["verdict"] == ("fail" if code else "pass")


def test_an_api_that_never_answers_is_waited_for_within_bounds(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = PullRequest.open(tmp_path, PASSING).step(fake_github)
    fake_github.misbehave(*(Trouble.slow(method, "", 60) for method in ("POST", "GET") for _ in range(10)))

    ran = step.run(HURRIED)

    assert ran.code == 0, ran
    assert "No check was published: " in ran.commands[0]
    assert "no answer within 1 s" in ran.commands[0]
    assert ran.outputs["verdict"] == "pass"


def test_bad_gateways_leave_one_check_and_each_annotation_once(fake_github: FakeGitHub, tmp_path: Path) -> None:
    """Half of the answers get lost after GitHub has done what was asked."""
    step = failing(tmp_path).step(fake_github)
    fake_github.misbehave(
        Trouble.bad_gateway("POST", CREATE, written=True),
        Trouble.bad_gateway("POST", CREATE, written=False),
        Trouble.bad_gateway("GET", r"/commits/", written=False),
        Trouble.bad_gateway("GET", r"/pulls/", written=False),
        Trouble.bad_gateway("PATCH", UPDATE, written=False),
        Trouble.bad_gateway("PATCH", UPDATE, written=True),
    )

    ran = step.run(HURRIED)

    assert ran.code == 1, ran
    check = check_of(fake_github)
    assert (check.status, check.conclusion, len(check.annotations)) == ("completed", "failure", 1)
    assert ran.commands == []


def test_annotations_that_github_refuses_do_not_cost_the_check(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = failing(tmp_path).step(fake_github)
    fake_github.misbehave(Trouble.refusal("PATCH", UPDATE, 422, "Invalid annotation"))

    ran = step.run(HURRIED)

    assert ran.code == 1, ran
    assert (check_of(fake_github).conclusion, check_of(fake_github).annotations) == ("failure", [])
    assert "GitHub refused the annotations" in str(check_of(fake_github).summary)
    assert "GitHub refused the annotations" in ran.commands[0]


def test_a_newer_push_is_said_and_gets_no_verdict_about_the_older_one(fake_github: FakeGitHub, tmp_path: Path) -> None:
    pull = PullRequest.open(tmp_path, PASSING)
    step = pull.step(fake_github)
    newer = "f" * 40
    fake_github.repository(REPOSITORY).push(newer)
    fake_github.repository(REPOSITORY).pulls[PULL].head = newer

    ran = step.run()

    assert ran.code == 0, ran
    said = f"Superseded by a newer push: this verdict is about {pull.head}, the branch is now at {newer}."
    assert (check_of(fake_github).head_sha, check_of(fake_github).conclusion) == (pull.head, "success")
    assert said in str(check_of(fake_github).summary)
    assert said in ran.summary
    assert f"::warning title=gaterunner::{said}" in ran.commands


def file_outside(step: Step) -> Path:
    """A file outside of the step that a planted link could lead to."""
    outside = step.temp / "precious"
    outside.parent.mkdir(parents=True, exist_ok=True)
    outside.write_text("untouched\n")
    return outside


FOLDER = '"$RUNNER_TEMP"/_runner_file_commands'


@pytest.mark.parametrize("end", ["true", "exit 1"])
def test_what_a_gate_writes_into_the_runners_files_is_gone(fake_github: FakeGitHub, tmp_path: Path, end: str) -> None:
    forge = f"for file in {FOLDER}/*; do echo verdict=pass >>$file; done; test -s {FOLDER}/set_env_*; {end}"
    step = PullRequest.open(tmp_path, f"workflow:\n  gates:\n    - unit: |-\n        {forge}\n").step(fake_github)

    ran = step.run()

    assert ran.code == (0 if end == "true" else 1), ran
    assert set(ran.outputs) == set(OUTPUTS)
    assert ran.outputs["verdict"] == ("pass" if end == "true" else "fail")
    assert "verdict=pass" not in ran.files["GITHUB_OUTPUT"]
    assert (ran.files["GITHUB_ENV"], ran.files["GITHUB_PATH"], ran.files["GITHUB_STATE"]) == ("", "", "")
    assert ran.summary.startswith("## ")


@pytest.mark.parametrize("forge", ["rm $file; ln -s ../precious $file", "rm $file", "rm $file; ln ../precious $file"])
def test_a_link_planted_for_the_runners_files_leads_nowhere(
    fake_github: FakeGitHub, tmp_path: Path, forge: str
) -> None:
    run = f"cd {FOLDER}; for file in *; do {forge}; done"
    step = PullRequest.open(tmp_path, f"workflow:\n  gates:\n    - unit: |-\n        {run}\n").step(fake_github)
    outside = file_outside(step)

    ran = step.run()

    assert ran.code == 0, ran
    assert outside.read_text() == "untouched\n"
    assert ran.outputs["verdict"] == "pass"
    assert not any(file.is_symlink() for file in step.files.values())


def test_a_file_that_cannot_be_replaced_turns_the_job_red(fake_github: FakeGitHub, tmp_path: Path) -> None:
    run = f"cd {FOLDER}; for file in set_output_*; do rm $file; mkdir $file; done"
    step = PullRequest.open(tmp_path, f"workflow:\n  gates:\n    - unit: |-\n        {run}\n").step(fake_github)

    ran = _without_output(step)

    assert ran.code == 3, ran
    assert "could not be emptied" in ran.commands[0]
    assert ran.summary == ""
    assert check_of(fake_github).conclusion == "success"


def _without_output(step: Step) -> StepRan:
    process = step.start()
    planted = step.files.pop("GITHUB_OUTPUT")
    ran = step.finish(process)
    planted.rmdir()
    return ran
