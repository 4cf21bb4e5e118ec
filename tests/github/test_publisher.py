"""The end of a run on GitHub: with a check, and on a fork without one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.github.publisher import StepFiles, publish
from gaterunner.model import Hunk, Outcome, PolicyResult, Report, Severity, Verdict
from gaterunner.reporters.check_run_observer import CheckRunObserver, NotPublished, Published
from gaterunner.reporters.step_files import SUMMARY_BYTES, outputs_of, write_outputs, write_summary
from tests.fake_github import FakeGitHub
from tests.github.samples import change, client_of, finding, gate, planned, report, target, workflow


def failing() -> Report:
    return report(
        Verdict.FAIL,
        gate("build"),
        gate("unit", Outcome.FAILED, findings=(finding("expected 3"),)),
        gate("smoke", Outcome.SKIPPED),
        policies=(PolicyResult(name="no-secret-changes", outcome=Outcome.UNPROVEN, reason="?"),),
    )


@pytest.fixture
def files(tmp_path: Path) -> StepFiles:
    return StepFiles(summary=tmp_path / "summary.md", outputs=tmp_path / "outputs")


def read(path: Path | None) -> str:
    assert path is not None
    return path.read_text()


def outputs_in(text: str) -> dict[str, str]:
    """Reads the file as the runner does."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, _, delimiter = line.partition("<<")
        value: list[str] = []
        for each in lines:
            if each == delimiter:
                break
            value.append(each)
        found[name] = "\n".join(value)
    return found


def test_with_a_check_the_log_only_says_where_it_is(fake_github: FakeGitHub, files: StepFiles) -> None:
    log = io.StringIO()
    check = CheckRunObserver(client_of(fake_github), target())
    published = publish(failing(), check=check, files=files, stdout=log, report_path="report.json")
    assert isinstance(published, Published)
    assert log.getvalue() == f"The report is the check {published.url}\n"
    assert read(files.summary).startswith("## ❌ ")
    told = outputs_in(read(files.outputs))
    assert [told[name] for name in ("verdict", "report", "passed", "failed")] == ["fail", "report.json", "1", "2"]


def test_on_a_fork_the_findings_are_shown_by_the_log_and_the_reason_is_said(
    fake_github: FakeGitHub, files: StepFiles
) -> None:
    log = io.StringIO()
    check = CheckRunObserver(client_of(fake_github, writes=False), target())
    published = publish(failing(), check=check, files=files, stdout=log, report_path=None)
    assert isinstance(published, NotPublished)
    warning, verdict, error = log.getvalue().splitlines()
    assert verdict == "::error title=gaterunner%3A fail::The verdict is fail."
    assert error == "::error title=unit%3A tests,file=app.py,line=3,endLine=3::expected 3"
    assert warning == (
        "::warning title=gaterunner::No check was published: POST /repos/octo/example/check-runs: GitHub answered 403 "
        "(Resource not accessible by integration). Give the job the permission checks: write; a pull request from a "
        "fork or by Dependabot never gets a token with it. The status of this job carries the verdict."
    )
    assert "No check was published" in read(files.summary)


def test_without_a_token_nothing_is_asked_of_github(files: StepFiles) -> None:
    log = io.StringIO()
    published = publish(failing(), check=None, files=files, stdout=log, report_path=None)
    assert published == NotPublished(reason="no token was given")
    assert log.getvalue().splitlines()[0] == (
        "::notice title=gaterunner::No check was published: no token was given. "
        "The status of this job carries the verdict."
    )


def test_the_reason_and_the_verdict_have_room_beside_many_findings(fake_github: FakeGitHub, files: StepFiles) -> None:
    """GitHub shows ten errors, ten warnings and ten notices of one step."""
    log = io.StringIO()
    found = tuple(
        finding(f"{severity} {number}", severity=severity, line=number + 1)
        for severity in (Severity.WARNING, Severity.ERROR)
        for number in range(15)
    )
    told = report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found))
    check = CheckRunObserver(client_of(fake_github, writes=False), target())
    publish(told, check=check, files=files, stdout=log, report_path=None)
    kinds = [line.partition(" ")[0] for line in log.getvalue().splitlines()]
    assert (kinds.count("::error"), kinds.count("::warning")) == (10, 10)


def test_on_a_fork_findings_in_changed_files_come_first(fake_github: FakeGitHub, files: StepFiles) -> None:
    log = io.StringIO()
    found = tuple(finding(f"in {path}", path=path) for path in ("a.py", "b.py"))
    check = CheckRunObserver(client_of(fake_github, writes=False), target())
    check.started(change("b.py"), workflow("unit"), [planned("unit")])
    publish(
        report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found)),
        check=check,
        files=files,
        stdout=log,
        report_path=None,
    )
    assert [line.rpartition("::")[2] for line in log.getvalue().splitlines()[2:]] == ["in b.py", "in a.py"]


def test_on_a_fork_findings_on_changed_lines_come_before_others_of_the_same_file(fake_github: FakeGitHub) -> None:
    log = io.StringIO()
    found = tuple(finding(f"line {line}", path="b.py", line=line) for line in (2, 9))
    client = client_of(fake_github, writes=False)
    check = CheckRunObserver(client, target(), changed_lines=lambda _: {"b.py": (Hunk(8, 0, 9, 1),)})
    check.started(change("b.py"), workflow("unit"), [planned("unit")])
    told = report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=found))
    publish(told, check=check, files=StepFiles(), stdout=log, report_path=None)
    assert [line.rpartition("::")[2] for line in log.getvalue().splitlines()[2:]] == ["line 9", "line 2"]


def test_a_runner_without_step_files_is_no_trouble() -> None:
    publish(failing(), check=None, files=StepFiles(), stdout=io.StringIO(), report_path=None)


def test_a_step_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    log = io.StringIO()
    files = StepFiles(summary=tmp_path / "missing" / "summary.md")
    publish(failing(), check=None, files=files, stdout=log, report_path=None)
    assert "missing/summary.md could not be written: No such file or directory" in log.getvalue()


def test_a_link_in_the_place_of_a_step_file_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("untouched")
    (tmp_path / "outputs").symlink_to(outside)
    log = io.StringIO()
    publish(failing(), check=None, files=StepFiles(outputs=tmp_path / "outputs"), stdout=log, report_path=None)
    assert outside.read_text() == "untouched"
    assert "outputs could not be written: Too many levels of symbolic links" in log.getvalue()


def test_a_value_cannot_set_another_output(tmp_path: Path) -> None:
    file = tmp_path / "outputs"
    write_outputs(file, (("report", "a\nEOF\nverdict<<EOF\npass\nEOF"), ("verdict", "fail")))
    assert outputs_in(file.read_text()) == {"report": "a\nEOF\nverdict<<EOF\npass\nEOF", "verdict": "fail"}


def test_outputs_are_numbers_and_words() -> None:
    assert outputs_of(report(Verdict.PASS, gate("build")), report_path=None) == (
        ("verdict", "pass"),
        ("sentence", "The verdict is pass."),
        ("report", ""),
        ("passed", "1"),
        ("failed", "0"),
        ("findings", "0"),
        ("new-findings", "0"),
    )


def test_a_summary_never_grows_past_what_github_shows(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    file.write_text("x" * (SUMMARY_BYTES - 3_000))
    many = tuple(finding(f"number {number}") for number in range(500))
    write_summary(file, report(Verdict.FAIL, gate("unit", Outcome.FAILED, findings=many)))
    assert SUMMARY_BYTES - 3_000 < file.stat().st_size <= SUMMARY_BYTES
    file.write_text("x" * SUMMARY_BYTES)
    write_summary(file, failing())
    assert file.stat().st_size == SUMMARY_BYTES


def test_a_summary_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvaluationError, match="could not be"):
        write_summary(tmp_path / "file" / "summary.md", failing())
