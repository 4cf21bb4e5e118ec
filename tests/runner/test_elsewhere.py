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
    found = pointed_at({"NAME": value.format(repo=judged)}, checkout=judged, instead=Path("/old"), tracked=())

    assert found == {"NAME": expected.format(repo=judged)}


def test_a_path_that_leads_there_by_a_link(judged: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(judged)

    env = {"PYTHONPATH": f"{tmp_path}/link/src:/lib"}
    found = pointed_at(env, checkout=tmp_path / "link", instead=Path("/old"), tracked=())

    assert found == {"PYTHONPATH": "/old/src:/lib"}


@pytest.mark.parametrize(
    ("tracked", "expected"),
    [
        ((), "{repo}/.venv/bin:{repo}/web/node_modules/.bin:/old/build"),
        ((".venv/bin/python", "web/node_modules/.bin/jest"), "/old/.venv/bin:/old/web/node_modules/.bin:/old/build"),
        ((".venvs", "web/app.js"), "{repo}/.venv/bin:{repo}/web/node_modules/.bin:/old/build"),
    ],
)
def test_what_is_installed_in_the_checkout_stays_unless_the_branch_brought_it(
    judged: Path, tracked: tuple[str, ...], expected: str
) -> None:
    (judged / ".venv/bin").mkdir(parents=True)
    (judged / ".venv/pyvenv.cfg").touch()
    path = f"{judged}/.venv/bin:{judged}/web/node_modules/.bin:{judged}/build"

    found = pointed_at({"PATH": path}, checkout=judged, instead=Path("/old"), tracked=tracked)

    assert found == {"PATH": expected.format(repo=judged)}
