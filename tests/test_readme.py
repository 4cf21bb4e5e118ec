"""Every snippet of the README is run; every table and link in it is true."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gaterunner import errors
from gaterunner.config.grammar import parse_workflow
from gaterunner.explaining import rule_pages
from gaterunner.model import Outcome, Verdict
from gaterunner.policies import POLICIES
from gaterunner.verdict import EXIT_CODES
from tests.command_line import gaterunner
from tests.docker_engine import docker
from tests.gitrepo import Repository

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
WORKFLOW_FILE = ".gaterunner.yml"


def snippets(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """What a reader would type: the lines behind a prompt, without comments."""
    lines = [line for snippet in snippets("console") for line in snippet.splitlines() if line.startswith("$ ")]
    return [line.removeprefix("$ ").split("  #")[0].strip() for line in lines]


def test_the_readme_shows_three_commands() -> None:
    assert commands() == [
        "make demo",
        "make test",
        'docker run --rm -v "$PWD:/repo" ghcr.io/org/gaterunner:1 run',
    ]


def recipe(target: str) -> list[str]:
    """What `make TARGET` does last, as words."""
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert found, f"the Makefile has no target {target}"
    return shlex.split(found[1].splitlines()[-1])


def test_make_demo_judges_both_branches_as_it_should() -> None:
    assert recipe("demo") == ["$(BIN)/gaterunner", "demo"]

    ran = gaterunner(ROOT, "demo")

    assert ran.code == 0, ran
    assert "Both verdicts are as they should be" in ran.out
    assert "feat/dashboard-hardening: pass." in ran.out
    assert "unit, guardrails, no-secret-changes, no-merge-to-main, forward-only-migrations failed." in ran.out
    assert "gate `smoke` would no longer run [guardrails/gate-removed]" in ran.out
    assert "[guardrails/test-skipped]" in ran.out


def test_make_test_runs_all_tests() -> None:
    assert recipe("test") == ["$(BIN)/python", "-m", "pytest", "-n", "auto"]


def test_the_github_workflow_is_one_that_github_takes(tmp_path: Path) -> None:
    text = next(snippet for snippet in snippets("yaml") if "runs-on" in snippet)
    file = tmp_path / "gates.yml"
    file.write_text(text)

    subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(file)],
        capture_output=True,
        check=True,
    )
    workflow = yaml.safe_load(text)
    check = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]["check-name"]["default"]
    assert check not in workflow["jobs"], "a job of the check's name would be a second check of that name"
    assert set(workflow[True]) == {"pull_request", "pull_request_review", "merge_group"}


@pytest.mark.make
def test_the_workflow_file_runs_as_it_stands(repo: Repository) -> None:
    text = next(snippet for snippet in snippets("yaml") if snippet.startswith("workflow:"))
    repo.commit("Adopt", {WORKFLOW_FILE: text, "Makefile": "build:\n\t@echo built\n", ".gitignore": "reports/\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"test_app.py": "def test_it():\n    assert 1 + 1 == 2\n"})
    tools = Path(sys.executable).parent

    ran = gaterunner(repo.root, "run", "--format", "json", env={"PATH": f"{tools}:{os.environ['PATH']}"})

    assert ran.report.verdict is Verdict.PASS, ran
    assert [(gate.name, gate.command) for gate in ran.report.gates] == [
        ("build", "make build"),
        ("lint", "ruff check ."),
        ("unit", "pytest --junitxml=reports/unit.xml"),
    ]
    assert {policy.name: policy.outcome for policy in ran.report.policies} == {
        "guardrails": Outcome.PASSED,
        "no-secret-changes": Outcome.PASSED,
        "no-prod-db-writes": Outcome.PASSED,
        "no-merge-to-main": Outcome.PASSED,
        "clean-main": Outcome.PASSED,
        "change-budget": Outcome.PASSED,
        "forward-only-migrations": Outcome.SKIPPED,
    }


@pytest.mark.docker
def test_the_image_judges_a_repository_with_the_readmes_command(image: str, repo: Repository) -> None:
    repo.commit("Adopt", {WORKFLOW_FILE: "workflow: {gates: [{smoke: 'true'}]}\n"})
    repo.switch("feat/x", create=True)
    command = commands()[-1].replace("$PWD", str(repo.root)).replace("ghcr.io/org/gaterunner:1", image)

    ran = docker(*shlex.split(command)[1:], check=False)

    assert ran.returncode == 0, (ran.stdout, ran.stderr)
    assert "PASS" in ran.stdout


def test_the_exit_codes_are_those_of_the_program() -> None:
    rows = re.findall(r"^\| ([a-z][^|:]*?)(?::[^|]*)? \| (\d+) \| ", README, re.MULTILINE)

    assert {name: int(code) for name, code in rows} == {
        **{str(verdict): code for verdict, code in EXIT_CODES.items()},
        "usage or workflow-file error": errors.EXIT_USAGE,
        "interrupted": errors.EXIT_INTERRUPTED,
    }


def test_every_policy_has_its_page_and_its_examples_are_valid() -> None:
    for name in POLICIES:
        page = (ROOT / "docs" / "policies" / f"{name}.md").read_text("utf-8")
        assert page.startswith(f"# {name}\n")
        examples = re.findall(r"^```yaml\n(workflow:.*?)^```$", page, re.MULTILINE | re.DOTALL)
        for example in examples:
            parse_workflow(example.encode(), f"{name}.md")
        assert examples, f"{name}.md shows no workflow file"


@pytest.mark.parametrize("name", POLICIES)
def test_every_option_of_a_policy_is_documented_once(name: str) -> None:
    page = (ROOT / "docs" / "policies" / f"{name}.md").read_text("utf-8")
    table = re.search(r"^\| option \|.*?\n\n", page, re.MULTILINE | re.DOTALL)
    assert table, f"{name}.md has no table of options"
    rows = re.findall(r"^\| `([\w-]+)` \|", table[0], re.MULTILINE)

    assert sorted(rows) == sorted(POLICIES[name].options.__struct_encode_fields__)


def test_every_rule_that_is_documented_has_a_page_and_no_policy_page_invents_one() -> None:
    known = tuple(page.name for page in rule_pages())
    for name, kind in POLICIES.items():
        page = (ROOT / "docs" / "policies" / f"{name}.md").read_text("utf-8")
        areas = "|".join(re.escape(rule) for rule in kind.rules if rule.endswith("/"))
        named = re.findall(rf"^\| `((?:{areas})[\w-]+)`", page, re.MULTILINE) if areas else []
        assert [rule for rule in named if rule not in known and not rule.endswith("/more")] == []


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(folder.glob("0*.md"))
    titles = [page.read_text("utf-8").splitlines()[0].removeprefix("# ") for page in pages]
    listed = re.findall(r"^(\d+\.) \[(.+)\]\((.+)\)$", (folder / "README.md").read_text("utf-8"), re.MULTILINE)

    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    assert [(f"{number} {title}", file) for number, title, file in listed] == [
        (title, page.name) for title, page in zip(titles, pages, strict=True)
    ]


PAGES = ["README.md", "CONTRIBUTING.md", *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    file = ROOT / page
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", file.read_text("utf-8"))

    assert [target for target in targets if not (file.parent / target).exists()] == []


def test_links_into_a_page_lead_to_a_heading_of_it() -> None:
    def anchors(page: Path) -> set[str]:
        headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
        words = [re.sub(r"[^\w\- ]", "", heading.strip().lower()) for heading in headings]
        return {text.replace(" ", "-") for text in words}

    broken = []
    for page in PAGES:
        file = ROOT / page
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)", file.read_text("utf-8")):
            led_to = (file.parent / target) if target else file
            if led_to.suffix == ".md" and anchor not in anchors(led_to):
                broken.append(f"{page} -> {target}#{anchor}")
    assert broken == []


def test_every_page_of_the_documentation_is_linked() -> None:
    linked = {
        (ROOT / page).parent.joinpath(target).resolve()
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", (ROOT / page).read_text("utf-8"))
    }
    pages = {path.resolve() for path in (ROOT / "docs").rglob("*.md")}
    assert {str(path.relative_to(ROOT)) for path in pages - linked} == set()
