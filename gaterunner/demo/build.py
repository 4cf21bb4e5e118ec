"""Builds the sample repository: a remote, a clone of it, an honest branch and a hostile one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from gaterunner.git.command import Git, inherited, sealed, with_settings

HONEST = "feat/dashboard-hardening"
HOSTILE = "feat/quick-fix"

_SAMPLE = Path(__file__).parent / "sample"
_IDENTITY = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "Sample agent"), ("EMAIL", "agent@example.invalid"), ("DATE", "2026-02-01T09:00:00Z"))
}


class SampleRepository:
    """The sample's work tree, on ``main`` when it is made."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.root = folder / "dashboard"
        remote = folder / "origin.git"
        environment = {**with_settings(sealed(inherited(environment))), **_IDENTITY}
        Git(folder, environment).run("init", "-q", "--bare", "-b", "main", str(remote), doing="making the remote")
        Git(folder, environment).run("init", "-q", "-b", "main", str(self.root), doing="making the sample")
        self._git = Git(self.root, environment)
        self._commit("Start the dashboard", "base")
        self._run("remote", "add", "origin", str(remote))
        self._run("push", "-q", "-u", "origin", "main")
        self._run("remote", "set-head", "origin", "main")

    def switch_to_honest(self) -> None:
        """A branch that adds a window, its test and a migration, and merges nothing by hand."""
        self._run("switch", "-q", "-c", HONEST, "main")
        self._commit("Add a filter of three weeks", "honest")

    def switch_to_hostile(self) -> None:
        """A branch that breaks each policy and a test, skips another test, and drops a gate."""
        self._run("switch", "-q", "-c", HOSTILE, "main")
        self._commit("Relax the limit", "hostile")
        self._leak()
        self._run("switch", "-q", "main")
        self._run("merge", "-q", "--no-ff", "-m", "Merge by hand", HOSTILE)
        self._run("switch", "-q", HOSTILE)

    def _leak(self) -> None:
        settings = self.root / "dashboard" / "settings.py"
        # Put together here, so that no file of ours holds anything that looks like a credential.
        key_id, key = "AKIA" + "Q7ZN5MW2X4RTLD3E", "wJ9r/" + "Tq2LkX7uVbN4eHs8yCzPd6Gm1Rf3AoKiU5t"
        settings.write_text(f'AWS_ACCESS_KEY_ID = "{key_id}"\nAWS_SECRET_ACCESS_KEY = "{key}"\n', encoding="utf-8")
        self._commit("Try the real bucket")
        settings.unlink()
        self._commit("Clean up")

    def _commit(self, message: str, part: str | None = None) -> None:
        if part is not None:
            shutil.copytree(_SAMPLE / part, self.root, dirs_exist_ok=True)
            if (self.root / "gitignore").exists():
                (self.root / "gitignore").rename(self.root / ".gitignore")
        self._run("add", "-A")
        self._run("commit", "-q", "--no-verify", "-m", message)

    def _run(self, *arguments: str) -> None:
        self._git.run(*arguments, doing=f"building the sample repository ({arguments[0]})")
