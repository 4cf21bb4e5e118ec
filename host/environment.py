"""The environment in which host/action.yml runs gaterunner: where it lies, when it can be reused, how it is made.

environment.py describe   prints `python`, `folder` and `key`, in the form of GITHUB_OUTPUT
environment.py make       installs gaterunner into $GATERUNNER_FOLDER unless it is there; prints `made`

Only Python's own library: nothing is installed yet when this runs.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
_COMPLETE = "complete"
# What of pip's settings would put packages elsewhere, or others than the locked ones. The rest (an index, a mirror's
# certificate, a proxy) is how this machine reaches packages at all.
_NOT_OURS = (
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_USER",
    "PIP_PYTHON",
    "PIP_REQUIREMENT",
    "PIP_CONSTRAINT",
    "PIP_EDITABLE",
    "PIP_DRY_RUN",
    "PIP_REPORT",
)
_WARM = "from gaterunner.secrets.engine import Engine; Engine.warm()"


class CannotInstallError(Exception):
    """There will be no gaterunner; the message says why, ``help`` what to do."""

    def __init__(self, message: str, *, help: str) -> None:
        super().__init__(message)
        self.help = help


def cache_key() -> str:
    """Names everything that decides what an installed environment holds: our files, the locks, this Python."""
    digest = hashlib.sha256()
    # A virtual environment leads back to the Python that made it, by its path.
    for told in (sys.version, sys.base_prefix, *platform.libc_ver()):
        digest.update(f"{told}\0".encode())
    for file in _installed_from():
        digest.update(f"{file.relative_to(CHECKOUT).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return f"gaterunner-host-{platform.system()}-{platform.machine()}-{digest.hexdigest()}"


def _installed_from() -> Iterator[Path]:
    for name in ("pyproject.toml", "requirements/build.txt", "requirements/runtime.txt", "host/environment.py"):
        yield CHECKOUT / name
    for path in sorted((CHECKOUT / "gaterunner").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def make(folder: Path) -> bool:
    """Installs gaterunner into ``folder``; False when it is there already. Raises ``CannotInstallError``."""
    key = cache_key()
    if _is_complete(folder, key):
        return False
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="gaterunner-build-", dir=folder.parent) as work:
        _install(folder, Path(work))
    (folder / _COMPLETE).write_text(key, "utf-8")
    return True


def _is_complete(folder: Path, key: str) -> bool:
    """True for an environment of this very content that also starts; anything else is made anew."""
    try:
        if (folder / _COMPLETE).read_text("utf-8") != key:
            return False
        done = subprocess.run(
            [folder / "bin" / "python", "-I", "-m", "gaterunner", "--version"],
            env=_environment(folder),
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _install(folder: Path, work: Path) -> None:
    """As in the Dockerfile: one environment with pip and the build backend, another with only what runs."""
    requirements = CHECKOUT / "requirements"
    locked = ("--require-hashes", "--no-deps", "--requirement")
    try:
        import venv  # not in every Python that a runner has

        venv.create(work / "build", with_pip=True)
        venv.create(folder)
    except (ImportError, OSError, subprocess.CalledProcessError) as error:
        raise CannotInstallError(
            f"{sys.executable} cannot make a virtual environment: {error}",
            help="use actions/setup-python before this step, or install Debian's python3-venv on the runner",
        ) from error
    pip = [str(work / "build" / "bin" / "python"), "-I", "-m", "pip", "--disable-pip-version-check"]
    into = [*pip, "--python", str(folder / "bin" / "python"), "install", "--quiet"]
    _run([*pip, "install", "--quiet", *locked, str(requirements / "build.txt")], work)
    _run([*into, *locked, str(requirements / "runtime.txt")], work)
    # From a copy: building leaves nothing in the action's checkout, which other jobs of this machine may use.
    source = work / "source"
    shutil.copytree(CHECKOUT / "gaterunner", source / "gaterunner", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, source)
    _run([*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(work), str(source)], work)
    (wheel,) = work.glob("*.whl")
    _run([*into, "--no-deps", "--no-index", str(wheel)], work)
    (folder / "rules").mkdir(mode=0o700)
    _run([str(folder / "bin" / "python"), "-I", "-c", _WARM], work, folder=folder)


def _run(command: list[str], work: Path, *, folder: Path | None = None) -> None:
    # Our own output is read by the runner's next steps: what an installer says goes beside it.
    done = subprocess.run(command, cwd=work, env=_environment(folder), stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise CannotInstallError(
            f"`{' '.join(command[1:5])} …` ended with exit code {done.returncode}; its own words stand above",
            help="the runner must reach a package index: set PIP_INDEX_URL in the step's env for one of your own",
        )


def _environment(folder: Path | None) -> dict[str, str]:
    """Ours without what is meant for the project's own Python: with PYTHONPATH=. we would import the branch's code."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON") and name not in _NOT_OURS}
    return env | ({"KF_RULE_CACHE_DIR": str(folder / "rules")} if folder else {})


def main() -> int:
    """Does what the first argument asks for and returns the exit code."""
    folder = Path(os.environ.get("GATERUNNER_FOLDER") or Path(os.environ["RUNNER_TEMP"], "gaterunner-host"))
    try:
        if sys.argv[1] == "describe":
            sys.stdout.write(f"python={sys.executable}\nfolder={folder}\nkey={cache_key()}\n")
        else:
            sys.stdout.write(f"made={str(make(folder)).lower()}\n")
    except CannotInstallError as error:
        return _tell(str(error), error.help)
    except OSError as error:
        return _tell(str(error), "look at free space and permissions where RUNNER_TEMP lies")
    return 0


def _tell(message: str, help: str) -> int:
    line = f"cannot install: {message}. How to fix: {help}".replace("%", "%25").replace("\n", " ")
    sys.stderr.write(f"::error title=gaterunner::{line}\n")
    return 3


if __name__ == "__main__":
    sys.exit(main())
