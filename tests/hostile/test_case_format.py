"""A case file that does not say what it should is an error, and a run that is not as expected is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.model import Finding, Outcome, PolicyResult, Report, Severity, ToolInfo, Verdict
from tests.hostile.__main__ import Judged, main, table
from tests.hostile.case_file import CaseError, Side, fill, read_case, read_sides, sides
from tests.hostile.corpus import differences
from tests.hostile.outputs import Ran
from tests.hostile.staging import stage
from tests.secrets.credentials import CREDENTIALS

CASE = """
title: An attack
branch:
  - message: Work
    files: {app.cfg: "token = {{github_pat}}\\n"}
expect: {verdict: fail, rule: secret/github, path: app.cfg}
twin:
  title: Honest work
  branch:
    - {message: Work, files: {app.cfg: "timeout = 1\\n"}}
  expect: {verdict: pass}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "area" / "case.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def both(folder: Path, text: str = CASE) -> tuple[Side, Side]:
    path = written(folder, text)
    return sides(path, read_case(path))


def ran(*findings: Finding, out: str = "", code: int = 1) -> Ran:
    policy = PolicyResult(name="no-secret-changes", outcome=Outcome.FAILED, reason="", findings=findings)
    report = Report(
        verdict=Verdict.FAIL,
        sentence="",
        started="",
        duration_s=0,
        tool=ToolInfo(version="0"),
        change=None,
        workflow=None,
        policies=(policy,),
    )
    return Ran(code=code, out=out, err="", report=report)


FOUND = Finding(rule="secret/github", severity=Severity.ERROR, message="a token", path="app.cfg")


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("title: An", "titel: An", "unknown field `titel`"),
        ("rule:", "rules:", "unknown field `rules`"),
        ("expect: {verdict: fail,", "expect: {verdict: red,", "Invalid enum value 'red'"),
        ("title: An attack", "title: An attack\ntitle: Another", "`title` is given twice in line 2"),
        ("github_pat", "github_pad", "{{github_pad}} is none of the credentials"),
        ("{{github_pat}}", "{{github_pat|rot13}}", "`rot13` is none of base64, hex"),
        ("twin:", "twins:", "unknown field `twins`"),
        ('app.cfg: "token', 'app.cfg: {text: a, hex: b}, b.cfg: "token', "found text, hex"),
        ("- message: Work\n", "- author: Ada <ada@example.invalid>\n", "`author`, `committer` and `date` go with"),
        (
            "- message: Work\n",
            "- message: Work\n    shell: 'true'\n",
            "a step is one of `message`, `git`",
        ),
        ("rule: secret/github, ", "", "`path` is that of a finding, so `rule` must be given"),
        ("{verdict: fail, rule: secret/github, path: app.cfg}", "{verdict: pass}", "must at least be told"),
        ("title: An", "github: {fork: true}\ntitle: An", "`github` and `check` go with `command: action`"),
        (
            "title: An",
            "command: action\narguments: [--fresh]\ntitle: An",
            "the action has `inputs` instead of `arguments`",
        ),
        ("title: An", "needs: [luck]\ntitle: An", "Invalid enum value 'luck'"),
        ("branch:\n", "unprivileged: true\nbranch:\n  - run: [run]\n", "so none of them may be a `run`"),
    ],
)
def test_a_mistyped_case_is_an_error(tmp_path: Path, was: str, becomes: str, told: str) -> None:
    assert was in CASE

    with pytest.raises(CaseError) as error:
        read_case(written(tmp_path, CASE.replace(was, becomes, 1)))

    assert str(tmp_path) in str(error.value)
    assert told in str(error.value)


def test_a_file_that_is_no_case_is_an_error(tmp_path: Path) -> None:
    written(tmp_path, CASE)
    (tmp_path / "area" / "case.yaml").write_text(CASE)

    with pytest.raises(CaseError, match=r"case\.yaml: a case is a file that ends in \.yml"):
        read_sides(tmp_path)


def test_a_twin_has_what_it_does_not_say_from_the_attack(tmp_path: Path) -> None:
    attack, twin = both(tmp_path, CASE + "environment: {A: b}\ncommand: run\n")

    assert (attack.id, twin.id) == ("area/case", "area/case (twin)")
    assert (twin.environment, twin.command, twin.base) == (attack.environment, attack.command, attack.base)
    assert twin.branch != attack.branch


def test_placeholders_become_credentials_and_nothing_else() -> None:
    token = CREDENTIALS["github_pat"]

    assert fill("{{github_pat}}") == token
    assert fill("{{github_pat|hex}}") == token.encode().hex()
    assert (
        fill("${{ secrets.TOKEN }} ${{github_pat}} {github_pat}") == "${{ secrets.TOKEN }} ${{github_pat}} {github_pat}"
    )


def test_steps_make_commits_links_modes_submodules_and_names(tmp_path: Path) -> None:
    attack, _ = both(
        tmp_path,
        """
title: All kinds of steps
base:
  files: {README.md: null, old.txt: "old\\n"}
  steps: [{message: On main, files: {main.txt: "main\\n"}}]
branch:
  - message: Kinds
    author: Ada <ada@example.invalid>
    date: 2020-01-02T03:04:05Z
    files:
      old.txt: null
      link: {symlink: main.txt}
      run.sh: {text: "true\\n", mode: "100755"}
      vendored: {submodule: "{base}"}
      bytes: {raw: "00ff", repeat: 2}
  - {git: [rev-parse, "{head}~1"], as: before}
  - {git: [tag, "on-{before}", "{head}"]}
  - {shell: 'echo "$PWD" > seen.txt'}
  - files: {left.txt: "not committed\\n"}
expect: {verdict: fail, rule: any}
twin: {title: None, branch: [], expect: {verdict: pass}}
""",
    )

    repo = stage(attack, tmp_path / "repo").repository

    listed = {line.split("\t")[1]: line.split()[0] for line in repo.git("ls-tree", "-r", "HEAD").splitlines()}
    assert {"link": "120000", "run.sh": "100755", "vendored": "160000", "main.txt": "100644"}.items() <= listed.items()
    assert not {"README.md", "old.txt", "left.txt", "seen.txt"} & listed.keys()
    assert (repo.root / "bytes").read_bytes() == b"\x00\xff\x00\xff"
    assert repo.git("log", "-1", "--format=%an %aI") == "Ada 2020-01-02T03:04:05+00:00"
    assert repo.git("tag") == f"on-{repo.git('rev-parse', 'main')}"
    assert repo.git("status", "--porcelain").split() == ["??", "left.txt", "??", "seen.txt"]


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (ran(FOUND), ""),
        (ran(FOUND, code=0), "the verdict is fail with exit code 0, expected fail"),
        (ran(FOUND, code=2), "the verdict is usage, expected fail"),
        (ran(), "`secret/github` is not told"),
        (
            ran(Finding(rule="secret/github", severity=Severity.ERROR, message="", path="b.cfg")),
            "`secret/github` is told of ['b.cfg'], expected app.cfg",
        ),
        (ran(FOUND, out="a \x1b[2J"), "standard output holds the control character '\\x1b'"),
        (ran(FOUND, out=CREDENTIALS["github_pat"]), "standard output holds a credential"),
        (Ran(code=3, out="", err="", report=None), "the verdict is no report (exit 3), expected fail"),
    ],
)
def test_what_differs_is_told(tmp_path: Path, seen: Ran, told: str) -> None:
    attack, _ = both(tmp_path)

    assert told in "\n".join(differences(attack, seen))
    assert bool(differences(attack, seen)) == bool(told)


def test_the_table_counts_by_area(tmp_path: Path) -> None:
    attack, twin = both(tmp_path)
    judged = [Judged(side=attack, ran=ran(), found=("missed",)), Judged(side=twin, ran=ran(), found=())]

    assert table(judged, markdown=True).splitlines()[2:] == [
        "| area | 1 | 0 | 1 | 0 | 1 | 0 |",
        "| all | 1 | 0 | 1 | 0 | 1 | 0 |",
    ]
    assert [each.is_wrong for each in judged] == [True, False]


def test_a_part_of_the_corpus_can_be_run_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["change-budget/raises-its-own-budget"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["all", "1", "1", "0", "0", "1", "0"]


def test_a_part_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere"]) == 2
    assert capsys.readouterr().err == "error: no case is called nowhere\n"
