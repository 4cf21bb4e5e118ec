"""Tests of shell scripts: Bats."""

from __future__ import annotations

import re

from gaterunner.weakening.indented import Lines, read_lines
from gaterunner.weakening.types import Sheet

_BATS = Lines(
    head=re.compile(r"^\s*(?P<word>@test)\s+(?P<name>\"(?:[^\"\\]|\\.)*\"|'[^']*'|\w+)(?P<rest>.*)$"),
    call=re.compile(r"\s*(?:\[.*&&\s*)?skip\b"),
    assertion=re.compile(r"^\s*(?:\[\[?\s|!\s|test\s|assert\w*|refute\w*|run\s|grep\s|diff\s|cmp\s|fail\b)"),
    hollow=re.compile(r"^\s*(?:true|\[\[?\s+(?:1 -eq 1|true|1 = 1)\s+\]\]?)\s*$"),
)


def read(data: bytes) -> Sheet:
    """All tests of a file."""
    return read_lines(data, _BATS)
