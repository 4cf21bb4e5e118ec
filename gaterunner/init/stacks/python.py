"""Python: pip, uv, Poetry, PDM or Pipenv, with tox, nox, Hatch or poe where gates call them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gaterunner.config.conventions.files import Files, table
from gaterunner.config.conventions.languages.python import environment_of
from gaterunner.init.actions import action
from gaterunner.init.types import Proof, Stack, Step

_OWNERS = {"uv.lock": "uv", "poetry.lock": "Poetry", "pdm.lock": "PDM", "Pipfile.lock": "Pipenv"}
_REQUIREMENTS = re.compile(
    r"(?:requirements/)?(?:[\w.-]*requirements|dev|test|tests|lint|ci)(?:[_-](?:dev|test|tests|lint|ci))?\.txt"
)
_GROUPS = ("dev", "develop", "development", "test", "tests", "testing", "lint", "typing", "types", "check", "checks")
# Programs that a gate's command starts, and the package that brings each.
_TOOLS = {
    "tox": "tox",
    "nox": "nox",
    "poe": "poethepoet",
    "hatch": "hatch",
    "ruff": "ruff",
    "black": "black",
    "pyright": "pyright",
    "basedpyright": "basedpyright",
    "ty": "ty",
    "build": "build",
    "pytest": "pytest",
    "mypy": "mypy",
    "flake8": "flake8",
    "pylint": "pylint",
}
_OUTSIDE = frozenset({"tox", "nox", "hatch", "poe"})
_OWN_ENVIRONMENT = ("tox ", "nox ", "hatch ")
_PROGRAM = re.compile(r"^(?:python -m )?([\w-]+)(?=\s|$)")


def _shown(files: Files) -> str:
    lock, _ = environment_of(files)
    return f"Python ({_OWNERS.get(lock, 'pip')})"


def _proof(command: str, result: str, _files: Files) -> Proof | None:
    """Only pytest writes JUnit by itself."""
    if re.search(r"(?:^|\s)(?:python -m )?pytest(?:\s+[\w./-]+)?$", command) is None:
        return None
    return Proof(command=f"{command} --junitxml={result}", files=result)


def _steps(files: Files, commands: Sequence[str]) -> tuple[Step, ...]:
    lock, _ = environment_of(files)
    if lock == "uv.lock":
        tools = [f"uv tool install {package}" for package in _tools(commands, locked=True)]
        return (
            action("astral-sh/setup-uv", enable_cache="false"),
            Step(name="Install what the lock file says", run="\n".join(["uv sync --locked --all-groups", *tools])),
        )
    lines = tuple(_installing(files, lock, commands))
    # The standard library alone is in gaterunner's own image: nothing has to be set up for it.
    return (_python(files), Step(name="Install", run="\n".join(lines))) if lines else ()


def _python(files: Files) -> Step:
    if files.has(".python-version"):
        return action("actions/setup-python", python_version_file=".python-version")
    if table(files.toml("pyproject.toml"), "project").get("requires-python"):
        return action("actions/setup-python", python_version_file="pyproject.toml")
    return action("actions/setup-python", python_version="3.x")


def _installing(files: Files, lock: str, commands: Sequence[str]) -> Iterator[str]:
    if lock == "poetry.lock":
        yield "pipx install poetry"
        yield "poetry install --no-interaction"
    elif lock == "pdm.lock":
        yield "pipx install pdm"
        yield "pdm install --frozen-lockfile"
    elif lock == "Pipfile.lock":
        yield "pipx install pipenv"
        yield "pipenv sync --dev"
    elif not commands or not all(command.startswith(_OWN_ENVIRONMENT) for command in commands):
        yield from _by_pip(files)
    tools = _tools(commands, locked=bool(lock))
    if tools:
        yield f"python -m pip install {' '.join(tools)}"


def _tools(commands: Sequence[str], *, locked: bool) -> list[str]:
    """The packages of what commands start; beside a lock file only of what makes environments of its own."""
    started = (found[1] for command in commands if (found := _PROGRAM.match(command)))
    known = _OUTSIDE if locked else _TOOLS.keys()
    return sorted({_TOOLS[program] for program in started if program in known})


def _by_pip(files: Files) -> Iterator[str]:
    listed = [path for path in files.paths if _REQUIREMENTS.fullmatch(path)]
    if listed:
        yield "python -m pip install " + " ".join(f"-r {path}" for path in listed)
    project = files.toml("pyproject.toml")
    extras = _named(table(project, "project", "optional-dependencies"))
    if "build-system" in project or files.has("setup.py"):
        yield f"python -m pip install -e '.[{','.join(extras)}]'" if extras else "python -m pip install -e ."
    groups = _named(table(project, "dependency-groups"))
    if groups:
        yield "python -m pip install --upgrade pip"  # groups are known since pip 25.1
        yield "python -m pip install " + " ".join(f"--group {group}" for group in groups)


def _named(groups: dict[str, object]) -> list[str]:
    return [name for name in groups if name in _GROUPS]


def _members(files: Files) -> tuple[str, ...]:
    found = table(files.toml("pyproject.toml"), "tool", "uv", "workspace").get("members")
    return tuple(str(each) for each in found) if isinstance(found, list) else ()


STACK = Stack(
    language="Python",
    manifests=("pyproject.toml", "setup.py", "setup.cfg", "Pipfile"),
    gates=("build", "type-check", "lint", "format-check", "unit"),
    shown=_shown,
    proof=_proof,
    steps=_steps,
    members=_members,
)
