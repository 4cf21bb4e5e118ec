"""`gaterunner explain`: every rule, policy and gate kind has a page, and every page has all that a reader needs."""

from __future__ import annotations

import re

import pytest

from gaterunner.explaining import SECTIONS, Page, explain, kind_pages, overview, rule_pages
from gaterunner.plan.types import GATE_KINDS
from gaterunner.policies import POLICIES
from tests.command_line import gaterunner
from tests.gitrepo import Repository
from tests.rules_index import INDEX, index_text

PAGES = (*rule_pages(), *kind_pages())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_says_why_shows_a_failure_and_tells_how_to_fix_and_to_waive_it(page: Page) -> None:
    title, sentence, *_ = page.text.split("\n\n")

    assert title == f"# {page.name}"
    assert sentence.strip().endswith(".")
    assert not sentence.startswith("#")
    assert tuple(re.findall(r"^## (.+)$", page.text, re.MULTILINE)) == SECTIONS
    assert "```" in page.text.partition("## Example that fails")[2].partition("## How to fix it")[0]
    assert page.text.endswith("\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_documentation_that_a_page_refers_to_exists(page: Page) -> None:
    named = re.findall(r"\((docs/[\w/.-]+\.md)\)", page.text)
    assert [path for path in named if not (INDEX.parent.parent / path).is_file()] == []


def test_every_gate_kind_has_a_page() -> None:
    assert {page.name for page in kind_pages()} == set(GATE_KINDS)


def test_every_page_of_a_rule_stands_under_its_policy_or_is_about_gates_and_waivers() -> None:
    prefixes = tuple(prefix for kind in POLICIES.values() for prefix in kind.rules)
    alone = {page.name for page in rule_pages() if not page.name.startswith(prefixes)}

    assert {
        name for kind in POLICIES.values() for name in kind.rules if not any(p.name.startswith(name) for p in PAGES)
    } == set()
    assert all(name in overview() for name in alone)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_lists_its_options_and_rules(policy: str) -> None:
    told = explain(policy)

    assert told.startswith(f"# {policy}\n\n{POLICIES[policy].summary}")
    assert all(f"`{option}`" in told for option in POLICIES[policy].options.__struct_encode_fields__)
    assert f"docs/policies/{policy}.md" in told
    assert (INDEX.parent / "policies" / f"{policy}.md").is_file()


def test_a_rule_of_a_family_is_explained_by_the_familys_page() -> None:
    assert explain("secret/aws-access-key") == explain("secret")


def test_an_older_spelling_is_explained_as_the_policy_it_means() -> None:
    assert explain("no-main-merge") == explain("no-merge-to-main")


def test_the_command_prints_the_page(repo: Repository) -> None:
    ran = gaterunner(repo.root, "explain", "migration-deleted")

    assert (ran.code, ran.out.splitlines()[0]) == (0, "# migration-deleted")


def test_without_a_name_everything_is_listed(repo: Repository) -> None:
    ran = gaterunner(repo.root, "explain")

    assert ran.code == 0
    assert [name for name in (*POLICIES, *(page.name for page in PAGES)) if name not in ran.out] == []


def test_an_unknown_name_is_told_with_the_nearest(repo: Repository) -> None:
    ran = gaterunner(repo.root, "explain", "migration-delete")

    assert ran.code == 2
    assert "migration-delete is no rule, policy or gate kind; did you mean migration-deleted?" in ran.err


def test_the_index_in_the_docs_is_up_to_date() -> None:
    assert index_text() == INDEX.read_text(encoding="utf-8")
