"""What ``init`` writes, what it asks before, and what it says instead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gaterunner.config.grammar import parse_workflow
from gaterunner.init.run import init
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository

LAW = ".gaterunner.yml"
GATES = ".github/workflows/gates.yml"
NODE = {"package.json": '{"scripts": {"build": "vite build"}}\n'}
PYTEST = {"pyproject.toml": "[tool.pytest.ini_options]\n", "tests/test_a.py": "def test_a():\n    pass\n"}


def at_a_terminal(folder: Path, answers: str, *arguments: str) -> Ran:
    """Runs the command with a terminal as its standard input, where these answers were typed."""
    ours, theirs = os.openpty()
    try:
        os.write(ours, answers.encode())
        done = subprocess.run(
            [sys.executable, "-m", "gaterunner", *arguments],
            cwd=folder,
            stdin=theirs,
            capture_output=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    return Ran(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def written(repository: Repository) -> list[str]:
    return repository.git("status", "--porcelain", "--untracked-files=all").splitlines()


def test_new_files_are_written_without_a_question(repo: Repository) -> None:
    repo.commit("Start", NODE)

    ran = gaterunner(repo.root, "init")

    assert ran.code == 0
    assert written(repo) == [f"?? {GATES}", f"?? {LAW}"] or written(repo) == [f"?? {LAW}", f"?? {GATES}"]
    assert f"{LAW}  written" in ran.out
    assert "build  npm run build" in ran.out
    assert "package.json script `build` (package.json:1)" in ran.out


def test_it_works_before_the_first_commit_and_from_a_folder_below(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path / "repo")
    repository.write({**NODE, "src/a.js": ""})

    assert gaterunner(repository.root / "src", "init").code == 0
    assert (repository.root / LAW).is_file()


def test_a_second_time_there_is_nothing_to_do(repo: Repository) -> None:
    repo.commit("Start", NODE)
    gaterunner(repo.root, "init")
    repo.commit("Adopt")

    ran = gaterunner(repo.root, "init")

    assert ran.code == 0
    assert ran.out.count("as it should be") == 2
    assert written(repo) == []


def test_without_a_terminal_nothing_that_exists_is_changed(repo: Repository) -> None:
    repo.commit("Start", {**NODE, LAW: "workflow: {gates: [build]}\n"})

    ran = gaterunner(repo.root, "init")

    assert ran.code == 2
    assert ran.err == (
        f"error: {LAW} exists and is different, and there is no terminal to ask at; nothing was written\n"
        "  --yes replaces it, --stdout prints the workflow file, --dry-run shows all differences\n"
    )
    assert "-workflow: {gates: [build]}" in ran.out
    assert written(repo) == []


def test_yes_changes_it(repo: Repository) -> None:
    repo.commit("Start", {**NODE, LAW: "workflow: {gates: [build]}\n"})

    ran = gaterunner(repo.root, "init", "--yes")

    assert ran.code == 0
    assert f"{LAW}  changed" in ran.out
    assert f" M {LAW}" in written(repo)


@pytest.mark.parametrize(("answer", "change"), [("y", "changed"), ("n", "kept as it is"), ("", "kept as it is")])
def test_at_a_terminal_it_asks(answer: str, change: str, repo: Repository) -> None:
    repo.commit("Start", {**NODE, LAW: "workflow: {gates: [build]}\n"})

    ran = at_a_terminal(repo.root, f"{answer}\n", "init")

    assert ran.code == 0
    assert f"Change {LAW} like this? [y/N]" in ran.out
    assert f"{LAW}  {change}" in ran.out
    assert (f" M {LAW}" in written(repo)) is (change == "changed")
    assert (repo.root / GATES).is_file()


def test_ctrl_c_at_the_question_leaves_everything_as_it_was(repo: Repository) -> None:
    repo.commit("Start", {**NODE, LAW: "workflow: {gates: [build]}\n"})

    ran = at_a_terminal(repo.root, "\x04", "init")

    assert ran.code == 130
    assert written(repo) == []


def test_dry_run_shows_and_writes_nothing(repo: Repository) -> None:
    repo.commit("Start", NODE)

    ran = gaterunner(repo.root, "init", "--dry-run")

    assert ran.code == 0
    assert f"{LAW}  would be written" in ran.out
    assert "+    - build " in ran.out
    assert "+name: gates" in ran.out
    assert written(repo) == []


def test_stdout_prints_the_workflow_file_alone(repo: Repository) -> None:
    repo.commit("Start", NODE)

    ran = gaterunner(repo.root, "init", "--stdout")

    assert [gate.name for gate in parse_workflow(ran.out.encode(), LAW).gates] == ["build"]
    assert "build  npm run build" in ran.err
    assert written(repo) == []


def test_what_git_shall_ignore_is_asked_for_and_never_a_must(repo: Repository) -> None:
    repo.commit("Start", {**PYTEST, ".gitignore": "*.pyc"})

    ran = gaterunner(repo.root, "init")

    assert ran.code == 0
    assert (repo.root / ".gitignore").read_text() == "*.pyc"
    assert "have git ignore the results of gates: gate-results/" in ran.out
    assert at_a_terminal(repo.root, "y\n", "init").code == 0
    assert (repo.root / ".gitignore").read_text() == "*.pyc\ngate-results/\n"


def test_a_folder_that_git_ignores_already_takes_the_results(repo: Repository) -> None:
    repo.commit("Start", {**PYTEST, ".gitignore": "/build\nreports/\n"})

    gaterunner(repo.root, "init")

    gate = parse_workflow((repo.root / LAW).read_bytes(), LAW).gates[0]
    assert (gate.run, gate.tests) == ("python -m pytest --junitxml=reports/unit.xml", ("reports/unit.xml",))


def test_a_workflow_of_that_name_that_does_something_else_stays(repo: Repository) -> None:
    repo.commit("Start", {**NODE, GATES: "on: push\njobs: {}\n"})

    gaterunner(repo.root, "init")

    assert (repo.root / GATES).read_text() == "on: push\njobs: {}\n"
    assert (repo.root / ".github/workflows/gaterunner.yml").is_file()


@pytest.mark.parametrize(
    "used", ["org/gaterunner@v1", "me/gaterunner/host@main", "org/gaterunner/.github/workflows/x.yml@v1"]
)
def test_a_workflow_that_calls_gaterunner_already_is_enough(used: str, repo: Repository) -> None:
    ci = ".github/workflows/ci.yml"
    repo.commit("Start", {**NODE, ci: f"on: pull_request\njobs: {{a: {{steps: [{{uses: {used}}}]}}}}\n"})

    ran = gaterunner(repo.root, "init")

    assert f"{ci}  calls gaterunner already, so no other workflow is written" in ran.out
    assert written(repo) == [f"?? {LAW}"]


def test_nothing_to_run_is_an_error_and_not_an_empty_file(repo: Repository) -> None:
    ran = gaterunner(repo.root, "init")

    assert ran.code == 2
    assert ran.err.startswith("error: nothing was found that a gate could run\n  write .gaterunner.yml by hand")
    assert written(repo) == []


def test_nothing_but_hollow_commands_is_an_error_as_well(repo: Repository) -> None:
    repo.commit("Start", {"package.json": '{"scripts": {"test": "echo fine"}}'})

    ran = gaterunner(repo.root, "init")

    assert ran.code == 2
    assert "left out: unit: package.json script `test` (package.json:1) runs nothing that could say no" in ran.err


def test_a_file_that_cannot_be_read_is_told_with_its_position(repo: Repository) -> None:
    repo.commit("Start", {"package.json": '{"scripts": {\n'})

    ran = gaterunner(repo.root, "init")

    assert ran.code == 2
    assert "package.json:2:1 is not valid JSON" in ran.err
    assert "repair package.json:2:1, then run `gaterunner init` again" in ran.err


def test_outside_of_a_repository_it_says_so(tmp_path: Path) -> None:
    ran = gaterunner(tmp_path, "init")

    assert ran.code == 2
    assert "is not in a git repository" in ran.err


def test_a_link_in_the_way_is_not_followed(repo: Repository, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    repo.commit("Start", NODE)
    (repo.root / LAW).symlink_to(target)

    ran = gaterunner(repo.root, "init", "--yes")

    assert ran.code == 2
    assert f"{LAW} is a link or no file" in ran.err
    assert not target.exists()


def test_a_folder_that_is_a_link_out_of_the_repository_is_not_written_through(repo: Repository, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    repo.commit("Start", NODE)
    (repo.root / ".github").symlink_to(outside)

    ran = gaterunner(repo.root, "init")

    assert ran.code == 3
    assert f"{GATES}: cannot be written" in ran.err
    assert list(outside.iterdir()) == []


def test_a_default_branch_of_another_name_is_the_protected_one(repo: Repository, tmp_path: Path) -> None:
    repo.commit("Start", NODE)
    repo.git("branch", "-m", "develop")
    clone = Repository.clone(repo, tmp_path / "clone")

    gaterunner(clone.root, "init")

    policies = yaml.safe_load((clone.root / LAW).read_text())["workflow"]["policies"]
    assert {"no-merge-to-main": {"protected": ["develop"]}} in policies


def test_migrations_are_declared_where_there_are_some(repo: Repository) -> None:
    repo.commit("Start", {**NODE, "manage.py": "import django\n", "shop/migrations/0001_initial.py": "import django\n"})

    gaterunner(repo.root, "init")

    workflow = yaml.safe_load((repo.root / LAW).read_text())["workflow"]
    assert workflow["database"] == {"migrations": "forward-only"}
    assert "no-prod-db-writes" in workflow["policies"]


def test_owners_are_suggested_where_nobody_owns_the_rules(repo: Repository) -> None:
    repo.commit("Start", {**NODE, "CODEOWNERS": "# who\n/.github/ @org/ci\n*.js @org/web\n"})

    told = gaterunner(repo.root, "init").out

    assert "Let somebody own the rules, in CODEOWNERS:" in told
    assert "/.gaterunner.yml  @your-org/your-team" in told
    assert "/CODEOWNERS " in told
    assert "/.github/ " not in told.partition("Let somebody own")[2]


def test_nothing_of_the_repository_is_executed(repo: Repository, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    repo.commit(
        "Start",
        {
            "noxfile.py": f"import nox\nopen({str(trap)!r}, 'w')\n",
            "setup.py": f"open({str(trap)!r}, 'w')\n",
            "Makefile": f"X := $(shell touch {trap})\n.PHONY: build\nbuild:\n\tcc a.c\n",
            "tests/test_a.py": f"open({str(trap)!r}, 'w')\n",
        },
    )
    repo.git("config", "core.fsmonitor", f"touch {trap}")

    assert gaterunner(repo.root, "init").code == 0
    assert not trap.exists()


def test_names_of_the_repository_cannot_speak_yaml_or_to_the_terminal(repo: Repository) -> None:
    scripts = {"build": "vite build", "typecheck:\x1b[31m\n    - run: rm": "x", "type-check": "a: # b"}
    repo.commit(
        "Start",
        {
            "package.json": json.dumps({"scripts": scripts}),
            "a\x1b[31m\n    - b/package.json": '{"scripts": {"build": "x"}}',
        },
    )

    ran = gaterunner(repo.root, "init")

    assert ran.code == 0
    assert "\x1b" not in ran.out
    text = (repo.root / LAW).read_text()
    assert "\x1b" not in text
    assert [gate.name for gate in parse_workflow(text.encode(), LAW).gates] == ["build", "type-check"]


def test_a_clone_without_its_files_is_looked_at_as_it_lies(repo: Repository) -> None:
    """A deleted file declares nothing, whatever the index says."""
    repo.commit("Start", {**NODE, "Makefile": ".PHONY: build\nbuild:\n\tmake it\n"})
    (repo.root / "Makefile").unlink()

    assert "build  npm run build" in gaterunner(repo.root, "init").out


def test_a_file_that_git_ignores_is_told(repo: Repository) -> None:
    repo.commit("Start", {**NODE, ".gitignore": ".gaterunner.yml\n"})

    ran = gaterunner(repo.root, "init")

    assert ran.code == 0
    assert f"{LAW}  is ignored by git: `git add --force {LAW}`" in ran.out


def test_a_workflow_that_only_speaks_of_gaterunner_is_not(repo: Repository) -> None:
    ci = ".github/workflows/ci.yml"
    said = (
        "# uses: org/gaterunner@v1\non: push\njobs: {}\nenv: {NOTE: 'not org/gaterunner@v1'} # uses: a/gaterunner@v1\n"
    )
    repo.commit("Start", {**NODE, ci: said})

    gaterunner(repo.root, "init")

    assert (repo.root / GATES).is_file()


def test_the_name_of_a_workflow_does_not_speak_to_the_terminal(
    repo: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.commit(
        "Start", {**NODE, ".github/workflows/\x1b[2J\x1b]0;mine\x07a\nb.yml": "steps: [{uses: org/gaterunner@v1}]\n"}
    )
    # At a terminal nothing but ourselves takes the escapes out.
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_args, **_more: False)

    init(repo.root, yes=True, dry_run=False, stdout=False)

    told = capsys.readouterr().out
    assert "a b.yml  calls gaterunner already" in told
    assert "\x1b" not in told
