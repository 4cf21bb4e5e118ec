"""The steps that set a toolchain up: which, once, and pinned."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from gaterunner.init.actions import PINNED
from gaterunner.init.github_workflow import render_github_workflow
from gaterunner.init.propose import propose
from tests.init.memory import Memory

ROOT = Path(__file__).resolve().parents[2]
GO = {"go.mod": "module a\n\ngo 1.24\n", "a_test.go": ""}


def steps(files: dict[str, str]) -> list[dict[str, Any]]:
    """The steps between the checkout and gaterunner itself."""
    text = render_github_workflow(propose(Memory(files), default_branch=None), law=".gaterunner.yml")
    assert text.count("\n\n\n") == 0
    every: list[dict[str, Any]] = yaml.safe_load(text)["jobs"]["gates"]["steps"]
    return every[1:-2]


def told(files: dict[str, str]) -> list[str]:
    """Each as `action {inputs}` or as its command, with the folder it runs in."""
    lines = []
    for step in steps(files):
        inputs = "".join(f" {key}={value}" for key, value in step.get("with", {}).items())
        where = f" in {step['working-directory']}" if "working-directory" in step else ""
        lines.append(step["uses"].partition("@")[0] + inputs if "uses" in step else f"{step['run'].strip()}{where}")
    return lines


def test_a_version_comes_from_the_file_that_says_it() -> None:
    package = '{"engines": {"node": ">=22"}, "scripts": {"build": "x"}}'
    cache = "package-manager-cache=False"

    assert told({"package.json": package}) == [f"actions/setup-node node-version-file=package.json {cache}"]
    assert told({"package.json": package, ".nvmrc": "22"}) == [f"actions/setup-node node-version-file=.nvmrc {cache}"]
    assert told({"web/.nvmrc": "22", "web/package.json": package}) == [
        f"actions/setup-node node-version-file=web/.nvmrc {cache}"
    ]


def test_versions_are_text_where_yaml_would_shorten_them() -> None:
    composer = '{"require": {"php": ">=8.10"}, "scripts": {"lint": "phpcs"}}'

    assert steps({"composer.json": composer})[0]["with"]["php-version"] == "8.10"


def test_java_gets_the_release_that_the_build_asks_for() -> None:
    pom = "<project><properties><maven.compiler.release>17</maven.compiler.release></properties></project>"
    gradle = "java { toolchain { languageVersion = JavaLanguageVersion.of(25) } }"

    assert told({"pom.xml": pom}) == ["actions/setup-java distribution=temurin java-version=17"]
    assert told({"build.gradle.kts": gradle}) == ["actions/setup-java distribution=temurin java-version=25"]
    assert told({"build.gradle": ""}) == ["actions/setup-java distribution=temurin java-version=21"]


def test_dotnet_gets_the_newest_framework_of_its_projects() -> None:
    projects = {f"{name}/{name}.csproj": f"<TargetFramework>net{name}.0</TargetFramework>" for name in ("8", "10")}

    assert told({"App.sln": "", **projects}) == ["actions/setup-dotnet dotnet-version=10.0.x"]
    assert told({"App.sln": "", "global.json": "{}"}) == ["actions/setup-dotnet global-json-file=global.json"]


def test_a_toolchain_is_set_up_once_and_packages_in_each_folder() -> None:
    package = '{"scripts": {"build": "x"}, "dependencies": {"a": "1"}}'
    found = told({f"{name}/{file}": text for name in ("a", "b") for file, text in
                  (("package.json", package), ("package-lock.json", "{}"))})  # fmt: skip

    assert found == [
        "actions/setup-node node-version=24 package-manager-cache=False",
        "npm ci in a",
        "npm ci in b",
    ]


def test_bundles_are_per_folder() -> None:
    bundle = {"Gemfile": "gem 'rubocop'\n", ".ruby-version": "3.4"}
    found = told({f"{name}/{file}": text for name in ("a", "b") for file, text in bundle.items()})

    assert found == [f"ruby/setup-ruby bundler-cache=True working-directory={name}" for name in ("a", "b")]


def test_what_a_target_starts_is_installed() -> None:
    makefile = ".PHONY: lint\nlint:\n\tgolangci-lint run\n"
    found = told({**GO, "Makefile": makefile, ".golangci.yml": 'version: "2"\n'})

    assert found[0] == "actions/setup-go go-version-file=go.mod cache=False"
    assert found[1].startswith("go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@latest")


def test_task_runners_are_installed() -> None:
    assert told({**GO, "justfile": "build:\n  go build ./...\n"})[1:] == ["pipx install rust-just"]
    taskfile = "version: '3'\ntasks:\n  build:\n    cmds: [go build ./...]\n"
    assert told({**GO, "Taskfile.yml": taskfile})[1:] == ["pipx install go-task-bin"]


def test_python_gets_what_it_declares_and_what_gates_start() -> None:
    project = (
        '[project]\nname = "a"\nrequires-python = ">=3.12"\n[project.optional-dependencies]\ntest = ["pytest"]\n'
        'docs = ["sphinx"]\n[dependency-groups]\ndev = ["ruff"]\n[build-system]\nrequires = []\n'
        "[tool.ruff]\nindent-width = 4\n"
    )
    found = told({"pyproject.toml": project, "requirements-dev.txt": "", "tests/test_a.py": ""})

    assert found[0] == "actions/setup-python python-version-file=pyproject.toml"
    assert found[1].splitlines() == [
        "python -m pip install -r requirements-dev.txt",
        "python -m pip install -e '.[test]'",
        "python -m pip install --upgrade pip",
        "python -m pip install --group dev",
        "python -m pip install build pytest ruff",
    ]


def test_environments_of_their_own_need_only_their_maker() -> None:
    assert told({"tox.ini": "[testenv:lint]\ncommands = ruff check .\n", "a.py": ""})[1] == "python -m pip install tox"


def test_no_steps_where_the_image_has_all_of_it() -> None:
    text = render_github_workflow(
        propose(Memory({"test_a.py": "import unittest\n"}), default_branch=None), law=".gaterunner.yml"
    )

    assert "uses: org/gaterunner@v1\n" in text
    assert "without a container" not in text


def test_the_pins_are_those_of_our_own_workflows() -> None:
    texts = [path.read_text() for path in (ROOT / ".github" / "workflows").glob("*.yml")]
    ours = {
        found[0]: (found[1], found[2])
        for text in texts
        for found in re.findall(r"([\w-]+/[\w-]+)@(\w{40}) # (\S+)", text)
    }

    shared = ours.keys() & PINNED.keys()
    assert {"actions/checkout", "actions/upload-artifact"} <= shared
    assert {name: PINNED[name] for name in shared} == {name: ours[name] for name in shared}
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) and version for commit, version in PINNED.values())
