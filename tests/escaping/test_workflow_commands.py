"""Workflow commands: GitHub's runner reads from us what we said, and from the branch nothing.

The reader below follows ``ActionCommand.cs`` and ``OutputManager`` of https://github.com/actions/runner.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from msgspec import Struct

from gaterunner.model import Report
from gaterunner.reporters.workflow_commands import Fence, annotation_commands, command, disarm, verdict_command
from tests.escaping.hostile import plain, reports, texts

# .NET's white space, which TrimStart removes.
_WHITE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_ESCAPED = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


class Read(Struct, frozen=True):
    kind: str
    properties: dict[str, str]
    message: str


def unescaped(text: str) -> str:
    return re.sub("%0D|%0A|%3A|%2C|%25", lambda found: _ESCAPED[found[0]], text)


def read(line: str) -> Read | None:
    """What the runner takes a line for; None for plain output."""
    trimmed = line.lstrip(_WHITE)
    if trimmed.startswith("::") and "::" in trimmed[2:]:
        head, _, message = trimmed[2:].partition("::")
        kind, _, rest = head.partition(" ")
        pairs = (pair.partition("=") for pair in rest.split(",") if "=" in pair)
        return Read(kind, {name.strip(): unescaped(value) for name, _, value in pairs}, unescaped(message))
    if "##[" in line and "]" in line.partition("##[")[2]:
        return Read(line.partition("##[")[2].partition("]")[0], {}, "")
    return None


def lines_of(text: str) -> list[str]:
    """Lines as .NET's readers end them."""
    return re.split("\r\n|\r|\n", text)


@settings(deadline=None)
@given(texts, texts, texts)
def test_a_command_says_exactly_what_it_was_given(message: str, title: str, file: str) -> None:
    line = command("error", message, title=title, file=file, line=3)

    (only,) = lines_of(line)
    properties = {"title": title, "file": file, "line": "3"}
    assert read(only) == Read("error", {name: value for name, value in properties.items() if value}, message)


@settings(deadline=None)
@given(texts)
def test_what_is_disarmed_is_no_command(text: str) -> None:
    assert [found for line in lines_of(disarm(text)) if (found := read(line))] == []


@settings(deadline=None)
@given(texts, texts)
def test_nothing_gets_out_of_the_fence(one: str, other: str) -> None:
    written: list[str] = []

    class Output:
        def write(self, text: str, /) -> None:
            written.append(text)

        def flush(self) -> None:
            pass

    with Fence(Output(), make_token=lambda: "token") as fence:
        fence.write(one)
        fence.write(other)

    (first, *between, last, end) = lines_of("".join(written))
    assert (first, last, end) == ("::stop-commands::token", "::token::", "")
    assert [line for line in between if read(line)] == []


@pytest.mark.filterwarnings("error")
@settings(deadline=None, max_examples=50)
@given(reports())
def test_a_report_becomes_one_command_for_each_thing_it_tells(report: Report) -> None:
    told = list(annotation_commands(report))

    assert len(told) <= len(list(annotation_commands(plain()))) + 10
    for line in (*told, verdict_command(report) or ""):
        (only,) = lines_of(line)
        found = read(only)
        assert found is not None
        assert found.kind in {"error", "warning", "notice"}
        assert set(found.properties) <= {"title", "file", "line", "endLine"}
