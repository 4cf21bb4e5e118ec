"""A flag is on past its manifest where its variable says so, or where on is what code takes when nobody answers."""

from __future__ import annotations

import pytest

from gaterunner.flags.added import Added
from gaterunner.flags.turned_on import turned_on
from gaterunner.model import Severity
from tests.gitrepo import Repository
from tests.policies.test_reversible_rollout import OFF, given, judge, manifest, only

ON = [
    ("a.py", 'os.environ["NEW_PAGE"] = "true"'),
    ("a.py", 'os.environ.setdefault("NEW_PAGE", "true")'),
    ("a.py", 'os.environ.get("NEW_PAGE", default="True") == "true"'),
    ("a.py", 'os.environ.get("NEW_PAGE") or "true"'),
    ("a.py", "NEW_PAGE: bool = True"),
    ("a.py", 'client.get_boolean_value("new-page", True)'),
    ("a.py", "client.get_boolean_value('new-page', default_value=True, context)"),
    ("a.ts", 'client.getBooleanValue("new-page", true, context)'),
    ("a.ts", 'const on = process.env.NEW_PAGE ?? "true"'),
    ("a.ts", "const on = process.env['NEW_PAGE'] || 'true'"),
    ("a.go", 'os.Setenv("NEW_PAGE", "true")'),
    ("a.go", 'NEW_PAGE := "true"'),
    ("run.sh", 'exec serve "${NEW_PAGE:-true}"'),
    ("run.sh", "NEW_PAGE=true exec serve"),
    ("run.py", 'os.system("NEW_PAGE=true serve")'),
    ("Dockerfile", "ENV NEW_PAGE true"),
    ("Dockerfile", "ENV OTHER=1 NEW_PAGE=true"),
    ("app.yml", 'NEW_PAGE: "true"'),
    (".env", "NEW_PAGE=TRUE"),
]
LEFT = [
    ("a.py", 'os.environ["NEW_PAGE"] == "true"'),
    ("a.py", 'os.environ.get("NEW_PAGE", "false") == "true"'),
    ("a.py", 'os.environ["NEW_PAGE"] = "true-ish"'),
    ("a.py", "NEW_PAGE = true_when_asked()"),
    ("a.py", 'client.get_boolean_value("new-page", False)'),
    ("a.py", 'client.get_boolean_value("new-page-two", True)'),
    ("a.ts", "if (process.env.NEW_PAGE === 'true') show(true)"),
    ("a.py", 'print("to see it, set NEW_PAGE=true and start anew")'),
    (".env", "MY_NEW_PAGE=true"),
    (".env", "NEW_PAGE_TWO=true"),
    (".env.test", "NEW_PAGE=true"),
    (".env.development", "NEW_PAGE=true"),
    (".github/workflows/ci.yml", "NEW_PAGE: true"),
    ("noxfile.py", 'session.run("pytest", env={"NEW_PAGE": "true"})'),
]


def lines_of(path: str, *lines: str) -> Added:
    return Added(path=path, kind="code", lines=tuple((at, line.encode()) for at, line in enumerate(lines, start=1)))


@pytest.mark.parametrize(("path", "line"), ON)
def test_a_line_that_turns_it_on(path: str, line: str) -> None:
    assert [*turned_on(lines_of(path, "one", line), "new-page", "NEW_PAGE", "true")] == [2]


@pytest.mark.parametrize(("path", "line"), LEFT)
def test_a_line_that_does_not(path: str, line: str) -> None:
    assert [*turned_on(lines_of(path, line), "new-page", "NEW_PAGE", "true")] == []


def test_on_is_what_the_workflow_file_says() -> None:
    assert [*turned_on(lines_of(".env", "NEW_PAGE=1"), "new-page", "NEW_PAGE", "1")] == [1]
    assert [*turned_on(lines_of(".env", "NEW_PAGE=10"), "new-page", "NEW_PAGE", "1")] == []


def test_code_that_turns_a_flag_on_is_no_way_around_its_manifest(repo: Repository) -> None:
    code = 'import os\n\nif os.environ.get("FEATURE_NEW_PAGE", "true") == "true":\n    show()\n'
    given(repo, judged=manifest(new_page=OFF), code=code)

    finding = only(judge(repo))

    assert (finding.rule, finding.line, finding.approvable) == ("rollout/flag-on", 4, True)
    assert finding.message == "turns the flag `new-page` on, whatever flags.json says"


def test_a_file_of_configuration_that_does_is_worth_a_look(repo: Repository) -> None:
    given(repo, judged=manifest(new_page=OFF))
    repo.commit("Configure", {"deploy/app.env": "FEATURE_NEW_PAGE=true\n"})

    told = [finding for finding in judge(repo).findings if finding.rule == "rollout/flag-on"]

    assert [(finding.path, finding.severity) for finding in told] == [("deploy/app.env", Severity.WARNING)]
