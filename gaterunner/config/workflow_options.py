"""The keys under ``workflow`` that are options of the run, as a type."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gaterunner.config.option_types import EnvName, FilePaths, Image, Name, Paths, SourceText, SpecsPath
from gaterunner.config.service_options import ServiceMap
from gaterunner.config.types import SPECS

MAX_FLAGS = 100
MAX_AREAS = 50


class FlagOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one feature flag is passed. A variable's name of its own instead of a map is short for `env`."""

    env: Annotated[EnvName, Meta(description="The environment variable that carries the flag.")]
    off: Annotated[SourceText, Meta(description="Its value when the flag is off.")] = "false"
    on: Annotated[SourceText, Meta(description="Its value when the flag is on.")] = "true"


DeclaredFlag = Annotated[
    EnvName | FlagOptions, Meta(extra={"expected": "a variable's name, or a map of options with `env`"})
]


class WorkflowOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Where and how the gates of a workflow run."""

    executor: Annotated[
        Literal["local", "docker"],
        Meta(
            description="Where gates without an `image` run: on this machine, or in a container of the default image."
        ),
    ] = "local"
    image: Annotated[Image | UnsetType, Meta(description="The default image for `executor: docker`.")] = UNSET
    keep_going: Annotated[bool, Meta(description="Start gates although another has failed.")] = False
    services: Annotated[
        ServiceMap, Meta(description="Services for the whole run: a name and its image, or a map of options.")
    ] = {}
    flags: Annotated[
        dict[Name, DeclaredFlag],
        Meta(
            description="Feature flags: a name, and the environment variable that carries it or a map of options.",
            max_length=MAX_FLAGS,
            extra={"expected": "a map such as `{new-dashboard: FEATURE_NEW_DASHBOARD}`"},
        ),
    ] = {}
    specs: Annotated[
        SpecsPath, Meta(description="Where the spec of a phase lies; `{phase}` stands for the phase's name.")
    ] = SPECS
    flag_manifest: Annotated[
        FilePaths | UnsetType,
        Meta(
            description="The file or files that declare feature flags: OpenFeature's manifest, or flagd's definitions."
        ),
    ] = UNSET
    areas: Annotated[
        dict[Name, Paths],
        Meta(
            description="Parts of the repository that lines are counted by: a name, and its pattern or patterns.",
            max_length=MAX_AREAS,
            extra={"expected": "a map such as `{dashboard: dashboard/**}`"},
        ),
    ] = {}
