""".NET: the SDK's own commands over the one solution or project at the root."""

from __future__ import annotations

import shlex

from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.types import Offer

_PROJECTS = (".csproj", ".fsproj", ".vbproj")


def present(files: Files) -> bool:
    return _entry(files) is not None


def _entry(files: Files) -> str | None:
    """The solution, or else the project, at the root; None where several would make ``dotnet`` refuse (MSB1011)."""
    for endings in ((".sln", ".slnx"), _PROJECTS):
        found = [path for ending in endings for path in files.at_root(ending)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def offer(gate: str, files: Files) -> Offer | None:
    """The command for a standard gate, with its evidence."""
    entry = _entry(files)
    if entry is None:
        return None
    verb = {
        "build": "build",
        "type-check": "build",
        "lint": "format analyzers --verify-no-changes",
        "format-check": "format whitespace --verify-no-changes",
    }.get(gate)
    if verb:
        head, _, options = verb.partition(" --")
        command = f"dotnet {head} {shlex.quote(entry)}" + (f" --{options}" if options else "")
        return Offer(command=command, evidence=entry)
    projects = [path for path in files.paths if path.endswith(_PROJECTS)]
    shown = files.contains(r"Microsoft\.NET\.Test\.Sdk|MSTest\.Sdk|<IsTestProject>true|TestingPlatform", projects)
    if gate in ("unit", "test") and shown:
        return Offer(command=f"dotnet test {shlex.quote(entry)}", evidence=f"{entry}; {shown} is a test project")
    named = [
        path for path in projects if gate in path.rsplit("/", 1)[-1].lower() and path == files.contains("Test", [path])
    ]
    if len(named) == 1:
        return Offer(command=f"dotnet test {shlex.quote(named[0])}", evidence=named[0])
    return None
