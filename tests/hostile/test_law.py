"""A branch that wants to be judged by a law of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import gaterunner
from tests.gitrepo import Repository

STRICT = "workflow:\n  gates:\n    - unit: test -e proof\n"
LAX = "workflow:\n  gates:\n    - unit: 'true'\n"


def test_a_link_at_the_base_does_not_make_a_first_adoption(repo: Repository) -> None:
    repo.write({"law.yml": STRICT})
    (repo.root / ".gaterunner.yml").symlink_to("law.yml")
    repo.commit("A law behind a link")
    repo.switch("feat/x", create=True)
    (repo.root / ".gaterunner.yml").unlink()
    repo.commit("A law of my own", {".gaterunner.yml": LAX})

    ran = gaterunner(repo.root, "run")

    assert ran.code == 2
    assert ".gaterunner.yml is a symbolic link, and no link is followed there" in " ".join(ran.out.split())


def test_neither_does_a_folder(repo: Repository) -> None:
    repo.commit("A folder of laws", {".gaterunner.yml/strict": STRICT})
    repo.switch("feat/x", create=True)
    (repo.root / ".gaterunner.yml/strict").unlink()
    (repo.root / ".gaterunner.yml").rmdir()
    repo.commit("A law of my own", {".gaterunner.yml": LAX})

    ran = gaterunner(repo.root, "run")

    assert ran.code == 2
    assert ".gaterunner.yml is a folder" in ran.out


def test_a_folder_that_became_a_link_leads_to_no_other_law(repo: Repository) -> None:
    repo.commit("Law", {"ci/gates.yml": STRICT})
    repo.switch("feat/x", create=True)
    (repo.root / "ci/gates.yml").unlink()
    (repo.root / "ci").rmdir()
    (repo.root / "ci").symlink_to("mine")
    repo.commit("A law of my own", {"mine/gates.yml": LAX})

    ran = gaterunner(repo.root, "run", "--config", "ci/gates.yml", "--format", "json")

    assert ran.code == 1
    assert ran.report.workflow is not None
    assert (ran.report.workflow.path, ran.report.workflow.source) == ("ci/gates.yml", "base")


def test_a_folder_that_is_a_link_at_the_base_is_said(repo: Repository) -> None:
    repo.write({"conf/gates.yml": STRICT})
    (repo.root / "ci").symlink_to("conf")
    repo.commit("Law")
    repo.switch("feat/x", create=True)
    (repo.root / "ci").unlink()
    repo.commit("A law of my own", {"ci/gates.yml": LAX})

    ran = gaterunner(repo.root, "run", "--config", "ci/gates.yml")

    assert ran.code == 2
    assert "ci is a symbolic link" in " ".join(ran.out.split())


def test_an_operators_law_is_not_one_in_the_checkout(repo: Repository, tmp_path: Path) -> None:
    repo.commit("Law", {".gaterunner.yml": STRICT})
    repo.switch("feat/x", create=True)
    repo.commit("A law of my own", {".gaterunner.yml": LAX})
    (tmp_path / "law.yml").symlink_to(repo.root / ".gaterunner.yml")

    ran = gaterunner(repo.root, "run", "--config", str(tmp_path / "law.yml"))

    assert ran.code == 2
    assert "leads into the repository, so the branch could write it" in " ".join(ran.out.split())


def test_a_checkout_behind_a_link_is_still_inside(repo: Repository, tmp_path: Path) -> None:
    repo.commit("Law", {".gaterunner.yml": LAX})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"a": "1\n"})
    (tmp_path / "link").symlink_to(repo.root)

    law = str(tmp_path / "link/.gaterunner.yml")
    ran = gaterunner(repo.root, "run", "--config", law, "--format", "json")

    assert ran.report.workflow is not None
    assert (ran.report.workflow.path, ran.report.workflow.source) == (".gaterunner.yml", "base")


@pytest.mark.parametrize("env", [{}, {"PYTHONPATH": "."}], ids=["python -m", "PYTHONPATH"])
def test_a_module_of_the_branch_is_not_imported(repo: Repository, env: dict[str, str]) -> None:
    repo.commit("Law", {".gaterunner.yml": f"{LAX}  policies: [no-merge-to-main]\n"})
    repo.switch("feat/x", create=True)
    repo.commit("A yaml of my own", {"yaml.py": "import os\nos._exit(0)\n", "click.py": "import os\nos._exit(0)\n"})

    ran = gaterunner(repo.root, "check", "--format", "json", env=env)

    assert ran.policy("no-merge-to-main").outcome == "passed"


def test_a_law_of_another_name_is_no_first_adoption_where_the_base_has_one(repo: Repository) -> None:
    repo.commit("Adopt", {".gaterunner.yml": STRICT})
    repo.switch("feat/x", create=True)
    repo.commit("A law of my own", {"lax.yml": LAX})

    ran = gaterunner(repo.root, "run", "--config", "lax.yml")

    assert ran.code == 2
    assert "does not hold it, only the branch does" in " ".join(ran.out.split())
