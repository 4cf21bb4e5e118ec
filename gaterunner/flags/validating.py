"""Checks flag manifests as they lie in a folder."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import DEFAULT_PATH
from gaterunner.errors import WorkflowFileError
from gaterunner.flags.reading import read_manifest
from gaterunner.flags.types import Manifest, ManifestFlag
from gaterunner.model import Problem, Trouble

_FORMATS = {"openfeature": "as OpenFeature's manifest", "flagd": "as flagd's definitions"}


class Validated(Struct, frozen=True, kw_only=True):
    """What the manifests of a folder hold, a line each, and what is wrong with any of them."""

    lines: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def manifests_in(folder: Path) -> tuple[Path, ...]:
    """The manifests that the workflow file of a folder names; none where that cannot be read."""
    try:
        workflow = parse_workflow((folder / DEFAULT_PATH).read_bytes(), DEFAULT_PATH)
    except (OSError, WorkflowFileError):
        return ()
    return tuple(folder / path for path in workflow.flag_manifest)


def is_manifest(file: Path) -> bool:
    """Whether the workflow file of the current folder names a file as a manifest."""
    return os.path.relpath(file) in {os.path.relpath(path) for path in manifests_in(Path())}


def summary(manifest: Manifest) -> str:
    """What a manifest holds, in a few words."""
    one = len(manifest.flags) == 1
    return f"{len(manifest.flags)} flag{'' if one else 's'}, {_FORMATS[manifest.format]}"


def validate_manifests(folder: Path) -> Validated:
    """All manifests that the workflow file of a folder names. One that is not there is a mistake."""
    lines: list[str] = []
    problems: list[Problem] = []
    names: dict[str, str] = {}
    for file in manifests_in(folder):
        try:
            manifest = _read(file)
        except WorkflowFileError as error:
            problems += error.problems
            continue
        problems += [_twice(flag, names[flag.name]) for flag in manifest.flags if flag.name in names]
        names |= {flag.name: str(file) for flag in manifest.flags if flag.name not in names}
        lines.append(f"{file}: valid; {summary(manifest)}")
    return Validated(lines=tuple(lines), problems=tuple(problems))


def _read(file: Path) -> Manifest:
    if file.is_symlink() or not file.is_file():
        kind = "a symbolic link" if file.is_symlink() else "not there" if not file.exists() else "no file"
        raise _error(file, f"the flag manifest is {kind}, expected a plain file")
    try:
        return read_manifest(file.read_bytes(), str(file))
    except OSError as error:
        raise _error(file, f"cannot read the file: {error.strerror}") from error


def _twice(flag: ManifestFlag, other: str) -> Problem:
    return Problem(
        trouble=Trouble.WORKFLOW_FILE,
        message=f"the flag `{flag.name}` is declared here and in {other}",
        path=flag.path,
        line=flag.position.line,
        column=flag.position.column,
        help="one flag has one name; take it out of one of the two",
    )


def _error(file: Path, message: str) -> WorkflowFileError:
    return WorkflowFileError((Problem(trouble=Trouble.WORKFLOW_FILE, message=message, path=str(file)),))
