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
_IMPORTS = re.compile(
    r"\b(?:import|from|require(?:_relative|_once)?|include(?:_once)?|load|source|use|autoload|import_module|__import__)\b"
    r"|\b(?:open|[rR]ead\w*)\("
)
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


IMPORT_WORDS = ("import", "from", "require", "include", "load", "source", "use ", "open", "ead")
"""One of these stands in each line that takes in another file."""


def may_import(line: str) -> bool:
    """Whether a line may take in a file of tests."""
    return _TEST_FOLDERS.search(line) is not None and _IMPORTS.search(line) is not None


def is_imported(path: str, lines: list[str]) -> bool:
    """Whether one of these lines names a file of tests: by its own name behind that of its folder, or by either."""
    before, _, name = path.rpartition("/")
    folder = before.rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    if stem in _OF_FOLDERS and folder:
        pattern = _word(folder)
    elif _TEST_NAME.search(stem) or not folder:
        pattern = _word(stem)
    else:
        pattern = (
            rf"{_word(folder)}(?:.*?{_word(stem.partition('.')[0])}|{_ALL_NAMES})|/{re.escape(folder)}{_PATH_ENDS}"
        )
    wanted = re.compile(pattern)
    return any(wanted.search(line) for line in lines)


def _word(name: str) -> str:
    return rf"(?<![\w-]){re.escape(name)}(?![\w-])"


_OF_FOLDERS = frozenset({"__init__", "index", "mod"})
_TEST_NAME = re.compile(r"(?i)(?:^|[._-])(?:tests?|specs?|conftest)(?:$|[._-])")
# `from .tests import (`, `from tests import *`.
_ALL_NAMES = r"\s+import\s*(?:\(\s*$|\*)"
# `import "x/testdata"`, and not the package of `import … from "cypress"`.
_PATH_ENDS = r"[\"']\s*\)?;?\s*$"
