"""Real git repositories for tests, in a few lines.

repo = Repository.create(tmp_path / "repo")
repo.commit("Start", {"app.py": "print(1)\\n"})
repo.switch("feat/x", create=True)
repo.commit("Change", {"app.py": "print(2)\\n", "old.py": None})
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, str | bytes | None]

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Author",
    "GIT_AUTHOR_EMAIL": "author@example.invalid",
    "GIT_COMMITTER_NAME": "Author",
    "GIT_COMMITTER_EMAIL": "author@example.invalid",
    "LC_ALL": "C.UTF-8",
}


class Repository:
    """One work tree under test. Every commit is one minute later than the one before, so that ids are reproducible."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._clock = 1_750_000_000

    @classmethod
    def create(cls, root: Path, *, branch: str = "main") -> Repository:
        root.mkdir(parents=True, exist_ok=True)
        repository = cls(root)
        repository.git("init", "-q", "-b", branch)
        return repository

    @classmethod
    def clone(cls, source: Repository | Path, root: Path, *options: str) -> Repository:
        """Clones over the file protocol, so that ``--depth`` and ``--filter`` mean something."""
        path = source.root if isinstance(source, Repository) else source
        subprocess.run(
            ["git", "clone", "-q", *options, f"file://{path}", str(root)], check=True, env=ENVIRONMENT, timeout=60
        )
        return cls(root)

    def git(self, *arguments: str | bytes, input: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
        """Runs git in the repository and returns its output without the final newline; ``env`` adds to its own."""
        stamp = f"{self._clock} +0000"
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env={**ENVIRONMENT, "GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp, **(env or {})},
            input=input,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"git {arguments!r}: {done.stderr.decode(errors='replace')}"
        return done.stdout.decode(errors="surrogateescape").rstrip("\n")

    def write(self, files: Files) -> None:
        """Writes files into the work tree; None removes one."""
        for name, content in files.items():
            path = self.root / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str, files: Files | None = None, *, env: Mapping[str, str] | None = None) -> str:
        """Commits everything in the work tree and returns the new commit's id; ``env`` may say who and when."""
        self.write(files or {})
        self._clock += 60
        self.git("add", "-A")
        # No second process that looks whether the repository of a few commits needs packing: a third of what it takes.
        self.git("-c", "maintenance.auto=false", "commit", "-q", "--allow-empty", "--no-verify", "-m", message, env=env)
        return self.head

    def switch(self, branch: str, *, create: bool = False, at: str | None = None) -> None:
        self.git("switch", "-q", *(["-c"] if create else []), branch, *([at] if at else []))

    def merge(self, branch: str, message: str = "Merge") -> str:
        self._clock += 60
        self.git("merge", "-q", "--no-ff", "-m", message, branch)
        return self.head

    @property
    def head(self) -> str:
        return self._loose_head() or self.git("rev-parse", "HEAD")

    def _loose_head(self) -> str | None:
        """HEAD as git itself writes it, which saves a process for each commit; None where it is kept otherwise."""
        try:
            told = (self.root / ".git" / "HEAD").read_text("ascii").strip()
            if told.startswith("ref: "):
                told = (self.root / ".git" / told.removeprefix("ref: ")).read_text("ascii").strip()
        except (OSError, ValueError):
            return None
        return told if len(told) in (40, 64) and set(told) <= set("0123456789abcdef") else None
