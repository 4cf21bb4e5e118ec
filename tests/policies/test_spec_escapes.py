"""Ways around a spec that a hostile branch may try, each beside the honest change that looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.model import Outcome, PolicyResult
from tests.gitrepo import Repository
from tests.policies.branches_of_a_phase import WORK, judge, rules, start, told

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
    message = "app/hidden becomes a symbolic link in the place of `app/hidden/**`, which the spec forbids"
    assert (judged.outcome, told(judged, "forbidden-path")) == (Outcome.FAILED, [message])
    assert "2 of 3 paths in scope" in judged.observed


@pytest.mark.parametrize("path", ["app/hidden", "app/Hidden", "app/h\u0456dden"])
def test_neither_can_a_submodule_however_it_is_spelt(tmp_path: Path, path: str) -> None:
    assert rules(with_submodule(tmp_path, path)) == {"forbidden-path"}


@pytest.mark.parametrize("target", ["/etc/passwd", "../../elsewhere", "../tests/../../x"])
def test_no_link_leads_out_of_the_repository(tmp_path: Path, target: str) -> None:
    judged = with_link(tmp_path, "app/link.py", target)
    assert rules(judged) == {"outside-touchpoints"}
    assert told(judged, "outside-touchpoints")[0].startswith("app/link.py is a symbolic link ")


@pytest.mark.parametrize("target", ["filters.py", "secrets/keys.py", "../README.md"])
def test_a_link_within_the_repository_changes_nothing_there(tmp_path: Path, target: str) -> None:
    assert with_link(tmp_path, "app/link.py", target).outcome is Outcome.PASSED


def test_a_submodule_whose_folder_is_open_counts_as_its_path(tmp_path: Path) -> None:
    assert with_submodule(tmp_path, "app/vendored").outcome is Outcome.PASSED
