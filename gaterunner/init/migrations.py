"""Which tools keep migrations in a tree, as the policy ``forward-only-migrations`` recognises them. Pure."""

from __future__ import annotations

import re

from gaterunner.config.conventions.types import Tree
from gaterunner.migrations.kinds import Layout
from gaterunner.migrations.tools import TOOLS

# The folders and endings of all tools; most paths of a tree end here.
_HINT = re.compile(r"(?i)migrat|alembic|versions/|\.sql$|drizzle|(?:^|/)[VUBR]\d*__|changelog")
_ASIDE = re.compile(r"(?i)(?:^|/)(?:tests?|fixtures?|testdata|examples?|vendor|node_modules|docs?)/")
_LOOKED_AT = 400  # paths; a repository with migrations has one among its first


def migration_tools(tree: Tree) -> tuple[str, ...]:
    """The titles of the tools whose migrations are there, by path alone or by what a file says."""

    def read(path: str) -> str:
        return (tree.read(path) or b"").decode("utf-8", "replace")

    layout = Layout(tree.paths(), read)
    found: dict[str, None] = {}
    likely = [path for path in tree.paths() if _HINT.search(path) and not _ASIDE.search(path)]
    for path in likely[:_LOOKED_AT]:
        for tool in TOOLS.values():
            if tool.title in found:
                continue
            place = tool.place(path, layout)
            if place is not None and (place.certain or (tool.confirms is not None and tool.confirms(read(path)))):
                found[tool.title] = None
                break
    return tuple(found)
