"""Which folders of a checkout Python imports from, because they are installed in editable mode."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.runner.installed import sources_within


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    (tmp_path / "my repo/src").mkdir(parents=True)
    return tmp_path / "my repo"


def installed(prefix: Path, file: str, text: str, *, packages: str = "lib/python3.12/site-packages") -> dict[str, str]:
    path = prefix / packages / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    (prefix / "bin").mkdir()
    return {"PATH": f"/usr/bin:{prefix}/bin"}


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("a-1.dist-info/direct_url.json", '{"dir_info": {"editable": true}, "url": "file://URL"}', ["."]),
        ("a-1.dist-info/direct_url.json", '{"dir_info": {"editable": true}, "url": "file://URL/src"}', ["src"]),
        ("a-1.dist-info/direct_url.json", '{"dir_info": {"editable": false}, "url": "file://URL"}', []),
        ("a-1.dist-info/direct_url.json", '{"dir_info": {"editable": true}, "url": "file:///elsewhere"}', []),
        ("a-1.dist-info/direct_url.json", '{"url": "https://example.invalid", "vcs_info": {}}', []),
        ("a-1.dist-info/direct_url.json", "[not json", []),
        ("_a.pth", "import sys\nREPO/src\n", ["src"]),
        ("_a.pth", "import os; x = 'REPO'\n", []),
    ],
)
def test_what_pip_and_path_files_say(judged: Path, tmp_path: Path, file: str, text: str, expected: list[str]) -> None:
    told = text.replace("REPO", str(judged)).replace("URL", str(judged).replace(" ", "%20"))
    env = installed(tmp_path / "venv", file, told)

    assert [str(path) for path in sources_within(env, judged)] == expected


def test_what_the_user_installed_for_themselves_counts(judged: Path, tmp_path: Path) -> None:
    installed(tmp_path / "home/.local", "a.pth", f"{judged}\n")

    assert sources_within({"HOME": str(tmp_path / "home")}, judged) == (Path(),)
    assert sources_within({"PATH": "bin:"}, judged) == ()
