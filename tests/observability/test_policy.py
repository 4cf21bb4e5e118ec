"""The policy over a real repository: what the lines of a change say, whatever gates show."""

from __future__ import annotations

from gaterunner.model import Outcome
from gaterunner.observability.settings import Unstructured
from gaterunner.policies.observability import Options
from tests.command_line import gaterunner
from tests.gitrepo import Repository
from tests.policies.judging import judge_policy

WORKFLOW = "workflow: {gates: [smoke: 'true'], policies: [observability: sentry spans + structured logs]}\n"
PAID = "def pay(order):\n    return order\n"


def branch(repo: Repository, files: dict[str, str]) -> None:
    repo.commit("Begin", {".gaterunner.yml": WORKFLOW, "shop/orders.py": PAID, "shop/old.py": 'print("old")\n'})
    repo.switch("feat/x", create=True)
    repo.commit("Work", files)


def test_a_print_fails_the_policy(repo: Repository) -> None:
    branch(repo, {"shop/orders.py": PAID.replace("    return", '    print("paid", order)\n    return')})

    result = judge_policy(repo, "observability")
    (found,) = result.findings

    assert (result.outcome, result.skip) == (Outcome.FAILED, None)
    assert result.reason == "shop/orders.py: `print` writes text without structure: no level, no attributes, no trace"
    assert (found.rule, found.path, found.line) == ("observability/print", "shop/orders.py", 2)


def test_what_was_there_before_is_left_alone(repo: Repository) -> None:
    branch(repo, {"shop/old.py": 'print("old")\nX = 1\n', "tests/test_orders.py": 'print("test")\n'})

    assert judge_policy(repo, "observability").findings == ()


def test_a_path_has_a_setting_of_its_own(repo: Repository) -> None:
    branch(repo, {"shop/orders.py": 'print("paid")\n', "legacy/orders.py": 'print("paid")\n'})

    options = Options(unstructured=Unstructured(paths={"legacy/**": "off", "shop/**": "warn"}))
    result = judge_policy(repo, "observability", options)

    assert [f"{one.path}: {one.severity.value}" for one in result.findings] == ["shop/orders.py: warning"]
    assert result.outcome is Outcome.SKIPPED


def test_check_tells_it_without_any_gate(repo: Repository) -> None:
    branch(repo, {"shop/orders.go": 'package shop\n\nfunc Pay() {\n\tfmt.Println("paid")\n}\n'})

    ran = gaterunner(repo.root, "check", "--base", "main")

    assert ran.code == 1
    assert "shop/orders.go:4" in ran.out
    assert "`fmt.Println` writes text without structure" in " ".join(ran.out.split())


def test_the_settings_are_read_from_the_workflow_file(repo: Repository) -> None:
    branch(repo, {"shop/orders.py": 'print("paid")\n'})
    repo.switch("main")
    unstructured = "{rules: {print: off}, paths: {'shop/**': fail}, production: ['scripts/**']}"
    law = f"workflow: {{gates: [smoke: 'true'], policies: [observability: {{unstructured: {unstructured}}}]}}\n"
    repo.commit("Allow printing", {".gaterunner.yml": law})
    repo.switch("feat/y", create=True)
    repo.commit("Print", {"shop/new.py": 'print("new")\nlogger.info(f"{x}")\n', "scripts/a.py": 'log.info(f"{x}")\n'})

    ran = gaterunner(repo.root, "check", "--base", "main")

    assert ran.code == 1
    assert "shop/new.py:2" in ran.out
    assert "shop/new.py:1" not in ran.out
    assert "scripts/a.py:1" in ran.out
