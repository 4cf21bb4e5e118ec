"""A migration that drops something, and the cutover that it needs: both policies over one branch."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.cutovers import PATH
from gaterunner.model import Outcome, PolicyResult
from tests.cutovers.declaring import CODE, declared, entry, workflow
from tests.gitrepo import Repository
from tests.policies.judging import judge_policy

FIRST, SECOND = "db/migration/V1__orders.sql", "db/migration/V2__drop_total.sql"
WITHOUT = "workflow: {gates: [unit], database: {migrations: forward-only}}"


def judge(tmp_path: Path, before: str | None, after: str | None, *, law: str | None = None) -> PolicyResult:
    """What forward-only-migrations says of a dropped column while the cutover goes from one phase to another."""
    repo = Repository.create(tmp_path / "repo")
    start: dict[str, str | bytes | None] = {
        "app/orders.py": CODE,
        FIRST: "create table orders (id bigint primary key, total integer);\n",
    }
    repo.commit("Start", start if before is None else {**start, PATH: declared(entry(before))})
    repo.switch("feat/x", create=True)
    work: dict[str, str | bytes | None] = {SECOND: "alter table orders drop column total;\n"}
    if after is not None:
        work[PATH] = declared(entry(after))
    elif before is not None:
        work[PATH] = None
    repo.commit("Drop it", work)
    return judge_policy(repo, "forward-only-migrations", workflow=workflow() if law is None else workflow(law))


@pytest.mark.parametrize(("before", "after"), [("read-new", "stop-old"), ("stop-old", "stop-old"), ("stop-old", None)])
def test_a_column_goes_when_its_cutover_has_come_to_its_end(tmp_path: Path, before: str, after: str | None) -> None:
    result = judge(tmp_path, before, after)
    assert result.outcome is Outcome.PASSED, result.reason
    assert any("cutover totals" in finding.message for finding in result.findings)


@pytest.mark.parametrize(
    ("before", "after"), [(None, None), (None, "stop-old"), ("dual-write", "backfill"), ("backfill", "stop-old")]
)
def test_and_not_before(tmp_path: Path, before: str | None, after: str | None) -> None:
    result = judge(tmp_path, before, after)
    assert result.outcome is Outcome.FAILED
    assert [finding.rule for finding in result.findings] == ["migration-drop-column"]


def test_a_cutover_that_the_workflow_does_not_ask_for_permits_nothing(tmp_path: Path) -> None:
    assert judge(tmp_path, "read-new", "stop-old", law=WITHOUT).outcome is Outcome.FAILED
