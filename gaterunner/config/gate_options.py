"""The options of a gate as a type: what is decoded, what is documented, and what the JSON Schema says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gaterunner.config import checks
from gaterunner.config.duration import MAX_TIMEOUT_S, PATTERN, parse_duration
from gaterunner.config.problems import Fault


def _text(pattern: str, check: Callable[[str], Fault | None], expected: str) -> Meta:
    """What is asked of a text: ``check`` holds for us, ``pattern`` tells editors the same.

    The pattern goes into the schema only, never into ``Meta(pattern=...)``: msgspec 0.22 drops a reference too many to
    the compiled pattern of a text that stands in a union with a list or map, which ends the process at its exit.
    """
    return Meta(extra_json_schema={"pattern": pattern}, extra={"check": check, "expected": expected})


Name = Annotated[str, _text(checks.NAME_PATTERN, checks.name_fault, "a name")]
Command = Annotated[str, _text(checks.COMMAND_PATTERN, checks.command_fault, "a command as text")]
Directory = Annotated[
    str, _text(checks.DIRECTORY_PATTERN, checks.directory_fault, "a directory relative to the repository's root")
]
PathsGlob = Annotated[str, _text(checks.PATHS_PATTERN, checks.paths_fault, "a pattern as text")]
ResultsGlob = Annotated[str, _text(checks.RESULTS_PATTERN, checks.results_fault, "a pattern as text")]
EnvName = Annotated[str, _text(checks.ENV_NAME_PATTERN, checks.env_name_fault, "a variable's name")]
EnvValue = Annotated[str | float, Meta(extra={"source_text": True, "expected": "text or a number"})]
Duration = Annotated[
    Annotated[float, Meta(gt=0, le=MAX_TIMEOUT_S)] | Annotated[str, _text(PATTERN, checks.timeout_fault, "a duration")],
    Meta(extra={"expected": "a duration such as `10m`, or a number of seconds"}),
]
Names = Annotated[Name | tuple[Name, ...], Meta(extra={"expected": "a name or a list of names"})]
_GLOBS = Meta(extra={"expected": "a pattern or a list of patterns"})
Paths = Annotated[PathsGlob | Annotated[tuple[PathsGlob, ...], Meta(min_length=1)], _GLOBS]
Results = Annotated[ResultsGlob | Annotated[tuple[ResultsGlob, ...], Meta(min_length=1)], _GLOBS]


class GateOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options of one gate. A value of its own instead of a map is short for `run`."""

    run: Annotated[
        Command | UnsetType,
        Meta(description="The command. Without it the name is looked up in what the repository declares."),
    ] = UNSET
    shell: Annotated[Literal["bash", "sh"], Meta(description="What runs the command.")] = "bash"
    cwd: Annotated[Directory, Meta(description="Where the command runs, relative to the repository's root.")] = "."
    env: Annotated[
        dict[EnvName, EnvValue],
        Meta(
            description="Environment variables for the command. Numbers are passed on as they are written.",
            extra={"expected": "a map of variables"},
        ),
    ] = {}
    timeout: Annotated[
        Duration, Meta(description="How long the command may take: `90s`, `10m`, `1h30m`, or seconds; at most `24h`.")
    ] = "30m"
    needs: Annotated[
        Names | UnsetType,
        Meta(description="Gates that must pass before this one starts. Default: the gate above it in the list."),
    ] = UNSET
    paths: Annotated[
        Paths | UnsetType,
        Meta(description="Run only when the change touches a matching file; `!` in front leaves files out."),
    ] = UNSET
    tests: Annotated[
        Results | UnsetType,
        Meta(description="JUnit XML files that the command writes, relative to `cwd`; a directory means all below."),
    ] = UNSET
    advisory: Annotated[bool, Meta(description="Told in full, but not part of the verdict.")] = False

    @property
    def timeout_s(self) -> float:
        """The timeout in seconds."""
        seconds = parse_duration(self.timeout) if isinstance(self.timeout, str) else self.timeout
        if seconds is None:
            raise ValueError(f"not a duration: {self.timeout!r}")
        return seconds


def as_tuple(value: str | tuple[str, ...] | UnsetType) -> tuple[str, ...]:
    """One or several texts as several; none when unset."""
    if isinstance(value, str):
        return (value,)
    return () if isinstance(value, UnsetType) else value
