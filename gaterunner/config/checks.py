"""Checks of single texts of a workflow file, and the patterns that tell editors the same through the JSON Schema.

A check gives None, or what was expected instead. Patterns end in ``$(?!\\n)``: in Python ``$`` also matches before a
final newline, in JSON Schema's dialect it does not.
"""

from __future__ import annotations

import re

from gaterunner.config.duration import MAX_TIMEOUT_S, parse_duration
from gaterunner.config.problems import Fault

# A name appears in reports, in check runs and as part of file names, so it holds nothing that any of them interprets.
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}$(?!\n)"
_NAME = re.compile(NAME_PATTERN)
# `- name: build` and `- run: make` are how other tools write a step; as gates they would be called "name" and "run".
NOT_GATE_NAMES = ("name", "run")

ENV_NAME_PATTERN = r"^(?!(GITHUB|INPUT|ACTIONS|RUNNER|GATERUNNER)_)[A-Za-z_][A-Za-z0-9_]*$(?!\n)"
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_RUNNER_PREFIXES = ("GITHUB_", "INPUT_", "ACTIONS_", "RUNNER_", "GATERUNNER_")

_INSIDE = r"(?![/~])(?!(.*/)?\.\.(/|$))(?!.*//)"
DIRECTORY_PATTERN = rf"^{_INSIDE}[^\x00-\x1f]+$(?!\n)"
RESULTS_PATTERN = rf"^(?!!){_INSIDE}[^\x00-\x1f]+$(?!\n)"
PATHS_PATTERN = r"^(?!!?$)(?!!?[/~])(?!!?(.*/)?\.\.(/|$))(?!.*//)[^\x00-\x1f]+$(?!\n)"

COMMAND_PATTERN = r"\S"


def name_fault(text: str) -> Fault | None:
    """Names of gates, of phases, and in ``needs``."""
    if _NAME.match(text):
        return None
    expected = "a name of at most 64 letters, digits and `. _ : + -` that begins with a letter or digit"
    return Fault(expected)


def gate_name_fault(text: str) -> Fault | None:
    """The name of a gate where it is declared."""
    if text in NOT_GATE_NAMES:
        return Fault(
            "the gate's own name", "write `- build: make build`, or `- build: {run: make build, timeout: 10m}`"
        )
    return name_fault(text)


def env_name_fault(text: str) -> Fault | None:
    """The name of an environment variable that a gate may set."""
    if not _ENV_NAME.match(text):
        return Fault("a variable's name of letters, digits and `_`")
    if text.startswith(_RUNNER_PREFIXES):
        return Fault(f"another name: those that begin with `{text.partition('_')[0]}_` belong to the runner")
    return None


def command_fault(text: str) -> Fault | None:
    """A command line."""
    return None if text.strip() else Fault("a command")


def timeout_fault(text: str) -> Fault | None:
    """A timeout as text."""
    seconds = parse_duration(text)
    if seconds is None:
        return Fault("a duration such as `90s`, `10m`, `2h` or `1h30m`, or a number of seconds")
    if not 0 < seconds <= MAX_TIMEOUT_S:
        return Fault("a duration above 0 and of at most 24h")
    return None


def directory_fault(text: str) -> Fault | None:
    """A directory inside the repository."""
    if not _is_inside(text):
        return Fault("a directory relative to the repository's root, without `..`")
    return None


def paths_fault(text: str) -> Fault | None:
    """A pattern for files of the repository; with a leading ``!`` it leaves out what it matches."""
    return None if _is_inside(text.removeprefix("!")) else Fault(_A_PATTERN)


def results_fault(text: str) -> Fault | None:
    """A pattern for result files. There is nothing to leave out: a file that no pattern names is not read."""
    if text.startswith("!"):
        return Fault("a pattern of the files to read", "name what is read instead of what is not")
    return None if _is_inside(text) else Fault(_A_PATTERN)


_A_PATTERN = "a relative pattern without `..`, such as `src/**/*.py`"


def normalised_glob(text: str) -> str:
    """The pattern as git's paths are written: without a leading ``./``."""
    sign = "!" if text.startswith("!") else ""
    plain = text.removeprefix("!")
    while plain.startswith("./"):
        plain = plain[2:]
    return sign + (plain or ".")


def _is_inside(text: str) -> bool:
    if not text or text[0] in "/~" or any(char < " " for char in text):
        return False
    return ".." not in text.split("/") and "//" not in text
