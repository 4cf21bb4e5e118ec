"""Checks of single texts of a workflow file, and the patterns that tell editors the same through the JSON Schema.

A check gives None, or what was expected instead. Patterns end in ``$(?!\\n)``: in Python ``$`` also matches before a
final newline, in JSON Schema's dialect it does not.
"""

from __future__ import annotations

import re

from gaterunner.config.duration import MAX_TIMEOUT_S, MAX_WINDOW_S, parse_duration, parse_window
from gaterunner.config.problems import Fault

MAX_IMAGE = 512
LEAST_MEMORY = 16 * 1024**2
MOST_MEMORY = 1024**5

# A name appears in reports, in check runs and as part of file names, so it holds nothing that any of them interprets.
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}$(?!\n)"
_NAME = re.compile(NAME_PATTERN)
# `- name: build` and `- run: make` are how other tools write a step; as gates they would be called "name" and "run".
NOT_GATE_NAMES = ("name", "run")

ENV_NAME_PATTERN = r"^(?!(GITHUB|INPUT|ACTIONS|RUNNER|GATERUNNER)_|GATERUNNER$)[A-Za-z_][A-Za-z0-9_]*$(?!\n)"
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_RUNNER_PREFIXES = ("GITHUB_", "INPUT_", "ACTIONS_", "RUNNER_", "GATERUNNER_")

_INSIDE = r"(?![/~])(?!(.*/)?\.\.(/|$))(?!.*//)"
DIRECTORY_PATTERN = rf"^{_INSIDE}[^\x00-\x1f]+$(?!\n)"
RESULTS_PATTERN = rf"^(?!!){_INSIDE}[^\x00-\x1f]+$(?!\n)"
PATHS_PATTERN = r"^(?!!?$)(?!!?[/~])(?!!?(.*/)?\.\.(/|$))(?!.*//)[^\x00-\x1f]+$(?!\n)"

# A place for each phase: `{phase}` is a whole part of a name, and the ending says how the file is read.
SPECS_PATTERN = (
    r"^(?=.*\{phase\})(?![/~])(?!(.*/)?\.{1,2}(/|$))(?!.*//)[A-Za-z0-9._/{}+@-]+\.(md|markdown|yml|yaml)$(?!\n)"
)
_SPECS = re.compile(r"[A-Za-z0-9._/+@-]*\{phase\}[A-Za-z0-9._/+@-]*\.(?:md|markdown|yml|yaml)\Z")

COMMAND_PATTERN = r"\S"

# The grammar of github.com/distribution/reference: an optional registry, lower-case path, tag and digest.
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[A-Fa-f0-9:]+\])"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_DIGEST = r"(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})"
IMAGE_PATTERN = (
    rf"^(?=.{{1,{MAX_IMAGE}}}$)(?:{_HOST}(?::[0-9]+)?/)?{_PART}(?:/{_PART})*"
    rf"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(?:@{_DIGEST})?$(?!\n)"
)
_IMAGE = re.compile(IMAGE_PATTERN)

# A service's name is its host name for containers and the beginning of its variables: `db` is told as `DB_HOST`.
SERVICE_NAME_PATTERN = (
    r"^(?!(github|input|actions|runner|gaterunner)(-|$))(?!localhost$)[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$(?!\n)"
)
_SERVICE_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?\Z")
# Images read names such as `discovery.type`, which no shell could set.
SERVICE_ENV_NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_.-]*$(?!\n)"
_SERVICE_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")

MEMORY_PATTERN = r"^[0-9]{1,15}[kmgKMG]?$(?!\n)"
_MEMORY = re.compile(r"([0-9]{1,15})([kmg]?)\Z", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}

# What a mount of the engine may be called: no `:` or `,`, which separate its options, and no part that is only dots.
# Nor what lies in the workspace: the engine would make the folder in the checkout, and what is written there is lost.
WORKSPACE = "/workspace"
MOUNT_POINT_PATTERN = rf"^(?!{WORKSPACE}(/|$))(/(?!\.{{1,2}}(/|$))[A-Za-z0-9._+@-]+)+$(?!\n)"
_MOUNT_POINT = re.compile(MOUNT_POINT_PATTERN)


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
    if text == "GATERUNNER":
        return Fault("another name: `GATERUNNER` says that gaterunner runs the gate")
    return None


def service_env_name_fault(text: str) -> Fault | None:
    """The name of an environment variable of a service."""
    return None if _SERVICE_ENV_NAME.match(text) else Fault("a variable's name of letters, digits and `_ . -`")


def service_name_fault(text: str) -> Fault | None:
    """The name of a service."""
    if not _SERVICE_NAME.match(text):
        expected = "a name of at most 40 lower-case letters, digits and `-` that begins with a letter"
        return Fault(f"{expected} and does not end with `-`" if text.endswith("-") else expected)
    variable = f"{text.upper().replace('-', '_')}_HOST"
    if variable.startswith(_RUNNER_PREFIXES):
        return Fault(f"another name: its variable `{variable}` would belong to the runner")
    if text == "localhost":
        return Fault("another name: in a container `localhost` is the container itself")
    return None


def image_fault(text: str) -> Fault | None:
    """The reference of a container image."""
    if len(text) <= MAX_IMAGE and _IMAGE.match(text):
        return None
    return Fault("an image such as `python:3.13-slim` or `repo@sha256:…`", _image_help(text))


def _image_help(text: str) -> str | None:
    if "://" in text:
        return "the name of an image begins with its registry's host, without a scheme"
    if "@" in text and image_fault(text.partition("@")[0]) is None:
        return "a digest is `sha256:` and 64 hexadecimal digits, in lower case"
    if len(text) <= MAX_IMAGE and _IMAGE.match(text.lower()):
        return "the name of an image is lower-case; only its registry and its tag may hold capitals"
    return None


def memory_fault(text: str) -> Fault | None:
    """An amount of memory as text."""
    size = parse_memory(text)
    if size is None:
        return Fault("a size such as `512m` or `2g`, or a number of bytes")
    if not LEAST_MEMORY <= size <= MOST_MEMORY:
        return Fault(f"a size of at least {LEAST_MEMORY // 1024**2}m and of at most {MOST_MEMORY // 1024**3}g")
    return None


def parse_memory(text: str) -> int | None:
    """Bytes; None when the text is no amount of memory. The units are binary, as the engine reads them."""
    match = _MEMORY.match(text)
    return int(match[1]) * _UNITS[match[2].lower()] if match else None


def mount_point_fault(text: str) -> Fault | None:
    """An absolute path in a container that may get a file system of its own."""
    if _MOUNT_POINT.match(text):
        return None
    if text == WORKSPACE or text.startswith(f"{WORKSPACE}/"):
        return Fault(f"a path outside of `{WORKSPACE}`, where the repository is")
    return Fault("an absolute path such as `/run`, without `..`")


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


def window_fault(text: str) -> Fault | None:
    """A time that is waited for, as text."""
    seconds = parse_window(text)
    if seconds is None:
        return Fault("a duration such as `10m`, `24h` or `7d`")
    if seconds > MAX_WINDOW_S:
        return Fault("a duration of at most 30d")
    return None


def directory_fault(text: str) -> Fault | None:
    """A directory inside the repository."""
    if not _is_inside(text):
        return Fault("a directory relative to the repository's root, without `..`")
    return None


def file_fault(text: str) -> Fault | None:
    """One file inside the repository; a pattern is none, since what it matches is for the branch to choose."""
    if _is_inside(text) and not text.endswith("/") and not set("*?[]{}!") & set(text):
        return None
    return Fault("the path of one file relative to the repository's root, without `..` and wildcards")


def specs_fault(text: str) -> Fault | None:
    """Where specs lie."""
    segments = text.split("/")
    sound = _SPECS.match(text) and _is_inside(text) and not {".", "..", ".git"} & set(segments)
    if sound and text.count("{phase}") == 1:
        return None
    help = None if "{phase}" in text else "without `{phase}` all phases would have one spec"
    return Fault("a path such as `specs/{phase}.md`, relative to the root, with `{phase}` once", help)


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
