"""Our own workflows, action and Dependabot file: valid by GitHub's schemas, without findings, pinned."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def _tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).with_name(arguments[0])
    return subprocess.run(
        [str(tool), *arguments[1:]], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        *(("vendor.github-workflows", f".github/workflows/{path.name}") for path in WORKFLOWS),
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-actions", "host/action.yml"),
        ("vendor.dependabot", ".github/dependabot.yml"),
    ],
)
def test_github_would_accept_the_file(schema: str, file: str) -> None:
    done = _tool("check-jsonschema", "--builtin-schema", schema, file)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing_even_when_pedantic() -> None:
    done = _tool("zizmor", "--offline", "--no-progress", "--persona", "pedantic", ".")
    assert done.returncode == 0, done.stdout + done.stderr


def _workflow(path: Path) -> dict[Any, Any]:
    loaded = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_grants_nothing_by_default_and_every_job_says_what_it_needs(path: Path) -> None:
    workflow = _workflow(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert "permissions" in job, name
        assert "timeout-minutes" in job or "uses" in job, name  # a called workflow's jobs have their own


@pytest.mark.parametrize("path", [*WORKFLOWS, ROOT / "host" / "action.yml"], ids=lambda path: path.name)
def test_every_foreign_action_is_pinned_to_a_commit_and_names_its_version(path: Path) -> None:
    """`./` is the checkout's own action; `$/.…` is of the commit that holds the workflow."""
    used = re.findall(r"\buses: (\S+)(.*)", path.read_text("utf-8"))
    for reference, comment in used:
        if reference == "./" or reference.startswith("$/."):
            continue
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", reference), reference
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), reference + comment


def test_one_job_waits_for_all_others() -> None:
    jobs = _workflow(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
    assert set(jobs["all-green"]["needs"]) == set(jobs) - {"all-green"}
    assert jobs["all-green"]["if"] == "always()"


def test_the_required_check_also_runs_in_a_merge_queue() -> None:
    workflow = _workflow(ROOT / ".github" / "workflows" / "ci.yml")
    triggers = workflow[True]  # YAML 1.1 reads the key `on` as true
    assert {"pull_request", "merge_group"} <= set(triggers)
    assert triggers["pull_request"] is None, "a path filter would leave the required check pending for ever"


@pytest.mark.parametrize(
    ("results", "event", "green"),
    [
        ({}, "pull_request", True),
        ({"self": "skipped", "fan-out": "skipped"}, "push", True),
        ({"self": "skipped"}, "pull_request", False),
        ({"fan-out": "skipped"}, "merge_group", False),
        ({"tests": "skipped"}, "push", False),
        ({"tests": "cancelled"}, "merge_group", False),
        ({"lint": "failure", "self": "skipped"}, "push", False),
        ({"fan-out": "failure"}, "pull_request", False),
    ],
)
def test_all_green_means_that_every_job_succeeded(results: dict[str, str], event: str, green: bool) -> None:
    script = _workflow(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["all-green"]["steps"][0]
    assert script["shell"] == "python"
    results = dict.fromkeys(("lint", "tests", "self", "fan-out"), "success") | results
    needs = json.dumps({name: {"result": result, "outputs": {}} for name, result in results.items()})
    done = subprocess.run(
        [sys.executable, "-c", script["run"]],
        env={"RESULTS": needs, "SELF_MAY_SKIP": "true" if event == "push" else "false"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode == 0) is green
