"""The options of a gate as a type: what is decoded, what is documented, and what the JSON Schema says."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gaterunner.config.option_types import (
    GLOBS_EXPECTED,
    Command,
    Directory,
    Duration,
    EnvName,
    Image,
    Memory,
    MountPoint,
    Names,
    Paths,
    Percent,
    Results,
    ResultsGlob,
    ResultsGlobs,
    SourceText,
)
from gaterunner.config.sentry_options import SentryOptions
from gaterunner.config.service_options import ServiceMap
from gaterunner.config.telemetry_options import Telemetry
from gaterunner.config.types import DEFAULT_PIDS, GateKind

MAX_RETRIES = 5
MAX_SHARDS = 64
LEAST_PIDS = 16
_MOST_PIDS = 4_194_304  # PID_MAX_LIMIT of Linux
_LEAST_CPUS = 0.01  # the engine refuses less
_MOST_CPUS = 1024.0


class ResourceOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The options under ``resources``."""

    memory: Annotated[
        Memory | UnsetType, Meta(description="The most memory, such as `512m` or `2g`; without it unlimited.")
    ] = UNSET
    cpus: Annotated[
        Annotated[float, Meta(ge=_LEAST_CPUS, le=_MOST_CPUS)] | UnsetType,
        Meta(description="The most CPUs at a time, such as `1.5`; without it unlimited."),
    ] = UNSET
    pids: Annotated[
        int, Meta(ge=LEAST_PIDS, le=_MOST_PIDS, description="The most processes and threads at a time.")
    ] = DEFAULT_PIDS
    read_only: Annotated[bool, Meta(description="The container's own file system cannot be written.")] = False
    tmpfs: Annotated[
        tuple[MountPoint, ...],
        Meta(
            description="Absolute paths that get an empty file system in memory.",
            extra={"expected": "a list of absolute paths"},
        ),
    ] = ()


class TestOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The options under ``tests``. A pattern or a list of its own is short for ``files``."""

    __test__: ClassVar[bool] = False  # pytest takes every class named Test… for a test case

    files: Annotated[
        Results,
        Meta(
            description="Test results that the command writes, relative to `cwd`: JUnit XML, what `go test -json` or "
            "`cargo test` prints; a directory is all of it."
        ),
    ]
    minimum: Annotated[int, Meta(ge=1, description="How many tests must have been executed.")] = 1
    baseline: Annotated[
        Literal["report", "run"] | UnsetType,
        Meta(description="Where the base's tests come from: its last report, or running the gate on the base."),
    ] = UNSET
    base_tests: Annotated[
        Results | UnsetType,
        Meta(description="Files of the base's tests, relative to the root, that are also run on the head's code."),
    ] = UNSET
    missing: Annotated[
        Literal["fail", "warn"],
        Meta(description="What becomes of the gate when tests of the base are gone, newly skipped or not executed."),
    ] = "fail"


class CoverageOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options under ``coverage``. A pattern or a list of its own is short for ``files``."""

    files: Annotated[Results, Meta(description="Coverage files that the command writes, relative to `cwd`.")]
    minimum: Annotated[Percent | UnsetType, Meta(description="The least percentage of lines that must be covered.")] = (
        UNSET
    )
    changed: Annotated[
        Percent | UnsetType, Meta(description="The least percentage of changed lines that must be covered.")
    ] = UNSET


_FILES = f"{GLOBS_EXPECTED}, or a map with `files`"
Tests = Annotated[ResultsGlob | ResultsGlobs | TestOptions, Meta(extra={"expected": _FILES})]
Coverage = Annotated[ResultsGlob | ResultsGlobs | CoverageOptions, Meta(extra={"expected": _FILES})]


class CommandOption(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a gate's value of its own is short for."""

    run: Command


class GateOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options of one gate. A value of its own instead of a map is short for `run`."""

    run: Annotated[
        Command | UnsetType,
        Meta(description="The command. Without it the name is looked up in what the repository declares."),
    ] = UNSET
    kind: Annotated[
        GateKind | UnsetType,
        Meta(
            description="What is done. Default: `migration-rehearsal` for the gate of that name, which has its command "
            "apply the base's migrations, then the branch's, then none; `rollback-rehearsal` for the gate of that "
            "name, which runs other gates on the base's code with the branch's migrations kept; `sentry-clean` for "
            "names such as `staging-sentry-24h-clean`, which asks Sentry; for all others `command`."
        ),
    ] = UNSET
    sentry: Annotated[
        SentryOptions | UnsetType, Meta(description="What a gate of the kind `sentry-clean` asks Sentry for.")
    ] = UNSET
    gates: Annotated[
        Names | UnsetType,
        Meta(
            description="What a gate of the kind `rollback-rehearsal` runs on the base's code. Default: what the spec "
            "names for the way back, or else every gate that is a command."
        ),
    ] = UNSET
    shell: Annotated[Literal["bash", "sh"], Meta(description="What runs the command.")] = "bash"
    cwd: Annotated[Directory, Meta(description="Where the command runs, relative to the repository's root.")] = "."
    env: Annotated[
        dict[EnvName, SourceText],
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
    image: Annotated[Image | UnsetType, Meta(description="The image of the container that the gate runs in.")] = UNSET
    resources: Annotated[ResourceOptions | UnsetType, Meta(description="What the gate's container may use.")] = UNSET
    network: Annotated[
        Literal["none", "services", "bridge"] | UnsetType,
        Meta(description="What the gate's container reaches: nothing, only its services, or also the world."),
    ] = UNSET
    services: Annotated[
        ServiceMap, Meta(description="Services for this gate alone: a name and its image, or a map of options.")
    ] = {}
    database: Annotated[
        bool, Meta(description="The gate gets a fresh develop database from `database.service` of the workflow.")
    ] = False
    tests: Annotated[
        Tests | UnsetType,
        Meta(
            description="Test results that the command writes, relative to `cwd`: JUnit XML, what `go test -json` or "
            "`cargo test` prints."
        ),
    ] = UNSET
    coverage: Annotated[
        Coverage | UnsetType, Meta(description="Coverage files that the command writes, relative to `cwd`.")
    ] = UNSET
    telemetry: Annotated[
        Telemetry | UnsetType,
        Meta(
            description="What the program under test must send of its own running, to Sentry or by OTLP: `expect` for "
            "anything, `watch` to only count it, or a map."
        ),
    ] = UNSET
    retries: Annotated[
        int, Meta(ge=0, le=MAX_RETRIES, description="How often a failed gate is tried again; a pass is then flaky.")
    ] = 0
    inputs: Annotated[
        Paths | UnsetType,
        Meta(description="Files that decide the result; when all are as they were at a pass, the gate is not run."),
    ] = UNSET
    shards: Annotated[
        Annotated[int, Meta(ge=2, le=MAX_SHARDS)] | UnsetType,
        Meta(description="How many machines of a fan-out share the gate's work."),
    ] = UNSET
    flags: Annotated[
        Literal["both", "off", "on"] | UnsetType,
        Meta(description="The states of the workflow's flags that the gate runs in."),
    ] = UNSET
    advisory: Annotated[bool, Meta(description="Told in full, but not part of the verdict.")] = False
