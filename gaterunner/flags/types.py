"""A flag manifest as frozen types. No parsing here and no IO."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gaterunner.config.types import Position

Format = Literal["openfeature", "flagd"]
FlagType = Literal["boolean", "string", "integer", "float", "number", "object"]

OFF, ON = "false", "true"


class ManifestFlag(Struct, frozen=True, kw_only=True):
    """One flag as its manifest declares it.

    ``serves`` is the value that everybody gets of whom no rule says otherwise, as JSON; None where the manifest leaves
    it to the code. ``enabled`` is False for a flag that its provider treats as if it were not there. ``targeting`` are
    the rules that give some another value, as JSON; None for none. ``expires`` is as it is written.
    """

    name: str
    path: str
    position: Position
    kind: FlagType
    serves: str | None
    enabled: bool = True
    targeting: str | None = None
    owner: str | None = None
    expires: str | None = None


class Manifest(Struct, frozen=True, kw_only=True):
    """All flags of one file, in its order."""

    path: str
    format: Format
    flags: tuple[ManifestFlag, ...]
