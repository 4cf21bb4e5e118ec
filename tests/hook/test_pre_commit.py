"""pre-commit's own hook beside ours: what `hook install` says to do there, done with the real pre-commit."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.hook.pushing import GREEN, RED, Developer, Pushed

CONFIG = """\
repos:
  - repo: local
    hooks:
      - id: asked
        name: asked
        entry: sh asked.sh
        language: system
        stages: [pre-push]
        pass_filenames: false
        always_run: true
"""
ASKED = "echo asked >> .git/asked\n"


class WithPreCommit(Developer):
    """A developer who has pre-commit on PATH, with its store in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._store = folder / "pre-commit"
        tool = self.tools / "pre-commit"
        tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m pre_commit "$@"\n')
        tool.chmod(0o755)
        self.clone.commit("Ask before a push", {".pre-commit-config.yaml": CONFIG, "asked.sh": ASKED})

    def environment(self, **more: str) -> dict[str, str]:
        return {**super().environment(), "PRE_COMMIT_HOME": str(self._store), "PRE_COMMIT_COLOR": "never", **more}

    def shell(self, line: str) -> Pushed:
        """A line that somebody types or copies."""
        return self._run("sh", "-c", line, folder=None, env=None)

    @property
    def asked(self) -> int:
        """How often pre-commit's own hook ran."""
        file = self.clone.root / ".git" / "asked"
        return len(file.read_text().splitlines()) if file.exists() else 0


@pytest.fixture
def developer(tmp_path: Path) -> WithPreCommit:
    """Someone whose pushes pre-commit looks at."""
    found = WithPreCommit(tmp_path)
    installed = found.shell("pre-commit install -t pre-push")
    assert installed.code == 0, installed.err
    return found


def follow_the_way_out(developer: WithPreCommit) -> None:
    """Does what `hook install` says, as it says it."""
    refused = developer.gaterunner("hook", "install")
    assert refused.code == 2
    assert "belongs to pre-commit, which would write it anew" in refused.err
    line = next(line for line in refused.err.splitlines() if "pre-commit uninstall" in line)
    done = developer.shell(line[line.index("pre-commit uninstall") :].partition(": ")[0])
    assert done.code == 0, done.err


def test_its_hook_is_left_alone_and_the_way_out_leads_to_both(developer: WithPreCommit) -> None:
    before = developer.hook.read_text()
    assert developer.gaterunner("hook", "install").code == 2
    assert developer.hook.read_text() == before
    standing = developer.gaterunner("hook", "status")
    assert (standing.code, "belongs to pre-commit" in standing.out) == (1, True)

    follow_the_way_out(developer)

    standing = developer.gaterunner("hook", "status")
    assert (standing.code, "pre-commit runs it from" in standing.out) == (0, True)
    red = developer.clone.commit("Break it", {"test.sh": RED})
    refused = developer.push()
    assert refused.code == 1
    assert f"gaterunner: push of feat/x ({red[:12]}) refused" in refused.out + refused.err
    assert developer.on_remote("feat/x") is None
    green = developer.clone.commit("Mend it", {"test.sh": GREEN})
    asked = developer.asked
    pushed = developer.push()
    assert pushed.code == 0, pushed.err
    assert developer.on_remote("feat/x") == green
    assert developer.asked == asked + 1


def test_what_pre_commit_refuses_stays_refused(developer: WithPreCommit) -> None:
    follow_the_way_out(developer)
    developer.clone.commit("Ask in vain", {"asked.sh": "echo not on a Friday; exit 1\n"})
    refused = developer.push()
    assert refused.code == 1
    assert "not on a Friday" in refused.out + refused.err
    assert developer.on_remote("feat/x") is None


def test_pre_commit_installed_anew_keeps_ours(developer: WithPreCommit) -> None:
    follow_the_way_out(developer)
    assert developer.shell("pre-commit install -t pre-push").code == 0
    assert developer.gaterunner("hook", "status").code == 0


def test_installed_with_force_it_throws_ours_away_and_status_says_so(developer: WithPreCommit) -> None:
    follow_the_way_out(developer)
    assert developer.shell("pre-commit install -f -t pre-push").code == 0
    standing = developer.gaterunner("hook", "status")
    assert (standing.code, "not installed" in standing.out) == (1, True)


def test_ours_is_taken_out_and_its_own_stays(developer: WithPreCommit) -> None:
    follow_the_way_out(developer)
    assert developer.gaterunner("hook", "remove").code == 0
    developer.clone.commit("Break it", {"test.sh": RED})
    assert developer.push().code == 0
    assert developer.asked == 1
    assert developer.shell("pre-commit uninstall -t pre-push").code == 0
    assert not developer.hook.exists()


def test_uninstalling_pre_commit_brings_ours_back(developer: WithPreCommit) -> None:
    follow_the_way_out(developer)
    assert developer.shell("pre-commit uninstall -t pre-push").code == 0
    standing = developer.gaterunner("hook", "status")
    assert (standing.code, standing.out.startswith("installed: ")) == (0, True)


def test_called_from_its_settings_it_refuses_as_only_one_ref_is_told_there(developer: WithPreCommit) -> None:
    call = CONFIG.replace("sh asked.sh", "gaterunner hook pre-push -- origin").replace("asked", "gates")
    developer.clone.commit("Work", {".pre-commit-config.yaml": call})
    refused = developer.push()
    assert refused.code == 1
    assert "called from .pre-commit-config.yaml, where only one of the refs" in refused.out + refused.err
    assert developer.on_remote("feat/x") is None


def test_every_ref_of_a_push_is_judged(developer: WithPreCommit) -> None:
    follow_the_way_out(developer)
    developer.clone.git("branch", "feat/red", "main")
    developer.clone.switch("feat/red")
    developer.clone.commit("Break it", {"test.sh": RED})
    developer.clone.switch("feat/x")
    refused = developer.push("origin", "feat/x", "feat/red")
    assert refused.code == 1
    assert "feat/red would be" in refused.out + refused.err
    assert developer.on_remote("feat/red") is None
