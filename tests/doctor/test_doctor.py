"""What doctor says of a repository as a whole: tiers, exit codes, both forms, and what it cannot read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doctor.hosted import Hosted
from tests.fake_github import FakeGitHub


@pytest.fixture
def hosted(fake_github: FakeGitHub, tmp_path: Path) -> Hosted:
    return Hosted(fake_github, tmp_path)


def test_a_repository_without_a_fault(hosted: Hosted, capsys: pytest.CaptureFixture[str]) -> None:
    code = hosted.doctor()
    out = capsys.readouterr().out
    assert code == 0
    assert "Tier 2: a person has to approve an edit of the gates" in out
