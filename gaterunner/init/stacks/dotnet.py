""".NET: the SDK of global.json, or of the newest framework that a project targets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.config.conventions.files import Files
from gaterunner.init.actions import action
from gaterunner.init.types import Proof, Stack, Step

_NEWEST = "10.0.x"
_PROJECTS = (".csproj", ".fsproj", ".vbproj")


def _proof(command: str, result: str, files: Files) -> Proof | None:
    """``dotnet test`` writes JUnit with the logger of another package; each project resolves the path for itself."""
    projects = [path for path in files.paths if path.endswith((*_PROJECTS, "Directory.Build.props", ".Packages.props"))]
    if not command.startswith("dotnet test ") or not files.contains(r"JunitXml\.TestLogger|JUnitTestLogger", projects):
        return None
    name = result.rpartition("/")[2]
    return Proof(command=f"{command} --logger 'junit;LogFilePath=TestResults/{name}'", files=f"**/TestResults/{name}")


def _steps(files: Files, _commands: Sequence[str]) -> tuple[Step, ...]:
    if files.has("global.json"):
        return (action("actions/setup-dotnet", global_json_file="global.json"),)
    return (action("actions/setup-dotnet", dotnet_version=_version(files)),)


def _version(files: Files) -> str:
    """The newest framework of all projects: an older one builds with a newer SDK."""
    texts = (files.text(path) for path in files.paths if path.endswith((*_PROJECTS, "Directory.Build.props")))
    found = {int(major) for text in texts for major in re.findall(r"\bnet(\d+)\.\d", text)}
    return f"{max(found)}.0.x" if found else _NEWEST


def _members(files: Files) -> tuple[str, ...]:
    """Projects below a solution: which of them it builds is told in the solution itself."""
    return ("*",) if files.at_root(".sln") or files.at_root(".slnx") else ()


STACK = Stack(
    language=".NET",
    manifests=(".sln", ".slnx", *_PROJECTS),
    # Compiling is what `build` does.
    gates=("build", "lint", "format-check", "unit"),
    shown=lambda _: ".NET",
    proof=_proof,
    steps=_steps,
    members=_members,
)
