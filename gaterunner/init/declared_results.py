"""Where what a repository declares leaves JUnit results already. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gaterunner.config.conventions.files import Files, table

# A file of its own below the folder: no variable, no way up, nothing that a shell would expand.
_FILE = r"[\"']?((?!/)(?!(?:[^\s\"']*/)?\.\./)[\w./-]+\.xml)[\"']?(?=[\s;&|)]|$)"
_OPTIONS = (
    r"--junit-?xml",  # pytest
    r"--junitfile",  # gotestsum
    r"--log-junit",  # PHPUnit and Pest
    r"--outputFile(?:\.junit)?",  # Vitest and Jest, of whatever reporter
    r"RspecJunitFormatter\s+(?:--out|-o)",
    r"--test-reporter[= ]junit\s+--test-reporter-destination",  # node:test
    r"\bJEST_JUNIT_OUTPUT_FILE",
)
_WRITES = re.compile(rf"(?:{'|'.join(_OPTIONS)})[= \t]\s*{_FILE}")
_NEXTEST = re.compile(r"\bcargo nextest run\b[^\n;&|]*?(?:--profile|-P)[= ]([\w-]+)")
NEXTEST_SETTINGS = ".config/nextest.toml"


def declared_results(shells: Iterable[str], files: Files) -> str | None:
    """The one file that the shell texts of a gate say they write results to; None for none or several.

    Raises ``SourceError`` where nextest's settings cannot be read.
    """
    found = {path for text in shells for path in _written(text, files)}
    return found.pop() if len(found) == 1 else None


def _written(text: str, files: Files) -> Iterable[str]:
    for found in _WRITES.finditer(text):
        option = found[0].lstrip()
        if option.startswith("--outputFile") and not option.startswith("--outputFile.junit") and "junit" not in text:
            continue
        yield found[1].removeprefix("./")
    for found in _NEXTEST.finditer(text):
        path = nextest_results(files, found[1])
        if path is not None:
            yield path


def nextest_results(files: Files, profile: str) -> str | None:
    """Where nextest writes JUnit with this profile, which its settings say; None where they say nothing of it."""
    path = table(files.toml(NEXTEST_SETTINGS), "profile", profile, "junit").get("path")
    if not isinstance(path, str) or not re.fullmatch(r"(?!/)[\w./-]+", path) or ".." in path:
        return None
    return f"target/nextest/{profile}/{path}"
