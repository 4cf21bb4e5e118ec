"""Scripts of composer.json."""

from __future__ import annotations

import re
import shlex

from gaterunner.config.conventions.files import Files, json_lines, table
from gaterunner.config.conventions.types import Declared, Reading

PATH = "composer.json"
_EVENT = re.compile(r"(?:pre|post)-")


def read(files: Files) -> Reading:
    """The scripts a person would call; Composer's own events (``post-install-cmd`` …) are not among them."""
    if not files.has(PATH):
        return Reading()
    text = files.text(PATH)
    lines = json_lines(text, text.find('"scripts"'))
    declared = tuple(
        Declared(
            name=name,
            # Composer ends a script after 300 s unless told otherwise; how long a gate may take, the gate says.
            command=f"composer run-script {shlex.quote(name)} --timeout=0",
            what="composer.json script",
            path=PATH,
            line=lines.get(name),
            unusable="" if script else "is empty",
        )
        for name, script in table(files.json(PATH), "scripts").items()
        if not _EVENT.match(name)
    )
    return Reading(path=PATH, declared=declared)
