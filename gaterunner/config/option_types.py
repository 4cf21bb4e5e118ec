"""What options are made of: names, commands, patterns, durations, images. Used by every type of options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from msgspec import Meta, UnsetType

from gaterunner.config import checks
from gaterunner.config.duration import MAX_TIMEOUT_S, PATTERN, WINDOW_PATTERN, parse_duration, parse_window
from gaterunner.config.problems import Fault

T = TypeVar("T")


def text_of(pattern: str, check: Callable[[str], Fault | None], expected: str, *, longest: int | None = None) -> Meta:
    """What is asked of a text: ``check`` holds for us, ``pattern`` and ``longest`` tell editors the same.

    The pattern goes into the schema only, never into ``Meta(pattern=...)``: msgspec 0.22 drops a reference too many to
    the compiled pattern of a text that stands in a union with a list or map, which ends the process at its exit.
    """
    told: dict[str, str | int] = {"pattern": pattern}
    if longest is not None:
        told["maxLength"] = longest
    return Meta(extra_json_schema=told, extra={"check": check, "expected": expected})


Name = Annotated[str, text_of(checks.NAME_PATTERN, checks.name_fault, "a name")]
Names = Annotated[Name | tuple[Name, ...], Meta(extra={"expected": "a name or a list of names"})]
Command = Annotated[str, text_of(checks.COMMAND_PATTERN, checks.command_fault, "a command as text")]
Directory = Annotated[
    str, text_of(checks.DIRECTORY_PATTERN, checks.directory_fault, "a directory relative to the repository's root")
]
EnvName = Annotated[str, text_of(checks.ENV_NAME_PATTERN, checks.env_name_fault, "a variable's name")]
SourceText = Annotated[str | float, Meta(extra={"source_text": True, "expected": "text or a number"})]
"""Text, or a number that is taken as the text it is written as."""

Duration = Annotated[
    Annotated[float, Meta(gt=0, le=MAX_TIMEOUT_S)]
    | Annotated[str, text_of(PATTERN, checks.timeout_fault, "a duration")],
    Meta(extra={"expected": "a duration such as `10m`, or a number of seconds"}),
]

Window = Annotated[str, text_of(WINDOW_PATTERN, checks.window_fault, "a duration such as `24h`")]

PathsGlob = Annotated[str, text_of(checks.PATHS_PATTERN, checks.paths_fault, "a pattern as text")]
ResultsGlob = Annotated[str, text_of(checks.RESULTS_PATTERN, checks.results_fault, "a pattern as text")]
GLOBS_EXPECTED = "a pattern or a list of patterns"
_GLOBS = Meta(extra={"expected": GLOBS_EXPECTED})
PathsGlobs = Annotated[tuple[PathsGlob, ...], Meta(min_length=1)]
ResultsGlobs = Annotated[tuple[ResultsGlob, ...], Meta(min_length=1)]
Paths = Annotated[PathsGlob | PathsGlobs, _GLOBS]
Results = Annotated[ResultsGlob | ResultsGlobs, _GLOBS]

FilePath = Annotated[
    str, text_of(checks.DIRECTORY_PATTERN, checks.file_fault, "the path of a file relative to the repository's root")
]
FilePaths = Annotated[
    FilePath | Annotated[tuple[FilePath, ...], Meta(min_length=1)],
    Meta(extra={"expected": "a path or a list of paths"}),
]
SpecsPath = Annotated[str, text_of(checks.SPECS_PATTERN, checks.specs_fault, "a path such as `specs/{phase}.md`")]

Image = Annotated[
    str, text_of(checks.IMAGE_PATTERN, checks.image_fault, "an image such as `python:3.13-slim` or `repo@sha256:…`")
]
ServiceName = Annotated[str, text_of(checks.SERVICE_NAME_PATTERN, checks.service_name_fault, "the name of a service")]
ServiceEnvName = Annotated[
    str, text_of(checks.SERVICE_ENV_NAME_PATTERN, checks.service_env_name_fault, "a variable's name")
]
Port = Annotated[int, Meta(ge=1, le=65535, extra={"expected": "a port"})]
Memory = Annotated[
    Annotated[int, Meta(ge=checks.LEAST_MEMORY, le=checks.MOST_MEMORY)]
    | Annotated[str, text_of(checks.MEMORY_PATTERN, checks.memory_fault, "a size")],
    Meta(extra={"expected": "a size such as `512m` or `2g`, or a number of bytes"}),
]
MountPoint = Annotated[str, text_of(checks.MOUNT_POINT_PATTERN, checks.mount_point_fault, "an absolute path")]
Percent = Annotated[float, Meta(ge=0, le=100, extra={"expected": "a plain number of percent"})]


def seconds(duration: float | str) -> float:
    """A decoded ``Duration`` in seconds."""
    found = parse_duration(duration) if isinstance(duration, str) else duration
    if found is None:
        raise ValueError(f"not a duration: {duration!r}")
    return found


def window_seconds(window: str) -> float:
    """A decoded ``Window`` in seconds."""
    found = parse_window(window)
    if found is None:
        raise ValueError(f"not a duration: {window!r}")
    return found


def as_tuple(value: str | tuple[str, ...] | UnsetType) -> tuple[str, ...]:
    """One or several texts as several; none when unset."""
    if isinstance(value, str):
        return (value,)
    return () if isinstance(value, UnsetType) else value


def given(value: T | UnsetType) -> T | None:
    """The value, or None when unset."""
    return None if isinstance(value, UnsetType) else value
