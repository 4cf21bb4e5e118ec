"""The nouns of definitions."""

from __future__ import annotations

from msgspec import Struct


class Unit(Struct, frozen=True, kw_only=True):
    """One named thing of a file that declares commands.

    ``lines`` are what it says, without what means nothing; two units that say the same have equal lines. ``shell`` is
    what a shell would run of it, and ``uses`` are the names of other units of the same file that have a part in it.
    """

    path: str
    what: str
    name: str
    lines: tuple[str, ...]
    line: int | None = None
    shell: str = ""
    uses: tuple[str, ...] = ()


class Definitions(Struct, frozen=True, kw_only=True):
    """One file's units by name. ``always`` are those that have a part in every other; ``default`` run without a name.

    ``fault`` says why the file cannot be read; nothing else is then known of it.
    """

    path: str
    units: dict[str, Unit] = {}
    always: tuple[str, ...] = ()
    default: tuple[str, ...] = ()
    fault: str | None = None
