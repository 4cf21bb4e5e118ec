"""What the policy says as a whole: outcome, reason, observed, expected. The tools' cases are in tests/migrations."""

from __future__ import annotations

import msgspec
import pytest

from gaterunner.model import Outcome, Skip
from gaterunner.policies.forward_only_migrations import Options
from tests.gitrepo import Repository
from tests.migrations.judging import judge, judge_files, line

FIRST = {"db/migration/V1__start.sql": "CREATE TABLE item (id int);\n"}


def test_a_repository_without_migrations_is_skipped(repo: Repository) -> None:
    result = judge_files(repo, {"app.py": "x = 1\n"}, {"app.py": "x = 2\n"})
    assert (result.outcome, result.skip) == (Outcome.SKIPPED, Skip.NOT_APPLICABLE)
    assert result.reason == "no migrations of a known tool found"


def test_a_change_beside_the_migrations_passes(repo: Repository) -> None:
    result = judge_files(repo, FIRST, {"app.py": "x = 2\n"})
    assert result.outcome is Outcome.PASSED
    assert result.reason == "the change touches no migration"
    assert result.observed == "Flyway: 1 on base, 0 added; 0 edited, 0 removed"


def test_a_new_migration_passes_and_says_what_it_came_after(repo: Repository) -> None:
    result = judge_files(repo, FIRST, {"db/migration/V2__more.sql": "SELECT 1;\n"})
    assert result.outcome is Outcome.PASSED
    assert result.observed == "Flyway: 1 on base, 1 added; 0 edited, 0 removed"
    assert result.expected == "existing migrations unchanged; new ones after V1__start"


def test_an_edit_fails_with_the_place_and_the_way_out(repo: Repository) -> None:
    result = judge_files(repo, FIRST, {"db/migration/V1__start.sql": "CREATE TABLE item (id bigint);\n"})
    assert result.outcome is Outcome.FAILED
    assert result.reason == "1 problem in db/migration/V1__start.sql"
    (finding,) = result.findings
    assert finding.message == "Flyway: an existing migration was edited; where it was applied, the edit never runs."
    assert finding.help == (
        "Leave db/migration/V1__start.sql as it is on the base and put the change into a new migration after "
        "V1__start (version 2 or later)."
    )


def test_a_file_that_looks_like_a_migration_of_no_known_tool_is_unproven(repo: Repository) -> None:
    result = judge_files(repo, {}, {"db/migrations/001_start.sql": "CREATE TABLE item (id int);\n"})
    assert result.outcome is Outcome.UNPROVEN
    assert result.reason == (
        "db/migrations/001_start.sql looks like a migration, but no known tool's evidence is there; "
        'pin the tool with `tools`, name numbered files with `paths: ["db/migrations/*.sql"]`, or exclude what is no '
        "migration with `ignore`"
    )


@pytest.mark.parametrize("path", ["docs/migrations.md", "app/migration_tools.py", "tests/test_migrations.py"])
def test_talking_about_migrations_is_no_migration(repo: Repository, path: str) -> None:
    assert judge_files(repo, {}, {path: "text\n"}).outcome is Outcome.SKIPPED


def test_the_operator_can_pin_the_tool(repo: Repository) -> None:
    base = {"db/migrations/001_start.sql": "SELECT 1;\n"}
    result = judge_files(repo, base, {"db/migrations/001_start.sql": "SELECT 2;\n"}, tools=["goose"])
    assert [line(each) for each in result.findings] == ["error migration-edited db/migrations/001_start.sql:1"]


def test_the_operator_can_name_numbered_files(repo: Repository) -> None:
    base = {"db/click/migrations/02_b.sql": "SELECT 1;\n"}
    paths = ["db/click/**/*.sql"]
    result = judge_files(repo, base, {"db/click/migrations/01_a.sql": "SELECT 1;\n"}, paths=paths)
    assert [line(each) for each in result.findings] == ["error migration-out-of-order db/click/migrations/01_a.sql"]
    assert result.findings[0].help == "Rename it to db/click/migrations/03_a.sql."


def test_the_operator_can_exclude_files(repo: Repository) -> None:
    result = judge_files(repo, {}, {"samples/migrations/001_x.sql": "SELECT 1;\n"}, ignore=["samples/**"])
    assert result.outcome is Outcome.SKIPPED


@pytest.mark.parametrize("options", [{"order": "maybe"}, {"tools": ["orm"]}, {"colour": "red"}, {"paths": "x"}])
def test_options_are_strict(options: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, Options)


def test_a_migration_replaced_by_a_symbolic_link_is_blocked(repo: Repository) -> None:
    base = repo.commit("Base", FIRST)
    path = repo.root / "db/migration/V1__start.sql"
    path.unlink()
    path.symlink_to("/etc/hostname")
    result = judge(repo, base, repo.commit("Link"))
    assert [line(each) for each in result.findings] == ["error migration-edited db/migration/V1__start.sql"]


def test_a_new_migration_that_is_a_symbolic_link_is_blocked(repo: Repository) -> None:
    base = repo.commit("Base", FIRST)
    (repo.root / "db/migration/V2__more.sql").symlink_to("/etc/hostname")
    result = judge(repo, base, repo.commit("Link"))
    assert [line(each) for each in result.findings] == ["error migration-unreadable db/migration/V2__more.sql"]


def test_a_changed_mode_is_only_told(repo: Repository) -> None:
    base = repo.commit("Base", FIRST)
    (repo.root / "db/migration/V1__start.sql").chmod(0o755)
    result = judge(repo, base, repo.commit("Mode"))
    assert [line(each) for each in result.findings] == ["warning migration-mode-changed db/migration/V1__start.sql"]
    assert result.outcome is Outcome.PASSED


def test_a_large_file_pointer_cannot_be_judged(repo: Repository) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    result = judge_files(repo, FIRST, {"db/migration/V2__more.sql": pointer})
    assert [line(each) for each in result.findings] == ["error migration-unreadable db/migration/V2__more.sql"]


def test_edits_of_the_branchs_own_migration_are_honest_work(repo: Repository) -> None:
    base = repo.commit("Base", FIRST)
    repo.commit("Try", {"db/migration/V2__more.sql": "SELECT 1;\n"})
    repo.commit("Rename", {"db/migration/V2__more.sql": None, "db/migration/V2__better.sql": "SELECT 2;\n"})
    assert judge(repo, base, repo.commit("Mend", {"db/migration/V2__better.sql": "SELECT 3;\n"})).findings == ()


def test_what_the_target_has_already_is_not_this_branchs_doing(repo: Repository) -> None:
    base = repo.commit("Base", FIRST)
    second = {"db/migration/V2__more.sql": "SELECT 1;\n"}
    tip = repo.commit("Target", second)
    repo.git("checkout", "-q", base)
    head = repo.commit("Head", second)
    assert judge(repo, base, head, tip=tip).findings == ()


def test_the_same_name_with_other_content_on_the_target_is_a_duplicate(repo: Repository) -> None:
    result = judge_files(
        repo,
        FIRST,
        {"db/migration/V2__more.sql": "SELECT 1;\n"},
        target={"db/migration/V2__more.sql": "SELECT 2;\n"},
    )
    assert [line(each) for each in result.findings] == ["error migration-duplicate-version db/migration/V2__more.sql"]


def test_several_late_migrations_get_names_that_follow_each_other(repo: Repository) -> None:
    head = {f"db/migration/V1_{number}__late.sql": "SELECT 1;\n" for number in (1, 2)}
    result = judge_files(repo, {"db/migration/V3__start.sql": "SELECT 1;\n"}, head)
    assert [each.help for each in result.findings] == [
        "Rename it to db/migration/V4__late.sql.",
        "Rename it to db/migration/V5__late.sql.",
    ]


def test_paths_that_are_not_utf_8_are_judged(repo: Repository) -> None:
    path = b"db/migration/V1__caf\xe9.sql".decode(errors="surrogateescape")
    result = judge_files(repo, {path: "SELECT 1;\n"}, {path: "SELECT 2;\n"})
    assert [each.rule for each in result.findings] == ["migration-edited"]
