"""Whole runs of a branch under a contract, on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.governance.held import default_panel_text
from gaterunner.model import Outcome, Severity
from tests.command_line import gaterunner
from tests.contract.contracts import PATH, spec
from tests.gitrepo import Files, Repository

# Writes a result for every test function that it finds, as a test runner would; a test that says `skip` is skipped.
RUNNER = """
import pathlib, re
text = pathlib.Path("tests/test_filters.py").read_text()
cases = "".join(
    f'<testcase classname="tests.test_filters" name="{name}">{"<skipped/>" if "skip" in body else ""}</testcase>'
    for name, body in re.findall(r"def (test_\\w+)\\(\\):\\n(.*)", text)
)
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/unit.xml").write_text(f'<testsuite name="unit">{cases}</testsuite>')
"""
WORKFLOW = """
workflow:
  phases: [filters]
  gates:
    - unit: {run: python3 runner.py, tests: out/*.xml}
  policies: [spec]
"""
OLD = "def test_old():\n    assert work() == 1\n"
NEW = "\n\ndef test_window():\n    assert window('24h') == 24\n"
NO_GATE = "and the workflow file declares no such gate"
WORK = {"app/filters.py": "x = 2\n", "tests/test_filters.py": OLD + NEW}


def branch(tmp_path: Path, work: Files, **changed: str | None) -> Repository:
    repo = Repository.create(tmp_path / "repo")
    start = {"runner.py": RUNNER, ".gitignore": "out/\n", "app/filters.py": "x = 1\n", "tests/test_filters.py": OLD}
    scope = {"non_goals": None, "touchpoints": "{allow: [app/**, tests/**]}", **changed}
    repo.commit("Start", {**start, ".gaterunner.yml": WORKFLOW, PATH: spec(**scope)})
    repo.switch("feat/filters", create=True)
    repo.commit("Work", work)
    return repo


def test_a_branch_that_keeps_to_its_spec_passes(tmp_path: Path) -> None:
    ran = gaterunner(branch(tmp_path, WORK).root, "run", "--format", "json")
    assert (ran.code, ran.policy("spec").outcome) == (0, Outcome.PASSED)
    assert "1 of 1 objective proven by 1 test; 1 new test, 1 of them ran and passed" in ran.policy("spec").observed


@pytest.mark.parametrize(
    ("work", "rule"),
    [
        ({**WORK, "other.py": "x = 1\n"}, "outside-touchpoints"),
        ({"app/filters.py": "x = 2\n"}, "objective-unproven"),
        ({**WORK, "tests/test_filters.py": OLD + NEW.replace("assert", "skip; assert")}, "objective-unproven"),
        ({**WORK, "tests/test_filters.py": NEW}, "test-removed"),
        ({**WORK, PATH: spec(touchpoints="{allow: ['**']}")}, "changed"),
    ],
    ids=["a path outside", "no test", "a skipped test", "a test gone", "the spec widened"],
)
def test_a_branch_that_breaks_it_fails(tmp_path: Path, work: Files, rule: str) -> None:
    ran = gaterunner(branch(tmp_path, work).root, "run", "--format", "json")
    judged = ran.policy("spec")
    blocking = {one.rule for one in judged.findings if one.severity is Severity.ERROR}
    assert (ran.code, blocking) == (1, {f"spec/{rule}"})
    assert judged.outcome is (Outcome.UNPROVEN if rule in ("changed", "objective-unproven") else Outcome.FAILED)


def test_check_says_what_it_did_not_execute(tmp_path: Path) -> None:
    ran = gaterunner(branch(tmp_path, WORK).root, "check")
    assert ran.code == 1
    assert "1 objective need" in " ".join(ran.out.split())
    assert "run all gates: gaterunner run" in " ".join(ran.out.split())


def test_a_test_that_the_spec_lets_go_is_no_guardrail_s_error(tmp_path: Path) -> None:
    work = {**WORK, "tests/test_filters.py": NEW}
    ran = gaterunner(branch(tmp_path, work, tests="{may-remove: '*.test_old'}").root, "run", "--format", "json")
    (gone,) = (one for one in ran.policy("guardrails").findings if one.rule == "guardrails/test-deleted")
    assert (gone.severity, gone.message) == (Severity.NOTICE, "test_old is gone, as the spec of the phase lets it")
    assert (ran.code, ran.policy("spec").outcome) == (0, Outcome.PASSED)


def test_a_test_that_only_the_branch_s_own_spec_lets_go_is_one(tmp_path: Path) -> None:
    work = {**WORK, "tests/test_filters.py": NEW, PATH: spec(tests="{may-remove: '*.test_old'}")}
    ran = gaterunner(branch(tmp_path, work).root, "run", "--format", "json")
    (gone,) = (one for one in ran.policy("guardrails").findings if one.rule == "guardrails/test-deleted")
    assert gone.severity is Severity.ERROR
    assert {one.rule for one in ran.policy("spec").findings} == {"spec/changed", "spec/test-removed"}


# --- validate and schema --------------------------------------------------------------------------------------------


def test_validate_checks_specs_with_the_workflow_file_and_the_tree(tmp_path: Path) -> None:
    repo = branch(tmp_path, WORK)
    ran = gaterunner(repo.root, "validate")
    assert (ran.code, ran.out.splitlines()[-1]) == (
        0,
        f"{PATH}: valid; 1 objective, owner Owner <owner@example.invalid>",
    )
    repo.write({PATH: spec(flags="[new]", objectives="[{id: a, text: A, tests: {gate: unti, test: tests.x}}]")})
    ran = gaterunner(repo.root, "validate")
    assert ran.code == 2
    assert [line for line in ran.err.splitlines() if line.startswith("specs/")] == [
        f"{PATH}:4:38: the objective `a` names the gate `unti`, {NO_GATE}; did you mean `unit`?",
        f"{PATH}:5:52: `app/billing/**` under `non-goals` matches no file",
        f"{PATH}:6:76: `app/secrets/**` under `forbid` matches no file",
        f"{PATH}:8:9: `flags` names the flag `new`, and no flag of that name is declared",
    ]


def test_validate_tells_of_a_phase_without_spec(tmp_path: Path) -> None:
    repo = branch(tmp_path, {**WORK, PATH: None})
    ran = gaterunner(repo.root, "validate")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, f"{PATH}: not there; the phase `filters` has no spec")


def test_validate_tells_what_is_wrong_with_a_spec_and_with_its_names_at_once(tmp_path: Path) -> None:
    repo = branch(tmp_path, WORK)
    repo.write({PATH: spec(id="filtres", owner=None, flags="[new]", rollback="{steps: [x], gates: [unti]}")})
    ran = gaterunner(repo.root, "validate")
    assert ran.code == 2
    assert [line for line in ran.err.splitlines() if line.startswith("specs/")] == [
        f"{PATH}:2:1: the spec lacks the key `owner`, a person: a name, an address or `@login` who answers for it",
        f"{PATH}:2:5: `id` is `filtres`, expected `filters`, the phase whose spec lies here",
        f"{PATH}:4:52: `app/billing/**` under `non-goals` matches no file",
        f"{PATH}:5:76: `app/secrets/**` under `forbid` matches no file",
        f"{PATH}:6:32: `rollback` names the gate `unti`, {NO_GATE}; did you mean `unit`?",
        f"{PATH}:7:9: `flags` names the flag `new`, and no flag of that name is declared",
    ]


def test_validate_puts_the_questions_beside_the_panel_that_is_to_answer_them(tmp_path: Path) -> None:
    repo = branch(tmp_path, WORK)
    options = "[{id: now, text: Now, scores: {correctness: 4, simplicty: 2}}, {id: later, text: Later}]"
    scope = {"non_goals": None, "touchpoints": "{allow: [app/**, tests/**]}"}
    repo.write({PATH: spec(**scope, questions=f"[{{id: refactor, text: When?, options: {options}}}]")})
    ran = gaterunner(repo.root, "validate")
    wrong = "`scores` of the option `now`: the panel has no criterion `simplicty`; did you mean `simplicity`?"
    assert (ran.code, [line.partition(": ")[2] for line in ran.err.splitlines()]) == (2, [wrong])
    own = default_panel_text().replace(b"simplicity", b"simplicty")
    repo.write({".gaterunner/panel.yml": own.decode()})
    assert gaterunner(repo.root, "validate").code == 0


def test_validate_tells_what_the_branch_has_yet_to_declare(tmp_path: Path) -> None:
    repo = branch(tmp_path, WORK)
    scope = {"non_goals": None, "touchpoints": "{allow: [app/**, tests/**]}"}
    manifest = WORKFLOW.replace("  gates:", "  flag-manifest: flags.json\n  gates:")
    repo.write({".gaterunner.yml": manifest, "flags.json": '{"flags": {}}'})
    repo.write({PATH: spec(**scope, flags="[new]", cutovers="[event-times]")})
    ran = gaterunner(repo.root, "validate")
    told = [line.removesuffix("; the phase's branch has to declare it") for line in ran.out.splitlines()[2:4]]
    assert (ran.code, told) == (
        0,
        [
            f"{PATH}: `flags` names the flag `new`, and no flag of that name is declared",
            f"{PATH}: `cutovers` names the cutover `event-times`, and no cutover of that name is declared",
        ],
    )


def test_validate_takes_a_name_spelt_like_a_declared_one_for_a_mistake(tmp_path: Path) -> None:
    repo = branch(tmp_path, WORK)
    manifest = WORKFLOW.replace("  gates:", "  flag-manifest: flags.json\n  gates:")
    flags = '{"flags": {"filters": {"flagType": "boolean", "defaultValue": false}}}'
    scope = {"non_goals": None, "touchpoints": "{allow: [app/**, tests/**]}"}
    repo.write({".gaterunner.yml": manifest, "flags.json": flags, PATH: spec(**scope, flags="[filter]")})
    ran = gaterunner(repo.root, "validate")
    assert (ran.code, "no flag of that name is declared; did you mean `filters`?" in ran.err) == (2, True)


def test_validate_refuses_a_spec_of_many_megabytes(tmp_path: Path) -> None:
    repo = branch(tmp_path, WORK)
    repo.write({PATH: "x" * 1_000_001})
    ran = gaterunner(repo.root, "validate")
    assert (ran.code, f"{PATH}: the spec holds 1,000,001 bytes, expected at most 1,000,000" in ran.err) == (2, True)


@pytest.mark.parametrize("link", ["specs", PATH])
def test_validate_refuses_what_git_has_as_a_link(tmp_path: Path, link: str) -> None:
    repo = branch(tmp_path, {**WORK, PATH: None, f"elsewhere/{PATH}": spec()})
    if (repo.root / "specs").exists():
        (repo.root / "specs").rename(repo.root / "before")
    (repo.root / link).parent.mkdir(exist_ok=True)
    (repo.root / link).symlink_to(repo.root / "elsewhere" / link)
    ran = gaterunner(repo.root, "validate")
    assert (ran.code, f"{PATH}: the spec is reached by a symbolic link, expected" in ran.err) == (2, True)


def test_validate_takes_one_spec_without_the_tree(tmp_path: Path) -> None:
    repo = branch(tmp_path, WORK)
    repo.write({PATH: spec(flags="[anything]"), "draft.md": spec(id="draft"), "specs/alerts.md": spec(owner=None)})
    assert gaterunner(repo.root, "validate", PATH).code == 0
    assert gaterunner(repo.root, "validate", "draft.md").code == 0
    ran = gaterunner(repo.root, "validate", "specs/alerts.md")
    assert (ran.code, "specs/alerts.md:2:1: the spec lacks the key `owner`" in ran.err) == (2, True)
    assert f"{PATH}:2:5: `id` is `alerts`, expected `filters`" in _with_id(repo, "alerts")


def _with_id(repo: Repository, id: str) -> str:
    repo.write({PATH: spec(id=id)})
    return gaterunner(repo.root, "validate", PATH).err


@pytest.mark.parametrize(
    ("of", "shipped"),
    [
        ("workflow", "config/workflow.schema.json"),
        ("spec", "contract/spec.schema.json"),
        ("panel", "governance/panel.schema.json"),
    ],
)
def test_the_schema_of_each_file_is_printed(tmp_path: Path, of: str, shipped: str) -> None:
    package = Path(__file__).parents[2] / "gaterunner"
    assert gaterunner(tmp_path, "schema", "--of", of).out == (package / shipped).read_text(encoding="utf-8")
