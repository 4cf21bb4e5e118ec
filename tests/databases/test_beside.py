"""Settings files that lie beside what is judged."""

from __future__ import annotations

import os
from pathlib import Path

from gaterunner.databases.beside import settings_beside
from gaterunner.targets.settings import is_settings
from tests.gitrepo import Repository


def test_an_ignored_file_is_found_in_folders_that_git_knows(repo: Repository) -> None:
    tracked = ["README.md", "app/settings.py"]
    repo.write(
        {
            "app/settings.py": "",
            ".env": "PGHOST=a\n",
            "app/.env.local": "PGHOST=b\n",
            "notes.txt": "",
            "node_modules/x/.env": "PGHOST=c\n",
            "other/.env": "PGHOST=d\n",
        }
    )

    found = settings_beside(repo.root, tracked, is_settings)

    assert found == {".env": b"PGHOST=a\n", "app/.env.local": b"PGHOST=b\n"}


def test_what_cannot_be_read_is_told_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".env")
    (tmp_path / "a.env").symlink_to("nowhere")
    (tmp_path / "b.env").write_bytes(b"x" * (1024 * 1024 + 1))
    (tmp_path / "c.env").mkdir()

    found = settings_beside(tmp_path, [], is_settings)

    assert found == {".env": b"", "a.env": None, "b.env": None}


def test_a_folder_that_is_not_checked_out_is_no_trouble(tmp_path: Path) -> None:
    assert settings_beside(tmp_path, ["sparse/a.py"], is_settings) == {}
