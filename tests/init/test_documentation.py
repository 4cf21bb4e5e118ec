"""docs/init.md shows what the command prints."""

from __future__ import annotations

import re
from pathlib import Path

from tests.command_line import gaterunner
from tests.gitrepo import Repository

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "init.md").read_text("utf-8")
FILES = {
    "Makefile": ".PHONY: lint integration\nlint:\n\truff check .\nintegration:\n\tpytest tests/integration\n",
    ".gitignore": "build/\n",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.12"\n',
    "requirements-dev.txt": "pytest\nruff\n",
    "tests/test_total.py": "def test_total():\n    pass\n",
    "web/package.json": '{"scripts": {"build": "vite build", "test": "vitest run || true"}}',
    "web/package-lock.json": "{}",
}


def test_the_output_on_the_page_is_the_real_one(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path / "repo")
    repository.commit("Start", FILES)
    shown = re.search(r"```text\n(Found:.*?)```", PAGE, re.DOTALL)

    ran = gaterunner(repository.root, "init")

    assert shown is not None
    assert ran.out.startswith(shown[1])


def test_every_option_is_on_the_page() -> None:
    help = gaterunner(Path.cwd(), "init", "--help").out

    options = set(re.findall(r"--[\w-]+", help)) - {"--help"}
    assert {option for option in options if f"| `{option}` |" not in PAGE} == set()
