"""GitHub's workflow commands: annotations without a token, and a fence around what gates print.

Both follow the runner's parser. It reads a line as a command when it starts with ``::`` after white space, or holds
``##[`` anywhere (``ActionCommand.cs`` in https://github.com/actions/runner).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Protocol, Self

from gaterunner.model import Report, Verdict
from gaterunner.reporters.annotations import ChangedLines, annotations_of
from gaterunner.reporters.check_run import conclusion_of
from gaterunner.reporters.markdown_text import shorten

MOST_PER_KIND = 10
"""GitHub shows 10 errors, 10 warnings and 10 notices of one step and drops the rest."""

MESSAGE_CHARACTERS = 4_096

_COMMANDS = {"failure": "error", "warning": "warning", "notice": "notice"}
_COMMAND_START = re.compile(r"^(\s*)::", re.MULTILINE)


class Output(Protocol):
    """Where text goes: standard output, or what a test gives."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...


def command(kind: str, message: str, **properties: str | int | None) -> str:
    """One workflow command as a line, without its newline; properties that are None or empty are left out."""
    told = ",".join(f"{name}={_escape_property(str(value))}" for name, value in properties.items() if value)
    return f"::{kind}{' ' if told else ''}{told}::{_escape_message(shorten(message, MESSAGE_CHARACTERS))}"


def verdict_command(report: Report) -> str | None:
    """The verdict as one annotation, with what to do about problems that have no place; None where all is well."""
    if report.verdict is Verdict.PASS and not report.problems:
        return None
    kind = "warning" if conclusion_of(report) == "neutral" else "error"
    help = [f"How to fix: {problem.help}" for problem in report.problems if problem.help and not problem.path]
    return command(kind, "\n".join((report.sentence, *help)), title=f"gaterunner: {report.verdict}")


def annotation_commands(
    report: Report,
    *,
    changed: frozenset[str] = frozenset(),
    lines: ChangedLines = MappingProxyType({}),
    most: int = MOST_PER_KIND,
) -> Iterator[str]:
    """The most important findings as commands, at most ``most`` of each kind: what a step without a token can show."""
    left = dict.fromkeys(_COMMANDS, most)
    for each in annotations_of(report, changed=changed, lines=lines):
        if left[each.annotation_level] == 0:
            continue
        left[each.annotation_level] -= 1
        yield command(
            _COMMANDS[each.annotation_level],
            each.message,
            title=each.title,
            file=each.path,
            line=each.start_line,
            endLine=each.end_line,
        )


class Fence:
    """Passes text on so that the runner interprets none of it.

    Commands are switched off with a token that nobody has seen before the first line is written, and every line that
    looks like a command is made harmless besides: the first protects against what we did not think of, the second
    against a token that leaks. Use it as a context manager around the gates, and write nothing else to the same output
    meanwhile.
    """

    def __init__(self, output: Output, *, make_token: Callable[[], str] = lambda: secrets.token_hex(16)) -> None:
        self._output = output
        self._make_token = make_token
        self._token: str | None = None
        self._partial = ""

    def __enter__(self) -> Self:
        self._token = self._make_token()
        self._output.write(f"::stop-commands::{self._token}\n")
        self._output.flush()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the fence on a line of its own; commands work again."""
        self.end_line()
        self._output.write(f"::{self._token}::\n")
        self._output.flush()
        self._token = None

    def write(self, text: str) -> int:
        """Passes on whole lines; the start of a line waits for its end, for a command can be written in pieces."""
        lines = (self._partial + text).replace("\r\n", "\n").replace("\r", "\n")
        whole, newline, self._partial = lines.rpartition("\n")
        if newline:
            self._output.write(disarm(whole) + "\n")
        return len(text)

    def flush(self) -> None:
        self._output.flush()

    def end_line(self) -> None:
        """Passes on a line that was begun and never ended."""
        if self._partial:
            self.write("\n")


def disarm(text: str) -> str:
    """``text`` with a visible change wherever the runner would see a command."""
    return _COMMAND_START.sub(r"\1\\::", text.replace("\r", "\n")).replace("##[", "## [")


def _escape_message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_message(text).replace(":", "%3A").replace(",", "%2C")
