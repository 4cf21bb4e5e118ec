"""The wheel, the locked requirements and the Makefile."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("bugsink", "build", "dev", "runtime")
# Left out of the image's lock on purpose; the Makefile says why.
LEFT_OUT = {"cryptography"}


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _locked(name: str) -> dict[str, tuple[str, str]]:
    """Version and hashes of every package of a lock, by canonical name."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    rows = re.findall(r"^([\w.-]+)==(\S+)[^\n]*\\\n((?: +--hash=\S+(?: \\)?\n)+)", text, re.MULTILINE)
    return {canonicalize_name(package): (version, hashes) for package, version, hashes in rows}


def _unmet(declared: list[str], lock: str) -> list[str]:
    locked = _locked(lock)
    requirements = [Requirement(line) for line in declared]
    return [
        str(requirement)
        for requirement in requirements
        if canonicalize_name(requirement.name) not in locked
        or locked[canonicalize_name(requirement.name)][0] not in requirement.specifier
    ]


def test_the_image_gets_a_locked_version_of_every_dependency() -> None:
    assert not _unmet(_project()["project"]["dependencies"], "runtime"), "run `make lock`"


def test_the_development_lock_holds_every_dependency_and_every_tool() -> None:
    project = _project()
    declared = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    assert not _unmet(declared, "dev"), "run `make lock`"


def test_the_build_backend_is_locked_as_the_project_asks_for_it() -> None:
    assert not _unmet(_project()["build-system"]["requires"], "build"), "run `make lock`"


def test_development_uses_the_versions_of_the_image() -> None:
    dev = _locked("dev")
    assert {name: dev[name][0] for name in _locked("runtime")} == {
        name: version for name, (version, _) in _locked("runtime").items()
    }


def test_only_what_is_left_out_on_purpose_is_missing_from_the_runtime_lock() -> None:
    text = (ROOT / "requirements" / "runtime.txt").read_text("utf-8")
    wanted_by_others = set(re.findall(r"^# ([\w.-]+)$", text, re.MULTILINE))
    assert wanted_by_others == LEFT_OUT
    assert not LEFT_OUT & set(_locked("runtime"))


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_is_hashed_and_no_lock_names_an_index(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    assert set(_locked(name)) == {
        canonicalize_name(package) for package in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)
    }
    assert "://" not in text
    assert "index-url" not in text


def test_the_image_installs_nothing_but_locked_packages() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    installs = re.findall(r"pip(?: --python \S+)? install ([^&]*)", dockerfile)
    assert len(installs) == 3
    for options in installs:
        assert "--no-deps" in options
        assert "--require-hashes" in options or "--no-index" in options


def test_the_image_starts_from_an_exact_tag_that_can_be_replaced() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r"^ARG BASE=python:3\.\d+\.\d+-slim-bookworm$", dockerfile, re.MULTILINE)
    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) == ["${BASE}", "${BASE}"]
    assert not re.search(r"^(USER|WORKDIR)\b", dockerfile, re.MULTILINE)


@pytest.mark.make
@pytest.mark.parametrize("target", ["bench", "demo", "image", "lint", "lock", "test"])
def test_make_explains_its_targets(target: str) -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert re.search(rf"^  make {target} +\S", done.stdout, re.MULTILINE)


@pytest.mark.make
@pytest.mark.parametrize("target", ["demo", "test"])
def test_two_commands_suffice_on_a_fresh_clone(target: str, tmp_path: Path) -> None:
    """Asked of make without running it: the environment is made and filled before the command."""
    done = subprocess.run(
        ["make", "--dry-run", f"VENV={tmp_path / 'venv'}", target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    made, installed, ran = (
        done.stdout.index(f"-m venv {tmp_path / 'venv'}"),
        done.stdout.index("--require-hashes --no-deps -r requirements/runtime.txt"),
        done.stdout.rindex("gaterunner demo" if target == "demo" else "-m pytest -n auto"),
    )
    assert made < installed < ran


def test_the_wheel_holds_every_module_and_data_file(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    package = ROOT / "gaterunner"
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("gaterunner/")}
        entry_points = archive.read(next(name for name in archive.namelist() if name.endswith("entry_points.txt")))
    assert expected <= held
    assert {"gaterunner/py.typed", "gaterunner/secrets/rules.yml"} <= held
    assert b"gaterunner = gaterunner.__main__:main" in entry_points
