"""`gaterunner rollback`, as a user sees it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import gaterunner
from tests.gitrepo import Files, Repository
from tests.reversal.test_undoing import LINES, everything, merged
from tests.test_rehearsal import FIRST, SECOND, TOOL

WORKFLOW = "workflow:\n  phases: [one, two, three]\n  gates:\n    - unit: sh unit.sh\n"


@pytest.fixture
def phased(repo: Repository) -> Repository:
    """Two of three phases have landed on main, each in a merge."""
    repo.commit("Base", {".gaterunner.yml": WORKFLOW, "unit.sh": "true\n", "a.txt": LINES, "b.txt": LINES})
    merged(repo, "feat/one", {"a.txt": LINES.replace("3\n", "three\n", 1), "one.txt": "1\n"})
    merged(repo, "feat/two", {"b.txt": LINES.replace("3\n", "three\n", 1)})
    return repo


def rolled_back(repo: Repository, *options: str) -> tuple[int, dict[str, Any]]:
    ran = gaterunner(repo.root, "rollback", "--format", "json", *options)
    assert ran.out, ran.err
    return ran.code, json.loads(ran.out)


def outcomes(found: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["outcome"] for each in found["undone"]}


def rehearsed(found: dict[str, Any]) -> dict[str, Any]:
    """The one rehearsal of the change."""
    (result,) = found["rehearsals"]
    assert isinstance(result, dict)
    return result


def test_each_phase_is_taken_back_alone(phased: Repository) -> None:
    code, found = rolled_back(phased, "--phases")

    assert (code, found["verdict"], found["schema"]) == (0, "pass", "gaterunner.rollback/1")
    assert outcomes(found) == {"one": "passed", "two": "passed"}
    assert found["onto_name"] == "main"
    assert found["notes"] == ["not landed, so there is nothing to take back: three"]
    assert found["rehearsals"] == []


def test_a_phase_that_a_later_one_builds_on_conflicts(phased: Repository) -> None:
    merged(phased, "feat/three", {"one.txt": "1 and more\n"})
    code, found = rolled_back(phased, "--phases")

    assert (code, found["verdict"]) == (1, "fail")
    assert outcomes(found) == {"one": "failed", "two": "passed", "three": "passed"}
    assert found["undone"][0]["conflicts"] == ["one.txt"]


def test_what_the_branch_does_meanwhile_is_what_a_phase_is_taken_back_from(phased: Repository) -> None:
    phased.switch("feat/three", create=True)
    phased.commit("Work", {"b.txt": LINES.replace("3\n", "drei\n", 1)})

    assert outcomes(rolled_back(phased, "--phases")[1]) == {"one": "passed", "two": "failed"}
    assert outcomes(rolled_back(phased, "--phases", "--onto", "main")[1]) == {"one": "passed", "two": "passed"}


def test_a_phase_that_was_taken_back_is_not_landed(phased: Repository) -> None:
    """Who took it back is told, since a message that says so is all there is."""
    phased.git("revert", "--no-edit", "-m", "1", phased.head)
    code, found = rolled_back(phased, "--phases")

    assert (code, outcomes(found)) == (0, {"one": "passed"})
    assert found["notes"] == [
        f"two was taken back by {phased.head[:12]}",
        "not landed, so there is nothing to take back: three",
    ]


def test_a_phase_that_the_law_only_calls_done_is_not_proven(phased: Repository) -> None:
    law = WORKFLOW.replace("three]", f"{{three: {{done-at: {phased.head}}}}}]")
    phased.commit("Law", {".gaterunner.yml": law})
    code, found = rolled_back(phased, "--phases")

    assert (code, outcomes(found)["three"]) == (1, "unproven")
    assert found["undone"][2]["reason"].endswith("and nothing tells which commits brought the phase")


def test_phases_that_one_merge_brought_cannot_go_alone(repo: Repository) -> None:
    repo.commit("Law", {".gaterunner.yml": WORKFLOW})
    for name in ("one", "two"):
        repo.switch(f"feat/{name}", create=True, at="main")
        repo.commit(name, {name: ""})
    repo.switch("main")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge branches 'feat/one' and 'feat/two'", "feat/one", "feat/two")
    code, found = rolled_back(repo, "--phases")

    assert (code, outcomes(found)) == (1, {"one": "unproven", "two": "unproven"})
    assert found["undone"][0]["reason"].endswith("which brought two as well")


def test_a_merge_is_taken_back_from_the_target_that_moved_on(phased: Repository) -> None:
    merge = phased.git("rev-parse", "HEAD^1")
    phased.commit("Later", {"c.txt": "c\n"})
    phased.switch("elsewhere", create=True)
    phased.commit("Of no matter", {"one.txt": "mine\n"})

    code, found = rolled_back(phased, "--merge", merge)
    assert (code, found["onto_name"], outcomes(found)) == (0, "main", {merge: "passed"})
    assert rolled_back(phased, "--merge", merge, "--onto", "HEAD")[0] == 1


def test_the_gates_run_on_the_result_and_nothing_of_the_repository_changes(phased: Repository) -> None:
    phased.commit("Needs phase one", {"unit.sh": "test -e one.txt && touch left-behind\n"})
    before = everything(phased.root)
    code, found = rolled_back(phased, "--phases", "--run")

    assert (code, outcomes(found)) == (1, {"one": "failed", "two": "passed"})
    first, second = found["undone"]
    assert first["reason"].endswith("; on the result unit failed")
    assert second["reason"].endswith("; 1 gate passed on the result")
    assert [gate["name"] for gate in second["gates"]] == ["unit"]
    assert everything(phased.root) == before


def test_a_merge_needs_no_workflow_file(repo: Repository) -> None:
    merge = merged(repo, "feat/x", {"a.txt": "a"})
    assert rolled_back(repo, "--merge", merge)[0] == 0

    ran = gaterunner(repo.root, "rollback", "--merge", merge, "--run")
    assert ran.code == 2
    assert "no workflow file" in ran.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--merge", "nowhere"), "--merge nowhere names no commit of this repository"),
        (("--merge", "HEAD", "--onto", "nowhere"), "--onto nowhere names no commit of this repository"),
        (("--phases", "--merge", "HEAD"), "--merge and --phases exclude each other."),
    ],
)
def test_what_names_nothing_is_a_usage_error(phased: Repository, options: tuple[str, ...], said: str) -> None:
    ran = gaterunner(phased.root, "rollback", *options)

    assert ran.code == 2
    assert said in ran.err


def test_phases_are_asked_for_where_there_are_none(repo: Repository) -> None:
    repo.commit("Law", {".gaterunner.yml": "workflow: {gates: [unit: 'true']}\n"})
    ran = gaterunner(repo.root, "rollback", "--phases")

    assert ran.code == 2
    assert "--phases: the workflow declares no phases" in ran.err


def test_this_change_goes_back_without_a_gate_of_that_kind_declared(phased: Repository) -> None:
    phased.switch("feat/three", create=True)
    phased.commit("Work", {"unit.sh": "exit 3\n"})
    before = everything(phased.root)
    code, found = rolled_back(phased)

    assert (code, rehearsed(found)["outcome"]) == (0, "passed"), found
    assert rehearsed(found)["reason"] == "the base's code passes unit"
    assert outcomes(found) == {"one": "passed", "two": "passed"}
    assert everything(phased.root) == before


def test_every_rehearsal_of_the_workflow_counts_also_one_that_is_advisory_in_a_run(repo: Repository) -> None:
    """It was asked for here, one after the other, since all apply migrations in the same tree."""
    gates = "a: sh a.sh, b: sh b.sh, one: {kind: rollback-rehearsal, gates: a}"
    law = f"workflow:\n  gates: [{gates}, two: {{kind: rollback-rehearsal, gates: b, advisory: true, paths: c}}]\n"
    repo.commit("Law", {".gaterunner.yml": law, "a.sh": "true\n", "b.sh": "false\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"b.sh": "true\n"})
    code, found = rolled_back(repo)

    assert (code, found["verdict"]) == (1, "fail")
    assert [(each["name"], each["outcome"]) for each in found["rehearsals"]] == [("one", "passed"), ("two", "unproven")]
    text = gaterunner(repo.root, "rollback").out
    assert "this change (one): the base's code passes a" in text
    assert "this change (two): gate `b` failed" in text


def test_an_empty_change_proves_nothing(repo: Repository) -> None:
    """The base's code on the base's schema is what runs anyway."""
    repo.commit("Law", {".gaterunner.yml": "workflow: {gates: [unit: 'true']}\n"})
    code, found = rolled_back(repo)

    assert (code, found["rehearsals"]) == (1, [])
    assert found["notes"][-1].endswith("the change is empty")


def test_a_branch_behind_its_target_is_told_what_old_code_is_not(phased: Repository) -> None:
    phased.switch("feat/three", create=True)
    phased.commit("Work", {"c.txt": "c\n"})
    phased.switch("main")
    phased.commit("Meanwhile", {"d.txt": "d\n"})
    phased.switch("feat/three")
    code, found = rolled_back(phased)

    assert code == 0
    assert any(note.startswith("the branch lacks 1 commit of main: the old code is what") for note in found["notes"])


def test_nobody_is_told_of_gates_that_were_not_asked_for(phased: Repository) -> None:
    phased.switch("feat/three", create=True)
    phased.commit("Work", {"c.txt": "c\n"})
    told = gaterunner(phased.root, "rollback").err

    assert "skipped" not in told
    assert "--gate" not in told
    assert "gate rollback-rehearsal started: runs other gates on the base's code" in told


def test_gates_on_a_result_wait_for_each_other_as_in_a_run(repo: Repository) -> None:
    """They share its checkout; one with shards is whole."""
    whole = "part: {run: 'test $GATERUNNER_SHARD_TOTAL = 1', shards: 2, needs: []}"
    gates = f"build: 'sleep 0.3; touch built', rollback-rehearsal, unit: 'test -e built', {whole}"
    repo.commit("Law", {".gaterunner.yml": f"workflow: {{gates: [{gates}]}}\n"})
    merge = merged(repo, "feat/x", {"a.txt": ""})
    code, found = rolled_back(repo, "--merge", merge, "--run")

    assert code == 0, found
    assert found["undone"][0]["evidence"] == f"{merge[:12]}: `Merge branch 'feat/x'`"


@pytest.mark.parametrize(
    ("gate", "outcome", "said"),
    [
        ("{run: 'true', advisory: true}", "unproven", "there is no gate to run on the result"),
        ("{run: 'true', tests: out.xml}", "unproven", "on the result unit is unproven"),
        ("no-such-program", "errored", "on the result unit could not be evaluated"),
    ],
)
def test_gates_that_prove_nothing_prove_nothing_of_a_result(
    repo: Repository, gate: str, outcome: str, said: str
) -> None:
    repo.commit("Law", {".gaterunner.yml": f"workflow: {{gates: [unit: {gate}]}}\n"})
    merge = merged(repo, "feat/x", {"a.txt": ""})
    undone = rolled_back(repo, "--merge", merge, "--run")[1]["undone"][0]

    assert (undone["outcome"], undone["reason"].partition("; ")[2]) == (outcome, said)


def test_gates_on_a_result_are_not_served_the_checkout_by_the_environment(repo: Repository) -> None:
    repo.commit("Law", {".gaterunner.yml": "workflow: {gates: [unit: '! test -e $SOURCES/a.txt']}\n"})
    merge = merged(repo, "feat/x", {"src/a.txt": ""})
    ran = gaterunner(repo.root, "rollback", "--merge", merge, "--run", env={"SOURCES": f"{repo.root}/src"})

    assert ran.code == 0, ran.out


def test_gates_on_a_result_prove_nothing_where_python_imports_the_checkout(repo: Repository, tmp_path: Path) -> None:
    packages = tmp_path / "venv/lib/python3.12/site-packages"
    packages.mkdir(parents=True)
    (packages / "app.pth").write_text(f"{repo.root}/src\n")
    repo.commit("Law", {".gaterunner.yml": "workflow: {gates: [unit: 'true']}\n"})
    merge = merged(repo, "feat/x", {"src/app.py": ""})
    ran = gaterunner(
        repo.root, "rollback", "--merge", merge, "--run", env={"PATH": f"{tmp_path}/venv/bin:/usr/bin:/bin"}
    )

    assert ran.code == 1
    assert "gates passed, but may have imported the checkout's src/app.py:" in " ".join(ran.out.split())


@pytest.mark.parametrize("option", ["--onto", "--merge"])
def test_a_name_that_stands_for_two_commits_is_refused(phased: Repository, option: str) -> None:
    """git would take the tag, which anybody who may push can have made."""
    phased.git("tag", "main", "HEAD~1")
    more = () if option == "--merge" else ("--merge", "HEAD")
    ran = gaterunner(phased.root, "rollback", "--base", "refs/heads/main", option, "main", *more)

    assert ran.code == 2
    assert f"{option} main names different commits: refs/tags/main, refs/heads/main" in ran.err


def test_text_says_what_conflicts_and_what_to_do(phased: Repository) -> None:
    merged(phased, "feat/three", {"one.txt": "1 and more\n"})
    ran = gaterunner(phased.root, "rollback", "--phases")

    assert ran.code == 1
    lines = ran.out.splitlines()
    assert lines[0] == f"Going back from main ({phased.head[:12]})"
    assert "one: 1 path conflicts: one.txt" in lines[2]
    assert "      one.txt" not in lines  # said already
    assert "verdict: fail" in lines


def test_text_lists_all_paths_where_the_sentence_names_only_some(repo: Repository) -> None:
    names = ["a", "h", "p", "s", "t"]  # each of which is somewhere in the sentence
    repo.commit("Base", dict.fromkeys(names, LINES))
    merge = merged(repo, "feat/x", dict.fromkeys(names, LINES + "x\n"))
    repo.commit("Later", dict.fromkeys(names, LINES + "y\n"))

    lines = gaterunner(repo.root, "rollback", "--merge", merge).out.splitlines()

    assert [line.strip() for line in lines if line.startswith("      ") and line.strip() in names] == names


def test_what_hostile_paths_hold_is_not_obeyed(repo: Repository) -> None:
    name = "\x1b[31m::error::x\n.txt"
    repo.commit("Base", {name: LINES})
    merge = merged(repo, "feat/x", {name: LINES + "x\n"})
    repo.commit("Later", {name: LINES + "y\n"})
    ran = gaterunner(repo.root, "rollback", "--merge", merge, env={"GITHUB_ACTIONS": "true"})

    assert ran.code == 1
    assert "\x1b[31m" not in ran.out
    assert not any(line.startswith("::error") for line in ran.out.splitlines())


@pytest.mark.docker
def test_this_change_goes_back_on_a_real_database(repo: Repository, postgres_image: str) -> None:
    strict = "alter table orders add note text not null default 'x'; alter table orders alter note drop default;\n"
    program = TOOL.partition("cursor.execute")[0] + 'cursor.execute("insert into orders (id, total) values (2, 5)")\n'  # noqa: S608 (a program, and nothing is set into it)
    python = sys.executable
    gates = f"app: {{run: '{python} tool.py && {python} app.py', database: true}}, rollback-rehearsal: {python} tool.py"
    law = f"workflow:\n  gates: [{gates}]\n  database: {{service: {postgres_image}}}\n"
    start: Files = {".gaterunner.yml": law, "tool.py": TOOL, "app.py": program, "migrations/0001_orders.sql": FIRST}
    repo.commit("Start", start)
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"migrations/0002_next.sql": strict, "app.py": "pass\n"})
    code, found = rolled_back(repo)

    assert (code, rehearsed(found)["outcome"]) == (1, "failed"), found
    assert [finding["rule"] for finding in rehearsed(found)["findings"]] == ["rollback/old-code-fails"]

    repo.commit("Optional", {"migrations/0002_next.sql": SECOND})
    assert rolled_back(repo)[0] == 0


def test_migrations_stay_when_gates_run_on_the_result(repo: Repository) -> None:
    path = "db/migrations/20250101000000_a.sql"
    law = f"workflow:\n  gates:\n    - unit: test -e {path} && ! test -e a.txt\n"
    repo.commit("Law", {".gaterunner.yml": law})
    merge = merged(repo, "feat/x", {path: "-- migrate:up\ncreate table a ();\n", "a.txt": ""})
    code, found = rolled_back(repo, "--merge", merge, "--run")

    assert (code, found["undone"][0]["migrations"]) == (0, [path])


def test_a_gate_leaves_nothing_that_a_later_run_would_rest_on(phased: Repository, tmp_path: Path) -> None:
    """What a gate writes where results are kept is gone when the rehearsal is over, as it is after a run."""
    cache = tmp_path / "cache"
    forges = f"for d in {cache}/gaterunner/*/; do echo x > $d/forged.json; done; mkdir -p {cache}/gaterunner\n"
    phased.commit("Forge", {"unit.sh": forges})
    env = {"XDG_CACHE_HOME": str(cache)}
    phased.commit("Law", {".gaterunner.yml": WORKFLOW.replace("sh unit.sh", "{run: sh unit.sh, inputs: '**'}")})
    assert gaterunner(phased.root, "run", env=env).code in (0, 1)
    before = everything(cache)
    assert before

    assert gaterunner(phased.root, "rollback", "--phases", "--run", env=env).code == 0
    assert everything(cache) == before


def test_no_phase_that_landed_is_no_pass(repo: Repository) -> None:
    repo.commit("Law", {".gaterunner.yml": WORKFLOW})
    code, found = rolled_back(repo, "--phases")

    assert (code, found["undone"]) == (1, [])


def test_names_that_are_not_text_are_told_in_json(repo: Repository) -> None:
    name = b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    repo.commit("Base", {name: LINES})
    merge = merged(repo, "feat/x", {name: LINES + "x\n"})
    repo.commit("Later", {name: LINES + "y\n"})

    assert rolled_back(repo, "--merge", merge)[1]["undone"][0]["conflicts"] == ["caf\\xe9.txt"]
