"""Tests of Elixir: ExUnit."""

from __future__ import annotations

import re

from gaterunner.weakening.indented import Lines, read_lines
from gaterunner.weakening.types import Sheet

_ELIXIR = Lines(
    head=re.compile(
        r'^\s*(?P<word>test|describe|property|defmodule)\s+(?P<name>"(?:[^"\\]|\\.)*"|[\w.]+)(?P<rest>.*)$'
    ),
    suites=re.compile(r"describe$|defmodule$"),
    tag=re.compile(r"\s*@(?:module|describe)?tag\s+(?::skip\b|skip: (?!false|nil))"),
    assertion=re.compile(r"\b(?:assert\w*|refute\w*|flunk|verify\w*|check)\b"),
    hollow=re.compile(r"\bassert\s+(?:true|1 == 1)\s*$"),
)


def read(data: bytes) -> Sheet:
    """All tests of a file."""
    return read_lines(data, _ELIXIR)
