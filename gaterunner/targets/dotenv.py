"""`.env` files, as the libraries of that name read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gaterunner.targets.environment import named_by
from gaterunner.targets.types import Named, Reading
from gaterunner.targets.values import UNKNOWN, from_shell

_LINE = re.compile(
    r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*[=:][ \t]*"
    r"""(?:'([^']*)'|"((?:[^"\\]|\\.)*)"|`([^`]*)`|([^#\n]*?(?:\S#[^\n]*?)?))[ \t]*(?:[ \t]#[^\n]*)?$""",
    re.MULTILINE,
)


def dotenv_targets(text: str, env: Mapping[str, str]) -> Iterator[Named]:
    """What the variables of the file name. Those that a gate has already are not overwritten, as with most readers."""
    own: dict[str, tuple[str, int]] = {}
    for match in _LINE.finditer(text):
        raw = next((each for each in match.groups()[1:] if each is not None), "")
        value = (
            raw
            if match[2] is not None
            else from_shell(raw, {**{name: value for name, (value, _) in own.items()}, **env}).text
        )
        own[match[1]] = (value, text.count("\n", 0, match.start(1)) + 1)
    shown = {
        name: value.replace("\x01", "{unset}").replace(UNKNOWN, "{unknown}")
        for name, (value, _) in own.items()
        if name not in env
    }
    for named in named_by(shown):
        reading = Reading(
            targets=named.reading.targets,
            services=named.reading.services,
            # A variable that gates do not have leads nowhere; what is no address at all stays unknown.
            unknown=() if "{unset}" in shown[named.by] else named.reading.unknown,
            login=named.reading.login,
        )
        yield Named(by=named.by, reading=reading, line=own[named.by][1])
