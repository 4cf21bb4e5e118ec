"""Which files of a change data boundaries are about, by their paths; what is left out is counted. Pure."""

from __future__ import annotations

import re
from typing import Literal

from gaterunner.contract.boundaries.languages import is_code_name
from gaterunner.numbers.kinds import kind_of
from gaterunner.policies.change_budget import LOCK_FILES

Left = Literal["test", "text"]
"""Why a file is not looked at: it belongs to tests, or is a text for people or of a tool."""

# Sentences for people, in which names of data are words as any other.
_TRANSLATIONS = re.compile(
    r"(?i)\.(?:pot?|xliff?|xlf|arb|strings)$|(?:^|/)(?:locales?|i18n|translations?|lang|intl|messages)/.*\.(?:json5?|ya?ml)$"
)
_DOCS = re.compile(r"(?i)^docs?/")
_FILLED_IN = re.compile(r"(?i)(?:^|/)(?:templates?|views|e?mails?|mailers?|queries|prompts)/.*\.(?:txt|svg)$")
_IMPORTS = re.compile(r"\b(?:import|from|require(?:_relative|_once)?|include(?:_once)?|load|source|use|autoload)\b")
_TEST_FOLDERS = re.compile(
    r"(?i)\b(?:tests?|specs?|__tests__|e2e|testdata|testing|fixtures?|cypress|playwright|conftest|\w+_test|test_\w+)\b"
)


def left_out(path: str) -> Left | None:
    """Why a file is not looked at; None where it is: code, configuration and migrations."""
    kind = kind_of(path)
    if kind == "tests":
        return "test"
    if path.rpartition("/")[2] in LOCK_FILES or _TRANSLATIONS.search(path):
        return "text"
    # Code is code under the name `authors.py` as well, and what is filled in is read by a program.
    if kind == "docs" and not (_FILLED_IN.search(path) or (is_code_name(path) and not _DOCS.match(path))):
        return "text"
    return None


IMPORT_WORDS = ("import", "from", "require", "include", "load", "source", "use ")
"""One of these stands in each line that takes in another file."""


def may_import(line: str) -> bool:
    """Whether a line may take in a file of tests."""
    return _TEST_FOLDERS.search(line) is not None and _IMPORTS.search(line) is not None


def is_imported(path: str, lines: list[str]) -> bool:
    """Whether one of these lines names a file of tests: its own name behind that of its folder."""
    *folders, name = path.split("/")
    stem = name.partition(".")[0]
    named = stem if stem not in {"__init__", "index", "mod"} else (folders.pop() if folders else stem)
    folder = folders[-1] if folders else ""
    pattern = re.compile(
        rf"(?<![\w-]){re.escape(folder)}\b.*?(?<![\w-]){re.escape(named)}(?![\w-])" if folder else re.escape(named)
    )
    return any(pattern.search(line) for line in lines)
