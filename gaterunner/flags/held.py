"""The flag manifests of one commit, as they are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.config.problems import quoted
from gaterunner.errors import WorkflowFileError
from gaterunner.flags.reading import read_manifest
from gaterunner.flags.types import ManifestFlag
from gaterunner.policies.plain_files import TooLarge, content, find

if TYPE_CHECKING:
    from gaterunner.policies.context import RepositoryReader

MAX_BYTES = 1_000_000


class Fault(Struct, frozen=True, kw_only=True):
    """Why a manifest cannot be read; ``is_missing`` where there is nothing in its place."""

    path: str
    message: str
    line: int | None = None
    help: str | None = None
    is_missing: bool = False


class HeldFlags(Struct, frozen=True, kw_only=True):
    """All flags of the manifests of a commit by their names, and what is wrong with the files."""

    flags: dict[str, ManifestFlag] = {}
    faults: tuple[Fault, ...] = ()


def held_flags(repository: RepositoryReader, commit: str, paths: Sequence[str]) -> HeldFlags:
    """The flags that the manifests of a commit declare. Raises ``EvaluationError`` when git has no answer."""
    flags: dict[str, ManifestFlag] = {}
    faults: list[Fault] = []
    for path in paths:
        for found in _read(repository, commit, path):
            if isinstance(found, Fault):
                faults.append(found)
            elif found.name in flags:
                other = flags[found.name].path
                message = f"the flag {quoted(found.name)} is declared here and in {other}"
                faults.append(Fault(path=path, message=message, line=found.position.line))
            else:
                flags[found.name] = found
    return HeldFlags(flags=flags, faults=tuple(faults))


def _read(repository: RepositoryReader, commit: str, path: str) -> tuple[ManifestFlag, ...] | tuple[Fault, ...]:
    there = find(repository, commit, path)
    if there.entry is None:
        return (Fault(path=path, message=f"{path} is not there", is_missing=True),)
    if there.fault is not None:
        return (Fault(path=path, message=there.fault),)
    data = content(repository, there.entry, max_bytes=MAX_BYTES)
    if isinstance(data, TooLarge):
        return (Fault(path=path, message=data.told),)
    try:
        return read_manifest(data, path).flags
    except WorkflowFileError as error:
        return tuple(
            Fault(path=path, message=problem.message, line=problem.line, help=problem.help)
            for problem in error.problems
        )
