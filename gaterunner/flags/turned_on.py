"""Where lines turn a flag on past its manifest: its variable is given the value that is on, or on is what code takes
where nobody says. Pure.

Seen is what stands on one line, in the forms that languages, shells, containers and the clients of OpenFeature have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.flags.added import Added

# Where a flag is on for tests, or for whoever works on it, it reaches nobody.
_FOR_TESTS = re.compile(
    r"(?i)(?:^|/)(?:noxfile\.py|tox\.ini|conftest\.py|pytest\.ini|[^/]*(?:test|dev|local|example|sample|ci)[^/]*)$"
    r"|^\.(?:github|gitlab|circleci|vscode|devcontainer)/"
)


def turned_on(added: Added, name: str, variable: str | None, on: str) -> Iterator[int]:
    """The numbers of the lines that turn the flag ``name`` on; ``variable`` carries it, and is ``on`` when it is."""
    if _FOR_TESTS.search(added.path):
        return
    forms = [_asked(name)]
    if variable is not None:
        forms.append(_carried(variable, on))
    for number, line in added.lines:
        found = [match.start() for form in forms if (match := form.search(line))]
        if any(added.kind != "code" or not _in_a_sentence(line[:start]) for start in found):
            yield number


def _in_a_sentence(before: bytes) -> bool:
    """Whether what follows is a word within a text: code tells people how to turn a flag on, and does not."""
    return before[-1:].isspace() and any(before.count(sign) % 2 for sign in (b'"', b"'", b"`"))


def _asked(name: str) -> re.Pattern[bytes]:
    """The flag's name, and after it what is served where nobody says: ``getBooleanValue("new-page", true)``."""
    return re.compile(rb"[\"'`]" + _quoted(name) + rb"[\"'`]\s*,\s*(?:\w+\s*[=:]\s*)?[Tt]rue\s*[,)]")


def _carried(variable: str, on: str) -> re.Pattern[bytes]:
    """``X=true``, ``X: "true"``, ``ENV X true``, ``${X:-true}``, ``getenv("X", "true")`` and ``env.X ?? "true"``."""
    value = rb"[\"'`]?(?i:" + _quoted(on) + rb")(?![\w.(-])"
    between = (
        rb"[\"'`]?\]?\s*(?::\s*\w+\s*=|(?<!:)[:=](?!=)|:=)\s*",  # given
        rb"[\"'`]\s*,\s*(?:\w+\s*[=:]\s*)?",  # the second argument
        rb":?[-=]\s*",  # of a shell
        rb"[\"'`]?[\])]?\s*(?:\?\?|\|\||\bor\b)\s*",  # otherwise
    )
    name = _quoted(variable)
    given = rb"(?<![\w-])" + name + rb"(?:" + rb"|".join(between) + rb")" + value
    return re.compile(given + rb"|\bENV\s+" + name + rb"\s+" + value)


def _quoted(text: str) -> bytes:
    return re.escape(text).encode("utf-8", "surrogateescape")
