"""The options of services and of the database, as types."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from gaterunner.config.option_types import Command, Duration, Image, Name, Port, ServiceEnvName, ServiceName, SourceText
from gaterunner.config.types import DEFAULT_SERVICE_START_S

MAX_SERVICES = 50  # in one map


class ServiceOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options of one service. An image of its own instead of a map is short for `image`."""

    image: Annotated[Image, Meta(description="The image of the service's container.")]
    port: Annotated[
        Port | UnsetType, Meta(description="The port that the service listens on; known for well-known images.")
    ] = UNSET
    publish: Annotated[
        Port | UnsetType, Meta(description="A fixed port of 127.0.0.1 that also leads to the service.")
    ] = UNSET
    env: Annotated[
        dict[ServiceEnvName, SourceText],
        Meta(
            description="Environment variables for the service. Numbers are passed on as they are written.",
            extra={"expected": "a map of variables"},
        ),
    ] = {}
    command: Annotated[
        Annotated[tuple[SourceText, ...], Meta(min_length=1)] | UnsetType,
        Meta(
            description="Arguments that replace those of the image.",
            extra={"expected": "a list of arguments"},
        ),
    ] = UNSET
    health: Annotated[
        Command | UnsetType,
        Meta(description="A command in the service's container that ends with 0 once the service is ready."),
    ] = UNSET
    start: Annotated[
        Duration, Meta(description="How long the service may take to become ready: `90s`, `2m`, or seconds.")
    ] = DEFAULT_SERVICE_START_S


DeclaredService = Annotated[
    Image | ServiceOptions, Meta(extra={"expected": "an image, or a map of options with `image`"})
]
ServiceMap = Annotated[
    dict[ServiceName, DeclaredService],
    Meta(max_length=MAX_SERVICES, extra={"expected": "a map such as `{db: postgres:16}`"}),
]


class DatabaseOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options under ``database`` beside the rules for migrations and cutovers."""

    environment: Annotated[
        Name | UnsetType,
        Meta(description="What the database that gates get calls itself. Default: `develop`."),
    ] = UNSET
    service: Annotated[
        DeclaredService | UnsetType,
        Meta(description="The image, or a map of options, that gates with `database: true` get a fresh database from."),
    ] = UNSET
