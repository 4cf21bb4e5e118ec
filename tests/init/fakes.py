"""Programs of toolchains that a machine for tests need not have.

A fake takes exactly the arguments that it is given a case for, and ends with 64 at any other. It looks at the files it
is meant to look at: it fails where one holds the word BROKEN, and where there is none at all. What writes JUnit writes
the results of this very run.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

BROKEN = "BROKEN"

_JUNIT = """\
  mkdir -p "$(dirname "$file")"
  if [ -n "$broken" ]; then body='<failure message="it is broken"/>'; else body=; fi
  printf '<testsuite name="s" tests="1" failures="%s"><testcase classname="c" name="t">%s</testcase></testsuite>' \\
    "$(test -n "$broken" && echo 1 || echo 0)" "$body" >"$file"
"""


class Look(Struct, frozen=True):
    """What one command of a fake does: looks into ``folder``, and writes results to ``junit`` where that is given."""

    folder: str
    junit: str = ""


def install(tools: Mapping[str, Mapping[str, Look]], folder: Path) -> None:
    """Writes the fakes into a folder; a name with a slash is a program of the project, left to its files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, commands in tools.items():
        path = folder / name
        path.write_text(script(name, commands))
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def script(name: str, commands: Mapping[str, Look]) -> str:
    """The text of one fake; ``commands`` are its arguments as one text."""
    cases = "".join(
        f"  {_quoted(arguments)}) look={_quoted(look.folder)} file={_quoted(look.junit)} ;;\n"
        for arguments, look in commands.items()
    )
    return (
        "#!/bin/sh\n"
        f'case "$*" in\n{cases}  *) echo "fake {name}: did not expect: $*" >&2; exit 64 ;;\nesac\n'
        f'test -n "$(ls -A "$look")" || {{ echo "fake {name}: nothing to look at in $look" >&2; exit 65; }}\n'
        f'broken=$(grep -rl {BROKEN} "$look")\n'
        f'if [ -n "$file" ]; then\n{_JUNIT}fi\n'
        'test -z "$broken" || { echo "$broken: broken" >&2; exit 1; }\n'
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
