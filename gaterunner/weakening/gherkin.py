"""Scenarios of Cucumber, Behave and Behat."""

from __future__ import annotations

import re

from gaterunner.weakening.indented import Lines, read_lines
from gaterunner.weakening.types import Sheet

_GHERKIN = Lines(
    head=re.compile(
        r"^\s*(?P<word>Feature|Rule|Scenario Outline|Scenario Template|Scenario|Example):\s*(?P<name>)(?P<rest>.*)$"
    ),
    suites=re.compile(r"Feature$|Rule$"),
    tag=re.compile(
        r"(?i)\s*@(?:.*\s@)?(?:skip\w*|wip|ignored?|disabled|pending|manual|quarantined?|todo|not[-_]?run)\b"
    ),
    assertion=re.compile(r"^\s*(?:Then|And|But|\*)\s"),
)


def read(data: bytes) -> Sheet:
    """All scenarios of a file."""
    return read_lines(data, _GHERKIN)
