"""Whatever a repository holds, what is written is valid, means what was shown, and says nothing of its own."""

from __future__ import annotations

import ast
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gaterunner.init
from gaterunner.errors import UsageError
from gaterunner.init.github_workflow import render_github_workflow
from gaterunner.init.propose import MOST_PARTS, propose
from gaterunner.init.telling import told_proposal
from tests.init.memory import Memory
from tests.init.test_cases import check_what_is_written

NAMES = ("build", "test", "lint", "unit", "type-check", "integration", "format-check")
COMMANDS = (
    "pytest",
    "vitest run",
    "jest",
    "x || true",
    "echo hi",
    "npm run lint",
    "# x: y",
    "a: b",
    "'",
    '"',
    "${{ x }}",
    "\t",
)
_MANIFESTS = {
    "pyproject.toml": (
        "[build-system]\n",
        "[tool.ruff]\na = 1\n[tool.pytest]\n",
        "[tool.uv.workspace]\nmembers = ['a*']\n",
        "[",
    ),
    "package.json": ('{"workspaces": ["packages/*"]}', '{"packageManager": "pnpm@9"}', "[]", '{"scripts": 1}'),
    "go.mod": ("module a\n\ngo 1.24\n", ""),
    "Cargo.toml": ("[workspace]\nmembers = ['**']\n", "[package]\nname = 'a'\n", "]"),
    "pom.xml": ("<modules><module>api</module></modules>", "<"),
    "build.gradle": ("id 'checkstyle'\n",),
    "Gemfile": ("gem 'rubocop'\n",),
    "composer.json": ('{"require": {"php": false}}', "{"),
    "App.sln": ("",),
    "tox.ini": ("[testenv:lint]\ncommands = ruff\n", "x"),
    ".gitignore": ("build/\n", "\xff"),
    "uv.lock": ("",),
    "tests/test_a.py": ("def test_a(): pass\n",),
    "a_test.go": ("",),
    "src/lib.rs": ("#[test]\n",),
    "spec/a_spec.rb": ("",),
    "src/a.test.ts": ("import 'node:test'\n",),
    "tsconfig.json": ("{}",),
    "phpunit.xml": ("",),
    "tests/ATest.php": ("",),
}
FOLDERS = ("", "", "api/", "web/app/", "packages/a/", "packages/b/", "node/", "examples/x/", "we ird/", "-x/", "_/")


def declared(scripts: dict[str, str]) -> str:
    return yaml.dump({"scripts": scripts}, default_flow_style=True, default_style='"', width=10_000)


scripts = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(COMMANDS), min_size=1, max_size=4)
makefiles = scripts.map(lambda each: "".join(f".PHONY: {name}\n{name}:\n\t{text}\n" for name, text in each.items()))
files = st.one_of(
    st.sampled_from(sorted(_MANIFESTS)).flatmap(
        lambda name: st.sampled_from(_MANIFESTS[name]).map(lambda text: (name, text))
    ),
    scripts.map(lambda each: ("package.json", declared(each))),
    makefiles.map(lambda text: ("Makefile", text)),
)
repositories = st.lists(st.tuples(st.sampled_from(FOLDERS), files), min_size=1, max_size=14).map(
    lambda placed: {f"{folder}{name}": text for folder, (name, text) in placed}
)


@settings(
    max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(repositories)
def test_what_is_written_is_valid_and_means_what_was_shown(found: dict[str, str]) -> None:
    tree = Memory({path: text.encode("latin-1") for path, text in found.items()})
    try:
        proposal = propose(tree, default_branch="de velop: #1")
    except UsageError as error:
        assert error.help  # noqa: PT017 - most repositories raise nothing
        return
    if not proposal.gates:
        return

    check_what_is_written(proposal, tree)
    assert len(proposal.parts) <= MOST_PARTS + 1
    assert any(not gate.paths for gate in proposal.gates)
    workflow = yaml.safe_load(render_github_workflow(proposal, law=".gaterunner.yml"))
    assert workflow["permissions"] == {}
    assert workflow["jobs"].keys() == {"gates"}
    assert all(
        step.keys() <= {"uses", "with", "run", "name", "working-directory", "if"}
        for step in workflow["jobs"]["gates"]["steps"]
    )
    assert "${{" not in str(workflow)
    assert told_proposal(proposal).startswith("Found: ")


def test_only_three_modules_touch_files_and_the_terminal() -> None:
    folder = Path(gaterunner.init.__file__).parent
    touching = set()
    for module in folder.rglob("*.py"):
        names = {
            alias.name if isinstance(node, ast.Import) else node.module
            for node in ast.walk(ast.parse(module.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        if names & {"os", "sys", "pathlib", "subprocess", "click", "shutil", "socket", "gaterunner.git.repository"}:
            touching.add(module.stem)
    assert touching == {"tree", "files", "run"}
