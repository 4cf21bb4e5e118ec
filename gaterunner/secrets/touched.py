"""Which secret-bearing files a range touches, and what it does to them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from gaterunner.secrets.contents import Contents
from gaterunner.secrets.filenames import FileKind, candidates
from gaterunner.secrets.inventory import Inventory, Place, Touch
from gaterunner.secrets.links import SYMLINK


class Deed(StrEnum):
    """What was done to a secret-bearing file, as a report says it."""

    ADDED = "added"
    CHANGED = "changed"
    RENAMED = "renamed"
    MODE = "made executable or no longer so"
    LINKED = "turned into a symbolic link"
    DELETED = "deleted"
    EMPTIED = "emptied"
    LINK_ADDED = "added as a symbolic link"

    @property
    def leaves_a_secret(self) -> bool:
        """False where the branch takes a secret away, or never had one."""
        return self not in (Deed.DELETED, Deed.EMPTIED, Deed.LINK_ADDED)


class TouchedFile(Struct, frozen=True):
    """A secret-bearing file that the range touches. ``origin`` is where it was before a renaming."""

    kind: FileKind
    place: Place
    deed: Deed
    origin: str | None = None


def touched_files(inventory: Inventory, contents: Contents) -> Iterator[TouchedFile]:
    """Every such path once, with what was done first; taking a secret away is only told where nothing else was done."""
    first: dict[str, TouchedFile] = {}
    for touch in inventory.touched:
        file = _judge(touch, contents)
        if file is None:
            continue
        known = first.get(file.place.path)
        if known is None or (file.deed.leaves_a_secret and not known.deed.leaves_a_secret):
            first[file.place.path] = file
    return iter(first.values())


def _judge(touch: Touch, contents: Contents) -> TouchedFile | None:
    place = touch.place
    held = next((kind for parent in touch.parents if (kind := contents.kind(parent))), None)
    if place.status == "D":
        return _file(held, place, Deed.DELETED)
    if touch.mode == SYMLINK:
        return _link(touch, held)
    holds = contents.kind(touch.content)
    if holds is not None:
        return TouchedFile(holds, place, _deed(touch), touch.origin)
    return _file(held, place, Deed.EMPTIED)


def _link(touch: Touch, held: FileKind | None) -> TouchedFile | None:
    if held is not None:
        return TouchedFile(held, touch.place, Deed.LINKED)
    kind = next(iter(candidates(touch.place.path)), None)
    return _file(kind, touch.place, Deed.LINK_ADDED)


def _file(kind: FileKind | None, place: Place, deed: Deed) -> TouchedFile | None:
    return None if kind is None else TouchedFile(kind, place, deed)


def _deed(touch: Touch) -> Deed:
    if not touch.parents:
        return Deed.ADDED if touch.origin is None else Deed.RENAMED
    return Deed.MODE if any(blob == touch.place.blob for blob, _ in touch.parents) else Deed.CHANGED
