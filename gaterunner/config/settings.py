"""Where and how the gates of a workflow run: its executor, image, services and flags, each key decoded by itself."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Any, Literal

from msgspec import Struct, UnsetType

from gaterunner.config.checks import normalised_glob
from gaterunner.config.decode import decode
from gaterunner.config.document import Entry, Mapping, Node
from gaterunner.config.option_types import as_tuple, given, seconds
from gaterunner.config.problems import Problems, quoted
from gaterunner.config.service_options import ServiceOptions
from gaterunner.config.types import ELSEWHERE, Area, Flag, Position, Service
from gaterunner.config.workflow_options import FlagOptions, WorkflowOptions

KEYS = WorkflowOptions.__struct_encode_fields__
DATABASE_SERVICE = "database"
"""The name of the service that gates with ``database: true`` get their database from."""


class Settings(Struct, frozen=True, kw_only=True):
    """The decoded keys. One in ``broken`` was reported and has its default here, which says nothing."""

    executor: Literal["local", "docker"]
    image: str | None
    keep_going: bool
    services: tuple[Service, ...]
    flags: tuple[Flag, ...]
    specs: str
    flag_manifest: tuple[str, ...]
    areas: tuple[Area, ...]
    nodes: dict[str, Node]
    broken: frozenset[str]


def read_settings(entries: Iterable[Entry], problems: Problems) -> Settings:
    """The settings among the entries of ``workflow``; raises nothing, every problem is noted."""
    values: dict[str, Any] = {}
    nodes: dict[str, Node] = {}
    broken: set[str] = set()
    for entry in entries:
        key = entry.key.text
        if key not in KEYS:
            continue
        nodes[key] = entry.value
        # One key at a time: what is wrong with one must not keep the others from being checked.
        alone = Mapping((entry,), entry.key.position)
        decoded = decode(alone, WorkflowOptions, where="`workflow`", problems=problems)
        field = key.replace("-", "_")
        if decoded is None:
            broken.add(key)
        else:
            values[field] = getattr(decoded, field)
    options = WorkflowOptions(**values)
    flags = _flags(options, nodes.get("flags"))
    _check_flags(flags, problems)
    return Settings(
        executor=options.executor,
        image=given(options.image),
        keep_going=options.keep_going,
        services=services(options.services, nodes.get("services")),
        flags=flags,
        specs=options.specs,
        flag_manifest=tuple(dict.fromkeys(map(posixpath.normpath, as_tuple(options.flag_manifest)))),
        areas=_areas(options, nodes.get("areas"), problems),
        nodes=nodes,
        broken=frozenset(broken),
    )


def services(declared: dict[str, str | ServiceOptions], node: Node | None) -> tuple[Service, ...]:
    """Decoded services with the positions of their names in ``node``, the map that they were decoded from."""
    places = positions(node)
    return tuple(service(name, options, places[name]) for name, options in declared.items())


def service(name: str, options: str | ServiceOptions, position: Position) -> Service:
    """One decoded service; an image of its own is short for ``image``."""
    if isinstance(options, str):
        return Service(name=name, position=position, image=options)
    return Service(
        name=name,
        position=position,
        image=options.image,
        port=given(options.port),
        publish=given(options.publish),
        env=tuple((variable, str(value)) for variable, value in options.env.items()),
        command=() if isinstance(options.command, UnsetType) else tuple(map(str, options.command)),
        health=given(options.health),
        start_timeout_s=seconds(options.start),
    )


def positions(node: Node | None) -> dict[str, Position]:
    """Where the keys of a map stand; nothing for what is no map."""
    return {entry.key.text: entry.key.position for entry in node.entries} if isinstance(node, Mapping) else {}


def _areas(options: WorkflowOptions, node: Node | None, problems: Problems) -> tuple[Area, ...]:
    places = positions(node)
    if ELSEWHERE in options.areas:
        message = (
            f"`areas`: found {quoted(ELSEWHERE)}, which is where paths lie that no area names, expected another name"
        )
        problems.add(places[ELSEWHERE], message)
    return tuple(
        Area(name=name, position=places[name], paths=tuple(map(normalised_glob, as_tuple(paths))))
        for name, paths in options.areas.items()
    )


def _flags(options: WorkflowOptions, node: Node | None) -> tuple[Flag, ...]:
    places = positions(node)
    return tuple(_flag(name, declared, places[name]) for name, declared in options.flags.items())


def _flag(name: str, declared: str | FlagOptions, position: Position) -> Flag:
    if isinstance(declared, str):
        return Flag(name=name, position=position, env=declared)
    return Flag(name=name, position=position, env=declared.env, off=str(declared.off), on=str(declared.on))


def _check_flags(flags: tuple[Flag, ...], problems: Problems) -> None:
    carried: dict[str, str] = {}
    for flag in flags:
        where = f"the flag {quoted(flag.name)}"
        if flag.off == flag.on:
            message = f"{where}: found {quoted(flag.on)} for both `off` and `on`, expected two values"
            problems.add(flag.position, message)
        if flag.env in carried:
            message = (
                f"{where}: found {quoted(flag.env)}, the variable of {quoted(carried[flag.env])}, expected its own"
            )
            problems.add(flag.position, message)
        carried.setdefault(flag.env, flag.name)
