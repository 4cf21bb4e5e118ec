"""Temporary folders: gone afterwards, and gone after a kill once the next run starts."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gaterunner import temporary
from gaterunner.errors import EvaluationError
from gaterunner.temporary import TemporaryFolder

HOLD = """
import sys, time
from pathlib import Path
from gaterunner.temporary import TemporaryFolder
folder = TemporaryFolder(parent=Path(sys.argv[1]))
(folder.path / "kept").write_text("x")
print(folder.path, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def as_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporary, "_swept", set())


def another_run(parent: Path) -> tuple[subprocess.Popen[str], Path]:
    run = subprocess.Popen([sys.executable, "-c", HOLD, str(parent)], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    return run, Path(run.stdout.readline().strip())


def test_a_folder_is_private_and_gone_when_it_is_removed(tmp_path: Path) -> None:
    folder = TemporaryFolder(parent=tmp_path)
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700

    folder.remove()
    folder.remove()

    assert list(tmp_path.iterdir()) == []


def test_a_passable_folder_lets_others_through_and_list_nothing(tmp_path: Path) -> None:
    folder = TemporaryFolder(parent=tmp_path, passable=True)
    assert stat.S_IMODE(folder.path.parent.stat().st_mode) == 0o711
    folder.remove()


def test_what_cannot_be_entered_is_removed_all_the_same(tmp_path: Path) -> None:
    folder = TemporaryFolder(parent=tmp_path)
    (folder.path / "a/b").mkdir(parents=True)
    (folder.path / "a/b").chmod(0)
    (folder.path / "a").chmod(0o500)

    folder.remove()

    assert list(tmp_path.iterdir()) == []


def test_folders_nested_deeper_than_any_path_or_stack_are_removed(tmp_path: Path) -> None:
    folder = TemporaryFolder(parent=tmp_path)
    subprocess.run(
        [sys.executable, "-c", "import os\nfor _ in range(3000): os.mkdir('d'); open('f', 'w'); os.chdir('d')"],
        cwd=folder.path,
        check=True,
    )

    folder.remove()

    assert list(tmp_path.iterdir()) == []


def test_a_link_in_a_folders_place_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/kept").write_text("x")
    folder = TemporaryFolder(parent=tmp_path / "mine")
    folder.path.rename(folder.path.with_name("elsewhere"))
    folder.path.symlink_to(tmp_path / "mine")

    folder.remove()

    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["kept"]


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    run, left = another_run(tmp_path)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    assert left.exists()

    TemporaryFolder(parent=tmp_path).remove()

    assert not left.exists()


def test_what_a_living_run_holds_is_left_alone(tmp_path: Path) -> None:
    run, held = another_run(tmp_path)
    try:
        TemporaryFolder(parent=tmp_path).remove()
        assert (held / "kept").read_text() == "x"
    finally:
        run.kill()
        run.communicate()


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "gaterunner-run-link").symlink_to("/")
    (tmp_path / "gaterunner-run-bare").mkdir()

    TemporaryFolder(parent=tmp_path).remove()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["gaterunner-run-bare", "gaterunner-run-link"]


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"no temporary folder could be made in .*: No such file or directory"):
        TemporaryFolder(parent=tmp_path / "missing")
