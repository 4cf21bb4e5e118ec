"""Rails: ``db/migrate/<timestamp>_title.rb``. ``db/schema.rb`` and ``structure.sql`` are generated, no migrations."""

from __future__ import annotations

import re

from gaterunner.migrations import names, source_code
from gaterunner.migrations.kinds import Layout, Parts, Place, Tool
from gaterunner.migrations.source_sql import decode

_PATH = re.compile(r"(?P<directory>(?:.+/)?db/(?:\w+_)?migrate(?:/[\w/]+)?)/(?P<name>(?P<version>\d+)_\w[\w.]*)\.rb")


def _place(path: str, _layout: Layout) -> Place | None:
    found = _PATH.fullmatch(path)
    if not found:
        return None
    version = found["version"]
    return Place(
        sequence=found["directory"], name=found["name"], version=version.lstrip("0"), order=names.number(version)
    )


def _parts(_path: str, data: bytes) -> Parts:
    # From Rails 5.1 on the bare superclass is refused; this is the spelling that keeps what it meant.
    text = re.sub(r"(?m)^(class \w+ < ActiveRecord::Migration)\[4\.2\]", r"\1", decode(data))
    return source_code.parts(text, source_code.RUBY)


RAILS = Tool(name="rails", title="Rails", place=_place, parts=_parts)
