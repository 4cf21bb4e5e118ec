"""Ways around a spec that a hostile branch may try, each beside the honest change that looks like it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gaterunner.model import Event, Outcome, PolicyResult, Skip
from gaterunner.policies import POLICIES
from gaterunner.policies.context import PolicyContext
from gaterunner.secrets.engine import Engine
from tests.contract.contracts import PATH, result, workflow
from tests.gitrepo import Repository
from tests.policies.branches_of_a_phase import PROVEN, WORK, judge, opened, rules, start, told

HIDDEN = "{allow: [app/**, tests/**], forbid: ['app/hidden/**', '**/keys/*.pem'], create: app/hidden.py}"


def with_link(tmp_path: Path, path: str, target: str) -> PolicyResult:
    repo = start(tmp_path, touchpoints=HIDDEN)
    link = repo.root / path
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)
    repo.commit("Work", WORK)
    return judge(repo)


def with_submodule(tmp_path: Path, path: str) -> PolicyResult:
    repo = start(tmp_path, touchpoints=HIDDEN)
    Repository.create(repo.root / path).commit("Other", {"any.py": "x = 1\n"})
    repo.commit("Work", WORK)
    return judge(repo)


def test_a_link_cannot_stand_where_a_closed_folder_would_be(tmp_path: Path) -> None:
    judged = with_link(tmp_path, "app/hidden", "filters.py")
    message = "becomes a symbolic link in the place of `app/hidden/**`, which the spec forbids"
    assert (judged.outcome, told(judged, "forbidden-path")) == (Outcome.FAILED, [message])
    assert "2 of 3 paths in scope" in judged.observed


@pytest.mark.parametrize("path", ["app/hidden", "app/Hidden", "app/h\u0456dden"])
def test_neither_can_a_submodule_however_it_is_spelt(tmp_path: Path, path: str) -> None:
    assert rules(with_submodule(tmp_path, path)) == {"forbidden-path"}


@pytest.mark.parametrize("target", ["/etc/passwd", "../../elsewhere", "../tests/../../x"])
def test_no_link_leads_out_of_the_repository(tmp_path: Path, target: str) -> None:
    judged = with_link(tmp_path, "app/link.py", target)
    assert rules(judged) == {"outside-touchpoints"}
    assert told(judged, "outside-touchpoints")[0].startswith("is a symbolic link ")


@pytest.mark.parametrize("target", ["filters.py", "secrets/keys.py", "../README.md"])
def test_a_link_within_the_repository_changes_nothing_there(tmp_path: Path, target: str) -> None:
    assert with_link(tmp_path, "app/link.py", target).outcome is Outcome.PASSED


def test_a_submodule_whose_folder_is_open_counts_as_its_path(tmp_path: Path) -> None:
    assert with_submodule(tmp_path, "app/vendored").outcome is Outcome.PASSED


def pushed(tmp_path: Path, policy: str, **how: Any) -> PolicyResult:
    """What a policy says of work that a push brought, as an event tells it: without a target."""
    repo = start(tmp_path)
    repo.commit("Work", WORK)
    with opened(repo) as (checkout, change):
        seen = replace(change, event=Event.PUSH, target=None, **how)
        context = PolicyContext(
            change=seen, repository=checkout, workflow=workflow(), gates=(result("unit", PROVEN),), secrets=Engine()
        )
        return POLICIES[policy].evaluate(context, POLICIES[policy].options())


@pytest.mark.parametrize("policy", ["spec", "phases", "decisions", "reversible-rollout"])
def test_what_is_pushed_to_the_default_branch_was_judged_on_its_way_there(tmp_path: Path, policy: str) -> None:
    judged = pushed(tmp_path, policy, branch="main", on_default=True)
    assert (judged.outcome, judged.skip) == (Outcome.SKIPPED, Skip.NOT_APPLICABLE)
    assert judged.reason in ("main is the target branch itself", "`main` is the target itself")


def test_what_is_pushed_to_any_other_branch_was_not(tmp_path: Path) -> None:
    assert rules(pushed(tmp_path / "a", "spec", branch="main")) == {"no-phase"}
    assert rules(pushed(tmp_path / "b", "reversible-rollout", branch="main")) == {"not-rehearsed"}


# --- new tests -------------------------------------------------------------------------------------------------------

ANOTHER = "def test_old():\n    assert work() == 2\n"


def with_new_test(tmp_path: Path, path: str, content: str, *ran: str) -> PolicyResult:
    """A branch whose spec asks for two new tests; one of them is that of the objective."""
    repo = start(tmp_path, touchpoints="{allow: [app/**, tests/**, web/**, pkg/**]}", tests="{add: 2}")
    repo.commit("Work", {**WORK, path: content})
    return judge(repo, result("unit", PROVEN, "tests.test_filters.test_old", *ran))


@pytest.mark.parametrize("path", ["tests/extra/test_filters.py", "web/test_filters.py"])
def test_a_test_that_ran_elsewhere_lends_no_result_to_one_of_its_name(tmp_path: Path, path: str) -> None:
    judged = with_new_test(tmp_path, path, ANOTHER)
    message = "1 of 2 new tests ran and passed, and the spec asks for at least 2"
    assert told(judged, "new-tests-unproven") == [message]


@pytest.mark.parametrize(
    "ran",
    ["web.tests.test_filters.test_old", "tests.test_filters.test_old", "src.web.tests.test_filters.test_old[24h]"],
)
def test_a_gate_may_run_above_and_below_the_tests(tmp_path: Path, ran: str) -> None:
    assert with_new_test(tmp_path, "web/tests/test_filters.py", ANOTHER, ran).outcome is Outcome.PASSED


def test_a_short_title_is_not_found_inside_of_words(tmp_path: Path) -> None:
    title = "it('old', () => { expect(work()).toBe(1) })\n"
    judged = with_new_test(tmp_path / "a", "web/a.test.js", title, "older filters")
    assert rules(judged) == {"new-tests-unproven"}
    assert with_new_test(tmp_path / "b", "web/a.test.js", title, "filters old").outcome is Outcome.PASSED


# --- which spec it is, and its budget ---------------------------------------------------------------------------------


def test_a_spec_that_is_gone_from_the_target_is_none_to_rest_on(tmp_path: Path) -> None:
    repo = start(tmp_path)
    repo.commit("Work", WORK)
    repo.switch("main")
    repo.commit("Drop the phase", {PATH: None})
    repo.switch("feat/filters")
    judged = judge(repo)
    assert (judged.outcome, rules(judged), judged.findings[0].approvable) == (Outcome.UNPROVEN, {"changed"}, True)
    assert judged.reason == (
        f"the target has no spec for `filters` any more: {PATH} is the one from when the branch left it, and is not "
        "proven until somebody else approves"
    )


@pytest.mark.parametrize("big", ["x = 1\n" * 500 + "# \0\n", "// \0\n" + "let x\n" * 500])
def test_one_character_does_not_take_lines_out_of_the_budget(tmp_path: Path, big: str) -> None:
    repo = start(tmp_path, budget="{lines: 100}")
    repo.commit("Work", {**WORK, "app/big.js": big})
    judged = judge(repo)
    assert told(judged, "over-budget") == ["the change has 507 lines, and the spec's budget is 100"]


@pytest.mark.parametrize("big", [b"x = 1\r" * 500, "let x\u2028".encode() * 500, b"$x = '\xe9';\n" * 500 + b"\0"])
def test_neither_do_ends_of_lines_that_git_does_not_see(tmp_path: Path, big: bytes) -> None:
    repo = start(tmp_path, {"app/old.php": "a\rb\rc\r"}, budget="{lines: 100}")
    repo.commit("Work", {**WORK, "app/big.php": big, "app/old.php": "a\rb\rd\r"})
    (over,) = told(judge(repo), "over-budget")
    assert over.startswith("the change has 50")


def test_a_picture_has_no_lines(tmp_path: Path) -> None:
    repo = start(tmp_path, budget="{lines: 100}")
    repo.commit("Work", {**WORK, "app/logo.png": b"\x89PNG\r\n\x1a\n\0\0\0" + b"\n\xff" * 500})
    assert judge(repo).outcome is Outcome.PASSED


@pytest.mark.parametrize("before", [None, "const b = 1\n", "// \0\nconst b = 1\n"])
def test_one_character_does_not_hide_data_either(tmp_path: Path, before: str | None) -> None:
    base = {"app/x.js": before} if before is not None else {}
    repo = start(tmp_path, base, data="{never: [password_hash]}")
    repo.commit("Work", {**WORK, "app/x.js": "// \0\nconst a = password_hash\n"})
    assert rules(judge(repo)) == {"data-never"}


def test_what_is_no_text_holds_no_data_that_could_be_read(tmp_path: Path) -> None:
    repo = start(tmp_path, data="{never: [password_hash], read: [orders]}")
    repo.commit("Work", {**WORK, "app/x.wasm": b"\0asm\xff\xfe\n" * 20, "app/font.woff": b"wOFF\0\xff\n"})
    assert judge(repo).outcome is Outcome.PASSED
