"""The host variant as a job has it: the action's checkout, and a package index without a network."""

from __future__ import annotations

import hashlib
import shutil
import sysconfig
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def check_out(place: Path) -> Path:
    """The action's repository as the runner downloads it, without what no release holds; returns the host's folder."""
    for name in ("gaterunner", "host", "requirements"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("action.yml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, place)
    return place / "host"


def lock_what_is_installed(checkout: Path, index: Path) -> None:
    """Replaces the locks by ones of a single package that makes what is installed for the tests importable.

    Tests reach no package index. pip still finds, checks and installs a locked package, in a folder named by
    PIP_FIND_LINKS; the locks themselves are installed whenever the image is built.
    """
    packages = index / "packages"
    packages.mkdir(parents=True)
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(("gaterunner", "_editable", "pip")) and path.suffix != ".pth":
            (packages / path.name).symlink_to(path)
    wheel = index / "already_installed-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("already_installed.pth", f"{packages}\n")
        about = "already_installed-1.dist-info"
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: already-installed\nVersion: 1\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "".join(f"{name},,\n" for name in archive.namelist()))
    locked = f"already-installed==1 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
    for name in ("build", "runtime"):
        (checkout / "requirements" / f"{name}.txt").write_text(locked, "utf-8")
