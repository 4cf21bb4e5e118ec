"""What a report that somebody else wrote may name: commits by their full ids, and nothing that git could misread."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gaterunner.errors import EvaluationError
from gaterunner.publishing.received import Received
from gaterunner.reevaluation.taking import judged_commit
from tests.reevaluation.test_going_on import HEAD, REPORT

MERGE = "d" * 40


def earlier(**fields: str | None) -> Received:
    assert REPORT.change is not None
    return Received(report=replace(REPORT, change=replace(REPORT.change, **fields)), sha256="e" * 64)


def test_the_test_merge_is_judged_where_there_is_one() -> None:
    assert judged_commit(earlier(merge=MERGE)) == MERGE
    assert judged_commit(earlier()) == HEAD


@pytest.mark.parametrize(
    "merge", ["--upload-pack=touch x", "+refs/heads/main:refs/heads/x", "HEAD", "d" * 39, "D" * 40]
)
def test_what_is_no_full_id_never_reaches_git(merge: str) -> None:
    for report in (earlier(merge=merge), earlier(head=merge), earlier(base=merge)):
        with pytest.raises(EvaluationError, match="it does not say which commit it is about"):
            judged_commit(report)
