"""`gaterunner report`: one JSON report in every other form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gaterunner.model import Outcome, Report, Verdict
from gaterunner.reporters.forms import FORMS, render
from gaterunner.reporters.json import encode_report
from tests.command_line import gaterunner
from tests.gitrepo import Repository
from tests.reporters.reports import failing_report, gate, report

IN_A_STEP = {"GITHUB_ACTIONS": "true"}


def write(folder: Path, given: Report) -> Path:
    (folder / "report.json").write_bytes(encode_report(given))
    return folder / "report.json"


def test_without_a_form_it_is_shown_as_after_the_run(tmp_path: Path) -> None:
    write(tmp_path, failing_report())

    ran = gaterunner(tmp_path, "report", "report.json")

    assert (ran.code, ran.err) == (0, "")
    assert "unit, no-secret-changes failed; integration unproven." in ran.out
    assert ran.out == gaterunner(tmp_path, "report", "render", "report.json", "--format", "text").out


@pytest.mark.parametrize("form", FORMS)
def test_every_form_comes_out_as_the_run_would_have_written_it(tmp_path: Path, form: str) -> None:
    given = failing_report()
    write(tmp_path, given)

    printed = gaterunner(tmp_path, "report", "--format", form, "report.json")
    written = gaterunner(tmp_path, "report", "report.json", "--format", form, "--output", "out/file")

    assert (printed.code, printed.err, written.code, written.out) == (0, "", 0, "")
    assert printed.out.encode() == (tmp_path / "out" / "file").read_bytes() == render(form, given)


def test_an_attestation_is_about_the_bytes_of_the_file(tmp_path: Path) -> None:
    data = json.dumps(json.loads(encode_report(report()))).encode()  # as somebody may have formatted it
    (tmp_path / "report.json").write_bytes(data)

    ran = gaterunner(tmp_path, "report", "report.json", "--format", "attestation")

    assert ran.out.encode() == render("attestation", report(), data=data) != render("attestation", report())


def test_the_exit_code_says_that_it_was_rendered_not_what_the_verdict_is(tmp_path: Path) -> None:
    write(tmp_path, report(verdict=Verdict.FAIL))

    assert gaterunner(tmp_path, "report", "report.json", "--format", "junit").code == 0


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (None, 3, "report.json: cannot read the report: No such file or directory"),
        (b"", 3, "the report is not valid JSON"),
        (b'{"schema": "gaterunner.report/2"}', 3, "expected `gaterunner.report/1`"),
        (b'{"schema": "gaterunner.report/1"}', 3, "the report does not fit gaterunner.report/1"),
    ],
)
def test_what_is_no_report_is_said_to_be_none(tmp_path: Path, content: bytes | None, code: int, said: str) -> None:
    if content is not None:
        (tmp_path / "report.json").write_bytes(content)

    ran = gaterunner(tmp_path, "report", "report.json", "--format", "html")

    assert (ran.code, ran.out) == (code, "")
    assert said in " ".join(ran.err.split())
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report.json", "--output", "x"], "--output is for the other forms"),
        (["report.json", "--format", "pdf"], "'pdf' is not one of 'text', 'json', 'html'"),
        (["report.json", "--format", "html", "--output", "."], ". is a folder, and the html report goes into a file"),
        ([], "Usage: gaterunner report"),
        (["verify", "report.json"], "Missing option '--attestation'"),
    ],
)
def test_wrong_usage_is_told(tmp_path: Path, arguments: list[str], said: str) -> None:
    write(tmp_path, report())

    ran = gaterunner(tmp_path, "report", *arguments)

    assert ran.code == 2
    assert said in " ".join((ran.out + ran.err).split())


def test_nothing_of_a_gates_output_becomes_a_command_of_the_step_that_prints_it(tmp_path: Path) -> None:
    log = ("::error::forged", "##[error]forged")
    write(tmp_path, report(verdict=Verdict.FAIL, gates=(gate("unit", Outcome.FAILED, log_tail=log),)))

    for form in ("text", *FORMS):
        ran = gaterunner(tmp_path, "report", "report.json", "--format", form, env=IN_A_STEP)
        obeyed = [line for line in ran.out.splitlines() if line.lstrip().startswith("::") or "##[" in line]
        assert obeyed == []
        assert ran.code == 0 or "name a file with --output" in ran.err

    assert gaterunner(tmp_path, "report", "report.json", "--format", "junit", env=IN_A_STEP).code == 2
    assert gaterunner(tmp_path, "report", "report.json", "--format", "junit", "--output", "x", env=IN_A_STEP).code == 0


def judged(repo: Repository, *options: str, env: dict[str, str] | None = None) -> Any:
    repo.commit("Add the workflow", {".gaterunner.yml": "workflow: {gates: [{unit: \"echo '##[error]x'; false\"}]}\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "print(1)\n"})
    return gaterunner(repo.root, "run", *options, env=env)


def test_one_run_writes_every_form(repo: Repository, tmp_path: Path) -> None:
    names = {form: "--report" if form == "json" else f"--{form}" for form in FORMS}
    ran = judged(repo, *(part for form, name in names.items() for part in (name, str(tmp_path / "out" / form))))

    assert ran.code == 1, ran
    data = (tmp_path / "out" / "json").read_bytes()
    (tmp_path / "report.json").write_bytes(data)
    for form in FORMS:
        again = gaterunner(tmp_path, "report", "report.json", "--format", form)
        assert again.out.encode() == (tmp_path / "out" / form).read_bytes(), form


def test_json_on_the_output_of_a_step_is_the_same_report_without_a_command(repo: Repository) -> None:
    ran = judged(repo, "--format", "json", env=IN_A_STEP)

    assert "##[" not in ran.out
    assert "##[error]x" in ran.gate("unit").log_tail


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--html", "x", "--sarif", "x"], "x is wanted for two forms of the report, html and sarif"),
        (["--html", "x", "--sarif", "./a/../x"], "is wanted for two forms of the report, html and sarif"),
        (["--html", "."], ". is a folder, and the html report goes into a file"),
        (["--junit", ".git/index"], ".git/index lies in the git directory"),
        (["--attestation", "x"], "an attestation is about the bytes of the JSON report, and nobody would have it"),
    ],
)
def test_what_could_never_be_written_is_said_before_anything_runs(
    repo: Repository, options: list[str], said: str
) -> None:
    repo.commit("Add the workflow", {".gaterunner.yml": "workflow: {gates: [{unit: touch ran}]}\n"})

    ran = gaterunner(repo.root, "run", *options)

    assert ran.code == 2
    assert said in " ".join(ran.err.split())
    assert not (repo.root / "ran").exists()


def test_what_can_be_written_is_written_before_the_rest_is_complained_about(repo: Repository) -> None:
    repo.write({"file": "", "other": ""})

    ran = judged(repo, "--junit", "file/x.xml", "--sarif", "other/x.sarif", "--markdown", "out/report.md")

    assert ran.code == 3
    told = " ".join(ran.err.split())
    assert "file/x.xml: cannot write the junit report: " in told
    assert "other/x.sarif: cannot write the sarif report: " in told
    assert (repo.root / "out" / "report.md").is_file()
