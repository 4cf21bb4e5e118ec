"""What leads a gate of another tree into the judged one leads it into its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.runner.elsewhere import pointed_at


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    (tmp_path / "repo/src").mkdir(parents=True)
    return tmp_path / "repo"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{repo}/src", "/old/src"),
        ("{repo}", "/old"),
        ("/usr/bin:{repo}/bin:{repo}/.venv/bin:/bin", "/usr/bin:/old/bin:/old/.venv/bin:/bin"),
        ("-q --rootdir={repo} -I{repo}/lib '{repo}/a b'", "-q --rootdir=/old -I/old/lib '/old/a b'"),
        ("file://{repo}/x", "file:///old/x"),
        ("{repo}sitory:/home{repo}/src", "{repo}sitory:/home{repo}/src"),
        ("src:", "src:"),
        ("", ""),
    ],
)
def test_paths_into_the_judged_tree(judged: Path, value: str, expected: str) -> None:
    found = pointed_at({"NAME": value.format(repo=judged)}, judged=judged, instead=Path("/old"))

    assert found == {"NAME": expected.format(repo=judged)}


def test_a_path_that_leads_there_by_a_link(judged: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(judged)

    found = pointed_at({"PYTHONPATH": f"{tmp_path}/link/src:/lib"}, judged=tmp_path / "link", instead=Path("/old"))

    assert found == {"PYTHONPATH": "/old/src:/lib"}
